/** How deep a sentence may lie in another. */
const DEEPEST = 4;

/** A sentence in English with what may stand in it, and in other words. */
export interface SentencePattern {
  pattern: RegExp;
  words: string;
}

/**
 * A sentence in other words, with what stands in it.
 *
 * @param depth how many sentences it lies in
 * @returns undefined where it is not known
 */
export function translateBy(known: readonly SentencePattern[], sentence: string, depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  for (const { pattern, words } of known) {
    const parts = pattern.exec(sentence)?.slice(1).map((part) => translateBy(known, part, depth + 1) ?? part);
    if (parts === undefined) continue;
    let next = 0;
    return words.replaceAll(/\{(\d?)\}/g, (_, place) => parts[place ? Number(place) - 1 : next++] ?? "");
  }
  const separate = sentence.split("; ");
  if (separate.length < 2) return undefined;
  const translated = separate.map((part) => translateBy(known, part, depth + 1));
  return translated.some((part) => part !== undefined)
    ? translated.map((part, n) => part ?? separate[n]).join("; ")
    : undefined;
}

/** A table of sentences, made ready. */
export function compile(table: readonly [english: string, inOtherWords: string][]): SentencePattern[] {
  return table.map(([english, words]) => ({
    words,
    pattern: new RegExp(`^${english.split("{}").map(escape).join("([^]+?)")}$`),
  }));
}

function escape(text: string) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
