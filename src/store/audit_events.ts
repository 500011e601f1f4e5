import { say, type Sentence } from "../sentences.ts";
import { type ChainedEvent, hashOf } from "./audit_chain.ts";
import { type Database, timestamp } from "./database.ts";
import type { Outbox } from "./outbox.ts";

/** Something that somebody did. */
export interface AuditEvent {
  /** Grows with time. */
  id: number;
  /** ISO 8601. */
  at: string;
  /** User name, token name or AE title; `box` for itself. */
  actor: string;
  /** What was done, in a few fixed words. */
  action: string;
  /** What it was done to. */
  subject: string;
  /** What an undo needs, and a reader may want. */
  detail: Record<string, unknown>;
}

/** Which events are wanted. */
export interface AuditFilter {
  /** Who did it. */
  actor?: string;
  /** What was done. */
  action?: string;
  /** A day on the clinic's wall clock, YYYY-MM-DD. */
  date?: string;
  /** Somewhere in the subject or the detail, without regard to case. */
  words?: string;
  /** Subjects that fit as well where `words` are not found. */
  subjects?: readonly string[];
}

/** What a check of the audit's chain found: `broken` says what is wrong, nothing when it is whole. */
export interface AuditVerification {
  /** Followed. */
  events: number;
  /** None where the chain is whole. */
  broken: Sentence[];
}

interface AuditRow extends ChainedEvent {
  hash: string;
}

interface Chain {
  removedId: number;
  removedHash: string;
  lastId: number;
  lastHash: string;
}

/** Events kept. By number and not by age: a clock that jumps ahead must not remove what happened yesterday. */
const MOST = 1_000_000;
/** Events read at once. */
const BATCH = 1000;
/** Breaks in the chain that are told one by one. */
const MOST_TOLD = 20;

/**
 * Owner of the tables `audit_events` and `audit_chain`: who did what to what. Each event carries the hash of itself and
 * of the hash before it, so that one which was removed or changed behind the box's back shows.
 */
export class AuditEvents {
  readonly #database: Database;
  readonly #outbox: Outbox;

