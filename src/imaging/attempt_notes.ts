import { getLogger } from "@logtape/logtape";
import { type Attempted, type AttemptEnd, type DrawingAttempts, MOST_ENDS } from "../store/drawing_attempts.ts";
import type { Attempts, Subject } from "./renderer.ts";

const log = getLogger(["sonodesk", "imaging"]);

/** After so long without another attempt it is written down that the last one went well, milliseconds. */
const SETTLES = 250;

const HOW: Record<AttemptEnd, string> = {
  memory: "took more memory than it may",
  time: "took too long",
  crash: "ended the program that draws",
  box: "was under way when the box ended",
};

/**
 * Writes down what is tried of stored objects before it is tried. Of an object that never did harm what follows within
 * the blink of an eye, such as the frames of a clip, is one attempt: it costs one commit, and not one each.
 */
export class AttemptNotes implements Attempts {
  readonly #attempts: DrawingAttempts;
  /** What the store says is under way. */
  #noted: Attempted | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(attempts: DrawingAttempts) {
    this.#attempts = attempts;
  }

  async begin(subject: Subject, work: string): Promise<string | undefined> {
    clearTimeout(this.#timer);
    const attempted = attemptedOf(subject, work);
    const record = this.#attempts.find(attempted);
    if (record !== undefined && record.ends >= MOST_ENDS) {
      this.#settleSoon();
      return `The box does not try this object any more: drawing or reading it ${
        HOW[record.how]
      }, ${record.ends} times`;
    }
    if (record === undefined && this.#noted !== undefined && isSame(this.#noted, attempted)) return undefined;
    try {
      await this.#attempts.begin(attempted, work);
      this.#noted = attempted;
    } catch (error) {
      // the disk may be full, and people want to see what is on it: the renderer ends apart from the box
      log.warn("what is tried of {sopInstanceUid} cannot be written down: {error}", { ...subject, error });
    }
    return undefined;
  }

  done(subject: Subject, work: string): void {
    if (this.#closed) return;
    const attempted = attemptedOf(subject, work);
    if (this.#attempts.find(attempted)?.work === work) {
      this.#write(() => this.#attempts.forgive(attempted));
      this.#noted = undefined;
    } else this.#settleSoon();
  }

  ended(subject: Subject, work: string, how: Exclude<AttemptEnd, "box">): void {
    if (this.#closed) return;
    log.warn("{work} of {sopInstanceUid} {how}", { work, sopInstanceUid: subject.sopInstanceUid, how: HOW[how] });
    this.#write(() => this.#attempts.ended(attemptedOf(subject, work), work, how));
    this.#noted = undefined;
  }

  /** The box stops: what was under way has done nothing. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#settle();
  }

  #settleSoon(): void {
    clearTimeout(this.#timer);
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
