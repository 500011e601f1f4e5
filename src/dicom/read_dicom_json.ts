import { Buffer } from "node:buffer";
import { Dataset, type Element, isTextVr, numberWidth } from "./dataset.ts";
import { formatTag, type Vr } from "./dictionary.ts";
import { LONG_VRS, MOST_NESTING } from "./element_header.ts";
import { MalformedDataset } from "./malformed_dataset.ts";
import type { ReadingBudget } from "./read_dataset.ts";

/** How it is read. */
export interface JsonReading {
  /** The dictionary. */
  vrOf: (tag: number) => Vr;
  /** Of elements and items. */
  budget: ReadingBudget;
}

/** Bytes of a value whose length has two bytes (PS3.5 7.1.2). */
const LONGEST_SHORT_VALUE = 0xfffe;

/**
 * A data set from the DICOM JSON Model (PS3.18 Annex F), as `JSON.parse` gives it. An attribute that is known has the
 * dictionary's VR, whatever the JSON says, as in a message (PS3.5 6.2.2).
 *
 * @throws TooManyElements
 * @throws MalformedDataset for what is no data set, or has a value elsewhere
 */
export function readDicomJson(json: unknown, reading: JsonReading, depth = 0): Dataset {
  if (!isObject(json)) throw new MalformedDataset("a data set in JSON is an object");
  if (depth > MOST_NESTING) throw new MalformedDataset("its sequences are nested too deep");
  const dataset = new Dataset();
  for (const [name, attribute] of Object.entries(json)) {
    if (!/^[0-9a-f]{8}$/i.test(name) || !isObject(attribute)) {
      throw new MalformedDataset(`"${name.slice(0, 40)}" is no attribute, which has eight hexadecimal digits`);
    }
    const tag = parseInt(name, 16);
    reading.budget.take();
    const content = contentOf(tag, attribute, reading, depth);
    if (!LONG_VRS.has(content.vr) && sizeOf(content) > LONGEST_SHORT_VALUE) {
      throw new MalformedDataset(`${formatTag(tag)} is longer than its VR allows`);
    }
    dataset.add({ tag, ...content });
  }
  return dataset;
}

function contentOf(
  tag: number,
  { vr: written, Value: values = [], InlineBinary: base64, BulkDataURI: elsewhere }: Record<string, unknown>,
  reading: JsonReading,
  depth: number,
): Omit<Element, "tag"> {
  const known = reading.vrOf(tag);
  const vr = known === "UN" && typeof written === "string" && /^[A-Z]{2}$/.test(written) ? written as Vr : known;
  const wrong = (what: string) => new MalformedDataset(`${formatTag(tag)} ${what}`);
  if (elsewhere !== undefined) throw wrong("is to be fetched elsewhere");
  if (!Array.isArray(values)) throw wrong("has a Value that is no array");
  if (vr === "SQ") {
    const items = values.map((item) => {
      reading.budget.take();
      return readDicomJson(item ?? {}, reading, depth + 1);
    });
    return { vr, value: items };
  }
  if (base64 !== undefined) {
    if (typeof base64 !== "string" || isTextVr(vr)) throw wrong("has bytes where it has values");
    return { vr, value: new Uint8Array(Buffer.from(base64, "base64")) };
  }
  if (isTextVr(vr)) {
    const texts = values.map((value) => textOf(vr, value));
    if (texts.includes(undefined)) throw wrong("has a value that is no text");
    return { vr, value: texts.join("\\") };
  }
  const bytes = binary(vr, values);
  if (bytes === undefined) throw wrong("has a value that is no number");
  return { vr, value: bytes };
}

function sizeOf({ value }: Omit<Element, "tag">): number {
  return typeof value === "string" ? Buffer.byteLength(value) : value.length;
}

function textOf(vr: Vr, value: unknown): string | undefined {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (vr !== "PN" || !isObject(value)) return undefined;
  const groups = ["Alphabetic", "Ideographic", "Phonetic"].map((group) => value[group] ?? "");
  if (groups.some((group) => typeof group !== "string")) return undefined;
  return groups.join("=").replace(/=+$/, "");
}

/** Numbers, little-endian; undefined where one is none of this VR, or the VR has none. */
function binary(vr: Vr, values: readonly unknown[]): Uint8Array | undefined {
  const width = vr === "AT" ? 4 : numberWidth(vr);
  if (values.length === 0) return new Uint8Array(0);
  if (width === undefined) return undefined;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  const isPut = values.every((value, index) => put(view, index * width, vr, value));
  return isPut ? bytes : undefined;
}

/** @returns false where the value is none of this VR */
function put(view: DataView, at: number, vr: Vr, value: unknown): boolean {
  if (vr === "AT") {
    if (typeof value !== "string" || !/^[0-9a-f]{8}$/i.test(value)) return false;
    view.setUint16(at, parseInt(value.slice(0, 4), 16), true);
    view.setUint16(at + 2, parseInt(value.slice(4), 16), true);
    return true;
  }
  // numbers may be written as texts too (PS3.18 F.2.3.1)
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number") return false;
  if (vr === "FL" || vr === "FD") {
    if (vr === "FL") view.setFloat32(at, number, true);
    else view.setFloat64(at, number, true);
    return true;
  }
  if (!Number.isInteger(number)) return false;
  switch (vr) {
    case "US":
      view.setUint16(at, number, true);
      return number >= 0 && number <= 0xffff;
    case "SS":
      view.setInt16(at, number, true);
      return number >= -0x8000 && number <= 0x7fff;
    case "UL":
      view.setUint32(at, number, true);
      return number >= 0 && number <= 0xffffffff;
    case "SL":
      view.setInt32(at, number, true);
      return number >= -0x80000000 && number <= 0x7fffffff;
    case "SV":
      view.setBigInt64(at, BigInt(number), true);
      return Number.isSafeInteger(number);
    case "UV":
      view.setBigUint64(at, BigInt(number), true);
      return Number.isSafeInteger(number) && number >= 0;
    default:
      return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
