import { language } from "./language.js";
import { compile, translate } from "./translate.js";

/*
 * The box writes its sentences in English: for programs, the log and the audit. Each is its own key here: a page in
 * another language finds the sentence with whatever stands in it, and says it in its own words. One that is not known
 * stays as it is.
 */

/** Sentences by language: loaded only where they are needed. */
const SAID = language === "hi" ? (await import("./said.hi.js")).SAID_IN_HINDI : [];

/** @type {ReturnType<typeof compile> | undefined} */
let known;

/**
 * What the box says, in the language of the page.
 *
 * @param {string} sentence
 * @returns {string}
 */
export function said(sentence) {
  if (SAID.length === 0 || !sentence) return sentence;
  known ??= compile(SAID);
  return translate(sentence, known) ?? sentence;
}
