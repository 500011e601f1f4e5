import { type Code, inEnglish, say, type Sentence } from "../sentences.ts";

/** What schemas say in English, by that: a schema can keep no more than a text. */
const SENTENCES = new Map<string, Sentence>();

/** A sentence as the message of a schema. */
export function message<Each extends Code>(...sentence: Parameters<typeof say<Each>>): string {
  const whole = say(...sentence);
  const english = inEnglish(whole);
  SENTENCES.set(english, whole);
  return english;
}

/** The sentence of a schema's message, where it has a code. */
export function sentenceOf(message: string): Sentence | string {
  return SENTENCES.get(message) ?? message;
}
