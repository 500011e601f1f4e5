import { Buffer } from "node:buffer";
import { numberWidth, turned } from "./dataset.ts";
import { formatTag, type Vr } from "./dictionary.ts";
import {
  elementHeader,
  ITEM,
  ITEM_END,
  LONG_VRS,
  MOST_NESTING,
  readElementHeader,
  readTag,
  SEQUENCE_END,
  type Syntax,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { MalformedDataset } from "./malformed_dataset.ts";

/**
 * Writes a data set's elements in little-endian order, with explicit or implicit VRs (PS3.5 7.1.2, 7.1.3): every value
 * keeps its bytes, but numbers of a big-endian one, which are turned. Group lengths are left out, since they would be
 * wrong.
 *
 * @param bytes whole elements, without encapsulated pixel data at the top level
 * @param vrOf the VR of an attribute where `from` does not write it
 * @throws MalformedDataset when the bytes are no data set, or are to become a big-endian one
 */
export function reencode(bytes: Uint8Array, from: Syntax, to: Syntax, vrOf: (tag: number) => Vr): Uint8Array {
  if (to.bigEndian) throw new MalformedDataset("the box does not write big-endian data sets");
  if (from.explicit === to.explicit && !from.bigEndian) return bytes;
  const parts: Uint8Array[] = [];
  new Reencoder(bytes, to.explicit, vrOf, parts).elements(0, bytes.length, from, false, 0);
  return Buffer.concat(parts);
}

const IMPLICIT: Syntax = { explicit: false, bigEndian: false };

class Reencoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #explicit: boolean;
  readonly #vrOf: (tag: number) => Vr;
  readonly #parts: Uint8Array[];

  constructor(bytes: Uint8Array, explicit: boolean, vrOf: (tag: number) => Vr, parts: Uint8Array[]) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#explicit = explicit;
    this.#vrOf = vrOf;
    this.#parts = parts;
  }

  /** @returns where it ended */
  elements(start: number, end: number, from: Syntax, untilItemEnd: boolean, depth: number): number {
    if (depth > MOST_NESTING) throw new MalformedDataset(`sequences are nested more than ${MOST_NESTING} deep`);
    let at = start;
    while (at < end) {
      const tag = this.#tag(at, end, from);
      if (tag === ITEM_END && untilItemEnd) return at + 8;
      at = this.#element(at, tag, end, from, depth);
    }
    if (untilItemEnd) throw new MalformedDataset(`an item without end at byte ${start}`);
    return at;
  }

  #element(at: number, tag: number, end: number, from: Syntax, depth: number): number {
    const { vr: written, length, value } = readElementHeader(this.#view, at, from, at, end);
    const vr = from.explicit ? written : this.#vrOf(tag);
    if (length === UNDEFINED_LENGTH && (vr === "OB" || vr === "OW")) {
      throw new MalformedDataset(`${formatTag(tag)} is compressed, and can only be written as it is`);
    }
    if (vr === "SQ" || length === UNDEFINED_LENGTH) {
      // PS3.5 6.2.2 note 2: UN of undefined length is a sequence with implicit VRs
      const inner = from.explicit && vr === "UN" ? IMPLICIT : from;
      this.#header(tag, "SQ", UNDEFINED_LENGTH);
      const after = length === UNDEFINED_LENGTH
        ? this.#items(value, end, inner, true, depth)
        : this.#items(value, this.#within(tag, value + length, end), inner, false, depth);
      this.#delimiter(SEQUENCE_END);
      return after;
    }
    const after = this.#within(tag, value + length, end);
    if ((tag & 0xffff) !== 0) {
      this.#header(tag, vr, length);
      const bytes = this.#bytes.subarray(value, after);
      const width = from.bigEndian ? numberWidth(vr as Vr) : undefined;
      this.#parts.push(width === undefined ? bytes : turned(bytes, width));
    }
    return after;
  }

  #items(start: number, end: number, from: Syntax, untilSequenceEnd: boolean, depth: number): number {
    let at = start;
    while (at < end) {
      const tag = this.#tag(at, end, from);
      const length = this.#view.getUint32(at + 4, !from.bigEndian);
      if (tag === SEQUENCE_END) return at + 8;
      if (tag !== ITEM) throw new MalformedDataset(`${formatTag(tag)} stands where an item should, at byte ${at}`);
      this.#delimiter(ITEM, UNDEFINED_LENGTH);
      at = length === UNDEFINED_LENGTH
        ? this.elements(at + 8, end, from, true, depth + 1)
        : this.elements(at + 8, this.#within(tag, at + 8 + length, end), from, false, depth + 1);
      this.#delimiter(ITEM_END);
    }
    if (untilSequenceEnd) throw new MalformedDataset(`a sequence without end at byte ${start}`);
    return at;
  }

  #tag(at: number, end: number, from: Syntax): number {
    return readTag(this.#view, at, !from.bigEndian, at, end);
  }

  #within(tag: number, at: number, end: number): number {
    if (at > end) throw new MalformedDataset(`${formatTag(tag)} says it is ${at - end} bytes longer than there are`);
    return at;
  }

  #header(tag: number, vr: string, length: number): void {
    // a value too long for its VR's length field is written as UN (PS3.5 6.2.2)
    const written = !LONG_VRS.has(vr) && length > 0xffff ? "UN" : vr;
    this.#parts.push(elementHeader(tag, written, length, { explicit: this.#explicit, bigEndian: false }));
  }

  #delimiter(tag: number, length = 0): void {
    this.#parts.push(elementHeader(tag, "", length, { explicit: false, bigEndian: false }));
  }
}
