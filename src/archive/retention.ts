import { removeIfThere } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import type { Store } from "../store/store.ts";
import { othersTurn } from "../timing/turns.ts";

const log = getLogger(["sonodesk", "archive"]);

/** A retention rule, and what it needs of the archive. */
interface Retention {
  /** Objects that came longer ago than so many days before `now` go. */
  days: number;
  now: Date;
  signal: AbortSignal;
  /** Does the work while no object of this SOP Instance UID is being received. */
  alone(sopInstanceUid: string, work: () => Promise<void>): Promise<void>;
}

/**
 * Removes the files of objects that came more than `days` days ago and of whose study the clinic's database has
 * everything. Their rows stay, so that what was there can still be told. Thumbnails that are kept stay too. Lets others
 * have their turn.
 *
 * @param folder the archive folder
 * @returns how many files were removed
 */
export async function applyRetention(
  folder: string,
  store: Store,
  { days, now, signal, alone }: Retention,
): Promise<number> {
  const before = new Date(now.getTime() - days * 86_400_000).toISOString();
  let removed = 0;
  for (const file of store.instanceFiles.removable(before)) {
    await othersTurn();
    if (signal.aborted) break;
    await alone(file.sopInstanceUid, async () => {
      // the mark first: a row that says the file is there when it is not would be damage
      if (!store.instanceFiles.markRemoved(file)) return;
      await store.durable();
      removed += 1;
      await removeIfThere(`${folder}/${file.path}`);
    });
  }
  if (removed > 0) log.info("the retention rule of {days} days removed {removed} files", { days, removed });
  return removed;
}
