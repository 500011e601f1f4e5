import { type Database, timestamp } from "./database.ts";

/** After so long nobody comes back to what they began, milliseconds: it is no longer kept. */
const KEPT_FOR = 24 * 3_600_000;

/** Owner of the table `drafts`: what somebody has typed and not yet sent, for them alone. */
export class Drafts {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * What somebody has typed under a name.
   *
   * @returns JSON; undefined where there is none, or none that is still kept
   */
  find(userId: string, name: string): string | undefined {
    return this.#database.get<{ content: string }>(
      `SELECT content FROM drafts WHERE user_id = $user AND name = $name AND changed_at >= $oldest`,
      { $user: userId, $name: name, $oldest: oldest() },
    )?.content;
  }

  /** Keeps a draft in the place of the one before, and no old ones of anybody. @param content JSON */
  put(userId: string, name: string, content: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM drafts WHERE changed_at < $oldest`, { $oldest: oldest() });
      this.#database.run(
        `INSERT INTO drafts (user_id, name, content, changed_at) VALUES ($user, $name, $content, $now)
         ON CONFLICT DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at`,
        { $user: userId, $name: name, $content: content, $now: timestamp() },
      );
    });
  }

  /** It was sent, or given up. */
  remove(userId: string, name: string): void {
    this.#database.run(`DELETE FROM drafts WHERE user_id = $user AND name = $name`, { $user: userId, $name: name });
  }
}

function oldest(): string {
  return new Date(Date.now() - KEPT_FOR).toISOString();
}
