import type { Database } from "./database.ts";

/** What the box knows of the time from when it worked. Times are ISO 8601. */
export interface Beats {
  /** The latest time that the clock has shown; empty before the first. */
  newest: string;
  /** What the clock showed when it went far ahead of the newest time, or behind it; null where it is believed. */
  leaptAt: string | null;
}

/** So far ahead of the last time it worked a box does not come by itself but after a holiday, milliseconds. */
const LEAP = 3 * 86_400_000;
/** Clocks are set back a little all the time, milliseconds. */
const SET_BACK_A_LITTLE = 60_000;
/** After so many milliseconds of its own a clock that leapt is believed: by then somebody would have seen it. */
const BELIEVED_AFTER = 7 * 86_400_000;

/** Whether the clock shows less than it has shown before. */
export function isBehind(now: Date, { newest }: Beats): boolean {
  return newest !== "" && now.getTime() < Date.parse(newest) - SET_BACK_A_LITTLE;
}

/** Whether the clock leapt not long ago. */
export function hasLeapt(now: Date, { leaptAt }: Beats): boolean {
  if (leaptAt === null) return false;
  const since = now.getTime() - Date.parse(leaptAt);
  return since >= 0 && since < BELIEVED_AFTER;
}

/**
 * Owner of the table `heartbeat`. A box that was off cannot know for how long; but a clock that shows less than it has
 * shown is behind, and one that is days ahead at once may be wrong.
 */
export class Heartbeat {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The box works. Durable when it returns, which proves that the store can be written.
   *
   * @param isConfirmed whether the clock is known to be right: then what it showed before does not count
   * @throws Error of SQLite
   */
  beat(now: Date, isConfirmed: boolean): void {
    this.#database.transaction(() => {
      const { newest, leaptAt } = this.#after(now, isConfirmed);
      this.#database.run(`UPDATE heartbeat SET newest = $newest, leapt_at = $leaptAt`, {
        $newest: newest,
        $leaptAt: leaptAt,
      });
    });
  }

  #after(now: Date, isConfirmed: boolean): Beats {
    const before = this.get();
    const time = now.toISOString();
    if (isConfirmed) return { newest: time, leaptAt: null };
    const { newest, leaptAt } = before;
    if (isBehind(now, before)) {
      // one that leapt later than now was of another clock
      const since = leaptAt !== null && leaptAt <= time ? leaptAt : time;
      const isBelieved = now.getTime() - Date.parse(since) >= BELIEVED_AFTER;
      return isBelieved ? { newest: time, leaptAt: null } : { newest, leaptAt: since };
    }
    const isAhead = newest !== "" && now.getTime() - Date.parse(newest) > LEAP;
    return {
      newest: time > newest ? time : newest,
      leaptAt: isAhead ? time : hasLeapt(now, before) ? leaptAt : null,
    };
  }

  /** As it was written last. */
  get(): Beats {
    return this.#database.get<Beats & Record<string, never>>(`SELECT newest, leapt_at AS leaptAt FROM heartbeat`)!;
  }
}
