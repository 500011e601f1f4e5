import type { Buffer } from "node:buffer";
import iconv from "iconv-lite";

/**
 * The character sets of PS3.3 C.12.1.1.2 that stand alone, with the names iconv-lite has for them. Those with code
 * extensions (ISO 2022) are below.
 */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ["", "ascii"],
  ["ISO_IR 6", "ascii"],
  ["ISO_IR 100", "iso-8859-1"],
  ["ISO_IR 101", "iso-8859-2"],
  ["ISO_IR 109", "iso-8859-3"],
  ["ISO_IR 110", "iso-8859-4"],
  ["ISO_IR 144", "iso-8859-5"],
  ["ISO_IR 127", "iso-8859-6"],
  ["ISO_IR 126", "iso-8859-7"],
  ["ISO_IR 138", "iso-8859-8"],
  ["ISO_IR 148", "iso-8859-9"],
  ["ISO_IR 203", "iso-8859-15"],
  ["ISO_IR 166", "tis620"],
  ["ISO_IR 13", "shift_jis"],
  ["ISO_IR 192", "utf-8"],
  ["GB18030", "gb18030"],
  ["GBK", "gbk"],
]);

/** What an escape sequence switches to: the half of the code table it fills, and how its bytes are read. */
interface Designation {
  /** The characters after ESC. */
  escape: string;
  /** The term of Specific Character Set that allows it. */
  term: string;
  half: "G0" | "G1";
  bytes: 1 | 2;
  encoding: string;
  /** What a two-byte character in G0 needs before its table (EUC) can be asked: a prefix for JIS X 0212. */
  eucPrefix?: number;
}

/** Escape sequences of PS3.3 C.12-3 and C.12-4. */
const DESIGNATIONS: readonly Designation[] = [
  { escape: "(B", term: "ISO 2022 IR 6", half: "G0", bytes: 1, encoding: "ascii" },
  { escape: "-A", term: "ISO 2022 IR 100", half: "G1", bytes: 1, encoding: "iso-8859-1" },
  { escape: "-B", term: "ISO 2022 IR 101", half: "G1", bytes: 1, encoding: "iso-8859-2" },
  { escape: "-C", term: "ISO 2022 IR 109", half: "G1", bytes: 1, encoding: "iso-8859-3" },
  { escape: "-D", term: "ISO 2022 IR 110", half: "G1", bytes: 1, encoding: "iso-8859-4" },
  { escape: "-L", term: "ISO 2022 IR 144", half: "G1", bytes: 1, encoding: "iso-8859-5" },
  { escape: "-G", term: "ISO 2022 IR 127", half: "G1", bytes: 1, encoding: "iso-8859-6" },
  { escape: "-F", term: "ISO 2022 IR 126", half: "G1", bytes: 1, encoding: "iso-8859-7" },
  { escape: "-H", term: "ISO 2022 IR 138", half: "G1", bytes: 1, encoding: "iso-8859-8" },
  { escape: "-M", term: "ISO 2022 IR 148", half: "G1", bytes: 1, encoding: "iso-8859-9" },
  { escape: "-b", term: "ISO 2022 IR 203", half: "G1", bytes: 1, encoding: "iso-8859-15" },
  { escape: "-T", term: "ISO 2022 IR 166", half: "G1", bytes: 1, encoding: "tis620" },
  { escape: ")I", term: "ISO 2022 IR 13", half: "G1", bytes: 1, encoding: "shift_jis" },
  { escape: "(J", term: "ISO 2022 IR 13", half: "G0", bytes: 1, encoding: "ascii" },
  { escape: "$B", term: "ISO 2022 IR 87", half: "G0", bytes: 2, encoding: "euc-jp" },
  { escape: "$(D", term: "ISO 2022 IR 159", half: "G0", bytes: 2, encoding: "euc-jp", eucPrefix: 0x8f },
  { escape: "$)C", term: "ISO 2022 IR 149", half: "G1", bytes: 2, encoding: "euc-kr" },
  { escape: "$)A", term: "ISO 2022 IR 58", half: "G1", bytes: 2, encoding: "gb2312" },
];

/** What the upper half of the code table holds before any escape, by the first term of Specific Character Set. */
function initialG1(firstTerm: string): Designation | undefined {
  const term = firstTerm.replace(/^ISO(_| 2022 )IR /, "ISO 2022 IR ");
  return DESIGNATIONS.find((one) => one.half === "G1" && one.term === term);
}

function escapedBy(escape: string): Designation | undefined {
  return DESIGNATIONS.find((one) => one.escape === escape);
}

const ESC = 0x1b;
/** What iconv-lite reads at the empty places of a set, and would write there. */
const NO_LETTER = "\ufffd";
const G0_ASCII = escapedBy("(B")!;

