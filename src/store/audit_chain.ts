import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

/** An event as its hash sees it: `detail` is JSON, as it is stored. */
export interface ChainedEvent {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}

/** Events read at once. */
const BATCH = 1000;

/** The hash of an event, over itself and the hash of the event before it; hex. */
export function hashOf({ id, at, actor, action, subject, detail }: ChainedEvent, before: string): string {
  return createHash("sha256").update(JSON.stringify([before, id, at, actor, action, subject, detail])).digest("hex");
}

/**
 * Makes the events from before there was a chain its beginning: a part of the migration that brings the chain, and of
 * nothing else. Done again later it would make a meddled trail look whole.
 */
export function chainOlder(sqlite: DatabaseSync): void {
  const read = sqlite.prepare(
    `SELECT id, at, actor, action, subject, detail FROM audit_events WHERE id > ? ORDER BY id LIMIT ${BATCH}`,
  );
  const write = sqlite.prepare(`UPDATE audit_events SET hash = ? WHERE id = ?`);
  let [id, hash] = [0, ""];
  for (let rows = eventsAfter(0); rows.length > 0; rows = eventsAfter(id)) {
    for (const row of rows) {
      hash = hashOf(row, hash);
      id = row.id;
      write.run(hash, id);
    }
  }
  sqlite.prepare(`UPDATE audit_chain SET last_id = ?, last_hash = ?`).run(id, hash);

  function eventsAfter(id: number): ChainedEvent[] {
    return read.all(id) as unknown as ChainedEvent[];
  }
}
