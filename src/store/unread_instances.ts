import type { Database } from "./database.ts";

/** Part of the owner of the table `instances`, see `Instances.unread`. */
export function* unreadInstances(database: Database): Generator<string, void> {
  const newest = database.get<{ at: string | null }>(
    `SELECT max(received_at) AS at FROM instances WHERE removed_at IS NULL`,
  )!.at;
  const since = newest === null ? "" : new Date(Date.parse(newest) - 3_600_000).toISOString();
  const reports = database.iterate<{ uid: string }>(
    `SELECT sop_instance_uid AS uid FROM instances WHERE read_at IS NULL AND frames = 0 ORDER BY received_at`,
  );
  for (const { uid } of reports) yield uid;
  const images = database.iterate<{ uid: string }>(
    `SELECT sop_instance_uid AS uid FROM instances
       WHERE removed_at IS NULL AND received_at >= $since AND frames > 0
         AND NOT EXISTS (SELECT 1 FROM measurements WHERE measurements.sop_instance_uid = instances.sop_instance_uid)
       ORDER BY received_at`,
    { $since: since },
  );
  for (const { uid } of images) yield uid;
}