  /** @internal `Store` makes it. */
  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  /** Adds an event to the transaction under way, or in one of its own. */
  add(actor: string, action: string, subject: string, detail: Record<string, unknown> = {}): void {
    this.#database.transaction(() => {
      const chain = this.#chain();
      const { newest } = this.#database.get<{ newest: number | null }>(`SELECT max(id) AS newest FROM audit_events`)!;
      // not the id of one that was removed from the end
      const id = Math.max(chain.lastId, newest ?? 0) + 1;
      const event = { id, at: timestamp(), actor, action, subject, detail: JSON.stringify(detail) };
      const hash = hashOf(event, chain.lastHash);
      this.#database.run(
        `INSERT INTO audit_events (id, at, actor, action, subject, detail, hash)
         VALUES ($id, $at, $actor, $action, $subject, $detail, $hash)`,
        {
          ...{ $id: id, $at: event.at, $actor: actor, $action: action, $subject: subject, $detail: event.detail },
          $hash: hash,
        },
      );
      this.#chainEndsAt(id, hash);
      this.#outbox.add("audit", "audit", { at: event.at, actor, action, subject, detail });
    });
  }

  /** Removes the oldest events above the number that is kept; the chain then begins after them. */
  prune(most = MOST): void {
    this.#database.transaction(() => {
      const last = this.#database.get<{ id: number; hash: string }>(
        `SELECT id, hash FROM audit_events ORDER BY id DESC LIMIT 1 OFFSET $most`,
        { $most: most },
      );
      if (last === undefined) return;
      this.#database.run(`DELETE FROM audit_events WHERE id <= $id`, { $id: last.id });
      this.#database.run(`UPDATE audit_chain SET removed_id = $id, removed_hash = $hash`, {
        $id: last.id,
        $hash: last.hash,
      });
    });
  }

  /** Follows the chain from its beginning to its end, a batch at a time: others get their turn between. */
  async verify(): Promise<AuditVerification> {
    const { newest, ...begun } = this.#database.get<Chain & { newest: number } & Record<string, never>>(
      `SELECT removed_id AS removedId, removed_hash AS removedHash, last_id AS lastId, last_hash AS lastHash,
         (SELECT coalesce(max(id), 0) FROM audit_events) AS newest FROM audit_chain`,
    )!;
    const result: AuditVerification = { events: 0, broken: [] };
    let [id, hash] = [begun.removedId, begun.removedHash];
    while (true) {
      const rows = this.#rows(id, begun.lastId);
      for (const row of rows) {
        if (row.hash !== hashOf(row, hash) && result.broken.length < MOST_TOLD) {
          result.broken.push(
            say("audit-event-changed", { event: row.id, at: row.at, before: id }),
          );
        }
        [id, hash] = [row.id, row.hash];
        result.events += 1;
      }
      if (rows.length < BATCH) break;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (id !== begun.lastId || hash !== begun.lastHash) {
      result.broken.push(
        say("audit-cut", { event: id, last: begun.lastId }),
      );
    }
    if (newest > begun.lastId) {
      result.broken.push(
        say("audit-set-back", { event: newest, last: begun.lastId }),
      );
    }
    return result;
  }

  #rows(after: number, last: number): AuditRow[] {
    return this.#database.all<AuditRow & Record<string, never>>(
      `SELECT id, at, actor, action, subject, detail, hash FROM audit_events
       WHERE id > $after AND id <= $last ORDER BY id LIMIT $batch`,
      { $after: after, $last: last, $batch: BATCH },
    );
  }

  #chain(): Chain {
    return this.#database.get<Chain & Record<string, never>>(
      `SELECT removed_id AS removedId, removed_hash AS removedHash, last_id AS lastId, last_hash AS lastHash
       FROM audit_chain`,
    )!;
  }

  #chainEndsAt(id: number, hash: string): void {
    this.#database.run(`UPDATE audit_chain SET last_id = $id, last_hash = $hash`, { $id: id, $hash: hash });
  }

  /** One by its id. */
  find(id: number): AuditEvent | undefined {
    return this.list({}, 1, id + 1).find((event) => event.id === id);
  }

  /**
   * Events that fit every part of the filter, newest first, at most `count`.
   *
   * @param before only those older than the event with this id, for the next page
   */
  list(filter: AuditFilter, count: number, before = Number.MAX_SAFE_INTEGER): AuditEvent[] {
    const conditions = [`id < $before`];
    const values: Record<string, string | number> = { $before: before, $count: count };
    if (filter.actor !== undefined) {
      conditions.push(`actor = $actor`);
      values.$actor = filter.actor;
    }
    if (filter.action !== undefined) {
      conditions.push(`action = $action`);
      values.$action = filter.action;
    }
    if (filter.date !== undefined) {
      // the index has times in UTC: no wall clock is a day away from that
      conditions.push(`at BETWEEN date($date, '-1 day') AND date($date, '+2 days')`);
      conditions.push(`date(at, 'localtime') = $date`);
      values.$date = filter.date;
    }
    if (filter.words !== undefined) {
      conditions.push(`(instr(lower(subject), $words) > 0 OR instr(lower(detail), $words) > 0
        OR subject IN (SELECT value FROM json_each($subjects)))`);
      values.$subjects = JSON.stringify(filter.subjects ?? []);
      values.$words = filter.words.toLowerCase();
    }
    return this.#database.all<AuditEvent & { detail: string }>(
      `SELECT id, at, actor, action, subject, detail FROM audit_events WHERE ${conditions.join(" AND ")}
       ORDER BY id DESC LIMIT $count`,
      values,
    ).map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
  }

  /** Who did something and what was done, for choosing from. */
  known(): { actors: string[]; actions: string[] } {
    const words = (column: "actor" | "action") =>
      // from each word to the next one in the index, however often it is there
      this.#database.all<{ word: string }>(
        `WITH RECURSIVE words(word) AS (
           SELECT min(${column}) FROM audit_events
           UNION ALL SELECT (SELECT min(${column}) FROM audit_events WHERE ${column} > word) FROM words
             WHERE word IS NOT NULL LIMIT 201)
         SELECT word FROM words WHERE word IS NOT NULL LIMIT 200`,
      ).map(({ word }) => word);
    return { actors: words("actor"), actions: words("action") };
  }

  /** The latest events, newest first. */
  latest(count: number): AuditEvent[] {
    return this.#database.all<AuditEvent & { detail: string }>(
      `SELECT id, at, actor, action, subject, detail FROM audit_events ORDER BY id DESC LIMIT $count`,
      { $count: count },
    ).map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
  }
}
