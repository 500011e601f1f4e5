import { Refused, say } from "../sentences.ts";
/** What is asked for cannot be done as things stand: a sentence for the person who asked. */
export class NotPossible extends Refused {}

/** What a decision did cannot be taken back any more. */
export function changedSince(): NotPossible {
  return new NotPossible(say("undo-changed-since"));
}
