import { Buffer } from "node:buffer";
import { formatTag, Tag, type Vr } from "./dictionary.ts";
import {
  type ElementHeader,
  elementHeader,
  ITEM,
  ITEM_END,
  MOST_NESTING,
  readElementHeader,
  readTag,
  SEQUENCE_END,
  type Syntax,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { MalformedDataset } from "./malformed_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "./transfer_syntax.ts";

/** An element as it is written, its value padded to an even length with `padding`. */
export function elementBytes(tag: number, vr: Vr, value: Uint8Array, syntax: Syntax, padding = 0x20): Uint8Array {
  const even = value.length % 2 === 0 ? value : Buffer.concat([value, Uint8Array.of(padding)]);
  return Buffer.concat([elementHeader(tag, vr, even.length, syntax), even]);
}

/** An item of a sequence, with its length. */
export function itemBytes(content: Uint8Array, syntax: Syntax): Uint8Array {
  return Buffer.concat([elementHeader(ITEM, "", content.length, syntax), content]);
}

/** A sequence's element with one more item at its end; its other bytes stay, but for its length where it has one. */
export function withItem(element: Uint8Array, item: Uint8Array, syntax: Syntax): Uint8Array {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  const { tag, vr, length, value } = readElementHeader(view, 0, syntax);
  if (length !== UNDEFINED_LENGTH) {
    const header = elementHeader(tag, vr, length + item.length, syntax);
    return Buffer.concat([header, element.subarray(value), item]);
  }
  const delimiter = element.length - 8;
  return Buffer.concat([element.subarray(0, delimiter), item, element.subarray(delimiter)]);
}

/** An element within the items of a sequence, as its bytes are. */
interface NestedElement {
  tag: number;
  /** The dictionary's where it is not written. */
  vr: string;
  value: Uint8Array;
  /** The terms of Specific Character Set in force. */
  charset: readonly string[];
  /** The sequences it stands in, the outermost first. */
  within: readonly number[];
}

/** The bytes that an element's value is to have instead; undefined where it stays. */
export type Edit = (element: NestedElement) => Uint8Array | undefined;

/**
 * A sequence with some values in its items changed, at every depth. What is not changed keeps its bytes and its way of
 * writing; lengths follow, and in items that change group lengths are left out: they are retired (PS3.5 7.2), and those
 * of a later group would have to be counted anew.
 *
 * @param element the sequence's whole element
 * @param charset the terms of Specific Character Set in force where it stands
 * @returns undefined where nothing changes
 * @throws MalformedDataset when the bytes are no sequence
 */
export function editedSequence(
  element: Uint8Array,
  syntax: Syntax,
  vrOf: (tag: number) => Vr,
  charset: readonly string[],
  edit: Edit,
): Uint8Array | undefined {
  const walker = new Walker(element, vrOf, edit);
  const { bytes } = walker.element(0, element.length, { syntax, charset, within: [] });
  return bytes === undefined ? undefined : Buffer.concat(bytes);
}

interface Scope {
  syntax: Syntax;
  charset: readonly string[];
  within: readonly number[];
}

interface Walked {
  /** The byte after it. */
  end: number;
  /** What it is written as instead; undefined where it stays. */
  bytes: Uint8Array[] | undefined;
}

class Walker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #vrOf: (tag: number) => Vr;
  readonly #edit: Edit;

  constructor(bytes: Uint8Array, vrOf: (tag: number) => Vr, edit: Edit) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#vrOf = vrOf;
    this.#edit = edit;
  }

  element(at: number, end: number, scope: Scope): Walked {
    const { syntax } = scope;
    const { tag, vr, length, value } = this.#header(at, end, syntax);
    const isFragments = length === UNDEFINED_LENGTH && (vr === "OB" || vr === "OW");
    if (isFragments) return { end: this.#endOfFragments(value, end, syntax), bytes: undefined };
    if (vr === "SQ" || length === UNDEFINED_LENGTH) return this.#sequence(at, end, scope);
    const after = within(tag, value + length, end);
    const raw = this.#bytes.subarray(value, after);
    const changed = this.#edit({ tag, vr, value: raw, charset: scope.charset, within: scope.within });
    if (changed === undefined) return { end: after, bytes: undefined };
    return { end: after, bytes: [elementBytes(tag, vr as Vr, changed, syntax, vr === "UI" ? 0 : 0x20)] };
  }

  #sequence(at: number, end: number, scope: Scope): Walked {
    const { syntax } = scope;
    const { tag, vr, length, value } = this.#header(at, end, syntax);
    const isDelimited = length === UNDEFINED_LENGTH;
    // PS3.5 6.2.2 note 2: UN of undefined length is a sequence in Implicit VR Little Endian
    const inner = vr === "UN" && syntax.explicit ? IMPLICIT_LITTLE_ENDIAN : syntax;
    const last = isDelimited ? end : within(tag, value + length, end);
    const items = this.#items(value, last, isDelimited, {
      ...{ syntax: inner, charset: scope.charset },
      within: [...scope.within, tag],
    });
    if (items.bytes === undefined) return items;
    const size = items.bytes.reduce((sum, { length }) => sum + length, 0);
    const header = isDelimited ? this.#bytes.subarray(at, value) : elementHeader(tag, vr, size, syntax);
    return { end: items.end, bytes: [header, ...items.bytes] };
  }

  /** With the delimiter, where there is one. */
  #items(start: number, end: number, isDelimited: boolean, scope: Scope): Walked {
    if (scope.within.length > MOST_NESTING) {
      throw new MalformedDataset(`sequences are nested more than ${MOST_NESTING} deep`);
    }
    const { syntax } = scope;
    const parts: Uint8Array[] = [];
    let isChanged = false;
    let at = start;
    while (at < end) {
      const tag = readTag(this.#view, at, !syntax.bigEndian, at, end);
      const length = this.#view.getUint32(at + 4, !syntax.bigEndian);
      if (tag === SEQUENCE_END) {
        parts.push(this.#bytes.subarray(at, at + 8));
        return { end: at + 8, bytes: isChanged ? parts : undefined };
      }
      if (tag !== ITEM) throw new MalformedDataset(`${formatTag(tag)} stands where an item should, at byte ${at}`);
      const isItemDelimited = length === UNDEFINED_LENGTH;
      const content = this.#elements(
        at + 8,
        isItemDelimited ? end : within(tag, at + 8 + length, end),
        isItemDelimited,
        scope,
      );
      if (content.bytes === undefined) {
        parts.push(this.#bytes.subarray(at, content.end));
      } else {
        const size = content.bytes.reduce((sum, { length }) => sum + length, 0);
        parts.push(isItemDelimited ? this.#bytes.subarray(at, at + 8) : elementHeader(ITEM, "", size, syntax));
        for (const piece of content.bytes) parts.push(piece);
        isChanged = true;
      }
      at = content.end;
    }
    if (isDelimited) throw new MalformedDataset(`a sequence without end at byte ${start}`);
    return { end: at, bytes: isChanged ? parts : undefined };
  }

  /** The elements of an item, with its delimiter, where there is one. */
  #elements(start: number, end: number, isDelimited: boolean, scope: Scope): Walked {
    const { syntax } = scope;
    const parts: { tag: number; bytes: Uint8Array[] }[] = [];
    let { charset } = scope;
    let isChanged = false;
    let at = start;
    const all = () => parts.filter(({ tag }) => (tag & 0xffff) !== 0 || tag === ITEM_END).flatMap(({ bytes }) => bytes);
    while (at < end) {
      const tag = readTag(this.#view, at, !syntax.bigEndian, at, end);
      if (tag === ITEM_END && isDelimited) {
        parts.push({ tag, bytes: [this.#bytes.subarray(at, at + 8)] });
        return { end: at + 8, bytes: isChanged ? all() : undefined };
      }
      const one = this.element(at, end, { ...scope, charset });
      parts.push({ tag, bytes: one.bytes ?? [this.#bytes.subarray(at, one.end)] });
      if (one.bytes !== undefined) isChanged = true;
      if (tag === Tag.SpecificCharacterSet) {
        const { value } = this.#header(at, end, syntax);
        charset = termsIn(this.#bytes.subarray(value, one.end));
      }
      at = one.end;
    }
    if (isDelimited) throw new MalformedDataset(`an item without end at byte ${start}`);
    return { end: at, bytes: isChanged ? all() : undefined };
  }

  #header(at: number, end: number, syntax: Syntax): ElementHeader {
    const header = readElementHeader(this.#view, at, syntax, at, end);
    return syntax.explicit ? header : { ...header, vr: this.#vrOf(header.tag) };
  }

  #endOfFragments(start: number, end: number, syntax: Syntax): number {
    for (let at = start; at < end;) {
      const tag = readTag(this.#view, at, !syntax.bigEndian, at, end);
      if (tag === SEQUENCE_END) return at + 8;
      at += 8 + this.#view.getUint32(at + 4, !syntax.bigEndian);
    }
    throw new MalformedDataset(`fragments without end at byte ${start}`);
  }
}

/** The terms that the value of Specific Character Set has; none of an empty one. */
export function termsIn(value: Uint8Array): string[] {
  const text = Buffer.from(value).toString("latin1").replace(/[ \0]+$/, "");
  return text === "" ? [] : text.split("\\").map((term) => term.trim());
}

function within(tag: number, at: number, end: number): number {
  if (at > end) throw new MalformedDataset(`${formatTag(tag)} is ${at - end} bytes longer than there are`);
  return at;
}
