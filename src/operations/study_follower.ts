import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import type { Archive } from "../archive/archive.ts";
import { isoDate, isoTime } from "../dicom/date_time.ts";
import type { Report } from "../dicom/report/report.ts";
import { isReportClass } from "../dicom/sop_class.ts";
import { NotReadable, type PictureFile, type Pictures } from "../imaging/pictures.ts";
import type { ObjectMeasurements } from "../imaging/render_protocol.ts";
import type { Instance } from "../store/instances.ts";
import type { ReportHeader } from "../store/reports.ts";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "follower"]);

/** Thumbnails wait until nothing has come for this long, so that they do not slow down what is being stored, ms. */
const QUIET = 150;
/** But none waits longer than this for its turn, ms. */
const LONGEST_WAIT = 1500;

/**
 * Does what can wait once an object has been acknowledged: its thumbnail, and the measurements of a report. One
 * object after the other, off the DICOM path.
 */
export class StudyFollower {
  readonly #store: Store;
  readonly #archive: Archive;
  readonly #pictures: Pictures;
  readonly #waiting: { sopInstanceUid: string; since: number }[] = [];
  #lastCame = -Infinity;
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(store: Store, archive: Archive, pictures: Pictures) {
    this.#store = store;
    this.#archive = archive;
    this.#pictures = pictures;
  }

  /** Begins with what came before the box last stopped and may not have been read. */
  start(): void {
    const since = performance.now();
    this.#waiting.push(...this.#store.instances.unread().map((sopInstanceUid) => ({ sopInstanceUid, since })));
    this.#working = this.#work();
    this.#unsubscribe = this.#store.changes.subscribe((change) => {
      if (change.noun !== "instance") return;
      this.#lastCame = performance.now();
      this.#waiting.push({ sopInstanceUid: change.id, since: this.#lastCame });
      this.#working ??= this.#work();
    });
  }

  /** How many objects wait for their thumbnail or their measurements. */
  get depth(): number {
    return this.#waiting.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    await this.#working;
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // not within the transaction's announcement
    while (!this.#stopped) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      const now = performance.now();
      const wait = Math.min(this.#lastCame + QUIET, next.since + LONGEST_WAIT) - now;
      if (wait > 0) {
        await delay(wait);
        continue;
      }
      this.#waiting.shift();
      const { sopInstanceUid } = next;
      try {
        await this.#follow(sopInstanceUid);
      } catch (error) {
        // what the stop has cut short is done at the next start
        if (!this.#stopped) log.warn("instance {sopInstanceUid}: {error}", { sopInstanceUid, error });
      }
    }
    this.#working = undefined;
  }

  async #follow(sopInstanceUid: string): Promise<void> {
    const instance = this.#store.instances.find(sopInstanceUid);
    if (instance === undefined) return;
    const { path, sha256, receivedFrom } = instance;
    const machineCharset = this.#store.machines.charsetOf(receivedFrom);
    const file = { path: this.#archive.pathOf(path), sopInstanceUid, sha256, machineCharset };
    if (instance.frames > 0) {
      await this.#pictures.prepare(file);
      // what the image itself carries; its report, if one comes, is another object
      const { values } = await this.#pictures.measurements(file);
      this.#store.transaction(() => {
        if (values.length === 0 || !this.#isStill(instance)) return;
        this.#store.measurements.replace(instance.studyInstanceUid, sopInstanceUid, values);
      });
      return;
    }
    if (!isReportClass(instance.sopClassUid)) return this.#store.instances.markRead(sopInstanceUid);
    await this.#read(file, instance);
  }

  /** Whether no newer version of the object has come while it was read, which is read in its turn. */
  #isStill({ sopInstanceUid, path }: Instance): boolean {
    return this.#store.instances.find(sopInstanceUid)?.path === path;
  }

  /** What a report says, or that it cannot be read: a person is told, and may save its file. */
  async #read(file: PictureFile, instance: Instance): Promise<void> {
    const { sopInstanceUid, studyInstanceUid } = instance;
    let read: ObjectMeasurements;
    try {
      read = await this.#pictures.measurements(file);
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      this.#store.transaction(() => {
        if (!this.#isStill(instance)) return;
        this.#store.reports.recordUnread(studyInstanceUid, sopInstanceUid, error.message);
        // one that took too long is tried again at the next start: it may have been the box that was slow
        if (error.forGood) this.#store.instances.markRead(sopInstanceUid);
      });
      throw error;
    }
    const { report, values } = read;
    this.#store.transaction(() => {
      if (!this.#isStill(instance)) return;
      if (report !== undefined) {
        this.#store.reports.record(studyInstanceUid, sopInstanceUid, headerOf(report));
        // also where it says nothing: it may have replaced one that did
        this.#store.measurements.replace(studyInstanceUid, sopInstanceUid, values);
      }
      this.#store.instances.markRead(sopInstanceUid);
    });
  }
}

/** Longer than any attribute that is shown of a report may be. */
const MOST_TEXT = 1024;

function headerOf(report: Omit<Report, "root">): ReportHeader {
  const { title, completion, verification, manufacturer, model } = report;
  const [cutTitle, cutManufacturer, cutModel] = [title, manufacturer, model].map((text) => text.slice(0, MOST_TEXT));
  return {
    ...{ title: cutTitle!, completion, verification, manufacturer: cutManufacturer!, model: cutModel! },
    contentDate: isoDate(report.date),
    contentTime: isoTime(report.time),
    predecessors: report.predecessors,
  };
}
