import { inEnglish, type Kept, kept, type Sentence } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { type Database, timestamp } from "./database.ts";
import { forgetBeyond } from "./forgotten_events.ts";

/** Something the clinic's database must hear. `sequence` is its place in the order of everything the box did. */
export interface OutboxEvent {
  /** Its place in the order. */
  sequence: number;
  /** UUID: delivered twice, it has its effect once. */
  id: string;
  /** What it is about: those of one go out in their order. */
  aggregate: string;
  /** What happened. */
  type: string;
  /** What the clinic needs of it. */
  payload: Record<string, unknown>;
  /** How often it was tried. */
  attempts: number;
}

/** What keeps a parked aggregate: the database refuses it, or nobody knows whose it is. */
export type ParkedFor = "" | "a patient";

/** An aggregate that waits for a person: its first event's reason, and how many wait behind it. */
export interface ParkedAggregate {
  /** What its events are about, such as `study:` and a UID. */
  aggregate: string;
  /** Of its first event. */
  type: string;
  /** In English. */
  reason: string;
  /** The reason by its code, where it has one. */
  coded?: Sentence | undefined;
  /** What keeps it. */
  needs: ParkedFor;
  /** ISO 8601. */
  parkedAt: string;
  /** How often it was tried. */
  attempts: number;
  /** How many wait, the first among them. */
  events: number;
}

/** How much has not been delivered. Times are ISO 8601; null where nothing waits. */
export interface OutboxCounts {
  /** Not delivered. */
  waiting: number;
  /** When the oldest of these happened. */
  oldestAt: string | null;
  /** Of these. */
  parked: number;
}

/** How much is delivered at once. */
export interface BatchLimits {
  /** At most. */
  events: number;
  /** Of the payloads together, characters; the first event is taken whatever its size. */
  characters: number;
}

/**
 * Longest wait before an event is tried again, milliseconds. A longer one can only come from a clock that was wrong
 * when it was written, and counts as over.
 */
export const LONGEST_HOLD = 10 * 60_000;

