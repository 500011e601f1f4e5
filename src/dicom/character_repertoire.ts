import { encodeText, isAsciiText } from "./charset.ts";
import { romanized } from "./romanization.ts";

/** What is done with a letter that a machine's character set does not have. */
export type Unshowable = "transliterate" | "question mark";

/** Spaces of Unicode and the invisible mark that begins files: what stands between words. */
const SPACES = /[\p{Z}\ufeff]/gu;

/**
 * A text as a machine with this character set can show it: letters it lacks are written in Latin ones
 * (प्रिया becomes Priya) or as `?`, spaces it lacks as plain ones. Letters it has stay. What comes back can be encoded in
 * the set, whatever went in.
 *
 * @throws Error for a set that the box does not know
 */
export function showable(text: string, charset: string, unshowable: Unshowable): string {
  if (isEncodable(text, charset)) return text;
  const spaced = text.replaceAll(SPACES, (space) => isEncodable(space, charset) ? space : " ");
  // by word, so that a name of another script reads as one and gets its capital
  const shown = spaced.replaceAll(
    /[^\p{Z}\s^=\\]+/gu,
    (word) => isEncodable(word, charset) ? word : replaced(word, charset, unshowable),
  );
  return isEncodable(shown, charset) ? shown : questioned(shown, charset);
}

/**
 * The same for a person name (PS3.5 6.2.1): further groups that the set lacks are left out, since Latin letters made of
 * them would be read as another name. Ideographs without Latin letters beside them are written as they are read, where
 * that was said: by themselves they would be read as Chinese.
 */
export function showableName(name: string, charset: string, unshowable: Unshowable): string {
  const [first = "", ...others] = name.split("=");
  if (others.length === 0 || first === "") return showable(name, charset, unshowable);
  const kept = others.map((group) => isEncodable(group, charset) ? group : "");
  const [, reading = ""] = others;
  const spoken = reading === "" || isEncodable(first, charset) ? first : reading;
  return [showable(spoken, charset, unshowable), ...kept].join("=").replace(/=+$/, "");
}

function isEncodable(text: string, charset: string): boolean {
  return isAsciiText(text) || encodeText(text, charset) !== undefined;
}

function replaced(word: string, charset: string, unshowable: Unshowable): string {
  if (unshowable === "question mark") return questioned(word, charset);
  // of a word in Latin letters those that the set has stay: Şükrü becomes Sükrü
  if (/^[\p{Script=Latin}\p{M}\p{N}\p{P}]+$/u.test(word)) {
    const letters = [...word.normalize("NFC")];
    return letters.map((letter) => isEncodable(letter, charset) ? letter : inLatin(letter)).join("");
  }
  return inLatin(word);
}

function inLatin(word: string): string {
  // what some signs become in Latin would part a value's components or values
  return romanized(word).replaceAll(/[\\^=\p{Cc}]+/gu, " ").trim() || "?";
}

function questioned(text: string, charset: string): string {
  return [...text].map((letter) => isEncodable(letter, charset) ? letter : "?").join("");
}

/** The smallest of the widely known character sets that has every letter: Latin-1, else UTF-8. */
export function sufficientCharset(texts: readonly string[]): string {
  return texts.every((text) => encodeText(text, "ISO_IR 100") !== undefined) ? "ISO_IR 100" : "ISO_IR 192";
}
