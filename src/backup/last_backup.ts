import { known, type Sentence, type Told } from "../sentences.ts";
import type { Settings } from "../store/settings.ts";
import type { BackupResult } from "./backup.ts";

/** The last good backup, and the last one that failed since. Times are ISO 8601. */
export interface LastBackup {
  /** A folder, or `s3://bucket/path`. */
  folder: string;
  /** When the last good one was made; null for none. */
  at: string | null;
  /** Received files that it has. */
  objects: number;
  /** Of those. */
  bytes: number;
  /** Received files that could not be backed up. */
  missing: number;
  /** null where none has failed since the last good one. */
  failedAt: string | null;
  /** Why it failed, by its code too, where it has one. */
  why: string;
  /** Why it failed, by its code. */
  coded?: Sentence | undefined;
}

/** How one of several places stands. */
export interface TargetState extends LastBackup {
  /** Since when it has failed each time; null while it has not. */
  failingSince: string | null;
  /** Its disk was not there when it was tried last: of disks that are changed by hand one never is. */
  absent: boolean;
}

/** In the store only: nobody sets them. */
const STATES = "backup states";
const NAME = "last backup";
const TARGETS = "backup places";
/** Targets that are remembered: the latest. */
const MOST_TARGETS = 20;

/** What is known of backups; undefined before the first try. */
export function lastBackup(settings: Settings): LastBackup | undefined {
  const kept = settings.latest(NAME);
  if (kept === undefined) return undefined;
  const last: LastBackup = JSON.parse(kept);
  return { ...last, coded: known(last.coded) };
}

/** A backup has been made. */
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
  noteState(settings, { ...note, failingSince: null, absent: false });
  const others = backupTargets(settings).filter((target) => target !== folder);
  settings.set(TARGETS, JSON.stringify([folder, ...others].slice(0, MOST_TARGETS)));
}

/** Where there has been a good backup: a target without one has lost it. */
export function backupTargets(settings: Settings): string[] {
  const kept = settings.latest(TARGETS);
  if (kept !== undefined) return JSON.parse(kept);
  const last = lastBackup(settings); // noted before targets were
  return last === undefined || last.at === null ? [] : [last.folder];
}

/** The states of these places; of one that was never tried none. */
export function targetStates(settings: Settings, folders: readonly string[]): TargetState[] {
  const kept = statesIn(settings);
  return folders.flatMap((folder) => {
    const state = kept.find((one) => one.folder === folder);
    return state === undefined ? [] : [{ ...state, coded: known(state.coded) }];
  });
}

/** One of the places has failed. Whether the night has is said by `noteFailure`. */
export function noteTargetFailure(
  settings: Settings,
  folder: string,
  { detail: why, coded }: Told,
  absent: boolean,
): void {
  const before = statesIn(settings).find((one) => one.folder === folder) ??
    { folder, at: null, objects: 0, bytes: 0, missing: 0, failingSince: null };
  const failedAt = new Date().toISOString();
  noteState(settings, { ...before, failedAt, failingSince: before.failingSince ?? failedAt, why, coded, absent });
}

function statesIn(settings: Settings): TargetState[] {
  return JSON.parse(settings.latest(STATES) ?? "[]");
}

function noteState(settings: Settings, state: TargetState): void {
  const others = statesIn(settings).filter(({ folder }) => folder !== state.folder);
  settings.set(STATES, JSON.stringify([state, ...others].slice(0, MOST_TARGETS)));
}

/** The last night's backup has failed. */
export function noteFailure(settings: Settings, folder: string, { detail: why, coded }: Told): void {
  const before = lastBackup(settings) ?? { folder, at: null, objects: 0, bytes: 0, missing: 0 };
  settings.set(
    NAME,
    JSON.stringify({ ...before, failedAt: new Date().toISOString(), why, coded } satisfies LastBackup),
  );
}
