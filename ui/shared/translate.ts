import type { Sentence } from "../../src/web/contract/sentences.ts";
import { language } from "./language.ts";

/*
 * The box says its sentences by codes, with what stands in them, and in English for programs, the log and the audit. A
 * page in another language has its own words for each code. Some sentences have no code yet: such a one is its own key
 * here, and one that is not known stays as it is.
 */

/** What makes them the page's own words: loaded only where it is needed. */
const inOwnWords = language === "hi" ? await hindi() : undefined;

interface OwnWords {
  byCode: Readonly<Record<string, string>>;
  byEnglish: (sentence: string) => string | undefined;
}

async function hindi(): Promise<OwnWords> {
  const [{ HINDI }, { SAID_IN_HINDI }, { compile, translateBy }] = await Promise.all([
    import("./sentences_by_code.hi.ts"),
    import("./sentences.hi.ts"),
    import("./sentence_patterns.ts"),
  ]);
  const known = compile(SAID_IN_HINDI);
  return { byCode: HINDI, byEnglish: (sentence) => translateBy(known, sentence) };
}

/** What the box says, in the language of the page. */
export function translate(sentence: string): string {
  return (sentence && inOwnWords?.byEnglish(sentence)) || sentence;
}

/** A sentence of the box in the language of the page: by its code; without one, which may be of a later version, by its English. */
export function inWords({ code, parameters = {} }: Partial<Sentence>, english: string): string {
  const words = code === undefined ? undefined : inOwnWords?.byCode[code];
  return words === undefined ? translate(english) : sentenceIn(words, parameters, inOwnWords!.byCode);
}

/** @param words by codes, for sentences that stand in it */
export function sentenceIn(
  text: string,
  parameters: Sentence["parameters"],
  words: Readonly<Record<string, string>>,
): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => {
    const parameter = parameters[name] ?? "";
    if (typeof parameter !== "object") return translate(String(parameter));
    return sentenceIn(words[parameter.code] ?? "", parameter.parameters, words);
  });
}
