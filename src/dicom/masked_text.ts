import { createHmac } from "node:crypto";
import { strictUtf8 } from "./charset.ts";

const ESC = 0x1b;
/** A letter of each script, by how many bytes UTF-8 has for it: what stands for every letter of that script. */
const LETTERS: readonly (readonly [script: RegExp, letter: string])[] = [
  ...[["Greek", "α"], ["Cyrillic", "ж"], ["Hebrew", "א"], ["Arabic", "ب"], ["Devanagari", "क"], ["Bengali", "ক"]],
  ...[["Gurmukhi", "ਕ"], ["Gujarati", "ક"], ["Tamil", "க"], ["Telugu", "క"], ["Kannada", "ಕ"], ["Malayalam", "ക"]],
  ...[["Thai", "ก"], ["Han", "字"], ["Hiragana", "あ"], ["Katakana", "ア"], ["Hangul", "한"], ["Latin", "ä"]],
].map(([script, letter]) => [new RegExp(`\\p{Script=${script}}`, "u"), letter!] as const);
/** Where no letter of the script is as long. */
const BY_LENGTH: Readonly<Record<number, string>> = { 2: "ä", 3: "字", 4: "𠀀" };
/** A character of the sets of two bytes: 亜 of JIS X 0208, 啊 of GB 2312. */
const TWO_BYTES = [0x30, 0x21] as const;
const TWO_HIGH_BYTES = [0xb0, 0xa1] as const;
/** A letter of the sets of one byte. */
const HIGH_BYTE = 0xe4;

/**
 * Replaces text by text of the same length and form: letters by letters, digits by digits, signs stay. The same word
 * becomes the same in one recording, in whatever case, so that what was asked for is still what is found; nobody can
 * tell from it what it was.
 */
export class TextMask {
  readonly #secret: Uint8Array;
  readonly #words = new Map<string, Uint8Array>();

  /** @param secret of this recording, which is kept nowhere */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** Numbers that belong to a word and to nothing else. */
  #streamOf(word: string, length: number): Uint8Array {
    let stream = this.#words.get(word);
    if (stream === undefined || stream.length < length) {
      const parts: Uint8Array[] = [];
      for (let n = 0; n * 32 < length; n++) {
        parts.push(createHmac("sha256", this.#secret).update(`${n} ${word}`).digest());
      }
      stream = Uint8Array.from(parts.flatMap((part) => [...part]));
      this.#words.set(word, stream);
    }
    return stream;
  }

  /** A number from 0 to below `most` that belongs to a word. */
  number(word: string, most: number): number {
    const [one, two] = this.#streamOf(word, 2);
    return (one! * 256 + two!) % most;
  }

  /** Replaces the text in these bytes, whatever its character set is. */
  mask(bytes: Uint8Array): void {
    if (bytes.includes(ESC)) this.#maskIso2022(bytes);
    else if (!this.#maskUtf8(bytes)) maskHighBytes(bytes);
    this.#maskWords(bytes);
  }

  /** @returns false where the bytes are no UTF-8 */
  #maskUtf8(bytes: Uint8Array): boolean {
    let text: string;
    try {
      text = strictUtf8.decode(bytes);
    } catch {
      return false; // not UTF-8, which is all that the exception says
    }
    const encoder = new TextEncoder();
    let at = 0;
    for (const letter of text) {
      const { length } = encoder.encode(letter);
      if (length > 1) encoder.encodeInto(standIn(letter, length), bytes.subarray(at, at + length));
      at += length;
    }
    return true;
  }

  /** Escapes stay, and with them the set that each part is in (PS3.5 6.1.2.5). */
  #maskIso2022(bytes: Uint8Array): void {
    let isTwoBytes = false;
    for (let at = 0; at < bytes.length;) {
      if (bytes[at] === ESC) {
        const start = at++;
        while (at < bytes.length && bytes[at]! >= 0x20 && bytes[at]! <= 0x2f) at++;
        const [first, second] = bytes.subarray(start + 1, start + 3);
        const setsG0 = first !== 0x29 && first !== 0x2d && !(first === 0x24 && second === 0x29);
        if (setsG0) isTwoBytes = first === 0x24;
        at++;
        continue;
      }
      const end = bytes.indexOf(ESC, at) === -1 ? bytes.length : bytes.indexOf(ESC, at);
      const part = bytes.subarray(at, end);
      if (isTwoBytes) part.forEach((byte, n) => part[n] = byte <= 0x20 ? byte : TWO_BYTES[n % 2]!);
      else {
        maskHighBytes(part);
        this.#maskWords(part);
      }
      at = end;
    }
  }

  /** Words of ASCII letters and digits. */
  #maskWords(bytes: Uint8Array): void {
    if (bytes.includes(ESC)) return;
    for (let at = 0; at < bytes.length;) {
      if (!isWord(bytes[at]!)) {
        at += 1;
        continue;
      }
      let end = at;
      while (end < bytes.length && isWord(bytes[end]!)) end += 1;
      this.#maskWord(bytes.subarray(at, end));
      at = end;
    }
  }

  #maskWord(word: Uint8Array): void {
    const stream = this.#streamOf(String.fromCharCode(...word).toUpperCase(), word.length);
    word.forEach((byte, n) => {
      const [first, count] = byte <= 0x39 ? [0x30, 10] : byte <= 0x5a ? [0x41, 26] : [0x61, 26];
      // never what it was
      word[n] = first + (byte - first + 1 + stream[n]! % (count - 1)) % count;
    });
  }
}

function isWord(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function standIn(letter: string, length: number): string {
  const own = LETTERS.find(([script]) => script.test(letter))?.[1];
  return own !== undefined && new TextEncoder().encode(own).length === length ? own : BY_LENGTH[length]!;
}

/** Letters beyond ASCII of the sets of one byte and of two; the second byte of a letter may be an ASCII sign. */
function maskHighBytes(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    if (bytes[at]! < 0x80) {
      at += 1;
      continue;
    }
    let end = at;
    while (end < bytes.length && bytes[end]! >= 0x80) end += 1;
    const run = bytes.subarray(at, end);
    run.forEach((_, n) => run[n] = run.length === 1 ? HIGH_BYTE : TWO_HIGH_BYTES[n % 2]!);
    const next = bytes[end];
    if (next !== undefined && next >= 0x40 && !isWord(next) && !/[\\^_|]/.test(String.fromCharCode(next))) {
      bytes[end] = 0x78;
    }
    at = end;
  }
}
