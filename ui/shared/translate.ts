import { language } from "./language.ts";
import { compile, type SentencePattern, translateBy } from "./sentence_patterns.ts";

/*
 * The box writes its sentences in English: for programs, the log and the audit. Each is its own key here: a page in
 * another language finds the sentence with whatever stands in it, and says it in its own words. One that is not known
 * stays as it is.
 */

/** Sentences by language: loaded only where they are needed. */
const SENTENCES = language === "hi" ? (await import("./sentences.hi.ts")).SAID_IN_HINDI : [];

let known: SentencePattern[] | undefined;

/** What the box says, in the language of the page. */
export function translate(sentence: string): string {
  if (SENTENCES.length === 0 || !sentence) return sentence;
  known ??= compile(SENTENCES);
  return translateBy(known, sentence) ?? sentence;
}
