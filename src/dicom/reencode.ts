import { Buffer } from "node:buffer";
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
 * Writes a little-endian data set's elements with explicit or implicit VRs instead (PS3.5 7.1.2, 7.1.3): every value
 * keeps its bytes, only what stands before it changes. Group lengths are left out, since they would be wrong.
 *
 * @param bytes whole elements, without encapsulated pixel data at the top level
 * @param vrOf the VR of an attribute where `from` does not write it
 * @throws MalformedDataset when the bytes are no data set, or big-endian
 */
export function reencode(bytes: Uint8Array, from: Syntax, to: Syntax, vrOf: (tag: number) => Vr): Uint8Array {
  if (from.bigEndian || to.bigEndian) throw new MalformedDataset("the box does not turn big-endian data sets");
  if (from.explicit === to.explicit) return bytes;
  const parts: Uint8Array[] = [];
  new Reencoder(bytes, to.explicit, vrOf, parts).elements(0, bytes.length, from.explicit, false, 0);
  return Buffer.concat(parts);
}

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
  elements(start: number, end: number, explicit: boolean, untilItemEnd: boolean, depth: number): number {
    if (depth > MOST_NESTING) throw new MalformedDataset(`sequences are nested more than ${MOST_NESTING} deep`);
    let at = start;
    while (at < end) {
      const tag = this.#tag(at, end);
      if (tag === ITEM_END && untilItemEnd) return at + 8;
      at = this.#element(at, tag, end, explicit, depth);
    }
    if (untilItemEnd) throw new MalformedDataset(`an item without end at byte ${start}`);
    return at;
  }

  #element(at: number, tag: number, end: number, explicit: boolean, depth: number): number {
    const { vr: written, length, value } = readElementHeader(this.#view, at, { explicit, bigEndian: false }, at, end);
    const vr = explicit ? written : this.#vrOf(tag);
    if (length === UNDEFINED_LENGTH && (vr === "OB" || vr === "OW")) {
      throw new MalformedDataset(`${formatTag(tag)} is compressed, and can only be written as it is`);
    }
    if (vr === "SQ" || length === UNDEFINED_LENGTH) {
      // PS3.5 6.2.2 note 2: UN of undefined length is a sequence with implicit VRs
      const inner = explicit && vr !== "UN";
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
      this.#parts.push(this.#bytes.subarray(value, after));
    }
    return after;
  }

  #items(start: number, end: number, explicit: boolean, untilSequenceEnd: boolean, depth: number): number {
    let at = start;
    while (at < end) {
      const tag = this.#tag(at, end);
      const length = this.#view.getUint32(at + 4, true);
      if (tag === SEQUENCE_END) return at + 8;
      if (tag !== ITEM) throw new MalformedDataset(`${formatTag(tag)} stands where an item should, at byte ${at}`);
      this.#delimiter(ITEM, UNDEFINED_LENGTH);
      at = length === UNDEFINED_LENGTH
        ? this.elements(at + 8, end, explicit, true, depth + 1)
        : this.elements(at + 8, this.#within(tag, at + 8 + length, end), explicit, false, depth + 1);
      this.#delimiter(ITEM_END);
    }
    if (untilSequenceEnd) throw new MalformedDataset(`a sequence without end at byte ${start}`);
    return at;
  }

  #tag(at: number, end: number): number {
    return readTag(this.#view, at, true, at, end);
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
