/** What is asked for cannot be done as things stand: a sentence for the person who asked. */
export class NotPossible extends Error {
  override name = "NotPossible";
  /** Which refusal it is, where a page does something about it; undefined for most. */
  readonly code: string | undefined;

  constructor(sentence: string, code?: string) {
    super(sentence);
    this.code = code;
  }
}

/** What a decision did cannot be taken back any more. */
export function changedSince(): NotPossible {
  return new NotPossible("Cannot undo this: it has been changed since, change it by hand");
}
