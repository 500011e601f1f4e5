import { type Code, inEnglish, say, type Sentence } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";
import {
  type Attempted,
  type AttemptEnd,
  type AttemptRecord,
  type DrawingAttempts,
  MOST_ENDS,
} from "../store/drawing_attempts.ts";
import type { Attempts, Subject } from "./renderer.ts";

const log = getLogger(["sonodesk", "imaging"]);

/** After so long without another attempt it is written down that the last one went well, milliseconds. */
const SETTLES = 250;
/** What is done sooner is not written down, milliseconds: most pictures are. */
const QUICK = 50;
/** For so long after a box that ended by itself each attempt is written down before it begins, milliseconds. */
const CAREFUL = 10 * 60_000;

const HOW = {
  memory: "ended-in-memory",
  time: "ended-in-time",
  crash: "ended-in-crash",
  box: "ended-in-box",
} as const satisfies Record<AttemptEnd, Code>;

/**
 * Writes down what is tried of stored objects, so that what ended the box is known when it starts again. Of an object that
 * never did harm it is written once it takes longer than most do; where the box ended by itself the last time, before it
 * is tried. What follows of one object within the blink of an eye, such as the frames of a clip, is one attempt.
 */
export class AttemptNotes implements Attempts {
  readonly #attempts: DrawingAttempts;
  readonly #carefulUntil: number;
  /** What is known of the object that is tried now. */
  #record: AttemptRecord | undefined;
  /** What the store says is under way. */
  #noted: Attempted | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /**
   * Nothing is tried yet.
   *
   * @param boxEnded whether the box was not stopped the last time, but ended
   */
  constructor(attempts: DrawingAttempts, { boxEnded }: { boxEnded: boolean }) {
    this.#attempts = attempts;
    this.#carefulUntil = boxEnded ? performance.now() + CAREFUL : -Infinity;
  }

  /** As `Attempts` has it. */
  async begin(subject: Subject, work: string): Promise<Sentence | undefined> {
    clearTimeout(this.#timer);
    const attempted = attemptedOf(subject, work);
    const record = this.#record = this.#attempts.find(attempted);
    if (record !== undefined && record.ends >= MOST_ENDS) {
      this.#settleSoon();
      return say("set-aside", { how: say(HOW[record.how]), ends: record.ends });
    }
    if (record === undefined && this.#noted !== undefined && isSame(this.#noted, attempted)) return undefined;
    if (record !== undefined || performance.now() < this.#carefulUntil) {
      await this.#note(attempted, work);
    } else {
      this.#settle();
      this.#late = setTimeout(() => void this.#note(attempted, work), QUICK);
    }
    return undefined;
  }

  async #note(attempted: Attempted, work: string): Promise<void> {
    try {
      const durable = this.#attempts.begin(attempted, work);
      this.#noted = attempted;
      await durable;
    } catch (error) {
      // the disk may be full, and people want to see what is on it: the renderer ends apart from the box
      log.warn("what is tried of {sopInstanceUid} cannot be written down: {error}", { ...attempted, error });
    }
  }

  /** As `Attempts` has it. */
  done(subject: Subject, work: string): void {
    clearTimeout(this.#late);
    if (this.#closed) return;
    if (this.#record?.work === work) {
      this.#write(() => this.#attempts.forgive(attemptedOf(subject, work)));
      this.#noted = undefined;
    } else this.#settleSoon();
  }

  /** As `Attempts` has it. */
  ended(subject: Subject, work: string, how: Exclude<AttemptEnd, "box">): void {
    clearTimeout(this.#late);
    if (this.#closed) return;
    log.warn("{work} of {sopInstanceUid} {how}", {
      work,
      sopInstanceUid: subject.sopInstanceUid,
      how: inEnglish(say(HOW[how])),
    });
    this.#write(() => this.#attempts.ended(attemptedOf(subject, work), work, how));
    this.#noted = undefined;
  }

  /** The box stops: what was under way has done nothing. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#late);
    clearTimeout(this.#timer);
    this.#settle();
  }

  #settleSoon(): void {
    clearTimeout(this.#timer);
    if (this.#noted === undefined) return;
    this.#timer = setTimeout(() => this.#settle(), SETTLES);
  }

  #settle(): void {
    if (this.#noted === undefined) return;
    this.#noted = undefined;
    this.#write(() => this.#attempts.settle());
  }

  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      log.warn("how attempts to draw went cannot be written down: {error}", { error });
    }
  }
}

function attemptedOf({ sopInstanceUid, sha256 }: Subject, work: string): Attempted {
  return { sopInstanceUid, sha256, part: work.startsWith("frame ") ? "picture" : "contents" };
}

function isSame(one: Attempted, other: Attempted): boolean {
  return one.sopInstanceUid === other.sopInstanceUid && one.part === other.part && one.sha256 === other.sha256;
}
