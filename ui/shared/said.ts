// @ts-nocheck: not typed yet
import { language } from "./language.ts";
import { compile, translate } from "./translate.ts";

/*
 * The box writes its sentences in English: for programs, the log and the audit. Each is its own key here: a page in
 * another language finds the sentence with whatever stands in it, and says it in its own words. One that is not known
 * stays as it is.
 */

/** Sentences by language: loaded only where they are needed. */
const SAID = language === "hi" ? (await import("./said.hi.ts")).SAID_IN_HINDI : [];

let known: ReturnType<typeof compile> | undefined;

/** What the box says, in the language of the page. */
export function said(sentence: string): string {
  if (SAID.length === 0 || !sentence) return sentence;
  known ??= compile(SAID);
  return translate(sentence, known) ?? sentence;
}
