import { setTimeout as delay } from "node:timers/promises";

/** Lets at most so many bytes a second pass, so that the machines keep the disk for themselves. */
export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #started = performance.now();
  #bytes = 0;

  /**
   * Counts from the first bytes on.
   *
   * @param bytesPerSecond without a limit where not given
   */
  constructor(bytesPerSecond = Infinity) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Waits until these bytes may have passed. @throws the signal's reason when it ends meanwhile */
  async passed(bytes: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#bytes += bytes;
    const due = this.#started + this.#bytes / this.#bytesPerSecond * 1000;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait, undefined, { signal });
  }
}
