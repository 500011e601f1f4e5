import { type Database, timestamp } from "./database.ts";
import type { Settings } from "./settings.ts";

/** Messages that are remembered after they were delivered, or given up. */
const REMEMBERED = 500;
/** The stored setting with the place in the outbox where telling began. */
const BEGAN = "webhook.began";

/** The types of outbox events that the clinic's program is told; the others are the database's own. */
const TOLD = [
  ...["appointment booked", "appointment changed", "appointment status"],
  ...["study", "image", "object left", "measurements"],
];

/** `failed`: given up, until a person has it sent again. */
export type WebhookState = "waiting" | "delivered" | "failed";

/** Something the clinic's program is told over HTTP. Times are ISO 8601. */
export interface WebhookMessage {
  /** Its place in the order of everything the box did. */
  sequence: number;
  /** UUID: sent twice, it is the same message. */
  id: string;
  /** Such as `appointment.status` or `image`. */
  type: string;
  /** What it is about: `appointment:` and its id, or `study:` and its UID. */
  subject: string;
  /** When it happened. */
  happenedAt: string;
  /** What has become of it. */
  state: WebhookState;
  /** How often it was sent. */
  attempts: number;
  /** When it was sent first; null for not yet. */
  firstAt: string | null;
  /** When it was sent last; null for not yet. */
  lastAt: string | null;
  /** The HTTP status that was answered last; null where nothing was. */
  status: number | null;
  /** Why it did not arrive, in English; "" for nothing. */
  error: string;
}

/** Owner of the table `webhook_messages`: the outbox events that the clinic's program is told over HTTP, each once. */
export class WebhookMessages {
  readonly #database: Database;
  readonly #settings: Settings;
  /** How far the outbox has been gone through; undefined while that has not been looked up. */
  #place: number | undefined;

  /** @internal `Store` makes it. */
  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
  }

  /** From now on: what has happened before is not told. Does nothing where telling has begun. */
  begin(): void {
    if (this.#settings.get(BEGAN) !== undefined) return;
    const { last } = this.#database.get<{ last: number }>(`SELECT coalesce(max(sequence), 0) AS last FROM outbox`)!;
    this.#settings.set(BEGAN, String(last));
    this.#place = last;
  }

  /** Nobody is told any more; what still waited is given up. */
  end(): void {
    if (this.#settings.get(BEGAN) === undefined) return;
    this.#database.transaction(() => {
      this.#settings.remove(BEGAN);
      this.#database.run(`UPDATE webhook_messages SET state = 'failed' WHERE state = 'waiting'`);
    });
  }

  /** Takes up to `most` events that have happened since, in their order. Returns whether there may be more. */
  collect(most: number): boolean {
    const began = this.#settings.get(BEGAN);
    if (began === undefined) return false;
    this.#place ??= this.#database.get<{ last: number }>(
      `SELECT max(coalesce(max(sequence), 0), $began) AS last FROM webhook_messages`,
      { $began: Number(began) },
    )!.last;
    return this.#database.transaction(() => {
      const { last, count } = this.#database.get<{ last: number | null; count: number }>(
        `SELECT max(sequence) AS last, count(*) AS count
         FROM (SELECT sequence FROM outbox WHERE sequence > $place ORDER BY sequence LIMIT $most)`,
        { $place: this.#place!, $most: most },
      )!;
      if (last === null) return false;
      this.#database.run(
        `INSERT OR IGNORE INTO webhook_messages (sequence, id, type, subject, happened_at, state)
         SELECT sequence, id, replace(type, ' ', '.'), aggregate, created_at, 'waiting' FROM outbox
         WHERE sequence > $place AND sequence <= $last AND type IN (SELECT value FROM json_each($told))`,
        { $place: this.#place!, $last: last, $told: JSON.stringify(TOLD) },
      );
      this.#place = last;
      return count === most;
    });
  }

  /** The oldest that waits. */
  next(): WebhookMessage | undefined {
    return this.#all(`INDEXED BY webhook_waiting WHERE state = 'waiting' ORDER BY sequence LIMIT 1`)[0];
  }

  /** The latest ones, the newest first. */
  latest(most: number): WebhookMessage[] {
    return this.#all(`ORDER BY sequence DESC LIMIT ${Math.trunc(most)}`);
  }

  /** How many wait, and since when the oldest of them; null for none. */
  waiting(): { count: number; since: string | null } {
    return this.#database.get<{ count: number; since: string | null }>(
      `SELECT count(*) AS count, min(happened_at) AS since FROM webhook_messages INDEXED BY webhook_waiting
       WHERE state = 'waiting'`,
    )!;
  }

  /** It was sent, with this outcome. */
  sent({ sequence }: WebhookMessage, outcome: { state: WebhookState; status: number | null; error: string }): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE webhook_messages SET state = $state, status = $status, error = nullif($error, ''), last_at = $now,
           attempts = attempts + 1, first_at = coalesce(first_at, $now)
         WHERE sequence = $sequence`,
        {
          $sequence: sequence,
          $state: outcome.state,
          $status: outcome.status,
          $error: outcome.error,
          $now: timestamp(),
        },
      );
      if (outcome.state !== "waiting") this.#forget();
    });
  }

  /** One that was given up waits again. Returns whether there was one. */
  again(id: string): boolean {
    return this.#database.transaction(() =>
      this.#database.run(
        `UPDATE webhook_messages SET state = 'waiting', attempts = 0, first_at = NULL
         WHERE id = $id AND state = 'failed'`,
        { $id: id },
      ) > 0
    );
  }

  #forget(): void {
    this.#database.run(
      `DELETE FROM webhook_messages WHERE state <> 'waiting' AND sequence <= (
         SELECT sequence FROM webhook_messages ORDER BY sequence DESC LIMIT 1 OFFSET $most)`,
      { $most: REMEMBERED },
    );
  }

  #all(which: string): WebhookMessage[] {
    return this.#database.all<WebhookMessage & Record<string, string | number | null>>(
      `SELECT sequence, id, type, subject, happened_at AS happenedAt, state, attempts, first_at AS firstAt,
         last_at AS lastAt, status, coalesce(error, '') AS error
       FROM webhook_messages ${which}`,
    );
  }
}
