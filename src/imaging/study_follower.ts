import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { isoDate, isoTime } from "../dicom/date_time.ts";
import { measurementsWithoutFetalSex } from "../dicom/fetal_sex.ts";
import type { Report } from "../dicom/report/report.ts";
import { isReportClass } from "../dicom/sop_class.ts";
import { NotReadable } from "./not_readable.ts";
import { type PictureFile, type Pictures } from "./pictures.ts";
import type { ObjectMeasurements } from "./render_protocol.ts";
import type { Instance } from "../store/instance.ts";
import type { ReportHeader } from "../store/reports.ts";
import type { Store } from "../store/store.ts";
import { inTurns } from "../timing/turns.ts";

const log = getLogger(["sonodesk", "follower"]);

/** Thumbnails wait until nothing has come for this long, so that they do not slow down what is being stored, ms. */
const QUIET = 150;
/** While others come, those that have waited so long are drawn all the same, one now and then; ms. */
const LONG_WAIT = 1500;
const NOW_AND_THEN = 50;
/** What has waited so long is not put off any more, ms. */
const LONGEST_WAIT = 10_000;

/** So often is it tried to look an object through, before a person must. */
const MOST_TRIES = 3;
/** Objects that are looked through one after the other before others are asked for. */
const BATCH = 50;

/** An object that waits for its turn. */
interface Waiting {
  sopInstanceUid: string;
  since: number;
  /** What is shown of it may be otherwise than it was: it is read again. */
  again?: boolean;
  /** An image without anything in which values may stand: its picture is all that there is of it. */
  onlyPicture?: boolean;
  tries?: number;
}

/**
 * Does what can wait once an object has been acknowledged: its thumbnail, the measurements of a report, and where a law
 * forbids to tell a fetus's sex, the look whether it does. One object after the other, off the DICOM path.
 */
export class StudyFollower {
  readonly #store: Store;
  readonly #pathOf: (stored: string) => string;
  readonly #pictures: Pictures;
  readonly #waiting: Waiting[] = [];
  /** Objects that came long ago and could not be looked through in this run. */
  readonly #given: Set<string> = new Set();
  #lastCame = -Infinity;
  #lastTried = -Infinity;
  #unsubscribe: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  /**
   * Follows nothing before `start`.
   *
   * @param pathOf the full path of a file by the path the store has
   */
  constructor(store: Store, pathOf: (stored: string) => string, pictures: Pictures) {
    this.#store = store;
    this.#pathOf = pathOf;
    this.#pictures = pictures;
  }

