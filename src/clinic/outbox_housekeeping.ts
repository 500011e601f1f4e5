import { getLogger } from "@logtape/logtape";
import type { Outbox } from "../store/outbox.ts";
import { inTurns } from "../timing/turns.ts";

const log = getLogger(["sonodesk", "clinic"]);

const EVERY = 60 * 60_000;
/** The first time: so long after the start, which has more urgent work, milliseconds. */
const FIRST_AFTER = 60_000;
/**
 * Days that delivered events are kept: the clinic's database may be brought back from a backup, and is told again what it
 * has lost. What is older is found by comparing results.
 */
const KEEP_DELIVERED_DAYS = 31;
const PRUNED_AT_ONCE = 200;
/** Events that a box without a clinic's database keeps for the day it gets one. */
const MOST_UNTOLD = 200_000;

/** Keeps the outbox within bounds, some events at a time. */
export class OutboxHousekeeping {
  readonly #outbox: Outbox;
  readonly #hasClinic: () => boolean;
  #first: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  /** @param hasClinic whether there is a clinic's database to tell */
  constructor(outbox: Outbox, hasClinic: () => boolean) {
    this.#outbox = outbox;
    this.#hasClinic = hasClinic;
  }

  start(): void {
    this.#first = setTimeout(() => void this.#work(), FIRST_AFTER);
    this.#timer = setInterval(() => void this.#work(), EVERY);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#first);
    clearInterval(this.#timer);
  }

  async #work(): Promise<void> {
    try {
      await inTurns(this.#steps());
    } catch (error) {
      log.error("keeping the outbox small failed: {error}", { error });
    }
  }

  *#steps(): Generator<void, void> {
    const before = new Date(Date.now() - KEEP_DELIVERED_DAYS * 86_400_000).toISOString();
    while (!this.#stopped && this.#outbox.prune(before, PRUNED_AT_ONCE) === PRUNED_AT_ONCE) yield;
    if (this.#hasClinic()) return;
    for (const _ of this.#outbox.forgetBeyond(MOST_UNTOLD)) {
      if (this.#stopped) return;
      yield;
    }
  }
}
