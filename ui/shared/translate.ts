/** How deep a sentence may lie in another. */
const DEEPEST = 4;

/**
 * A sentence in other words, with what stands in it.
 *
 * @param depth how many sentences it lies in
 * @returns undefined where it is not known
 */
export function translate(
  sentence: string,
  known: { pattern: RegExp; words: string }[],
  depth: number = 0,
): string | undefined {
  if (depth > DEEPEST) return undefined;
  for (const { pattern, words } of known) {
    const parts = pattern.exec(sentence)?.slice(1).map((part) => translate(part, known, depth + 1) ?? part);
    if (parts === undefined) continue;
    let next = 0;
    return words.replaceAll(/\{(\d?)\}/g, (_, place) => parts[place ? Number(place) - 1 : next++] ?? "");
  }
  const separate = sentence.split("; ");
  if (separate.length < 2) return undefined;
  const translated = separate.map((part) => translate(part, known, depth + 1));
  return translated.some((part) => part !== undefined)
    ? translated.map((part, n) => part ?? separate[n]).join("; ")
    : undefined;
}

/** A table of sentences, made ready. @param table each as it is written, and in other words */
export function compile(table: [string, string][]) {
  return table.map(([english, words]) => ({
    words,
    pattern: new RegExp(`^${english.split("{}").map(escape).join("([^]+?)")}$`),
  }));
}

function escape(text: string) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
