import process from "node:process";
import { giveBackMemory } from "../imaging/process_memory.ts";

/** How often it is looked whether the box has become idle, milliseconds. */
const EVERY = 45_000;
/** Idle is who worked less in that time, milliseconds of processor time. */
const IDLE = 2_000;
/** It is worth it after so much work, milliseconds of processor time. */
const WORTH_IT = 2_000;

/** What is done with a process's memory. */
interface ProcessAtWork {
  /** Processor time that it has taken so far, milliseconds. */
  worked(): number;
  /** Gives back what it does not use. */
  giveBack(): unknown;
}

/**
 * Once the box has started, and each time it has become idle after work, what the C library keeps of memory that nobody
 * uses is given back to the system: a burst of images leaves ten megabytes, which other programs of a small computer want.
 */
export class IdleMemory implements Disposable {
  readonly #process: ProcessAtWork;
  readonly #timer: ReturnType<typeof setInterval>;
  #lookedAt: number;
  /** Undefined before the first time. */
  #givenBackAt: number | undefined;

  /** Looks after this process from now on, until it is disposed of. */
  constructor(atWork: ProcessAtWork = { worked, giveBack: giveBackMemory }, every = EVERY) {
    this.#process = atWork;
    this.#lookedAt = atWork.worked();
    this.#timer = setInterval(() => this.#look(), every);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #look(): void {
    const now = this.#process.worked();
    const isIdle = now - this.#lookedAt < IDLE;
    this.#lookedAt = now;
    if (!isIdle || (this.#givenBackAt !== undefined && now - this.#givenBackAt < WORTH_IT)) return;
    this.#givenBackAt = now;
    this.#process.giveBack();
  }

  /** Looks after it no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
