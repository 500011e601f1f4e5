import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import { readMeasurements } from "../archive/measurements.ts";
import { isReportClass } from "../dicom/sop_class.ts";
import type { Pictures } from "../imaging/pictures.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "follower"]);

/**
 * Does what can wait once an object has been acknowledged: its thumbnail, and the measurements of a report. One
 * object after the other, off the DICOM path.
 */
export class StudyFollower {
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #pictures: Pictures;
  readonly #waiting: string[] = [];
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(store: Store, archive: Archive, pictures: Pictures) {
    this.#store = store;
    this.#archive = archive;
    this.#pictures = pictures;
  }

  /** Begins with the reports that came before the box last stopped and were not read. */
  start(): void {
    this.#waiting.push(...this.#store.instances.unread());
    this.#working = this.#work();
    this.#unsubscribe = this.#store.changes.subscribe((change) => {
      if (change.noun !== "instance") return;
      this.#waiting.push(change.id);
      this.#working ??= this.#work();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    await this.#working;
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // not within the transaction's announcement
    while (!this.#stopped) {
      const sopInstanceUid = this.#waiting.shift();
      if (sopInstanceUid === undefined) break;
      try {
        await this.#follow(sopInstanceUid);
      } catch (error) {
        log.warn("instance {sopInstanceUid}: {error}", { sopInstanceUid, error });
      }
    }
    this.#working = undefined;
  }

  async #follow(sopInstanceUid: string): Promise<void> {
    const instance = this.#store.instances.find(sopInstanceUid);
    if (instance === undefined) return;
    const path = this.#archive.pathOf(instance.path);
    if (instance.frames > 0) return await this.#pictures.prepare({ path, sopInstanceUid, sha256: instance.sha256 });
    const measurements = isReportClass(instance.sopClassUid) ? await readMeasurements(path) : [];
    this.#store.transaction(() => {
      if (measurements.length > 0) {
        this.#store.measurements.replace(instance.studyInstanceUid, sopInstanceUid, measurements);
      }
      this.#store.instances.markRead(sopInstanceUid);
    });
  }
}
