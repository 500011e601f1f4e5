import { getLogger } from "@logtape/logtape";
import { hasLeapt, isBehind } from "../store/heartbeat.ts";
import type { Store } from "../store/store.ts";
import { isTimeConfirmed } from "../host/time_source.ts";

const log = getLogger(["sonodesk", "clock"]);

/** How often the two clocks are compared, milliseconds. */
const LOOK_EVERY = 10_000;
/** Less than this is no jump, milliseconds: clocks are set a little all the time. */
const JUMP = 30_000;
/** A time server corrects a clock that somebody set within this time, milliseconds. */
const SETTLED_AFTER = 3_600_000;

/**
 * Sees when the box's clock was set: a box without a battery starts in another year until the network tells it. What
 * lasts for a while then lasts as long as it was meant to.
 */
export class ClockWatch {
  readonly #store: Store;
  readonly #clocks: { wall: () => number; steady: () => number };
  readonly #isConfirmed: () => boolean;
  /** When this began, by the steady clock. */
  readonly #began: number;
  /** How far the wall clock is ahead of the steady one. */
  #offset: number;
  #jumpedAt = -Infinity;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * Watches nothing before `start`.
   *
   * @param clocks milliseconds of the wall clock, and of one that nobody sets
   * @param isConfirmed whether a time server has set the wall clock
   */
  constructor(
    store: Store,
    clocks = { wall: () => Date.now(), steady: () => performance.now() },
    isConfirmed: () => boolean = isTimeConfirmed,
  ) {
    this.#store = store;
    this.#clocks = clocks;
    this.#isConfirmed = isConfirmed;
    this.#began = clocks.steady();
    this.#offset = clocks.wall() - clocks.steady();
  }

  /** From now on the clock is watched and its beats are written down. */
  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  /** No more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Compares the clocks; after a jump the sessions and tokens that began since the box started end as much later, or
   * earlier, as the clock was set. Those from before it are of another clock, which was right or is forgotten.
   */
  look(): void {
    const since = new Date(this.#began + this.#offset);
    const until = new Date(this.#clocks.steady() + this.#offset);
    const offset = this.#clocks.wall() - this.#clocks.steady();
    const jump = Math.round(offset - this.#offset);
    this.#offset = offset;
    if (Math.abs(jump) < JUMP) return;
    this.#jumpedAt = this.#clocks.steady();
    log.warn("the clock was set by {seconds} s", { seconds: Math.round(jump / 1000) });
    try {
      this.#store.sessions.shift(jump, since, until);
      this.#store.apiTokens.shift(jump, since, until);
    } catch (error) {
      log.error("sessions and tokens were not moved with the clock: {error}", { error });
    }
  }

  /** The box works: takes note of the time, which proves that the store can be written. @throws Error of SQLite */
  beat(): void {
    this.look();
    this.#store.heartbeat.beat(new Date(this.#clocks.wall()), this.#isConfirmed());
  }

  /** How long the clock has run without a jump, milliseconds; as far as is known. */
  get steadyFor(): number {
    this.look();
    return this.#clocks.steady() - this.#jumpedAt;
  }

  /** How long it has been watched without a jump, milliseconds. */
  get ranFor(): number {
    return Math.min(this.steadyFor, this.#clocks.steady() - this.#began);
  }

  /** Whether the date is good enough to remove by it what is old. */
  get isBelievable(): boolean {
    if (this.ranFor < SETTLED_AFTER) return false;
    if (this.#isConfirmed()) return true;
    const now = new Date(this.#clocks.wall());
    const beats = this.#store.heartbeat.get();
    return !isBehind(now, beats) && !hasLeapt(now, beats);
  }
}
