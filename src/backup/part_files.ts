import { isFile } from "../objects/files.ts";

/** Where files grow that are brought beside each other: each has a place of its own, which a later run uses again. */
export class PartFiles {
  readonly #free: string[];

  /**
   * Removes what a run that was broken off has left in these places.
   *
   * @param path of the first; the others have a number behind it
   */
  constructor(path: string, count: number) {
    this.#free = Array.from({ length: count }, (_, n) => n === 0 ? path : `${path}-${n}`).reverse();
    for (const left of this.#free) if (isFile(left)) Deno.removeSync(left);
  }

  /** Lends a place while something grows there. There must be one: no more work at once than places. */
  async with<T>(grow: (part: string) => Promise<T>): Promise<T> {
    const part = this.#free.pop();
    if (part === undefined) throw new Error("Cannot bring a file: all places for it are in use");
    try {
      return await grow(part);
    } finally {
      this.#free.push(part);
    }
  }
}
