import type { OutboxEvent } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import type { Sql } from "./session.ts";

export type Payload = Record<string, unknown>;

/** Whose events they are. */
export interface Box {
  store: Store;
  boxId: string;
}

/** Writes events of one kind to the clinic's database, in one go. */
export type Effect = (sql: Sql, events: readonly OutboxEvent[], box: Box) => Promise<void>;

/** Of events about the same thing only the last one, in the order of the first. */
export function last(events: readonly OutboxEvent[], key: (event: OutboxEvent) => string): OutboxEvent[] {
  return [...new Map(events.map((event) => [key(event), event])).values()];
}

/** Events as the rows of a `jsonb_to_recordset`, in their order. */
export function rows(events: readonly OutboxEvent[]): string {
  return json(events.map(({ id, payload }, place) => ({ ...payload, eventId: id, place })));
}

/** PostgreSQL's texts have no NUL. */
export function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("\\u0000", " ");
}
