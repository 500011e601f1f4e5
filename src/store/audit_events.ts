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

  /** The latest events, newest first. */
  latest(count: number): AuditEvent[] {
    return this.#database.all<AuditEvent & { detail: string }>(
      `SELECT id, at, actor, action, subject, detail FROM audit_events ORDER BY id DESC LIMIT $count`,
      { $count: count },
    ).map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
  }
}
