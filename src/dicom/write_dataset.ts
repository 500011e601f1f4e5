import { Buffer } from "node:buffer";
import { asciiBytes, encodeText } from "./charset.ts";
import { type Dataset, type Element, isTextVr, numberWidth, turned, usesCharset } from "./dataset.ts";
import { formatTag, Tag, type Vr } from "./dictionary.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** Turns the text of an attribute into bytes of the data set's character set. */
export type TextEncoder = (text: string, vr: Vr, tag: number) => Uint8Array;

const LONG_VRS: ReadonlySet<Vr> = new Set<Vr>([
  ...["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"] as const,
]);

/**
 * The bytes of a data set in a native transfer syntax (PS3.5 7): ascending tags, even lengths, sequences and items of
 * defined length.
 *
 * @param encode makes bytes of text that depends on the character set; by default the set that the data set names
 *   in Specific Character Set
 * @throws Error when a value does not fit its VR's length field, or a letter is not in the character set
 */
export function writeDataset(
  dataset: Dataset,
  syntax: TransferSyntax,
  encode: TextEncoder = strictEncoder(dataset),
): Uint8Array {
  return Buffer.concat(elementParts(dataset, syntax, encode));
}

/** Encodes in the one character set that the data set names, and refuses a letter it lacks. */
function strictEncoder(dataset: Dataset): TextEncoder {
  const term = dataset.text(Tag.SpecificCharacterSet);
  return (text) => {
    const bytes = encodeText(text, term);
    if (bytes === undefined) {
      throw new Error(`Cannot write the data set: ${term || "ISO_IR 6"} lacks a letter of a value, use ISO_IR 192`);
    }
    return bytes;
  };
}

function elementParts(dataset: Dataset, syntax: TransferSyntax, encode: TextEncoder): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const element of dataset) {
    const value = valueBytes(element, syntax, encode);
    parts.push(headerBytes(element, value.length, syntax), value);
  }
  return parts;
}

function valueBytes(element: Element, syntax: TransferSyntax, encode: TextEncoder): Uint8Array {
  const { tag, vr, value } = element;
  if (typeof value === "string") {
    const bytes = usesCharset(vr) ? encode(value, vr, tag) : asciiBytes(value);
    return padded(bytes, vr === "UI" ? 0 : 0x20);
  }
  if (value instanceof Uint8Array) {
    const width = syntax.bigEndian ? numberWidth(vr) : undefined;
    return padded(width === undefined ? value : turned(value, width), isTextVr(vr) ? 0x20 : 0);
  }
  const parts: Uint8Array[] = [];
  for (const item of value) {
    const content = Buffer.concat(elementParts(item, syntax, encode));
    const header = new Uint8Array(8);
    const view = new DataView(header.buffer);
    view.setUint16(0, 0xfffe, !syntax.bigEndian);
    view.setUint16(2, 0xe000, !syntax.bigEndian);
    view.setUint32(4, content.length, !syntax.bigEndian);
    parts.push(header, content);
  }
  return Buffer.concat(parts);
}

function headerBytes({ tag, vr }: Element, length: number, syntax: TransferSyntax): Uint8Array {
  const little = !syntax.bigEndian;
  const long = syntax.explicit && LONG_VRS.has(vr);
  const header = new Uint8Array(long ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, tag >>> 16, little);
  view.setUint16(2, tag & 0xffff, little);
  if (!syntax.explicit) {
    view.setUint32(4, length, little);
    return header;
  }
  header[4] = vr.charCodeAt(0);
  header[5] = vr.charCodeAt(1);
  if (long) view.setUint32(8, length, little);
  else if (length <= 0xffff) view.setUint16(6, length, little);
  else throw new Error(`Cannot write ${formatTag(tag)}: ${length} bytes are too long for ${vr}, shorten the value`);
  return header;
}

function padded(bytes: Uint8Array, padding: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = padding;
  return even;
}
