import { Buffer } from "node:buffer";
import { type Dataset, type Element, numberWidth } from "./dataset.ts";
import { Tag, type Vr } from "./dictionary.ts";

/** One attribute in the DICOM JSON Model (PS3.18 F.2.2). */
export interface JsonAttribute {
  /** PS3.5 6.2. */
  vr: Vr;
  /** Its values (PS3.18 F.2.3). */
  Value?: unknown[];
  /** Base64 (PS3.18 F.2.7). */
  InlineBinary?: string;
  /** Where its bytes can be fetched (PS3.18 F.2.6). */
  BulkDataURI?: string;
}

/** A data set in the DICOM JSON Model: attributes by their tags, eight hexadecimal digits. */
export type JsonDataset = Record<string, JsonAttribute>;

/** Values that are one text, in which a backslash is a backslash (PS3.5 6.2). */
const ONE_TEXT: ReadonlySet<Vr> = new Set<Vr>(["LT", "ST", "UT", "UR"]);
/** Values that are bytes to a reader of JSON, whatever they are made of. */
const BINARY: ReadonlySet<Vr> = new Set<Vr>(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);
/** Up to this many bytes stand in the JSON itself, as base64. */
const MOST_INLINE = 1024;

/**
 * A data set in the DICOM JSON Model (PS3.18 Annex F). Its texts are UTF-8, and it says so. Group lengths are left out.
 *
 * @param bulkData where the value of an attribute can be fetched, by its path: `7FE00010`, or `00880200/0/00281201`
 *   for one within the first item of a sequence; without it all bytes stand in the JSON
 */
export function dicomJson(dataset: Dataset, bulkData?: (path: string) => string, within = ""): JsonDataset {
  const json: JsonDataset = {};
  for (const element of dataset) {
    if ((element.tag & 0xffff) === 0) continue;
    const path = `${within}${jsonTag(element.tag)}`;
    json[jsonTag(element.tag)] = element.tag === Tag.SpecificCharacterSet
      ? { vr: "CS", Value: ["ISO_IR 192"] }
      : attributeOf(element, path, bulkData);
  }
  return json;
}

/**
 * The same as text, in pieces of an element each: what is large is never in memory as a whole.
 *
 * @param more attributes besides, which the data set does not have
 */
export function* dicomJsonText(
  dataset: Dataset,
  bulkData: (path: string) => string,
  more: JsonDataset = {},
  within = "",
): Generator<string, void> {
  let before = "{";
  for (const { tag, vr, value } of dataset) {
    if ((tag & 0xffff) === 0) continue;
    const name = jsonTag(tag);
    const path = `${within}${name}`;
    if (Array.isArray(value) && value.length > 0) {
      yield `${before}"${name}":{"vr":"${vr}","Value":[`;
      for (const [index, item] of (value as readonly Dataset[]).entries()) {
        if (index > 0) yield ",";
        yield* dicomJsonText(item, bulkData, {}, `${path}/${index}/`);
      }
      yield "]}";
    } else {
      const attribute = tag === Tag.SpecificCharacterSet
        ? { vr: "CS", Value: ["ISO_IR 192"] }
        : attributeOf({ tag, vr, value }, path, bulkData);
      yield `${before}"${name}":${JSON.stringify(attribute)}`;
    }
    before = ",";
  }
  for (const [name, attribute] of Object.entries(more)) {
    yield `${before}"${name}":${JSON.stringify(attribute)}`;
    before = ",";
  }
  yield before === "{" ? "{}" : "}";
}

/** A tag as the JSON model writes it: `0020000D`. */
function jsonTag(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(8, "0");
}

function attributeOf({ vr, value }: Element, path: string, bulkData?: (path: string) => string): JsonAttribute {
  if (typeof value === "string") return value === "" ? { vr } : { vr, Value: texts(vr, value) };
  if (!(value instanceof Uint8Array)) {
    if (value.length === 0) return { vr };
    return { vr, Value: value.map((item, index) => dicomJson(item, bulkData, `${path}/${index}/`)) };
  }
  if (value.length === 0) return { vr };
  if (!BINARY.has(vr)) return { vr, Value: numbers(vr, value) };
  if (bulkData && value.length > MOST_INLINE) return { vr, BulkDataURI: bulkData(path) };
  return { vr, InlineBinary: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

function texts(vr: Vr, value: string): unknown[] {
  if (ONE_TEXT.has(vr)) return [value];
  return value.split("\\").map((raw) => {
    const text = raw.trim();
    if (text === "") return null;
    if (vr === "PN") return personName(text);
    // a number that is none, and there are such, stays the text it is (PS3.18 F.2.3.1)
    if (vr === "IS" || vr === "DS") return Number.isFinite(Number(text)) ? Number(text) : text;
    return text;
  });
}

function personName(text: string): Record<string, string> {
  const groups = text.split("=").slice(0, 3);
  const names = ["Alphabetic", "Ideographic", "Phonetic"];
  return Object.fromEntries(groups.map((group, index) => [names[index]!, group]).filter(([, group]) => group !== ""));
}

function numbers(vr: Vr, bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = vr === "AT" ? 4 : numberWidth(vr)!;
  const values: unknown[] = [];
  for (let at = 0; at + step <= bytes.length; at += step) values.push(numberAt(vr, view, at));
  return values;
}

function numberAt(vr: Vr, view: DataView, at: number): unknown {
  switch (vr) {
    case "AT":
      return jsonTag(view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true));
    case "US":
      return view.getUint16(at, true);
    case "SS":
      return view.getInt16(at, true);
    case "UL":
      return view.getUint32(at, true);
    case "SL":
      return view.getInt32(at, true);
    case "FL":
      return finite(view.getFloat32(at, true));
    case "FD":
      return finite(view.getFloat64(at, true));
    case "SV":
      return safe(view.getBigInt64(at, true));
    default:
      return safe(view.getBigUint64(at, true));
  }
}

/** JSON has no other numbers. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function safe(value: bigint): number | string {
  return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
