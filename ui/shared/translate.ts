import type { Sentence } from "../../src/web/contract/sentences.ts";
import { language } from "./language.ts";

/*
 * The box says its sentences by codes, with what stands in them, and in English for programs, the log and the audit. A
 * page in another language has its own words for each code.
 */

/** The page's own words by codes: loaded only where they are needed. */
const ownWords: Readonly<Record<string, string>> | undefined = language === "hi"
  ? (await import("./sentences_by_code.hi.ts")).HINDI
  : undefined;

/**
 * A sentence of the box in the language of the page: by its code. One without a code, which an earlier version wrote, or
 * with one of a later version stays in English.
 */
export function inWords({ code, parameters = {} }: Partial<Sentence>, english: string): string {
  const words = code === undefined ? undefined : ownWords?.[code];
  return words === undefined ? english : sentenceIn(words, parameters, ownWords!);
}

/** @param words by codes, for sentences that stand in it */
export function sentenceIn(
  text: string,
  parameters: Sentence["parameters"],
  words: Readonly<Record<string, string>>,
): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => {
    const parameter = parameters[name] ?? "";
    if (typeof parameter !== "object") return String(parameter);
    return sentenceIn(words[parameter.code] ?? "", parameter.parameters, words);
  });
}
