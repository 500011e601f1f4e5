import type { Settings } from "../../store/settings.ts";
import type { BackupResult } from "./backup.ts";

/** The last good backup, and the last one that failed since. Times are ISO 8601. */
export interface LastBackup {
  folder: string;
  at: string | null;
  objects: number;
  bytes: number;
  /** Received files that could not be backed up. */
  missing: number;
  failedAt: string | null;
  why: string;
}

/** In the store only: nobody sets it. */
const NAME = "last backup";

export function lastBackup(settings: Settings): LastBackup | undefined {
  const kept = settings.get(NAME);
  return kept === undefined ? undefined : JSON.parse(kept);
}

export function noteBackup(settings: Settings, folder: string, result: BackupResult): void {
  const { objects, missing } = result;
  const note: LastBackup = {
    folder,
    at: new Date().toISOString(),
    objects: objects.count,
    bytes: objects.bytes,
    missing: missing.length,
    failedAt: null,
    why: "",
  };
  settings.set(NAME, JSON.stringify(note));
}

export function noteFailure(settings: Settings, folder: string, why: string): void {
  const before = lastBackup(settings) ?? { folder, at: null, objects: 0, bytes: 0, missing: 0 };
  settings.set(NAME, JSON.stringify({ ...before, failedAt: new Date().toISOString(), why } satisfies LastBackup));
}
