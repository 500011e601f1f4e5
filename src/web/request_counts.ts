/** How many answers the web gave, by class of status: what `/metrics` tells. */
export class RequestCounts {
  readonly #answers = new Map<string, number>();
  #loginsRefused = 0;

  /** A request was answered. */
  answered(status: number): void {
    const kind = `${Math.floor(status / 100)}xx`;
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
  }

  /** A name or a password was wrong. */
  loginRefused(): void {
    this.#loginsRefused += 1;
  }

  /** Since the start. */
  get loginsRefused(): number {
    return this.#loginsRefused;
  }

  /** Since the start, by the hundred of their status, such as `4xx`. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }
}
