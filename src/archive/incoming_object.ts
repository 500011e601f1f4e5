import { getLogger } from "@logtape/logtape";
import type { IncomingFile } from "./incoming.ts";

const log = getLogger(["sonodesk", "archive"]);

/** How an object was taken in: it is new, its very bytes were here before, or it leads over other bytes of its UID. */
export type Reception = "stored" | "already here" | "newer version";

/** An object on its way in: written piece by piece, then either kept or discarded. */
export class Incoming {
  readonly #file: IncomingFile;
  readonly #metaLength: number;
  readonly #keep: () => Promise<Reception>;
  readonly #prove: () => Promise<void>;

  /** @internal `Archive` makes it. */
  constructor(
    file: IncomingFile,
    metaLength: number,
    keep: () => Promise<Reception>,
    prove: () => Promise<void>,
  ) {
    this.#file = file;
    this.#metaLength = metaLength;
    this.#keep = keep;
    this.#prove = prove;
  }

  /** Bytes of the data set taken so far. */
  get size(): number {
    return this.#file.size - this.#metaLength;
  }

  /** Takes a copy of some of the data set's bytes. @throws Error of the file system */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes);
  }

  /**
   * The object is complete: when this resolves it is durable, in its file and in the store.
   *
   * @throws MalformedDataset when it cannot be read, OtherStudy when it is not of the study it was given for; nothing
   *   is kept then
   * @throws Error of the file system or the store
   */
  async keep(): Promise<Reception> {
    await this.#file.finish();
    return await this.#keep();
  }

  /**
   * The object is complete and could be kept: it can be read, and the disk has it. Nothing of it is kept.
   *
   * @throws as `keep` does
   */
  async prove(): Promise<void> {
    await this.#file.finish();
    await this.#prove();
    await this.discard();
  }

  /** Nothing of it is kept. Does nothing once it is. */
  async discard(): Promise<void> {
    try {
      await this.#file.discard();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return; // it has been renamed, or removed as a duplicate
      log.warn("a half file stays until the next start: {error}", { error });
    }
  }
}