/** Every term of Specific Character Set that the box knows, except the empty one. */
export function knownCharsets(): string[] {
  return [...new Set([...SINGLE.keys(), ...DESIGNATIONS.map(({ term }) => term)])].filter((term) => term);
}

/** Whether the box can read and write this value of Specific Character Set (0008,0005). */
export function isKnownCharset(terms: readonly string[]): boolean {
  const isExtension = (term: string) => DESIGNATIONS.some((one) => one.term === term);
  if (terms.length <= 1) return terms.every((term) => SINGLE.has(term) || isExtension(term));
  const [first = "", ...others] = terms;
  // the sets of more than one byte that stand alone take no code extensions (PS3.3 C.12.1.1.2)
  return (first === "" || isExtension(first.replace("ISO_IR ", "ISO 2022 IR "))) && others.every(isExtension);
}

/** Whether terms of Specific Character Set name a set that the box knows and that has more letters than ASCII. */
export function isDesignated(terms: readonly string[]): boolean {
  const [first = "", ...others] = terms;
  const known = SINGLE.has(first) || DESIGNATIONS.some(({ term }) => term === first);
  return known && (others.length > 0 || !["", "ISO_IR 6", "ISO 2022 IR 6"].includes(first));
}

/**
 * Text from the bytes of a data element under a Specific Character Set (PS3.5 6.1).
 *
 * A set that the box does not know is read as UTF-8 where the bytes are that, else as Latin-1: a wrong letter in a
 * name is seen by a person, a refused object is lost. Escape sequences are followed wherever they stand.
 */
export function decodeText(bytes: Uint8Array, terms: readonly string[]): string {
  const first = terms[0] ?? "";
  if (isAscii(bytes)) return latin1(bytes);
  const single = SINGLE.get(first);
  if (terms.length <= 1 && single !== undefined && !bytes.includes(ESC)) {
    return single === "ascii" ? decodeGuess(bytes) : iconv.decode(bytes as Buffer, single);
  }
  if (single === "utf-8" || single === "gb18030" || single === "gbk") return iconv.decode(bytes as Buffer, single);
  if (single === undefined && !first.startsWith("ISO 2022")) return decodeGuess(bytes);
  return decodeIso2022(bytes, initialG1(first));
}

/** Follows ISO 2022 escapes; `^`, `=`, `\` and line ends bring back what the first term says (PS3.5 6.1.2.5.3). */
function decodeIso2022(bytes: Uint8Array, firstG1: Designation | undefined): string {
  let text = "";
  let g0 = G0_ASCII;
  let g1 = firstG1;
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at]!;
    if (byte === ESC) {
      const designation = escapedBy(latin1(bytes.subarray(at + 1, at + 4))) ??
        escapedBy(latin1(bytes.subarray(at + 1, at + 3)));
      if (designation) {
        if (designation.half === "G0") g0 = designation;
        else g1 = designation;
        at += 1 + designation.escape.length;
        continue;
      }
    }
    if (byte >= 0x80) {
      const width = g1?.bytes ?? 1;
      const character = bytes.subarray(at, at + width);
      text += g1 ? iconv.decode(character as Buffer, g1.encoding) : latin1(character);
      at += width;
    } else if (g0.bytes === 2 && byte > 0x20 && at + 1 < bytes.length) {
      const euc = [byte | 0x80, bytes[at + 1]! | 0x80];
      if (g0.eucPrefix !== undefined) euc.unshift(g0.eucPrefix);
      text += iconv.decode(Uint8Array.from(euc) as Buffer, g0.encoding);
      at += 2;
    } else {
      text += String.fromCharCode(byte);
      // a carriage return, line feed, form feed, tab or delimiter starts afresh
      if (byte === 0x5c || byte === 0x5e || byte === 0x3d || (byte >= 0x09 && byte <= 0x0d)) {
        g0 = G0_ASCII;
        g1 = firstG1;
      }
      at += 1;
    }
  }
  return text;
}

/**
 * The bytes of a text under a Specific Character Set.
 *
 * @param charset the attribute's value: one term, or several with `\\` between them, of which the first may be empty
 *   and the others are code extensions (ISO 2022)
 * @returns undefined when the set lacks one of the text's letters
 * @throws Error for a term that the box does not know
 */
export function encodeText(text: string, charset: string): Uint8Array | undefined {
  if (isAsciiText(text)) return asciiBytes(text);
  const terms = charset.split("\\");
  if (terms.length > 1 || terms[0]!.startsWith("ISO 2022")) return encodeIso2022(text, terms);
  const encoding = SINGLE.get(charset);
  if (encoding === undefined) {
    throw new Error(`Cannot encode text as ${charset}: it is no character set of PS3.3 C.12.1.1.2, use one of those`);
  }
  if (encoding === "ascii") return undefined;
  if (encoding === "utf-8") return iconv.encode(text, encoding);
  const bytes = iconv.encode(text, encoding);
  const isSingleByte = !["gb18030", "gbk"].includes(encoding);
  // a kanji is no JIS X 0201
  if (isSingleByte && (bytes.length !== [...text].length || text.includes(NO_LETTER))) return undefined;
  return iconv.decode(bytes, encoding) === text ? bytes : undefined;
}

