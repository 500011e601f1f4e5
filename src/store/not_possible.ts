/** What is asked for cannot be done as things stand: a sentence for the person who asked. */
export class NotPossible extends Error {
  override name = "NotPossible";
}
