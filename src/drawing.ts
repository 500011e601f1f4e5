import { getLogger } from "@logtape/logtape";
import type { Archive } from "./archive/archive.ts";
import { AttemptNotes } from "./imaging/attempt_notes.ts";
import { Pictures } from "./imaging/pictures.ts";
import { StudyFollower } from "./imaging/study_follower.ts";
import type { Store } from "./store/store.ts";

const log = getLogger(["sonodesk", "appliance"]);

/** What draws pictures and reads measurements, and what has both done as objects come. */
export class Drawing {
  /** Of what was received. */
  readonly pictures: Pictures;
  /** Has drawn and read what comes. */
  readonly follower: StudyFollower;
  readonly #store: Store;
  readonly #attempts: AttemptNotes;

  /**
   * Draws nothing before `start`.
   *
   * @param cacheFolder for what was drawn, which can be drawn again
   */
  constructor(store: Store, archive: Archive, cacheFolder: string) {
    this.#store = store;
    this.#attempts = new AttemptNotes(store.drawingAttempts, { boxEnded: !store.wasClosed });
    this.pictures = new Pictures({
      attempts: this.#attempts,
      cacheFolder,
      reportCacheFailure: (error) => log.warn("the picture cache failed: {error}", { error }),
    });
    this.follower = new StudyFollower(store, (path) => archive.pathOf(path), this.pictures);
  }

  /** What was being drawn when the box ended is counted, before anything is drawn. */
  start(): void {
    for (const sopInstanceUid of this.#store.drawingAttempts.boxHasEnded()) {
      log.warn("the box ended while {sopInstanceUid} was drawn or read", { sopInstanceUid });
    }
    this.#store.changes.subscribe((change) => {
      if (change.noun === "set aside") this.pictures.forgetRefusals();
    });
    this.follower.start();
  }

  /** Ends what is being drawn. */
  async stop(): Promise<void> {
    const followed = this.follower.stop();
    this.pictures.close(); // what the follower waits for
    await followed;
    this.#attempts.close();
  }
}
