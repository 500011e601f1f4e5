import { Buffer } from "node:buffer";
import { asciiBytes, encodeText } from "./charset.ts";
import { type Dataset, type Element, isTextVr, numberWidth, turned, usesCharset } from "./dataset.ts";
import { formatTag, Tag, type Vr } from "./dictionary.ts";
import { elementHeader, ITEM, LONG_VRS } from "./element_header.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** Turns the text of an attribute into bytes of the data set's character set. */
export type TextEncoder = (text: string, vr: Vr, tag: number) => Uint8Array;

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
    if (syntax.explicit && !LONG_VRS.has(element.vr) && value.length > 0xffff) {
      const what = `${formatTag(element.tag)}: ${value.length} bytes are too long for ${element.vr}`;
      throw new Error(`Cannot write ${what}, shorten the value`);
    }
    parts.push(elementHeader(element.tag, element.vr, value.length, syntax), value);
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
    parts.push(elementHeader(ITEM, "", content.length, syntax), content);
  }
  return Buffer.concat(parts);
}

function padded(bytes: Uint8Array, padding: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = padding;
  return even;
}
