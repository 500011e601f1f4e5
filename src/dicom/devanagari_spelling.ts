import sanscriptModule from "@indic-transliteration/sanscript";
import { usualSpellings } from "./devanagari_names.ts";

/** The package's types lack its one function. */
const sanscript = sanscriptModule as unknown as { t(text: string, from: string, to: string): string };

/** Words of a name, and letters of a word, that are looked at: longer ones are no names. */
const MOST_WORDS = 6;
const MOST_LETTERS = 30;
/** Of each of two names that are written as one. */
const FEWEST_LETTERS = 3;

/**
 * What people write who spell by ear, as ITRANS has it, which says each letter of Devanagari. Longer ones first; `A` is a
 * long a that is sure, `a` one that may be either.
 */
const LETTERS: readonly (readonly [RegExp, string])[] = [
  [/ck/g, "k"],
  [/c(?!h)/g, "k"],
  [/x/g, "ks"],
  [/w/g, "v"],
  [/aa/g, "A"],
  [/ee|ii/g, "I"],
  [/oo|uu/g, "U"],
  [/ksh/g, "kS"],
  [/^gy/g, "j~n"],
  [/sh(?=th?|n|k|p)/g, "S"],
  [/^ri(?=sh)/g, "R"],
  [/(?<=[kmvnhd])ri(?=[^aeiouAIUy])/g, "R"],
  [/(?<=R)sh/g, "S"],
  [/er$/g, "ar"],
];

/** Consonants that are written together; between others an unspoken a is. */
const TOGETHER =
  /^(?:[kgjtdpbvsSmhfc]h?[ryv]|[sS][tknmplv]h?|s[hw]?[rlvmny]|(.)\1|n[tdkgjc]h?|m[pbh]|n[nhmy]|l[lhkptdv]|r.h?|k[tSs]|pt|tt|dd|ll|mm|ss|bb|pp|kk|jj|gg|j~|st|ty|dy)$/;

const VOWEL = /[aAiIuUeoR]/;

/** A word by ear as ITRANS, still with `a` for what may be a short or a long one. */
function byEar(word: string): string {
  let letters = word;
  for (const [spelled, itrans] of LETTERS) letters = letters.replaceAll(spelled, itrans);
  // ai and au are one vowel but at the end of a name: Gaurav, Aishwarya; Bai
  letters = letters.replace(/ai$/, "AI").replace(/ao$/, "Ava");
  // a glide between two vowels: Sonia, Maria
  letters = letters.replaceAll(/([iI])(?=[aA])/g, "$1y");
  // the last vowel of a name is long, but not of Mahendra
  letters = letters.replace(/(?<!ndr)a$/, "A").replace(/i$/, "I").replace(/u$/, "U");
  // an n or m before a consonant of its place is a dot above
  letters = letters.replaceAll(/n(?=[kgjcTDtd])|m(?=[pb])/g, "M");
  return withUnspoken(letters);
}

/** With the short a that nobody writes by ear: Rajkumar is rAjakumAra. */
function withUnspoken(letters: string): string {
  return letters.replaceAll(/[^aAiIuUeoRM~]{2,}/g, (cluster: string, at: number) => {
    const consonants = cluster.match(/(?:j~n|[kgcjtdpbs]h|.)/g) ?? [];
    let joined = "";
    for (const [n, consonant] of consonants.entries()) {
      const before = consonants[n - 1];
      const apart = before !== undefined && at > 0 && !TOGETHER.test(before.replace("h", "") + consonant[0]);
      joined += (apart ? "a" : "") + consonant;
    }
    return joined;
  });
}

/** The places of each short a that may be a long one: in the first syllable, and in the last where it is closed. */
function openPlaces(letters: string): { first: number; last: number } {
  const first = /^[^aAiIuUeoR]*a(?![iu])/.exec(letters);
  const last = /a(?:[^aAiIuUeoRMy]|[kgcjtdpbs]h)$/.exec(letters);
  return { first: first === null ? -1 : first[0].length - 1, last: last === null ? -1 : last.index };
}

const lengthened = (letters: string, places: readonly number[]) =>
  [...letters].map((letter, at) => places.includes(at) ? "A" : letter).join("");

/** ITRANS, with the marks used here, as Devanagari. */
function written(letters: string): string {
  const itrans = letters.replaceAll("A", "aa").replaceAll("I", "ii").replaceAll("U", "uu").replaceAll("R", "RRi")
    .replaceAll("S", "Sh").replace(/Shn/g, "ShN");
  // what ends with a consonant has its unwritten vowel
  const ended = VOWEL.test(itrans.at(-1) ?? "") || itrans.endsWith("RRi") ? itrans : `${itrans}a`;
  return sanscript.t(ended, "itrans", "devanagari").normalize("NFC");
}

/** Of a name made of two usual ones, such as Ramdas and Lakshmibai. */
function joined(word: string): string[] {
  const spellings: string[] = [];
  for (let at = FEWEST_LETTERS; at <= word.length - FEWEST_LETTERS; at++) {
    const [first] = usualSpellings(word.slice(0, at));
    const [second] = usualSpellings(word.slice(at));
    if (first !== undefined && second !== undefined) spellings.push(first + second);
  }
  return spellings;
}

/** How a word may be written in Devanagari, the likeliest first. */
function spellingsOfWord(word: string, known: (word: string) => readonly string[]): string[] {
  const plain = word.toLowerCase();
  if (!/^[a-z]+$/.test(plain) || plain.length > MOST_LETTERS) return [];
  const letters = byEar(plain);
  const { first, last } = openPlaces(letters);
  const single = first === last;
  const syllables = letters.match(/[aAiIuUeoR]+/g)?.length ?? 0;
  // Kumar and Ram, but Kiran and Suman
  const longLast = last >= 0 && (syllables < 2 || !/a(?:[nvtkr]|bh)$/.test(letters.replace(/mar$/, "")));
  const places = (chosen: readonly number[]) => written(lengthened(letters, chosen.filter((at) => at >= 0)));
  const likely = longLast ? places([last]) : places([]);
  const others = [places([first]), places([first, last]), places([last]), ...(single ? [] : [places([])])];
  return [...new Set([...known(plain), ...usualSpellings(plain), ...joined(plain), likely, ...others])];
}

/**
 * How a name that is typed in Latin letters may be written in Devanagari, as people spell it: sharma is शर्मा. The likeliest
 * first; of several words the last one is varied.
 *
 * @param known how people here write a word of a name, in small Latin letters; the usual first
 * @returns none where a word is no name in Latin letters
 */
export function devanagariSpellings(
  text: string,
  most: number,
  known: (word: string) => readonly string[] = () => [],
): string[] {
  const words = text.trim().split(/\s+/);
  if (words.length > MOST_WORDS || !/[a-z]/i.test(text)) return [];
  const spelled = words.map((word) => /\p{Script=Devanagari}/u.test(word) ? [word] : spellingsOfWord(word, known));
  if (spelled.some((spellings) => spellings.length === 0)) return [];
  const before = spelled.slice(0, -1).map(([likeliest]) => likeliest);
  return spelled.at(-1)!.slice(0, most).map((last) => [...before, last].join(" "));
}
