import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "clock"]);

/** How often the two clocks are compared, milliseconds. */
const LOOK_EVERY = 10_000;
/** Less than this is no jump, milliseconds: clocks are set a little all the time. */
const JUMP = 30_000;

/**
 * Sees when the box's clock was set: a box without a battery starts in another year until the network tells it. What
 * lasts for a while then lasts as long as it was meant to.
 */
export class ClockWatch {
  readonly #store: Store;
  readonly #clocks: { wall: () => number; steady: () => number };
  /** How far the wall clock is ahead of the steady one. */
  #offset: number;
  #jumpedAt = -Infinity;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param clocks milliseconds of the wall clock, and of one that nobody sets */
  constructor(store: Store, clocks = { wall: () => Date.now(), steady: () => performance.now() }) {
    this.#store = store;
    this.#clocks = clocks;
    this.#offset = clocks.wall() - clocks.steady();
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Compares the clocks; after a jump sessions end as much later, or earlier, as the clock was set. */
  look(): void {
    const offset = this.#clocks.wall() - this.#clocks.steady();
    const jump = Math.round(offset - this.#offset);
    this.#offset = offset;
    if (Math.abs(jump) < JUMP) return;
    this.#jumpedAt = this.#clocks.steady();
    log.warn("the clock was set by {seconds} s", { seconds: Math.round(jump / 1000) });
    try {
      this.#store.sessions.shift(jump);
    } catch (error) {
      log.error("sessions were not moved with the clock: {error}", { error });
    }
  }

  /** How long the clock has run without a jump, milliseconds; as far as is known. */
  get steadyFor(): number {
    this.look();
    return this.#clocks.steady() - this.#jumpedAt;
  }
}
