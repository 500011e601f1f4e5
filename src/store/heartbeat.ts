import type { Database } from "./database.ts";

/** What the box knows of the time from when it worked. Times are ISO 8601. */
export interface Beats {
  /** The latest time that the clock has shown; empty before the first. */
  newest: string;
  /** What the clock showed when it was last far ahead of the newest time before; null where it never was. */
  leaptAt: string | null;
}

/** So far ahead of the last time it worked a box does not come by itself but after a holiday, milliseconds. */
const LEAP = 3 * 86_400_000;

/**
 * Owner of the table `heartbeat`. A box that was off cannot know for how long; but a clock that shows less than it has
 * shown is behind, and one that is days ahead at once may be wrong.
 */
export class Heartbeat {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The box works. Durable when it returns, which proves that the store can be written.
   *
   * @param believed whether the clock is known to be right: then what it showed before does not count
   * @throws Error of SQLite
   */
  beat(now: Date, believed: boolean): void {
    this.#database.transaction(() => {
      const { newest, leaptAt } = this.get();
      const time = now.toISOString();
      const leaps = newest !== "" && now.getTime() - Date.parse(newest) > LEAP;
      this.#database.run(`UPDATE heartbeat SET newest = $newest, leapt_at = $leaptAt`, {
        $newest: believed || time > newest ? time : newest,
        $leaptAt: believed ? null : leaps ? time : leaptAt,
      });
    });
  }

  get(): Beats {
    return this.#database.get<Beats & Record<string, never>>(`SELECT newest, leapt_at AS leaptAt FROM heartbeat`)!;
  }
}
