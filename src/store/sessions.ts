import { type Database, timestamp } from "./database.ts";

/** Who a session belongs to, and whether it is locked. */
export interface Session {
  /** Whose it is. */
  userId: string;
  /** ISO 8601; null while it is open. */
  lockedAt: string | null;
  /** PINs tried since it was locked. */
  pinTries: number;
}

/** A clock is set a little all the time, milliseconds; a session from later than that was made by one that was wrong. */
const AHEAD = 60_000;

/** Owner of the table `sessions`: who is signed in, by the hash of the token in their cookie. Times are ISO 8601. */
export class Sessions {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Somebody has signed in. @param tokenHash SHA-256 of the cookie, hex @param expiresAt ISO 8601 */
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

  /** A session that has begun and not expired, locked or not. */
  find(tokenHash: string): Session | undefined {
    return this.#database.get<Session & Record<string, never>>(
      `SELECT user_id AS userId, locked_at AS lockedAt, pin_tries AS pinTries FROM sessions
       WHERE token_hash = $tokenHash AND expires_at > $now AND created_at <= $soon`,
      { $tokenHash: tokenHash, $now: timestamp(), $soon: new Date(Date.now() + AHEAD).toISOString() },
    );
  }

  /** Locks a session until `unlock`; one that is locked keeps its count of tries. */
  lock(tokenHash: string): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE sessions SET locked_at = $now, pin_tries = 0 WHERE token_hash = $tokenHash AND locked_at IS NULL`,
        { $tokenHash: tokenHash, $now: timestamp() },
      );
    });
  }

  /** Counts a PIN that is about to be tried; returns how many that makes. */
  countPinTry(tokenHash: string): number {
    return this.#database.transaction(() => {
      this.#database.run(`UPDATE sessions SET pin_tries = pin_tries + 1 WHERE token_hash = $tokenHash`, {
        $tokenHash: tokenHash,
      });
      return this.find(tokenHash)?.pinTries ?? Infinity;
    });
  }

  /** Gives a locked session another token, as a login does, and its use back. */
  unlock(tokenHash: string, newTokenHash: string): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE sessions SET token_hash = $newTokenHash, locked_at = NULL, pin_tries = 0, last_used_at = $now
         WHERE token_hash = $tokenHash`,
        { $tokenHash: tokenHash, $newTokenHash: newTokenHash, $now: timestamp() },
      );
    });
  }

  /** The clock was set by so many milliseconds: sessions that began between two times are as much later, or earlier. */
  shift(milliseconds: number, since: Date, until: Date): void {
    const shifted = (time: string) => new Date(Date.parse(time) + milliseconds).toISOString();
    this.#database.transaction(() => {
      const sessions = this.#database.all<{ tokenHash: string; createdAt: string; expiresAt: string }>(
        `SELECT token_hash AS tokenHash, created_at AS createdAt, expires_at AS expiresAt FROM sessions
         WHERE created_at BETWEEN $since AND $until`,
        { $since: since.toISOString(), $until: until.toISOString() },
      );
      for (const { tokenHash, createdAt, expiresAt } of sessions) {
        this.#database.run(
          `UPDATE sessions SET created_at = $createdAt, expires_at = $expiresAt WHERE token_hash = $tokenHash`,
          { $tokenHash: tokenHash, $createdAt: shifted(createdAt), $expiresAt: shifted(expiresAt) },
        );
      }
    });
  }

  /** Ends every session of a user, wherever they are signed in. @param but the one that stays, by its token's hash */
  removeOfUser(userId: string, but = ""): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE user_id = $userId AND token_hash <> $but`, {
        $userId: userId,
        $but: but,
      });
    });
  }

  /** Somebody has signed out. */
  remove(tokenHash: string): void {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM sessions WHERE token_hash = $tokenHash`, { $tokenHash: tokenHash });
    });
  }
}
