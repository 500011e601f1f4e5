import { setTimeout as delay } from "node:timers/promises";
import { getLogger } from "@logtape/logtape";
import { type Sentence, type Told, toldOf } from "../sentences.ts";
import { type Choice, goBack, type Outcome, snapshotsBeside, type Way, WAYS } from "./ways_back.ts";
import { replacing } from "./replace_box.ts";
import type { Trouble } from "./trouble.ts";
import type { KeptSnapshot } from "./kept_snapshots.ts";
import type { Store } from "../store/store.ts";

/** Who has chosen hears that it begins before the page goes away, milliseconds. */
const ANSWER_FIRST = 300;
/** How long another box that did not answer is left alone, milliseconds. */
const AGAIN_AFTER = 5000;

const log = getLogger(["sonodesk", "rescue"]);

/** What was chosen, and what was done. */
export interface Rescued {
  /** What a person chose. */
  choice: Choice;
  /** What came of it. */
  outcome: Outcome;
}

/** What is being done, and how far it is: `files` of a backup that are there. */
export interface Work {
  /** That is being gone. */
  way: Way;
  /** Done so far. */
  files: number;
}

/** What the rescue pages show. */
export interface RescueState {
  /** Why the box cannot work. */
  trouble: Trouble;
  /** What can be done, the one that loses least first. */
  ways: readonly Way[];
  /** Copies of the store on this disk, newest first. */
  snapshots: KeptSnapshot[];
  /** null while nothing is being done. */
  work: Work | null;
  /** Why the last thing that was chosen did not work; null where it did, or nothing was. */
  failed: string | null;
  /** Why the last try failed, by its code. */
  failedCoded?: Sentence | undefined;
}

/** What is wrong, what can be chosen, and what is being done about it: one thing at a time. */
export class RescueDesk {
  readonly #data: string;
  #trouble: Trouble;
  readonly #settled = Promise.withResolvers<Rescued>();
  #work: Work | undefined;
  #failed: Told | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  /**
   * Does nothing before a person chooses.
   *
   * @param data the box's data folder
   */
  constructor(data: string, trouble: Trouble) {
    this.#data = data;
    this.#trouble = trouble;
  }

  /** Why the box cannot work. */
  get trouble(): Trouble {
    return this.#trouble;
  }

  /** It is another trouble by now. */
  becomes(trouble: Trouble): void {
    this.#trouble = trouble;
  }

  /** Resolves when what was chosen is done, and the box can start again. */
  get settled(): Promise<Rescued> {
    return this.#settled.promise;
  }

  /** What the pages are told. */
  get state(): RescueState {
    return {
      trouble: this.trouble,
      ways: WAYS[this.trouble.cause],
      snapshots: snapshotsBeside(this.#data),
      work: this.#work ?? null,
      failed: this.#failed?.detail ?? null,
      ...(this.#failed?.coded && { failedCoded: this.#failed.coded }),
    };
  }

  /** Begins what was chosen. @returns false where that cannot be chosen now */
  choose(choice: Choice): boolean {
    if (this.#work !== undefined || !WAYS[this.trouble.cause].includes(choice.way)) return false;
    clearTimeout(this.#again);
    this.#failed = undefined;
    this.#work = { way: choice.way, files: 0 };
    log.info("rescue: {way} was chosen", { way: choice.way });
    void this.#do(choice);
    return true;
  }

  /** Begins nothing more by itself. */
  stop(): void {
    clearTimeout(this.#again);
  }

  async #do(choice: Choice): Promise<void> {
    const { cause } = this.#trouble; // which it was chosen about
    await delay(ANSWER_FIRST);
    try {
      const outcome = await goBack(this.#data, cause, choice, (files) => this.#work!.files = files);
      this.#settled.resolve({ choice, outcome });
    } catch (error) {
      this.#failed = toldOf(error);
      this.#work = undefined;
      // what was begun with another box goes on by itself once that answers again
      if (choice.way === "replace" && replacing(this.#data) !== undefined) {
        this.#again = setTimeout(() => this.choose({ way: "replace" }), AGAIN_AFTER);
      }
      log.error("rescue: {way} did not work: {error}", { way: choice.way, error });
    }
  }
}

/** What was done about a box that could not start is in its audit, with where its former parts are. */
export function noteRescue(store: Store, { choice: { way, snapshot }, outcome: { aside, missing } }: Rescued): void {
  if (way === "try again" || way === "first start") return;
  log.warn("the box was rescued: {way}; what was moved aside is in {aside}", { way, aside: aside.join(", ") });
  const after = { way, ...(snapshot && { snapshot }), aside: aside.join(", "), missing: missing.length };
  store.audit.add("box", "box rescued", "box", { after });
}
