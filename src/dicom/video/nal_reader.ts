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
  /** Whether a NAL unit is a parameter set, by its first bytes: all of it is to be taken. */
  isParameterSet(nal: Uint8Array): boolean;
  /** @param nal its first bytes, and all of a parameter set */
  take(nal: Uint8Array): NalUse;
  /** Undefined while the stream has not said what it is. */
  configuration(): DecoderConfiguration | undefined;
}

/** Pictures of later sequences come after all of earlier ones, whatever their own count is. */
export const SEQUENCE = 2 ** 34;

/** A place in the order of showing: the bits that a slice has of it, and what is above them. */
export interface OrderCount {
  high: number;
  low: number;
}

/** The order count by its low bits, and that of the reference picture before (ISO 14496-10 8.2.1.1, ISO 23008-2 8.3.1). */
export function orderCount(low: number, bits: number, before: OrderCount): OrderCount {
  const range = 2 ** bits;
  if (low < before.low && before.low - low >= range / 2) return { high: before.high + range, low };
  if (low > before.low && low - before.low > range / 2) return { high: before.high - range, low };
  return { high: before.high, low };
}

/** Most bits of a frame number or of an order count (ISO 14496-10 7.4.2.1.1, ISO 23008-2 7.4.3.2.1). */
const MOST_BITS = 16;
/** Most bits of a sample (the same; H.264 has two less). */
const MOST_SAMPLE_BITS = 16;
/** What a sample entry has room for (ISO 14496-12 12.1.3). */
const LONGEST_SIDE = 65_535;

/** Whether the numbers of a sequence parameter set may be so; others would be read without end. */
export function isPossible(
  { chromaFormat, lumaBits, chromaBits, width, height }: {
    chromaFormat: number;
    lumaBits: number;
    chromaBits: number;
    width: number;
    height: number;
  },
  ...bits: readonly number[]
): boolean {
  return chromaFormat <= 3 && bits.every((count) => count <= MOST_BITS) &&
    [lumaBits, chromaBits].every((count) => count <= MOST_SAMPLE_BITS) &&
    [width, height].every((side) => side > 0 && side <= LONGEST_SIDE);
}

/** A list of parameter sets, each once. */
export class ParameterSets {
  readonly #most: number;
  readonly #sets: Uint8Array[] = [];

  /** @param most further ones are left out */
  constructor(most: number) {
    this.#most = most;
  }

  /** In the order in which they came. */
  get all(): readonly Uint8Array[] {
    return this.#sets;
  }

  /** Keeps one that is not there yet. */
  add(set: Uint8Array): void {
    if (this.#sets.length === this.#most) return;
    const isThere = this.#sets.some((one) =>
      one.length === set.length && one.every((byte, index) => byte === set[index])
    );
    if (!isThere) this.#sets.push(set.slice());
  }
}
