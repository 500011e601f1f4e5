/** How many answers the web gave, by class of status: what `/metrics` tells. */
export class RequestCounts {
  readonly #answers = new Map<string, number>();
  #loginsRefused = 0;

  answered(status: number): void {
    const kind = `${Math.floor(status / 100)}xx`;
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
  }

  loginRefused(): void {
    this.#loginsRefused += 1;
  }

  get loginsRefused(): number {
    return this.#loginsRefused;
  }

  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }
}
