import { type Database, timestamp } from "./database.ts";

/** Owner of the table `sessions`: who is signed in, by the hash of the token in their cookie. Times are ISO 8601. */
export class Sessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(tokenHash: string, userId: string, expiresAt: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE expires_at < $now`, { $now: timestamp() });
      this.#database.run(
        `INSERT INTO sessions (token_hash, user_id, created_at, last_used_at, expires_at)
         VALUES ($tokenHash, $userId, $now, $now, $expiresAt)`,
        { $tokenHash: tokenHash, $userId: userId, $now: timestamp(), $expiresAt: expiresAt },
      );
    });
  }

  /** The user of a session that has not expired. */
  findUserId(tokenHash: string): string | undefined {
    return this.#database.get<{ userId: string }>(
      `SELECT user_id AS userId FROM sessions WHERE token_hash = $tokenHash AND expires_at > $now`,
      { $tokenHash: tokenHash, $now: timestamp() },
    )?.userId;
  }

  /** Ends every session of a user, wherever they are signed in. */
  removeOfUser(userId: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE user_id = $userId`, { $userId: userId });
    });
  }

  remove(tokenHash: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE token_hash = $tokenHash`, { $tokenHash: tokenHash });
    });
  }

  /** Signs a user out everywhere. */
  removeOf(userId: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE user_id = $userId`, { $userId: userId });
    });
  }
}
