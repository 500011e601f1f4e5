import { type Database, timestamp } from "./database.ts";
import type { Outbox } from "./outbox.ts";

export interface AuditEvent {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export interface AuditFilter {
  actor?: string;
  action?: string;
  /** A day on the clinic's wall clock, YYYY-MM-DD. */
  date?: string;
  /** Somewhere in the subject or the detail, without regard to case. */
  words?: string;
}

/** Owner of the table `audit_events`: who did what to what. */
export class AuditEvents {
  readonly #database: Database;
  readonly #outbox: Outbox;

  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  /** Adds an event to the transaction under way, or in one of its own. */
  add(actor: string, action: string, subject: string, detail: Record<string, unknown> = {}): void {
    this.#database.transaction(() => {
      const at = timestamp();
      this.#database.run(
        `INSERT INTO audit_events (at, actor, action, subject, detail) VALUES ($at, $actor, $action, $subject, $detail)`,
        { $at: at, $actor: actor, $action: action, $subject: subject, $detail: JSON.stringify(detail) },
      );
      this.#outbox.add("audit", "audit", { at, actor, action, subject, detail });
    });
  }

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
      conditions.push(`date(at, 'localtime') = $date`);
      values.$date = filter.date;
    }
    if (filter.words !== undefined) {
      conditions.push(`(instr(lower(subject), $words) > 0 OR instr(lower(detail), $words) > 0)`);
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
      this.#database.all<{ word: string }>(`SELECT DISTINCT ${column} AS word FROM audit_events ORDER BY 1 LIMIT 200`)
        .map(({ word }) => word);
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
