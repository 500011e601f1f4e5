import type { Database } from "./database.ts";

/** Events that are looked through, or forgotten, before others have their turn. */
const AT_ONCE = 500;

/** Part of the owner of the table `outbox`, see `Outbox.forgetBeyond`. */
export function* forgetBeyond(database: Database, most: number): Generator<void, number> {
  let forgotten = 0;
  const newest = database.get<{ sequence: number }>(
    `SELECT sequence FROM outbox WHERE delivered_at IS NULL ORDER BY sequence DESC LIMIT 1 OFFSET $most`,
    { $most: most },
  )?.sequence;
  while (newest !== undefined) {
    const some = forgetOldest(database, newest);
    if (some === 0) break;
    forgotten += some;
    yield;
  }
  for (let from = 0;;) {
    const { last } = database.get<{ last: number | null }>(
      `SELECT max(sequence) AS last FROM (
           SELECT sequence FROM outbox WHERE delivered_at IS NULL AND sequence > $from ORDER BY sequence LIMIT ${AT_ONCE})`,
      { $from: from },
    )!;
    if (last === null) return forgotten;
    forgotten += database.run(
      `DELETE FROM outbox INDEXED BY outbox_by_sequence
         WHERE delivered_at IS NULL AND sequence > $from AND sequence <= $last
           AND EXISTS (SELECT 1 FROM outbox_forgotten WHERE outbox_forgotten.aggregate = outbox.aggregate)`,
      { $from: from, $last: last },
    );
    from = last;
    yield;
  }
}

/** Of the aggregate that has waited longest, if its first event is no newer than that one. */
function forgetOldest(database: Database, newest: number): number {
  return database.transaction(() => {
    const oldest = database.get<{ aggregate: string }>(
      `SELECT aggregate FROM outbox WHERE delivered_at IS NULL AND sequence <= $newest ORDER BY sequence LIMIT 1`,
      { $newest: newest },
    );
    if (oldest === undefined) return 0;
    const values = { $aggregate: oldest.aggregate };
    database.run(
      `INSERT INTO outbox_forgotten (aggregate) VALUES ($aggregate) ON CONFLICT DO NOTHING`,
      values,
    );
    return database.run(
      `DELETE FROM outbox WHERE sequence IN (
           SELECT sequence FROM outbox WHERE aggregate = $aggregate AND delivered_at IS NULL LIMIT ${AT_ONCE})`,
      values,
    );
  });
}
