import { decodeText, isAscii, isDesignated, strictUtf8 } from "./charset.ts";

/**
 * By what the bytes of a text were read: the Specific Character Set that its data set declares, the one on the record
 * of the machine that sent it, or what the bytes themselves show.
 */
export type ReadAs = "declared" | "machine" | "bytes";

export interface ReadText {
  text: string;
  readAs: ReadAs;
}

const STRENGTH: readonly ReadAs[] = ["bytes", "machine", "declared"];

/** The less certain of two. */
export function weaker(one: ReadAs, other: ReadAs): ReadAs {
  return STRENGTH.indexOf(one) < STRENGTH.indexOf(other) ? one : other;
}

/** The terms of a Specific Character Set as a machine's record has it, `\\` between them; none of "". */
export function charsetTerms(characterSet: string): readonly string[] {
  return characterSet === "" ? [] : characterSet.split("\\").map((term) => term.trim());
}

/**
 * The one way in which the box reads the text of a data element (PS3.5 6.1): as declared, else as the machine's record
 * has it, else as its bytes show.
 *
 * A set that is declared or on record is believed unless the bytes contradict it: they are no text of it, or they are
 * UTF-8 and no words in it. That is decided for each value by itself and not for the data set, since machines put a name
 * that came with the worklist, in UTF-8, beside what was typed on them in their own set.
 *
 * @param declared the terms of Specific Character Set (0008,0005) in force; none where it is absent or empty
 * @param machine the terms on the record of the machine that sent it
 */
export function readText(bytes: Uint8Array, declared: readonly string[], machine: readonly string[] = []): ReadText {
  if (isAscii(bytes)) return { text: decodeText(bytes, []), readAs: "declared" };
  const sets = [[declared, "declared"], [machine, "machine"]] as const;
  for (const [terms, readAs] of sets) {
    if (!isDesignated(terms)) continue;
    const text = textIn(bytes, terms);
    if (text === undefined) continue;
    return isUtf8InTruth(bytes, terms, text) ? { text: utf8(bytes)!, readAs: "bytes" } : { text, readAs };
  }
  const text = utf8(bytes);
  if (text !== undefined && !bytes.includes(0x1b)) return { text, readAs: "bytes" };
  // a set in which some letters are lost still tells more than none; broken UTF-8 is another set's text
  const [set] = sets.filter(([terms]) => isDesignated(terms) && terms[0] !== "ISO_IR 192");
  if (set) return { text: decodeText(bytes, set[0]), readAs: set[1] };
  return { text: decodeText(bytes, []), readAs: "bytes" };
}

/**
 * Whether a decoded name tells nobody whose it is: it has characters that stand for bytes without a letter, controls
 * that no name has, or nothing but question marks.
 */
export function isUnreadable(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\ufffd\u0080-\u009f\x00-\x08\x0e-\x1f]/.test(text) || /^[\s^=\\]*\?[\s^=\\?]*$/.test(text);
}

/** A text in a set; undefined where the bytes are no text of it. */
function textIn(bytes: Uint8Array, terms: readonly string[]): string | undefined {
  if (terms[0] === "ISO_IR 192") return utf8(bytes) ?? utf8CutShort(bytes);
  const text = decodeText(bytes, terms);
  return text.includes("\ufffd") ? undefined : text;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined; // not UTF-8, which is all that the exception says
  }
}

/** UTF-8 that was cut to a number of bytes, in the midst of its last letter; undefined where it is none. */
function utf8CutShort(bytes: Uint8Array): string | undefined {
  // padding may follow the cut
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end -= 1;
  let start = end;
  while (start > 0 && end - start < 3 && (bytes[start - 1]! & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start - 1] ?? 0;
  if (lead < 0xc2 || end - start + 1 >= (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2)) return undefined;
  const whole = bytes.subarray(0, start - 1);
  // a single letter of Latin-1 at the end of plain ones looks the same
  return isAscii(whole) ? undefined : utf8(whole)?.concat("\ufffd");
}

/** So many letters in a row are not both words of another set and UTF-8 by chance. */
const NO_CHANCE = 3;

/**
 * Whether a text in a set of one byte a letter is UTF-8 that was given the wrong name. In the Latin sets no word is made
 * of the pairs that UTF-8 makes of a letter (Ã©, Ăł, Å¼); of Cyrillic, Greek, Thai and katakana short ones can be (ЮН,
 * ﾅｶ are UTF-8 of ν and Ŷ), and stay what they are declared to be where both are words.
 */
function isUtf8InTruth(bytes: Uint8Array, terms: readonly string[], text: string): boolean {
  if (terms.length > 1 || MULTI_BYTE.has(terms[0]!) || bytes.includes(0x1b)) return false;
  const other = utf8(bytes);
  if (other === undefined) return false;
  // the tables of JIS X 0201 are those of Shift JIS, which some machines write under its name: that is a guess too
  const isGuess = terms[0] === "ISO_IR 13" && [...text].some((letter) => isBeyondAscii(letter) && letter < "\uff61");
  if (isGuess || !isMadeOfWords(text)) return true;
  if (!isMadeOfWords(other)) return false;
  const letters = [...text].filter(isBeyondAscii);
  return letters.every((letter) => /\p{Script=Latin}/u.test(letter)) ||
    [...other].filter(isBeyondAscii).length >= NO_CHANCE;
}

const MULTI_BYTE: ReadonlySet<string> = new Set([
  ...["ISO_IR 192", "GB18030", "GBK"],
  ...["ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58"],
]);

/** Letters that stand together in a word; Latin ones without those that only phoneticians write. */
const SCRIPTS = [
  /^[A-Za-z\u00c0-\u024f\u1e00-\u1eff]$/u,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]$/u,
  ...["Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic", "Ethiopic", "Thai", "Lao", "Khmer", "Myanmar"],
  ...["Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"],
].map((script) => typeof script === "string" ? new RegExp(`^\\p{Script=${script}}$`, "u") : script);

/** Marks of no script of their own, such as those of katakana for long and voiced sounds. */
const ANY_SCRIPT = /^[\p{Script=Inherited}\u30fc\uff70\uff9e\uff9f]$/u;

/** Whether all beyond ASCII in a text are letters, each word of one script and not with capitals in its midst. */
function isMadeOfWords(text: string): boolean {
  return text.split(/[^A-Za-z\u0080-\u{10ffff}]+/u).every(isWord);
}

function isWord(word: string): boolean {
  if (/^[A-Za-z]*$/.test(word)) return true;
  if (!/^[\p{L}\p{M}]+$/u.test(word)) return false;
  const letters = [...word].filter((letter) => !ANY_SCRIPT.test(letter));
  const script = letters[0] && SCRIPTS.find((one) => one.test(letters[0]!));
  if (!script || !letters.every((letter) => script.test(letter))) return false;
  return !/\p{Ll}(?![A-Z])\p{Lu}/u.test(word) && !/(?![a-z])\p{Ll}\p{Lu}/u.test(word);
}

function isBeyondAscii(letter: string): boolean {
  return letter > "\x7f";
}
