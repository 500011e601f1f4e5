import process from "node:process";
import { giveBackMemory, releaseProgram } from "../imaging/process_memory.ts";

/** How often it is looked whether the start is over, and then whether the box has become idle, milliseconds. */
const LOOKS = { atFirst: 3_000, later: 45_000 };
/** Idle is for whom a processor worked a smaller part of that time. */
const IDLE = 1 / 20;
/** It is worth it after so much work, milliseconds of processor time. */
const WORTH_IT = 2_000;

/** What is done with a process's memory. */
interface ProcessAtWork {
  /** Processor time that it has taken so far, milliseconds. */
  worked(): number;
  /** Lets go of what only its start needed. */
  hasStarted(): unknown;
  /** Gives back what it does not use. */
  giveBack(): unknown;
}

/**
 * Once the box has started, what only its start needed of the program is let go. Then, and each time it has become idle
 * after work, what the C library keeps of memory that nobody uses is given back to the system: a burst of images leaves
 * ten megabytes, which other programs of a small computer want.
 */
export class IdleMemory implements Disposable {
  readonly #process: ProcessAtWork;
  readonly #looks: typeof LOOKS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt: number;
  /** Undefined before the first time. */
  #givenBackAt: number | undefined;

  /**
   * Looks after this process from now on, until it is disposed of.
   *
   * @param looks how often, milliseconds
   */
  constructor(
    atWork: ProcessAtWork = { worked, hasStarted: releaseProgram, giveBack: giveBackMemory },
    looks: typeof LOOKS = LOOKS,
  ) {
    this.#process = atWork;
    this.#looks = looks;
    this.#lookedAt = atWork.worked();
    this.#wait();
  }

  /** How long until it is looked again, milliseconds. */
  get #every(): number {
    return this.#givenBackAt === undefined ? this.#looks.atFirst : this.#looks.later;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#look();
      this.#wait();
    }, this.#every);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #look(): void {
    const now = this.#process.worked();
    const isIdle = now - this.#lookedAt < IDLE * this.#every;
    this.#lookedAt = now;
    if (!isIdle || (this.#givenBackAt !== undefined && now - this.#givenBackAt < WORTH_IT)) return;
    if (this.#givenBackAt === undefined) this.#process.hasStarted();
    this.#givenBackAt = now;
    this.#process.giveBack();
  }

  /** Looks after it no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
