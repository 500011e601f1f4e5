/** What a NAL unit is for a container: left out, part of the picture before it or of the one after it, or a picture's. */
export type NalUse =
  | { use: "drop" | "before" | "after" }
  | { use: "picture"; begins: boolean; isKey: boolean; order: number };

/** How a decoder is told of a stream: the name of its sample entry and of the box in it (ISO 14496-15). */
export interface DecoderConfiguration {
  /** Sample entry, such as `avc1`. */
  entry: string;
  /** Box of the configuration, such as `avcC`. */
  box: string;
  /** Content of that box. */
  bytes: Uint8Array;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
}

/** Reads the NAL units of one kind of video in the order of the stream. */
export interface NalReader {
  /** @param nal its first bytes, and all of one that has parameters */
  take(nal: Uint8Array): NalUse;
  /** Undefined while the stream has not said what it is. */
  configuration(): DecoderConfiguration | undefined;
}

/** Pictures of later sequences come after all of earlier ones, whatever their own count is. */
export const SEQUENCE = 2 ** 34;

/** A list of parameter sets, each once. */
export class ParameterSets {
  readonly #sets: Uint8Array[] = [];

  /** In the order in which they came. */
  get all(): readonly Uint8Array[] {
    return this.#sets;
  }

  /** Keeps one that is not there yet. */
  add(set: Uint8Array): void {
    const isThere = this.#sets.some((one) =>
      one.length === set.length && one.every((byte, index) => byte === set[index])
    );
    if (!isThere) this.#sets.push(set.slice());
  }
}
