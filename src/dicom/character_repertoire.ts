import { encodeText, isAsciiText } from "./charset.ts";
import { romanized } from "./romanization.ts";

/** What is done with a letter that a machine's character set does not have. */
export type Unshowable = "transliterate" | "question mark";

/**
 * A text as a machine with this character set can show it: letters it lacks are written in Latin ones
 * (प्रिया becomes Priya) or as `?`. Letters it has stay.
 */
export function showable(text: string, charset: string, unshowable: Unshowable): string {
  if (isAsciiText(text) || encodeText(text, charset) !== undefined) return text;
  // by word, so that a name of another script reads as one and gets its capital
  return text.replaceAll(
    /[^\s^=\\]+/gu,
    (word) => encodeText(word, charset) !== undefined ? word : replaced(word, charset, unshowable),
  );
}

function replaced(word: string, charset: string, unshowable: Unshowable): string {
  if (unshowable === "question mark") {
    return [...word].map((letter) => encodeText(letter, charset) === undefined ? "?" : letter).join("");
  }
  return romanized(word) || "?";
}

/** The smallest of the widely known character sets that has every letter: Latin-1, else UTF-8. */
export function sufficientCharset(texts: readonly string[]): string {
  return texts.every((text) => encodeText(text, "ISO_IR 100") !== undefined) ? "ISO_IR 100" : "ISO_IR 192";
}
