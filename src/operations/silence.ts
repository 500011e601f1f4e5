import { getLogger } from "@logtape/logtape";
import process from "node:process";
import { waitedOf } from "../imaging/process_memory.ts";

const log = getLogger(["sonodesk", "silence"]);

/** How often it is looked whether the main thread has its turn, milliseconds. */
const EVERY = 50;
/** Nobody is to wait longer for an answer because of what came in, milliseconds. */
const LONGEST_ALLOWED = 100;
/** From this on a line of the log tells of it, at most once in `TELL_EVERY`; milliseconds. */
const WORTH_TELLING = 1000;
const TELL_EVERY = 60_000;
/** How many of the last longer silences are kept with their times. */
const MOST_KEPT = 20;

/** How long the main thread answered nobody. Milliseconds. */
export interface Silences {
  /** The longest since the start. */
  longest: number;
  /** The longest without the time that the thread was ready and other programs had the processors. */
  longestOwn: number;
  /** How many were longer than 100 ms. */
  over: number;
  /**
   * The last of these, newest first; `waited` of it for a processor that other programs had, `processorTime` is what the
   * box itself worked meanwhile, all threads together.
   */
  last: { endedAt: string; milliseconds: number; waited: number; processorTime: number }[];
}

/**
 * Measures all the time how long the main thread answers nobody. A sleep of the computer counts too, and so does a
 * computer that is busy with other things: then the box has hardly worked meanwhile.
 */
export class SilenceWatch {
  #timer: ReturnType<typeof setInterval> | undefined;
  #lookedAt = 0;
  #worked = 0;
  #waited = 0;
  #toldAt = -TELL_EVERY;
  #longest = 0;
  #longestOwn = 0;
  #over = 0;
  #last: Silences["last"] = [];

  /** From now on it is measured. */
  start(): void {
    this.#lookedAt = performance.now();
    this.#worked = worked();
    this.#waited = waited();
    this.#timer = setInterval(() => this.#look(), EVERY);
  }

  /** No more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Until now. */
  get silences(): Silences {
    this.#look(); // the one that has just ended counts
    return {
      longest: Math.round(this.#longest),
      longestOwn: Math.round(this.#longestOwn),
      over: this.#over,
      last: [...this.#last],
    };
  }

  #look(): void {
    const now = performance.now();
    const milliseconds = Math.max(0, now - this.#lookedAt - EVERY);
    const before = { worked: this.#worked, waited: this.#waited };
    this.#lookedAt = now;
    this.#worked = worked();
    this.#waited = waited();
    const forProcessor = Math.round(this.#waited - before.waited);
    this.#longest = Math.max(this.#longest, milliseconds);
    this.#longestOwn = Math.max(this.#longestOwn, milliseconds - forProcessor);
    if (milliseconds <= LONGEST_ALLOWED) return;
    this.#over += 1;
    const processorTime = Math.round(this.#worked - before.worked);
    const silence = {
      endedAt: new Date().toISOString(),
      milliseconds: Math.round(milliseconds),
      waited: forProcessor,
      processorTime,
    };
    this.#last = [silence, ...this.#last].slice(0, MOST_KEPT);
    if (milliseconds < WORTH_TELLING || now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    log.warn(
      "nobody was answered for {milliseconds} ms: {waited} ms for want of a processor, the box worked {processorTime} ms",
      { ...silence },
    );
  }
}

/** Processor time that the box has taken so far, all threads together, milliseconds. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How long the main thread has waited for a processor so far, milliseconds; 0 where that is not counted. */
function waited(): number {
  return waitedOf("self") ?? 0;
}
