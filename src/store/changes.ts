/** What is known of an object that has just come, for who would else look it up at once. */
export interface Arrival {
  /** AE title of the sender. */
  receivedFrom: string;
  /** Whether it is no image, or one that carries values in its acquisition context. */
  mayMeasure: boolean;
}

/** What changed in the store, named by noun. The kiosk's live view and the outbox listen to these. */
export type Change =
  | { noun: "appointment"; id: string }
  | { noun: "study"; id: string; appointmentId: string | null }
  /** `arrival` where the object has just come, and was not moved. */
  | { noun: "instance"; id: string; studyInstanceUid: string; appointmentId: string | null; arrival?: Arrival }
  /** The object is to be looked through again for what may not be told; "": whatever waits for it. */
  | { noun: "screening"; id: string }
  /** An object ended the program that draws, or is to be tried again. */
  | { noun: "set aside"; id: string }
  | { noun: "machine"; id: string }
  | { noun: "destination"; id: string }
  | { noun: "worklist item"; id: string }
  /** A step that no appointment is known for; of others the appointment has changed. */
  | { noun: "procedure step"; id: string }
  | { noun: "setting"; id: string }
  | { noun: "user"; id: string }
  | { noun: "outbox event"; id: string }
  /** The state of the link to the clinic's database, or what of its schedule cannot be used. */
  | { noun: "clinic"; id: "link" | "schedule problems" };

/**
 * Tells listeners what changed, after it was committed and never before.
 *
 * A listener runs synchronously and must only take note (queue, set a flag); one that throws is reported to
 * `onListenerError` and does not keep the others from hearing.
 */
export class ChangeFeed {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #onListenerError: (error: unknown) => void;

  /** @internal `Store` makes it. */
  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Calls `listener` for each committed change until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Only the database calls this, once the transaction that made the changes is durable. */
  publish(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change);
        } catch (error) {
          this.#onListenerError(error);
        }
      }
    }
  }
}
