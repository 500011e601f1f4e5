import { Tag, type Vr } from "./dictionary.ts";
import {
  ITEM,
  ITEM_END,
  MOST_NESTING,
  readElementHeader,
  SEQUENCE_END,
  type Syntax,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { MalformedDataset } from "./malformed_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "./transfer_syntax.ts";

const PUBLIC_SCHEMES: readonly string[] = ["DCM", "LN", "SRT", "SNM3", "SCT", "UCUM", "RADLEX", "FMA"];

/** An element that is no sequence, where it stands. */
export interface Leaf {
  /** 0xGGGGEEEE. */
  tag: number;
  /** The standard's, else as it is written. */
  vr: Vr;
  /** Of its value. */
  start: number;
  /** Behind its value. */
  end: number;
  /** The item or data set that it stands in has a code of a public coding scheme. */
  hasPublicCode: boolean;
}

/** What is to be looked at of a data set. */
interface Walk {
  vrOf: (tag: number) => Vr;
  /** Told of each element that is no sequence. */
  leaf: (leaf: Leaf) => void;
  /** Told of bytes that are no value of text or number: pixels, fragments, and what cannot be read. */
  opaque: (start: number, end: number) => void;
}

/**
 * Goes through a data set as it is written, however it is written, to its end. What follows something that cannot be read
 * is opaque. Yields now and then.
 *
 * @returns whether all of it could be read
 */
export function* walkingDataset(bytes: Uint8Array, syntax: Syntax, walk: Walk): Generator<void, boolean> {
  const walker = new Walker(bytes, walk);
  try {
    yield* walker.elements(0, bytes.length, syntax, 0, false);
    return true;
  } catch (error) {
    if (!(error instanceof MalformedDataset)) throw error;
    walk.opaque(walker.at, bytes.length);
    return false;
  }
}

class Walker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #walk: Walk;
  #passed = 0;
  /** The first byte that nothing is known of. */
  at = 0;

  constructor(bytes: Uint8Array, walk: Walk) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#walk = walk;
  }

  /** @returns where they end */
  *elements(start: number, end: number, syntax: Syntax, depth: number, isItem: boolean): Generator<void, number> {
    if (depth > MOST_NESTING) throw new MalformedDataset("sequences are nested too deep");
    const leaves: Omit<Leaf, "hasPublicCode">[] = [];
    let at = start;
    try {
      while (at < end) {
        this.at = at;
        if (++this.#passed % 256 === 0) yield;
        const header = readElementHeader(this.#view, at, this.#syntaxAt(at, syntax), at, end);
        const { tag, length, value } = header;
        if (tag === ITEM_END && isItem) return value;
        const known = this.#walk.vrOf(tag);
        const vr = known !== "UN" ? known : header.vr === "" ? "UN" : header.vr as Vr;
        const isUnknown = header.vr === "UN";
        if (vr === "SQ" || (isUnknown && length === UNDEFINED_LENGTH)) {
          const last = length === UNDEFINED_LENGTH ? end : this.#endOf(value, length, end);
          const inside = isUnknown ? IMPLICIT_LITTLE_ENDIAN : syntax;
          at = yield* this.#items(value, last, length === UNDEFINED_LENGTH, inside, depth);
        } else if (length === UNDEFINED_LENGTH) at = this.#fragments(value, end, syntax);
        else {
          at = this.#endOf(value, length, end);
          leaves.push({ tag, vr, start: value, end: at });
        }
      }
      return at;
    } finally {
      // also of what stands before something that cannot be read
      const hasPublicCode = leaves.some((leaf) =>
        leaf.tag === Tag.CodingSchemeDesignator && PUBLIC_SCHEMES.includes(this.#text(leaf))
      );
      for (const leaf of leaves) this.#walk.leaf({ ...leaf, hasPublicCode });
    }
  }

  /** Items and delimiters have no VR in any syntax. */
  #syntaxAt(at: number, syntax: Syntax): Syntax {
    const isFffe = at + 2 <= this.#bytes.length && this.#view.getUint16(at, !syntax.bigEndian) === 0xfffe;
    return isFffe ? { ...syntax, explicit: false } : syntax;
  }

  /** One that is longer than there are bytes is to be masked all the same, up to the end. */
  #endOf(value: number, length: number, end: number): number {
    if (value + length <= end) return value + length;
    this.at = value;
    throw new MalformedDataset("a value is longer than there are bytes");
  }

  *#items(start: number, end: number, isDelimited: boolean, syntax: Syntax, depth: number): Generator<void, number> {
    let at = start;
    while (at < end) {
      this.at = at;
      if (++this.#passed % 256 === 0) yield;
      const { tag, length, value } = readElementHeader(this.#view, at, { ...syntax, explicit: false }, at, end);
      if (tag === SEQUENCE_END && isDelimited) return value;
      if (tag !== ITEM) throw new MalformedDataset("no item stands where one should");
      const last = length === UNDEFINED_LENGTH ? end : this.#endOf(value, length, end);
      at = yield* this.elements(value, last, syntax, depth + 1, length === UNDEFINED_LENGTH);
    }
    return at;
  }

  /** Fragments are opaque, but for the table of their offsets and for their own headers (PS3.5 A.4). */
  #fragments(start: number, end: number, syntax: Syntax): number {
    for (let at = start, n = 0; at < end; n++) {
      this.at = at;
      const { tag, length, value } = readElementHeader(this.#view, at, { ...syntax, explicit: false }, at, end);
      if (tag === SEQUENCE_END) return value;
      if (tag !== ITEM) throw new MalformedDataset("no fragment stands where one should");
      at = this.#endOf(value, length, end);
      if (n > 0) this.#walk.opaque(value, at);
    }
    return end;
  }

  #text({ start, end }: Pick<Leaf, "start" | "end">): string {
    return String.fromCharCode(...this.#bytes.subarray(start, Math.min(end, start + 32))).replace(/[ \0]+$/, "").trim();
  }
}
