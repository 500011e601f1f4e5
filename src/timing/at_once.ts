/** Runs several pieces of work beside each other, at most so many at once. */
export class AtOnce {
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();
  #failed: { error: unknown } | undefined;

  /** Has begun none. @param most under way at once; 1 for one after the other */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Begins a piece of work, and resolves once another one could begin.
   *
   * @throws what a piece before it has thrown: then no other one begins
   */
  async begin(work: () => Promise<void>): Promise<void> {
    this.#throwIfFailed();
    const running = work()
      .catch((error) => void (this.#failed ??= { error }))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    while (this.#running.size >= this.#most) await Promise.race(this.#running);
    this.#throwIfFailed();
  }

  /** Resolves when all have ended. @throws what the first to fail has thrown */
  async ended(): Promise<void> {
    await this.settled();
    this.#throwIfFailed();
  }

  /** The same whatever has become of them. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #throwIfFailed(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }
}
