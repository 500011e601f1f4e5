/** How long to leave a database alone that is not there: longer after each failure, with jitter, for ever. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  #failures = 0;
  /** On the clock that never jumps. */
  #until = 0;

  /**
   * No wait so far.
   *
   * @param first wait, milliseconds
   * @param longest wait, milliseconds
   */
  constructor(first = 500, longest = 30_000) {
    this.#first = first;
    this.#longest = longest;
  }

  /** Milliseconds still to wait. */
  get remaining(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** It has failed once more: the next wait is longer. */
  failed(): void {
    const longest = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    this.#until = performance.now() + longest * (0.5 + Math.random() / 2);
  }

  /** Also: somebody wants it tried now. */
  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
