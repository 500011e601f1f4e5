import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "machines"]);

/** How exactly it is known when a machine last sent an image, milliseconds: a clip of images is one writing. */
const NOTED_EVERY = 60_000;

/** Takes note of which machine sends images: the last step of connecting one. */
export class MachineFollower {
  readonly #store: Store;
  readonly #noted = new Map<string, number>();
  #unsubscribe: (() => void) | undefined;

  /**
   * Follows nobody before `start`.
   *
   * @param store where it is written down when a machine was last seen
   */
  constructor(store: Store) {
    this.#store = store;
  }

  /** From now on it is written down. */
  start(): void {
    this.#unsubscribe = this.#store.changes.subscribe((change) => {
      if (change.noun !== "instance" || change.arrival === undefined) return;
      const aeTitle = change.arrival.receivedFrom;
      const now = performance.now();
      if (now - (this.#noted.get(aeTitle) ?? -Infinity) < NOTED_EVERY) return;
      if (this.#noted.size > 1000) this.#noted.clear();
      this.#noted.set(aeTitle, now);
      // not within the announcement of the transaction that kept the image
      queueMicrotask(() => this.#note(aeTitle));
    });
  }

  /** Never throws: a store that cannot be written now is told of by who must write to it. */
  #note(aeTitle: string): void {
    try {
      this.#store.machines.sentImage(aeTitle);
    } catch (error) {
      log.warn("cannot note that a machine sent an image: {error}", { error });
    }
  }

  /** No longer. */
  stop(): void {
    this.#unsubscribe?.();
  }
}