/** Owner of the table `outbox`: what the clinic's database must hear, in order per aggregate. */
export class Outbox {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds an event to the transaction under way, so that fact and event are one.
   *
   * @param aggregate whose order must be kept: `appointment:<id>`, `study:<uid>` or `audit`
   */
  add(aggregate: string, type: string, payload: Record<string, unknown>): void {
    const id = uuidv7();
    this.#database.run(
      `INSERT INTO outbox (id, aggregate, type, payload, created_at) VALUES ($id, $aggregate, $type, $payload, $now)`,
      { $id: id, $aggregate: aggregate, $type: type, $payload: JSON.stringify(payload), $now: timestamp() },
    );
    this.#database.announce({ noun: "outbox event", id });
  }

  /** Changes what waits to be delivered of a type. Part of a transaction. */
  changeWaiting(type: string, change: (payload: Record<string, unknown>) => Record<string, unknown>): void {
    const waiting = this.#database.all<{ sequence: number; payload: string }>(
      `SELECT sequence, payload FROM outbox WHERE delivered_at IS NULL AND type = $type`,
      { $type: type },
    );
    for (const { sequence, payload } of waiting) {
      this.#database.run(`UPDATE outbox SET payload = $payload WHERE sequence = $sequence`, {
        $sequence: sequence,
        $payload: JSON.stringify(change(JSON.parse(payload))),
      });
    }
  }

  /**
   * What can be delivered now, oldest first: nothing of an aggregate that is held, parked, or in `except`, because
   * an aggregate's events go out in their order.
   */
  nextBatch(limits: BatchLimits, except: Iterable<string> = []): OutboxEvent[] {
    const now = Date.now();
    const rows = this.#database.iterate<Omit<OutboxEvent, "payload"> & { payload: string }>(
      `SELECT sequence, id, aggregate, type, payload, attempts FROM outbox
       WHERE delivered_at IS NULL
         AND aggregate NOT IN (SELECT value FROM json_each($except))
         AND aggregate NOT IN (
           SELECT aggregate FROM outbox INDEXED BY outbox_held
           WHERE delivered_at IS NULL AND next_at IS NOT NULL AND next_at > $now AND next_at <= $longest)
         AND aggregate NOT IN (
           SELECT aggregate FROM outbox INDEXED BY outbox_parked
           WHERE delivered_at IS NULL AND parked_at IS NOT NULL AND next_at IS NULL)
       ORDER BY sequence LIMIT $limit`,
      {
        $except: JSON.stringify([...except]),
        $now: new Date(now).toISOString(),
        $longest: new Date(now + LONGEST_HOLD).toISOString(),
        $limit: limits.events,
      },
    );
    const batch: OutboxEvent[] = [];
    let characters = 0;
    for (const row of rows) {
      characters += row.payload.length;
      if (batch.length > 0 && characters > limits.characters) break;
      batch.push({ ...row, payload: JSON.parse(row.payload) });
    }
    return batch;
  }

  /** Milliseconds until a held event may be tried again, but for those of `except`; undefined when none is held. */
  nextDue(except: Iterable<string> = []): number | undefined {
    const next = this.#database.get<{ at: string | null }>(
      `SELECT min(next_at) AS at FROM outbox INDEXED BY outbox_held
       WHERE delivered_at IS NULL AND next_at IS NOT NULL AND aggregate NOT IN (SELECT value FROM json_each($except))`,
      { $except: JSON.stringify([...except]) },
    )?.at;
    if (next === null || next === undefined) return undefined;
    const wait = Date.parse(next) - Date.now();
    return wait > LONGEST_HOLD ? 0 : Math.max(0, wait);
  }

  /** These have their effect in the clinic's database. */
  delivered(events: readonly OutboxEvent[]): void {
    this.#database.transaction(() => {
      const now = timestamp();
      for (const { sequence } of events) {
        this.#database.run(
          `UPDATE outbox SET delivered_at = $now, parked_at = NULL, next_at = NULL, last_error = NULL, coded = NULL,
             needs = ''
           WHERE sequence = $sequence`,
          { $sequence: sequence, $now: now },
        );
      }
    });
  }

  /** Whether something of an aggregate is not delivered, or was since then (ISO 8601): what was read before is older. */
  isUnderWay(aggregate: string, type: string, since: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM outbox WHERE aggregate = $aggregate AND type = $type
         AND (delivered_at IS NULL OR delivered_at >= $since) LIMIT 1`,
      { $aggregate: aggregate, $type: type, $since: since },
    ) !== undefined;
  }

  /**
   * Ids of the events behind a place in the order that were delivered last, by the clock and by their order, for the clock
   * may have been wrong; as far as they are remembered.
   */
  lastDelivered(sequence: number, most: number): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT id FROM (
         SELECT id FROM outbox INDEXED BY outbox_delivered WHERE delivered_at IS NOT NULL AND sequence > $sequence
         ORDER BY delivered_at DESC LIMIT $most)
       UNION SELECT id FROM (
         SELECT id FROM outbox WHERE delivered_at IS NOT NULL AND sequence > $sequence ORDER BY sequence DESC LIMIT $most)`,
      { $sequence: sequence, $most: most },
    ).map(({ id }) => id);
  }

  /** The place of the newest event; 0 when there is none. */
  lastSequence(): number {
    return this.#database.get<{ last: number }>(`SELECT coalesce(max(sequence), 0) AS last FROM outbox`)!.last;
  }

  /** Delivered events that are still remembered, in their order; at most `most` behind a place in it. */
  deliveredAfter(sequence: number, most: number): { sequence: number; id: string }[] {
    return this.#database.all<{ sequence: number; id: string }>(
      `SELECT sequence, id FROM outbox WHERE delivered_at IS NOT NULL AND sequence > $sequence
       ORDER BY sequence LIMIT $most`,
      { $sequence: sequence, $most: most },
    );
  }

  /** These have lost their effect in the clinic's database: they are delivered again, in their order. */
  deliverAgain(sequences: readonly number[]): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE outbox SET delivered_at = NULL, attempts = 0 WHERE sequence IN (SELECT value FROM json_each($sequences))`,
        { $sequences: JSON.stringify(sequences) },
      );
      this.#database.announce({ noun: "outbox event", id: "again" });
      this.#database.announce({ noun: "clinic", id: "link" });
    });
  }

  /** Whether the clinic's database has been told all that there is of an aggregate. */
  isTold(aggregate: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM outbox WHERE aggregate = $aggregate AND delivered_at IS NULL
       UNION ALL SELECT 1 FROM outbox_forgotten WHERE aggregate = $aggregate LIMIT 1`,
      { $aggregate: aggregate },
    ) === undefined;
  }

  /** Whether the clinic has an event. */
  isDelivered({ sequence }: OutboxEvent): boolean {
    return this.#database.get(`SELECT 1 FROM outbox WHERE sequence = $sequence AND delivered_at IS NOT NULL`, {
      $sequence: sequence,
    }) !== undefined;
  }

  /** The event failed and is tried again in `wait` milliseconds; its aggregate waits with it. */
  hold(event: OutboxEvent, why: Sentence | string, wait: number): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE outbox SET attempts = attempts + 1, last_error = $why, coded = $coded, next_at = $next, parked_at = NULL,
           needs = ''
         WHERE sequence = $sequence`,
        {
          $sequence: event.sequence,
          ...wordsOf(why),
          $next: new Date(Date.now() + Math.min(wait, LONGEST_HOLD)).toISOString(),
        },
      );
    });
  }

  /**
   * The event's aggregate waits for a person, with the reason. One that needs a patient is also looked at again by
   * itself: the clinic may have entered them since.
   */
  park(event: OutboxEvent, why: Sentence | string, needs: ParkedFor): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE outbox SET attempts = attempts + 1, last_error = $why, coded = $coded,
           parked_at = coalesce(parked_at, $now), next_at = $next, needs = $needs
         WHERE sequence = $sequence`,
        {
          $sequence: event.sequence,
          ...wordsOf(why),
          $needs: needs,
          $now: timestamp(),
          $next: needs === "a patient" ? new Date(Date.now() + LONGEST_HOLD).toISOString() : null,
        },
      );
      this.#database.announce({ noun: "clinic", id: "link" });
    });
  }

  /** Try again: an aggregate that is parked or held goes on at once. Returns whether there was something to release. */
  release(aggregate: string): boolean {
    return this.#release(`aggregate = $aggregate AND (parked_at IS NOT NULL OR next_at IS NOT NULL)`, {
      $aggregate: aggregate,
    });
  }

  /** Everything that waits for a patient is tried again: patients have been added. */
  releaseNeedingPatient(): boolean {
    // only what is parked needs one: that is a short list, whatever else waits
    return this.#release(`parked_at IS NOT NULL AND needs = 'a patient'`);
  }

  #release(condition: string, values: Record<string, string> = {}): boolean {
    return this.#database.transaction(() => {
      const released = this.#database.run(
        `UPDATE outbox SET parked_at = NULL, next_at = NULL, needs = ''
         WHERE delivered_at IS NULL AND ${condition}`,
        values,
      );
      if (released === 0) return false;
      this.#database.announce({ noun: "outbox event", id: "released" });
      this.#database.announce({ noun: "clinic", id: "link" });
      return true;
    });
  }

  /** How much waits. */
  counts(): OutboxCounts {
    return this.#database.get<OutboxCounts & Record<string, never>>(
      `SELECT (SELECT count(*) FROM outbox WHERE delivered_at IS NULL) AS waiting,
         (SELECT created_at FROM outbox WHERE delivered_at IS NULL ORDER BY sequence LIMIT 1) AS oldestAt,
         (SELECT count(*) FROM outbox INDEXED BY outbox_parked WHERE delivered_at IS NULL AND parked_at IS NOT NULL)
           AS parked`,
    )!;
  }

  /** Aggregates that wait for a person, the longest first. */
  parked(limit = 200): ParkedAggregate[] {
    return this.#database.all<Omit<ParkedAggregate, "coded"> & Kept>(
      `SELECT aggregate, type, last_error AS reason, coded, needs, parked_at AS parkedAt, attempts,
         (SELECT count(*) FROM outbox AS behind
           WHERE behind.aggregate = outbox.aggregate AND behind.delivered_at IS NULL) AS events
       FROM outbox WHERE delivered_at IS NULL AND parked_at IS NOT NULL ORDER BY parked_at, sequence LIMIT $limit`,
      { $limit: limit },
    ).map((row) => ({ ...row, coded: kept(row) }));
  }

  /** How the last event of this type stands; `delivered` for as long as delivered ones are remembered. */
  state(aggregate: string, type: string): "none" | "waiting" | "parked" | "delivered" {
    const row = this.#database.get<{ parked: number; delivered: number }>(
      `SELECT parked_at IS NOT NULL AS parked, delivered_at IS NOT NULL AS delivered FROM outbox
       WHERE aggregate = $aggregate AND type = $type ORDER BY sequence DESC LIMIT 1`,
      { $aggregate: aggregate, $type: type },
    );
    if (row === undefined) return "none";
    return row.delivered === 1 ? "delivered" : row.parked === 1 ? "parked" : "waiting";
  }

  /** Forgets at most `most` events that were delivered before `before` (ISO 8601). Returns how many. */
  prune(before: string, most: number): number {
    return this.#database.transaction(() =>
      this.#database.run(
        `DELETE FROM outbox WHERE sequence IN (
           SELECT sequence FROM outbox WHERE delivered_at IS NOT NULL AND delivered_at < $before LIMIT $most)`,
        { $before: before, $most: most },
      )
    );
  }

  /**
   * Forgets the oldest events beyond `most`: only for a box that has no clinic's database to tell. An aggregate is
   * forgotten whole, with what comes of it later, and remembered as one that nobody was told of. Some at each step.
   *
   * @returns how many
   */
  *forgetBeyond(most: number): Generator<void, number> {
    return yield* forgetBeyond(this.#database, most);
  }

  /** How many events the clinic's database has not been told yet. */
  depth(): number {
    return this.#database.get<{ count: number }>(
      `SELECT count(*) AS count FROM outbox WHERE delivered_at IS NULL`,
    )!.count;
  }
}

/** A UUID whose order is that of its making (RFC 9562, version 7). */
function uuidv7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const milliseconds = Date.now();
  view.setUint16(0, Math.floor(milliseconds / 2 ** 32));
  view.setUint32(2, milliseconds % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Buffer.from(bytes).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function wordsOf(why: Sentence | string): { $why: string; $coded: string | null } {
  return { $why: inEnglish(why), $coded: typeof why === "object" ? JSON.stringify(why) : null };
}
