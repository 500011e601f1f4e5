import { getLogger } from "@logtape/logtape";
import process from "node:process";

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
  readonly #waiting = new Waiting();
  #toldAt = -TELL_EVERY;
  #longest = 0;
  #longestOwn = 0;
  #over = 0;
  #last: Silences["last"] = [];

  /** From now on it is measured. */
  start(): void {
    this.#lookedAt = performance.now();
    this.#worked = worked();
    this.#waited = this.#waiting.soFar();
    this.#timer = setInterval(() => this.#look(), EVERY);
  }

  /** No more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#waiting.close();
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
    this.#waited = this.#waiting.soFar();
    const waited = Math.round(this.#waited - before.waited);
    this.#longest = Math.max(this.#longest, milliseconds);
    this.#longestOwn = Math.max(this.#longestOwn, milliseconds - waited);
    if (milliseconds <= LONGEST_ALLOWED) return;
    this.#over += 1;
    const processorTime = Math.round(this.#worked - before.worked);
    const silence = {
      endedAt: new Date().toISOString(),
      milliseconds: Math.round(milliseconds),
      waited,
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

/**
 * How long the process's main thread was ready to run and had no processor, as Linux counts it: the second number of
 * /proc/PID/schedstat, nanoseconds (proc_pid_schedstat(5)). 0 where that is not counted, or not to be read.
 */
class Waiting {
  #file: Deno.FsFile | undefined;
  readonly #bytes = new Uint8Array(64);
  readonly #decoder = new TextDecoder();

  constructor() {
    try {
      this.#file = Deno.openSync("/proc/self/schedstat", { read: true });
    } catch (error) {
      // a program that may not do everything may read nothing of /proc: then what it waited counts as its own silence
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable)) throw error;
    }
  }

  /** Milliseconds. */
  soFar(): number {
    if (this.#file === undefined) return 0;
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const length = this.#file.readSync(this.#bytes) ?? 0;
    return Number(this.#decoder.decode(this.#bytes.subarray(0, length)).split(" ")[1] ?? 0) / 1e6;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
