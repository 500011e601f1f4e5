import { isReadOnly } from "../host/read_only.ts";
import { inEnglish, say, type Sentence } from "../sentences.ts";
import { getLogger } from "@logtape/logtape";

const log = getLogger(["sonodesk", "health"]);

/** How often it is proven by writing that the box can, milliseconds: each time wears a card out. */
const PROVE_EVERY = 5 * 60_000;
/** How often it is looked at whether the disk is read-only by now, which writes nothing; milliseconds. */
const GLANCE_EVERY = 60_000;
/** A disk that takes longer for one small file has stopped, milliseconds. */
const SLOWEST = 60_000;
/** The start waits so long for the first proof, milliseconds. */
const FIRST = 10_000;

/** Writes durably or fails, by what cannot be done when it fails. */
type Writes = Readonly<Partial<Record<"images-not-kept" | "nothing-written-down", () => void | Promise<void>>>>;

/**
 * Proves now and then that images and worklists can be written down: a disk that was made read-only after an error still
 * answers every question. Whoever finds that something cannot be written asks for the next proof at once.
 */
export class WriteProbe {
  readonly #writes: Writes;
  readonly #folder: string;
  readonly #now: () => number;
  #trouble: Sentence | undefined;
  /** What is being written, and since when. */
  #writing: { what: keyof Writes; since: number } | undefined;
  #looking: Promise<void> | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];

  /**
   * Writes nothing before `start`.
   *
   * @param folder whose disk is looked at between the proofs
   * @param now a clock that nobody sets, milliseconds
   */
  constructor(folder: string, writes: Writes, now = () => performance.now()) {
    this.#folder = folder;
    this.#writes = writes;
    this.#now = now;
  }

  /** Resolves once it is known whether the box can write, or the disk takes too long to say. */
  async start(): Promise<void> {
    this.#timers = [setInterval(() => this.look(), PROVE_EVERY), setInterval(() => this.glance(), GLANCE_EVERY)];
    let late: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.look(), new Promise((resolve) => late = setTimeout(resolve, FIRST))]);
    clearTimeout(late);
  }

  /** Resolves once nothing is being written. */
  async stop(): Promise<void> {
    this.#timers.forEach(clearInterval);
    await this.#looking;
  }

  /** Proves it at once where the disk is read-only by now, or was in trouble. Writes nothing else; never throws. */
  async glance(): Promise<void> {
    const isWorse = await isReadOnly(this.#folder).catch(() => true);
    if (isWorse || this.#trouble !== undefined) await this.look();
  }

  /** Tries all of it, one after the other; never two at once, never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => this.#looking = undefined);
    return this.#looking;
  }

  /** What cannot be done and why; undefined when all is well. */
  get trouble(): Sentence | undefined {
    const writing = this.#writing;
    if (writing !== undefined && this.#now() - writing.since > SLOWEST) {
      const seconds = Math.round((this.#now() - writing.since) / 1000);
      return say(writing.what, { why: say("disk-silent", { seconds }) });
    }
    return this.#trouble;
  }

  async #look(): Promise<void> {
    let trouble: Sentence | undefined;
    for (const [what, write] of Object.entries(this.#writes) as [keyof Writes, Writes[keyof Writes]][]) {
      this.#writing = { what, since: this.#now() };
      try {
        await write?.();
      } catch (error) {
        trouble ??= say(what, { why: error instanceof Error ? error.message : String(error) });
      }
    }
    this.#writing = undefined;
    if (trouble !== undefined && this.#trouble === undefined) log.error("{trouble}", { trouble: inEnglish(trouble) });
    if (trouble === undefined && this.#trouble !== undefined) log.info("the box can write again");
    this.#trouble = trouble;
  }
}