/** Characters before which PS3.5 6.1.2.5.3 wants the first term's sets active again. */
const DELIMITERS = new Set(["\\", "^", "=", "\t", "\n", "\f", "\r"]);

/** With escape sequences: each letter in the first of the sets that has it. */
function encodeIso2022(text: string, terms: readonly string[]): Uint8Array | undefined {
  const firstG1 = initialG1(terms[0] ?? "");
  const sets = terms.map(designationOf).filter((one) => one !== undefined && one !== firstG1);
  const bytes: number[] = [];
  // JIS X 0201 has Latin letters of its own, which stand for ASCII's (PS3.5 H.3.2)
  const firstG0 = escapedBy(/\bIR 13$/.test(terms[0] ?? "") ? "(J" : "(B")!;
  let g0: Designation = firstG0;
  let g1: Designation | undefined = firstG1;
  const designateAscii = () => {
    if (g0 !== firstG0) bytes.push(ESC, ...asciiBytes(firstG0.escape));
    g0 = firstG0;
  };
  for (const letter of text) {
    if (letter.charCodeAt(0) < 0x80) {
      designateAscii();
      bytes.push(letter.charCodeAt(0));
      if (DELIMITERS.has(letter)) g1 = firstG1;
      continue;
    }
    const found = [firstG1, ...sets].flatMap((set) => {
      const code = set && letterIn(letter, set);
      return code ? [{ set, code }] : [];
    })[0];
    if (found === undefined) return undefined;
    if (found.set.half === "G0") {
      if (g0 !== found.set) bytes.push(ESC, ...asciiBytes(found.set.escape));
      g0 = found.set;
    } else {
      designateAscii();
      if (g1 !== found.set) bytes.push(ESC, ...asciiBytes(found.set.escape));
      g1 = found.set;
    }
    bytes.push(...found.code);
  }
  designateAscii();
  return Uint8Array.from(bytes);
}

/** The set that a term brings beyond ASCII. @throws Error for a term that is none */
function designationOf(term: string): Designation | undefined {
  if (["", "ISO_IR 6", "ISO 2022 IR 6"].includes(term)) return undefined;
  const extension = term.replace("ISO_IR ", "ISO 2022 IR ");
  const found = DESIGNATIONS.find((set) => set.term === extension && set.encoding !== "ascii");
  if (found) return found;
  throw new Error(`Cannot encode text as ${term}: it is no code extension of PS3.3 C.12.1.1.2, use one of those`);
}

/**
 * A letter's bytes in a set, as they stand in its half of the code table; undefined when the set lacks it.
 *
 * iconv-lite's tables hold more than the sets that ISO 2022 names (half-width katakana in EUC-JP, Windows' additions
 * in EUC-KR and GB 2312): what lies outside the 94 by 94 (or 96) places of G1 is no letter of the set (PS3.5 6.1.2.1).
 */
function letterIn(letter: string, set: Designation): number[] | undefined {
  if (letter === NO_LETTER) return undefined;
  const bytes = [...iconv.encode(letter, set.encoding)];
  if (iconv.decode(Uint8Array.from(bytes) as Buffer, set.encoding) !== letter) return undefined;
  if (set.eucPrefix !== undefined) {
    if (bytes.shift() !== set.eucPrefix) return undefined;
  }
  const [lowest, highest] = set.bytes === 2 ? [0xa1, 0xfe] : [0xa0, 0xff];
  if (bytes.length !== set.bytes || bytes.some((byte) => byte < lowest || byte > highest)) return undefined;
  return set.half === "G0" ? bytes.map((byte) => byte & 0x7f) : bytes;
}

/** Whether every character stands in every character set. */
export function isAsciiText(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false;
  return true;
}

/** Plain text, a byte a letter. @param text nothing but ASCII */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Whether bytes are the same text in every character set: plain ones, without an escape sequence. */
export function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === ESC) return false;
  return true;
}

const latin1Decoder = new TextDecoder("iso-8859-1");
/** Throws where bytes are not UTF-8. */
export const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Each byte as the character of the same number. */
function latin1(bytes: Uint8Array): string {
  return bytes.length < 64 ? String.fromCharCode(...bytes) : latin1Decoder.decode(bytes);
}

function decodeGuess(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return latin1Decoder.decode(bytes); // not UTF-8, which is all that the exception says
  }
}
