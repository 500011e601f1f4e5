import { type Database, timestamp } from "./database.ts";

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

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds an event to the transaction under way, or in one of its own. */
  add(actor: string, action: string, subject: string, detail: Record<string, unknown> = {}): void {
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO audit_events (at, actor, action, subject, detail) VALUES ($at, $actor, $action, $subject, $detail)`,
        { $at: timestamp(), $actor: actor, $action: action, $subject: subject, $detail: JSON.stringify(detail) },
      );
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
