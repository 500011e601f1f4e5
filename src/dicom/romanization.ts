import sanscriptModule from "@indic-transliteration/sanscript";
import anyAscii from "any-ascii";

/** The package's types lack its one function. */
const sanscript = sanscriptModule as unknown as { t(text: string, from: string, to: string): string };

/** Scripts of India whose consonants carry a vowel that is not written: letter by letter, names become unreadable. */
const INDIC_SCRIPTS: readonly { scheme: string; letters: RegExp; dropsFinalVowel: boolean }[] = [
  { scheme: "devanagari", letters: /\p{Script=Devanagari}+/gu, dropsFinalVowel: true },
  { scheme: "bengali", letters: /\p{Script=Bengali}+/gu, dropsFinalVowel: true },
  { scheme: "gujarati", letters: /\p{Script=Gujarati}+/gu, dropsFinalVowel: true },
  { scheme: "gurmukhi", letters: /\p{Script=Gurmukhi}+/gu, dropsFinalVowel: true },
  { scheme: "kannada", letters: /\p{Script=Kannada}+/gu, dropsFinalVowel: false },
  { scheme: "malayalam", letters: /\p{Script=Malayalam}+/gu, dropsFinalVowel: false },
  { scheme: "telugu", letters: /\p{Script=Telugu}+/gu, dropsFinalVowel: false },
];

/** Letters with a dot below, of Persian and Arabic names, by their romanisation. */
const DOTTED: Readonly<Record<string, string>> = { क: "q", ख: "kh", ग: "gh", ज: "z", ड: "r", ढ: "rh", फ: "f" };

/** Scholarly letters as people in India spell names. Longer ones first. */
const SPELLING: readonly (readonly [RegExp, string])[] = [
  [/jñ/g, "gy"],
  [/ch/g, "chh"],
  [/c(?!h)/g, "ch"],
  [/[śṣ]/g, "sh"],
  [/ṛ/g, "ri"],
  [/[ṃṁ](?=[pbm])/g, "m"],
  [/[ṃṁ]/g, "n"],
];

/**
 * A word in plain Latin letters, for machines and comparisons: प्रिया becomes Priya, शर्मा Sharma, Łukasz Lukasz. A word
 * of a script without capitals gets one.
 */
export function romanized(word: string): string {
  const indic = INDIC_SCRIPTS.reduce(
    (text, { scheme, letters, dropsFinalVowel }) =>
      text.replaceAll(letters, (run) => romanizedIndic(run, scheme, dropsFinalVowel)),
    word,
  );
  const latin = anyAscii(indic);
  const hasCase = word.toLowerCase() !== word.toUpperCase();
  return hasCase || latin === "" ? latin : latin[0]!.toUpperCase() + latin.slice(1);
}

function romanizedIndic(run: string, scheme: string, dropsFinalVowel: boolean): string {
  // the dotted consonant is kept aside as a plain one, then spelt; its vowel is the script's business
  const marked: string[] = [];
  const plain = run.normalize("NFD").replaceAll(/(\p{L})[\u093c\u09bc\u0a3c\u0abc]/gu, (_, letter: string) => {
    marked.push(letter);
    return letter;
  });
  let latin = sanscript.t(plain, scheme, "iast");
  if (marked.length > 0) latin = respelled(latin, marked);
  // the last consonant's own vowel is not spoken where it is not written
  if (dropsFinalVowel && /\p{L}$/u.test(run.normalize("NFC")) && /[^aāiīuūeo]{1,2}a$/.test(latin) && latin.length > 2) {
    latin = latin.slice(0, -1);
  }
  for (const [letters, spelling] of SPELLING) latin = latin.replaceAll(letters, spelling);
  return latin;
}

/** Replaces the first romanisation of each dotted consonant's plain form by its own. */
function respelled(latin: string, letters: readonly string[]): string {
  return letters.reduce((text, letter) => {
    const plain = sanscript.t(letter, "devanagari", "iast").slice(0, -1);
    const own = DOTTED[letter];
    return own === undefined ? text : text.replace(plain, own);
  }, latin);
}
