import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";

const log = getLogger(["sonodesk", "archive"]);

/**
 * Removes the files of objects that came more than `days` days ago and of whose study the clinic's database has
 * everything. Their rows stay, so that what was there can still be told. Thumbnails that are kept stay too.
 *
 * @param folder the archive folder
 * @returns how many files were removed
 */
export function applyRetention(folder: string, store: Store, days: number, now: Date, signal: AbortSignal): number {
  const before = new Date(now.getTime() - days * 86_400_000).toISOString();
  let removed = 0;
  for (const { sopInstanceUid, path } of store.instances.removable(before)) {
    if (signal.aborted) break;
    // the mark first: a row that says the file is there when it is not would be damage
    store.instances.markRemoved(sopInstanceUid);
    try {
      Deno.removeSync(`${folder}/${path}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    removed += 1;
  }
  if (removed > 0) log.info("the retention rule of {days} days removed {removed} files", { days, removed });
  return removed;
}