  /** Begins with what came before the box last stopped and may not have been read. */
  start(): void {
    this.#working = this.#collect().then(() => this.#work());
    this.#unsubscribe = this.#store.changes.subscribe((change) => {
      if (change.noun === "instance") {
        this.#lastCame = performance.now();
        this.#pictures.warm(); // while the object's turn has not come
        const onlyPicture = change.arrival?.mayMeasure === false;
        this.#waiting.push({ sopInstanceUid: change.id, since: this.#lastCame, onlyPicture });
      } else if (change.noun === "screening") {
        if (change.id !== "") this.#waiting.push({ sopInstanceUid: change.id, since: performance.now(), again: true });
      } else if (change.noun === "set aside" && !this.#store.drawingAttempts.isKnown(change.id)) {
        this.#waiting.push({ sopInstanceUid: change.id, since: performance.now() }); // a person wants it tried again
      } else {
        return;
      }
      this.#working ??= this.#work();
    });
  }

  /** How many objects wait for their thumbnail or their measurements. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** Resolves once nothing is being read. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    await this.#working;
  }

  /** There may be very many: after an archive was brought here, say. */
  async #collect(): Promise<void> {
    const since = performance.now();
    const { instances } = this.#store;
    const collecting = function* (this: StudyFollower): Generator<void, void> {
      for (const sopInstanceUid of instances.unread()) {
        if (this.#stopped) return;
        this.#waiting.push({ sopInstanceUid, since });
        yield;
      }
    };
    try {
      await inTurns(collecting.call(this));
    } catch (error) {
      log.error("what came before the box last stopped cannot be listed, and is not looked through: {error}", {
        error,
      });
    }
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // not within the transaction's announcement
    while (!this.#stopped) {
      const next = this.#waiting[0];
      if (next === undefined) {
        if (await this.#screenOlder()) continue;
        break;
      }
      const now = performance.now();
      const wait = Math.min(
        this.#lastCame + QUIET,
        Math.max(next.since + LONG_WAIT, this.#lastTried + NOW_AND_THEN),
        next.since + LONGEST_WAIT,
      ) - now;
      if (wait > 0 && !next.again) {
        await delay(wait);
        continue;
      }
      this.#lastTried = now;
      this.#waiting.shift();
      await this.#try(next, (instance, file) => this.#follow(instance, file, next));
    }
    this.#working = undefined;
  }

  /** Looks through what was here before that was asked for, while nothing else waits. @returns whether there was any */
  async #screenOlder(): Promise<boolean> {
    const older = this.#store.fetalSex.unscreened(BATCH, this.#given);
    for (const sopInstanceUid of older) {
      if (this.#stopped || this.#waiting.length > 0) return true;
      await this.#try({ sopInstanceUid, since: performance.now(), tries: MOST_TRIES }, async (instance, file) => {
        if (this.#store.fetalSex.isRemoved(sopInstanceUid)) this.#readKept(instance);
        else await this.#read(instance, file, false);
      });
      if (this.#store.attention.isUnscreened(sopInstanceUid)) this.#given.add(sopInstanceUid);
    }
    return older.length > 0;
  }

  async #try(waiting: Waiting, work: (instance: Instance, file: PictureFile) => Promise<void>): Promise<void> {
    const { sopInstanceUid, tries = 1 } = waiting;
    const instance = this.#store.instances.find(sopInstanceUid);
    if (instance === undefined) return;
    const { path, sha256, receivedFrom } = instance;
    const machineCharset = this.#store.machines.charsetOf(receivedFrom);
    const file = { path: this.#pathOf(path), sopInstanceUid, sha256, machineCharset };
    try {
      await work(instance, file);
    } catch (error) {
      // what the stop has cut short is done at the next start
      if (this.#stopped) return;
      log.warn("instance {sopInstanceUid}: {error}", { sopInstanceUid, error });
      if (!this.#store.attention.isUnscreened(sopInstanceUid)) return;
      if (tries < MOST_TRIES) this.#waiting.push({ ...waiting, since: performance.now(), tries: tries + 1 });
      else this.#holdUnread(instance);
    }
  }

  async #follow(instance: Instance, file: PictureFile, { again = false, onlyPicture }: Waiting): Promise<void> {
    if (instance.frames === 0) return await this.#read(instance, file, again);
    // what keeps it here goes before what shows it
    const screening = this.#store.fetalSex.withheld || again;
    if (screening) await this.#read(instance, file, again);
    await this.#pictures.prepare(file);
    // what the image itself carries; its report, if one comes, is another object
    if (!screening && !onlyPicture) await this.#read(instance, file, again);
  }

  /** Whether no newer version of the object has come while it was read, which is read in its turn. */
  #isStill({ sopInstanceUid, path }: Instance): boolean {
    return this.#store.instances.find(sopInstanceUid)?.path === path;
  }

  /** What an object says, or that a report cannot be read: a person is told, and may save its file. */
  async #read(instance: Instance, file: PictureFile, again: boolean): Promise<void> {
    const { sopInstanceUid, studyInstanceUid } = instance;
    const isReport = isReportClass(instance.sopClassUid);
    const { withheld } = this.#store.fetalSex;
    if (!isReport && instance.frames === 0 && !withheld && !again) {
      return this.#store.instances.markRead(sopInstanceUid);
    }
    let read: ObjectMeasurements;
    try {
      read = await this.#pictures.measurements(file, withheld);
    } catch (error) {
      if (error instanceof NotReadable && isReport) this.#noteUnread(instance, error);
      throw error;
    }
    const { report, values, fetalSex, descriptions } = read;
    const saysNothing = report === undefined && values.length === 0 && fetalSex === undefined;
    const isSameLaw = this.#store.fetalSex.withheld === withheld;
    if (saysNothing && isSameLaw && instance.frames !== 0 && !again && !this.#hasMeasurements(sopInstanceUid)) return;
    this.#store.transaction(() => {
      if (!this.#isStill(instance)) return;
      // the law holds since it was read, or no longer
      if (this.#store.fetalSex.withheld !== withheld) {
        this.#waiting.push({ sopInstanceUid, since: performance.now(), again: true });
        return;
      }
      const held = fetalSex !== undefined && this.#store.fetalSex.screened(instance, fetalSex);
      if (again && !held) this.#store.fetalSex.describeAgain(instance, descriptions);
      if (report !== undefined) {
        const header = headerOf(report);
        this.#store.reports.record(studyInstanceUid, sopInstanceUid, held ? { ...header, title: "" } : header);
        // also where it says nothing: it may have replaced one that did
        this.#store.measurements.replace(studyInstanceUid, sopInstanceUid, held ? [] : values);
      } else if (values.length > 0 || this.#hasMeasurements(sopInstanceUid)) {
        this.#store.measurements.replace(studyInstanceUid, sopInstanceUid, held ? [] : values);
      }
      if (instance.frames === 0) this.#store.instances.markRead(sopInstanceUid);
    });
  }

  #hasMeasurements(sopInstanceUid: string): boolean {
    return this.#store.measurements.ofReport(sopInstanceUid).length > 0;
  }

  /** What is kept of an object whose file the retention rule has removed. */
  #readKept(instance: Instance): void {
    const { sopInstanceUid, studyInstanceUid } = instance;
    this.#store.transaction(() => {
      const before = this.#store.measurements.ofReport(sopInstanceUid);
      const { values, fetalSex } = measurementsWithoutFetalSex(before);
      const held = this.#store.fetalSex.screened(instance, fetalSex);
      if (before.length > 0) this.#store.measurements.replace(studyInstanceUid, sopInstanceUid, held ? [] : values);
    });
  }

  #noteUnread(instance: Instance, error: NotReadable): void {
    const { sopInstanceUid, studyInstanceUid } = instance;
    this.#store.transaction(() => {
      if (!this.#isStill(instance)) return;
      this.#store.reports.recordUnread(studyInstanceUid, sopInstanceUid, error.message);
      // one that took too long is tried again at the next start: it may have been the box that was slow
      if (error.forGood) this.#store.instances.markRead(sopInstanceUid);
    });
  }

  /** What nobody could look through a person must; what was read of it before is not shown meanwhile. */
  #holdUnread(instance: Instance): void {
    this.#store.transaction(() => {
      if (!this.#isStill(instance)) return;
      const held = this.#store.fetalSex.screened(instance, { coded: false, words: [{ field: UNREAD }] });
      const { sopInstanceUid, studyInstanceUid } = instance;
      if (held && this.#hasMeasurements(sopInstanceUid)) {
        this.#store.measurements.replace(studyInstanceUid, sopInstanceUid, []);
      }
    });
  }
}

/** How a reason names what it could not look through. */
const UNREAD = "the box cannot read it";

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
