import anyAscii from "any-ascii";
import { encodeText, isAsciiText } from "./charset.ts";

/** What is done with a letter that a machine's character set does not have. */
export type Unshowable = "transliterate" | "question mark";

/**
 * A text as a machine with this character set can show it: letters it lacks are written in Latin ones
 * (प्रिया becomes Priya) or as `?`. Letters it has stay.
 */
export function showable(text: string, term: string, unshowable: Unshowable): string {
  if (isAsciiText(text) || encodeText(text, term) !== undefined) return text;
  // by word, so that a name of another script reads as one and gets its capital
  return text.replaceAll(
    /[^\s^=\\]+/gu,
    (word) => encodeText(word, term) !== undefined ? word : replaced(word, term, unshowable),
  );
}

function replaced(word: string, term: string, unshowable: Unshowable): string {
  if (unshowable === "question mark") {
    return [...word].map((letter) => encodeText(letter, term) === undefined ? "?" : letter).join("");
  }
  const latin = anyAscii(word);
  const hasCase = word.toLowerCase() !== word.toUpperCase();
  return hasCase || latin === "" ? latin || "?" : latin[0]!.toUpperCase() + latin.slice(1);
}

/** The smallest of the widely known character sets that has every letter: Latin-1, else UTF-8. */
export function sufficientCharset(texts: readonly string[]): string {
  return texts.every((text) => encodeText(text, "ISO_IR 100") !== undefined) ? "ISO_IR 100" : "ISO_IR 192";
}
