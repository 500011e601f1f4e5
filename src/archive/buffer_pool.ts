/**
 * Buffers of one size that are used again: made anew for each object, they would keep the garbage collector busy. Once
 * none has been needed for a while they are given back to the system.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #most: number;
  readonly #keptFor: number;
  readonly #idle: Uint8Array<ArrayBuffer>[] = [];
  #usedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Holds none yet.
   *
   * @param bytes of each
   * @param most that are kept for who comes next
   * @param keptFor after the last was taken, milliseconds
   */
  constructor(bytes: number, most: number, keptFor: number) {
    this.#bytes = bytes;
    this.#most = most;
    this.#keptFor = keptFor;
  }

  /** How many are kept. */
  get idle(): number {
    return this.#idle.length;
  }

  /** One of any content. */
  take(): Uint8Array<ArrayBuffer> {
    this.#usedAt = performance.now();
    return this.#idle.pop() ?? new Uint8Array(this.#bytes);
  }

  /** @param buffer of this pool, which nobody uses any more */
  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#idle.length === this.#most) return;
    this.#idle.push(buffer);
    if (this.#timer === undefined) this.#lookAfter(this.#keptFor);
  }

  #lookAfter(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const rest = this.#usedAt + this.#keptFor - performance.now();
      this.#timer = undefined;
      if (rest > 0) this.#lookAfter(rest);
      else this.#idle.length = 0;
    }, milliseconds);
    Deno.unrefTimer(this.#timer as unknown as number);
  }
}
