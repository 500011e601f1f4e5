import process from "node:process";
import { giveBackMemory, releaseProgram } from "../imaging/process_memory.ts";

/** Poll intervals, milliseconds: until the box has started, and from then on. */
const INTERVALS = { starting: 3_000, started: 45_000 };
/** The box is idle while it works for less than this part of an interval. */
const IDLE = 1 / 20;
/** It is worth it after so much work, milliseconds of processor time. */
const WORTH_IT = 2_000;

/** What is done with a process's memory. */
interface ProcessAtWork {
  /** Processor time that it has taken so far, milliseconds. */
  worked(): number;
  /** Lets go of the pages of its program. */
  releaseProgram(): unknown;
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
  readonly #intervals: typeof INTERVALS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt: number;
  /** Undefined before the first time. */
  #givenBackAt: number | undefined;

  /**
   * Looks after this process from now on, until it is disposed of.
   *
   * @param intervals milliseconds
   */
  constructor(
    atWork: ProcessAtWork = { worked, releaseProgram, giveBack: giveBackMemory },
    intervals: typeof INTERVALS = INTERVALS,
  ) {
    this.#process = atWork;
    this.#intervals = intervals;
    this.#lookedAt = atWork.worked();
    this.#wait();
  }

  get #interval(): number {
    return this.#givenBackAt === undefined ? this.#intervals.starting : this.#intervals.started;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#look();
      this.#wait();
    }, this.#interval);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #look(): void {
    const now = this.#process.worked();
    const isIdle = now - this.#lookedAt < IDLE * this.#interval;
    this.#lookedAt = now;
    if (!isIdle || (this.#givenBackAt !== undefined && now - this.#givenBackAt < WORTH_IT)) return;
    if (this.#givenBackAt === undefined) this.#process.releaseProgram();
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
