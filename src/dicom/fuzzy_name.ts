import { soundOf } from "./name_sound.ts";
import { matchesPersonName } from "./matching.ts";

/**
 * Whether a name is meant by what is asked for, more freely than by its letters (PS3.18 8.3.4.2): accents do not count,
 * nor the order of its parts; each word that is asked for begins one of the name, or sounds like one.
 */
export function meansName(asked: string, name: string): boolean {
  if (matchesPersonName(asked, name, { fuzzyNames: true })) return true;
  const wanted = wordsOf(asked);
  const words = wordsOf(name);
  return wanted.length > 0 &&
    wanted.every((one) => words.some((word) => word.startsWith(one) || soundsLike(one, word)));
}

function wordsOf(name: string): string[] {
  const plain = name.toLowerCase().normalize("NFD").replaceAll(/\p{Mn}/gu, "");
  return plain.split(/[\s^=*?.,]+/).filter((word) => word !== "");
}

function soundsLike(one: string, other: string): boolean {
  const sound = soundOf(one);
  return sound !== "" && sound === soundOf(other);
}
