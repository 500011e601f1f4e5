import { getLogger } from "@logtape/logtape";
import { say } from "../sentences.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "completion"]);

/** How often appointments are looked at, milliseconds. */
const LOOK_EVERY = 30_000;

/** Completes the appointments of machines that never say when they are done: none of their images came for a while. */
export class Completion {
  readonly #store: Store;
  readonly #minutes: number;
  readonly #steadyFor: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Looks at nothing before `start`.
   *
   * @param minutes after the last image
   * @param steadyFor milliseconds for which the clock has not been set: before, nobody knows how long it was quiet
   */
  constructor(store: Store, minutes: number, steadyFor: () => number = () => Infinity) {
    this.#store = store;
    this.#steadyFor = steadyFor;
    this.#minutes = minutes;
  }

  /** From now on it is looked. */
  start(): void {
    this.#timer = setInterval(() => this.look(new Date()), LOOK_EVERY);
  }

  /** Completes what has been quiet for long enough by this time. Never throws: what cannot be written is tried again. */
  look(now: Date): void {
    try {
      this.#complete(now);
    } catch (error) {
      log.error("appointments that are quiet were not completed: {error}", { error });
    }
  }

  #complete(now: Date): void {
    if (this.#steadyFor() < this.#minutes * 60_000) return;
    const quietSince = new Date(now.getTime() - this.#minutes * 60_000).toISOString();
    for (const id of this.#store.appointments.quietSince(quietSince)) {
      this.#store.appointments.record(id, "completed", say("no-image-came", { minutes: this.#minutes }));
    }
  }

  /** Nothing is completed by itself any more. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
