import { type Sentence, type Told, told } from "../sentences.ts";

/** What an assumption is about: whether the picture is whole, its colours, its scale, its speed or its texts. */
export type AssumptionSubject = "picture" | "colours" | "scale" | "speed" | "text";

/** What the box corrected of an object, or took for granted where the object says nothing or contradicts itself. */
export interface Assumption extends Told {
  /** What it is about. */
  about: AssumptionSubject;
}

/** An assumption in a sentence that has a code. */
export function assumption(about: AssumptionSubject, sentence: Sentence): Assumption {
  return { about, ...told(sentence) };
}
