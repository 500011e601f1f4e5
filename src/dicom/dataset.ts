import { type Keyword, Tag, type Vr } from "./dictionary.ts";
import type { ReadAs } from "./read_text.ts";

/**
 * One data element. Text has been decoded, with its padding removed and `\` between values; a sequence is its items;
 * everything else is its bytes, little-endian whatever the transfer syntax was.
 */
export interface Element {
  /** Group and element, as 0xGGGGEEEE. */
  readonly tag: number;
  /** PS3.5 6.2. */
  readonly vr: Vr;
  /** Text where the VR has it, items of a sequence, else the bytes as they stand. */
  readonly value: string | Uint8Array | readonly Dataset[];
}

const TEXT_VRS: ReadonlySet<Vr> = new Set<Vr>([
  ...["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"] as const,
]);

/** VRs whose text is one value, in which a backslash is a backslash (PS3.5 6.2). */
const SINGLE_VALUED: ReadonlySet<Vr> = new Set<Vr>(["LT", "ST", "UT", "UR"]);

/** VRs whose letters depend on Specific Character Set (PS3.5 6.1.2.3). */
const CHARSET_VRS: ReadonlySet<Vr> = new Set<Vr>(["LO", "LT", "PN", "SH", "ST", "UC", "UT"]);

/** Whether its value is text that this program reads as such. */
export function isTextVr(vr: Vr): boolean {
  return TEXT_VRS.has(vr);
}

export function usesCharset(vr: Vr): boolean {
  return CHARSET_VRS.has(vr);
}

/** A DICOM data set (PS3.5 7): elements by tag, in ascending order once written. */
export class Dataset implements Iterable<Element> {
  /** The least certain way in which a text of it, or of its items, was read. */
  textReadAs: ReadAs = "declared";
  readonly #elements = new Map<number, Element>();

  /** Puts an element in place of one with its tag. */
  add(element: Element): this {
    this.#elements.set(element.tag, element);
    return this;
  }

  /** Sets a text attribute; several values are joined by `\`. */
  setText(tag: number, vr: Vr, ...values: string[]): this {
    return this.add({ tag, vr, value: values.join("\\") });
  }

  /** Sets an attribute of unsigned 16-bit numbers. */
  setUnsignedShort(tag: number, ...values: number[]): this {
    const bytes = new Uint8Array(values.length * 2);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => view.setUint16(index * 2, value, true));
    return this.add({ tag, vr: "US", value: bytes });
  }

  /** Puts a sequence. */
  setItems(tag: number, items: readonly Dataset[]): this {
    return this.add({ tag, vr: "SQ", value: items });
  }

  /** Nothing happens where there is none. */
  delete(tag: number): void {
    this.#elements.delete(tag);
  }

  /** Whether there is one, with a value or without. */
  has(tag: number): boolean {
    return this.#elements.has(tag);
  }

  /** As it stands; undefined for none. */
  element(tag: number): Element | undefined {
    return this.#elements.get(tag);
  }

  /** How many elements. */
  get size(): number {
    return this.#elements.size;
  }

  /** The elements in ascending order of their tags. */
  *[Symbol.iterator](): Iterator<Element> {
    const tags = [...this.#elements.keys()].sort((a, b) => a - b);
    for (const tag of tags) yield this.#elements.get(tag)!;
  }

  /** The first value of a text attribute, without spaces around it; "" when absent or empty. */
  text(attribute: Keyword | number): string {
    return this.texts(attribute)[0] ?? "";
  }

  /** The values of a text attribute, without spaces around them; none when absent or empty. */
  texts(attribute: Keyword | number): string[] {
    const element = this.#of(attribute);
    if (element === undefined || typeof element.value !== "string" || element.value === "") return [];
    if (SINGLE_VALUED.has(element.vr)) return [element.value.trim()];
    return element.value.split("\\").map((value) => value.trim());
  }

  /** The first value of a numeric attribute, binary or written out (IS, DS); undefined when absent or no number. */
  number(attribute: Keyword | number): number | undefined {
    return this.numbers(attribute)[0];
  }

  /** The values of a numeric attribute, binary or written out (IS, DS). What is no number is left out. */
  numbers(attribute: Keyword | number): number[] {
    const element = this.#of(attribute);
    if (element === undefined) return [];
    if (typeof element.value === "string") {
      return this.texts(attribute).filter((value) => value !== "").map(Number).filter(Number.isFinite);
    }
    return element.value instanceof Uint8Array ? binaryNumbers(element.vr, element.value) : [];
  }

  /** The items of a sequence; none when absent. */
  items(attribute: Keyword | number): readonly Dataset[] {
    const value = this.#of(attribute)?.value;
    return Array.isArray(value) ? value : [];
  }

  /** The value as it stands, of one that is no text. */
  bytes(attribute: Keyword | number): Uint8Array | undefined {
    const value = this.#of(attribute)?.value;
    return value instanceof Uint8Array ? value : undefined;
  }

  #of(attribute: Keyword | number): Element | undefined {
    return this.#elements.get(typeof attribute === "number" ? attribute : Tag[attribute]);
  }
}

/** How many bytes one number of a VR has; undefined for a VR that is not made of numbers. */
export function numberWidth(vr: Vr): 2 | 4 | 8 | undefined {
  switch (vr) {
    case "US":
    case "SS":
    case "OW":
    case "AT": // a pair of 16-bit numbers
      return 2;
    case "UL":
    case "SL":
    case "FL":
    case "OF":
    case "OL":
      return 4;
    case "FD":
    case "OD":
    case "SV":
    case "UV":
    case "OV":
      return 8;
    default:
      return undefined;
  }
}

/** How one number of a VR is read. */
const READ_NUMBER: Partial<Record<Vr, (view: DataView, at: number) => number>> = {
  US: (view, at) => view.getUint16(at, true),
  SS: (view, at) => view.getInt16(at, true),
  OW: (view, at) => view.getUint16(at, true),
  UL: (view, at) => view.getUint32(at, true),
  SL: (view, at) => view.getInt32(at, true),
  FL: (view, at) => view.getFloat32(at, true),
  FD: (view, at) => view.getFloat64(at, true),
  AT: (view, at) => view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true),
};

function binaryNumbers(vr: Vr, bytes: Uint8Array): number[] {
  const one = READ_NUMBER[vr];
  if (one === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = vr === "AT" ? 4 : numberWidth(vr)!;
  const numbers: number[] = [];
  for (let at = 0; at + step <= bytes.length; at += step) numbers.push(one(view, at));
  return numbers;
}

/** The bytes of numbers with their order turned. */
export function turned(bytes: Uint8Array, width: 2 | 4 | 8): Uint8Array {
  // not slice, by which a Buffer shares its bytes
  const copy = new Uint8Array(bytes.subarray(0, bytes.length - bytes.length % width));
  for (let at = 0; at < copy.length; at += width) copy.subarray(at, at + width).reverse();
  return copy;
}
