import { language } from "./language.ts";

/*
 * The box writes its sentences in English: for programs, the log and the audit. Each is its own key here: a page in
 * another language finds the sentence with whatever stands in it, and says it in its own words. One that is not known
 * stays as it is.
 */

/** What makes them the page's own words: loaded only where it is needed. */
const inOwnWords = language === "hi" ? await hindi() : undefined;

async function hindi(): Promise<(sentence: string) => string | undefined> {
  const [{ SAID_IN_HINDI }, { compile, translateBy }] = await Promise.all([
    import("./sentences.hi.ts"),
    import("./sentence_patterns.ts"),
  ]);
  const known = compile(SAID_IN_HINDI);
  return (sentence) => translateBy(known, sentence);
}

/** What the box says, in the language of the page. */
export function translate(sentence: string): string {
  return (sentence && inOwnWords?.(sentence)) || sentence;
}
