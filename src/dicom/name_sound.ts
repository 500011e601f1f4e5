/** Letters that sound alike, in the order in which they are replaced: of Indian names foremost, then of Europe's. */
const ALIKE: readonly (readonly [spelled: RegExp, sound: string])[] = [
  [/([a-z])\1+/g, "$1"],
  [/x|ksh|cks?h/g, "ks"],
  [/sch|sh/g, "s"],
  [/ch/g, "j"], // and Chowdhury as Jowdhury: rather once too often
  [/c(?=[eiy])/g, "s"],
  [/ck|c|q/g, "k"],
  [/jn|gn/g, "gy"],
  [/z|dj/g, "j"],
  [/ph/g, "f"],
  [/w(?![aeiouy])/g, ""],
  [/w/g, "v"],
];

/**
 * What a word of a name sounds like, for names that are written in many ways: Choudhary and Chowdhury, Lakshmi and Laxmi,
 * Müller and Mueller, Mohammed and Muhammad are each the same.
 *
 * @param word in plain small Latin letters
 * @returns "" for a word of too few sounds to tell anybody
 */
export function soundOf(word: string): string {
  let sound = word.replaceAll(/[^a-z]/g, "");
  if (sound.length < 3) return "";
  for (const [spelled, one] of ALIKE) sound = sound.replaceAll(spelled, one);
  const first = /^[aeiou]|^y(?![aeiou])/.test(sound) ? "a" : sound[0] ?? "";
  // vowels are heard and written differently, and an h behind another letter
  sound = first + sound.slice(1).replaceAll(/[aeiouyh]/g, "");
  if (sound.length < 2) return "";
  // of two sounds alone many names are made: Khan and Khanna, Ram and Rama
  return sound.length === 2 && /[aeiou]h?$/.test(word) ? `${sound}a` : sound;
}
