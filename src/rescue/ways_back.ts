import { Refused, say } from "../sentences.ts";
import { isFile, removeIfThere } from "../objects/files.ts";
import { getLogger } from "@logtape/logtape";
import { nameWhole, syncFile } from "../objects/durable_file.ts";
import { MISSING } from "../archive/integrity.ts";
import { noteFilesToBring } from "../backup/files_to_bring.ts";
import { readManifest, snapshotsIn } from "../backup/format.ts";
import { openTarget } from "../backup/open_target.ts";
import type { S3Access } from "../backup/target.ts";
import { restore, RESTORING } from "../backup/restore.ts";
import { damageOf } from "../store/snapshot.ts";
import { Store } from "../store/store.ts";
import { damageInWords } from "../store/store_unusable.ts";
import { type KeptSnapshot, keptSnapshots, pathOfSnapshot } from "./kept_snapshots.ts";
import { moveArchiveAside, moveStoreAside } from "./moved_aside.ts";
import { salvage } from "./salvage.ts";
import { leaveReplacing, type OldBox, replaceBox, replacing, takeOverAlone } from "./replace_box.ts";
import { forget as forgetReplacement } from "./replacement.ts";
import { type Cause, DAMAGED } from "./trouble.ts";

const log = getLogger(["sonodesk", "rescue"]);

/** What a person can choose. */
export type Way =
  | "try again"
  | "snapshot"
  | "restore"
  | "index"
  | "begin anew"
  | "without images"
  | "leave restore"
  | "first start"
  | "replace"
  | "take over"
  | "serve again";

/** What can be chosen about each cause, the one that loses least first. */
export const WAYS: Readonly<Record<Cause, readonly Way[]>> = {
  "store unreadable": ["try again", "snapshot", "restore", "index"],
  "store damaged": ["try again", "snapshot", "restore", "index"],
  "store newer": ["try again", "snapshot", "restore", "index"],
  "migration failed": ["try again", "snapshot", "restore", "index"],
  "store empty": ["try again", "snapshot", "restore", "index", "begin anew"],
  "archive missing": ["try again", "restore", "without images"],
  "disk not writable": ["try again"],
  "restore broken off": ["restore", "leave restore"],
  "new box": ["restore", "replace", "first start"],
  "replacing": ["replace", "take over", "leave restore"],
  "handing over": ["serve again"],
  "replaced": ["serve again"],
};

/** Beside `RESTORING`: the restore is that of a box which nobody had set up. */
const NEW_BOX = `${RESTORING}.new`;

/** Where a backup is, and how to get in. */
export interface BackupTarget {
  /** A folder, or `s3://bucket/path`. */
  folder: string;
  /** Of an encrypted backup. */
  passphrase?: string | undefined;
  /** To a bucket. */
  s3?: S3Access | undefined;
}

/** What a person has chosen: `snapshot` names a copy of the store, kept beside it or in the backup. */
export interface Choice {
  /** Which of the ways. */
  way: Way;
  /** Name of the store's copy, where one is to be brought back. */
  snapshot?: string | undefined;
  /** Where a backup is to be brought back from. */
  backup?: BackupTarget | undefined;
  /** Which box is replaced; undefined where this was begun and goes on. */
  box?: OldBox | undefined;
}

/** A copy of the store in a backup, latest first. `time` is ISO 8601. */
export interface BackupSnapshot {
  /** As the backup names it. */
  name: string;
  /** When it was made, ISO 8601. */
  time: string;
  /** How many received files it has. */
  objects: number;
  /** Of those and the store. */
  bytes: number;
}

/** Copies of the store that a backup is asked about; reading each one's manifest takes a while. */
const MOST_LISTED = 14;

/** What was done. */
export interface Outcome {
  /** What was moved out of the way, in which folders. */
  aside: string[];
  /** Files of a backup that could not be brought, by their path and why. */
  missing: string[];
  /** Whether the box may start without the files that its store knows. */
  withoutArchive: boolean;
}

/** The copies of the store beside it, latest first. */
export function snapshotsBeside(data: string): KeptSnapshot[] {
  return keptSnapshots(data);
}

/** Where disks that are plugged in are found. */
const DISKS = ["/media", "/mnt"];
/** So far below a disk a backup is looked for. */
const DEEPEST = 2;

/** The folders on disks that are plugged in which have a backup. @param roots below which disks are */
export function backupsOnDisks(roots: readonly string[] = DISKS): string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number) => {
    const names = foldersIn(folder);
    if (names.includes("snapshots") && hasWholeSnapshot(`${folder}/snapshots`)) return void found.push(folder);
    if (depth < DEEPEST) { for (const name of names) look(`${folder}/${name}`, depth + 1); }
  };
  for (const root of roots) for (const name of foldersIn(root)) look(`${root}/${name}`, 0);
  return found.sort();
}

function hasWholeSnapshot(folder: string): boolean {
  return foldersIn(folder).some((name) => isFile(`${folder}/${name}/manifest.json`));
}

/** None where it is not there, or not for this user. */
function foldersIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return [];
    log.warn("{folder} cannot be looked into: {error}", { folder, error });
    return [];
  }
}

/** The copies of the store in a backup, latest first. @throws Error in words */
export async function snapshotsInBackup({ folder, s3 }: BackupTarget): Promise<BackupSnapshot[]> {
  const target = await openTarget(folder, s3);
  const found: BackupSnapshot[] = [];
  for (const name of (await snapshotsIn(target)).reverse().slice(0, MOST_LISTED)) {
    try {
      const { manifest } = await readManifest(target, name);
      const { objects, store } = manifest;
      found.push({ name, time: manifest.time, objects: objects.count, bytes: objects.bytes + store.size });
    } catch (error) {
      log.warn("the backup {name} cannot be used: {error}", { name, error });
    }
  }
  if (found.length > 0) return found;
  throw new Refused(
    say("no-whole-backup", { folder }),
  );
}

/**
 * Does what was chosen. The folder must be the caller's alone. Nothing is deleted: what is replaced is moved aside.
 *
 * @param onFile told how many files of a backup are there
 * @throws Error in words; the data folder is as it was then, or the same can be chosen again
 */
export async function goBack(
  data: string,
  cause: Cause,
  choice: Choice,
  onFile?: (done: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { aside: [], missing: [], withoutArchive: false };
  const putAside = (folder: string | undefined) => {
    if (folder !== undefined) outcome.aside.push(folder);
  };
  switch (choice.way) {
    case "try again":
      return outcome;
    case "serve again":
      // while it hands over the new one may take over at this moment: what is noted counts, at the start
      if (cause === "replaced") forgetReplacement(data);
      return outcome;
    case "take over":
      takeOverAlone(data);
      await removeIfThere(`${data}/${NEW_BOX}`);
      return outcome;
    case "replace":
      Deno.writeTextFileSync(`${data}/${NEW_BOX}`, "");
      outcome.missing = await replaceBox(data, choice.box, onFile ?? (() => {}), putAside);
      await removeIfThere(`${data}/${NEW_BOX}`);
      return outcome;
    case "without images":
      return { ...outcome, withoutArchive: true };
    case "first start":
    case "leave restore":
      if (choice.way === "first start" && replacing(data) === undefined) return outcome;
      leaveReplacing(data);
      // half of the backup's certificates and half of its own are none; a box that nobody knows makes others
      if (isFile(`${data}/${NEW_BOX}`)) await Deno.remove(`${data}/certificates`, { recursive: true }).catch(() => {});
      for (const { name } of Deno.readDirSync(data)) {
        if (name.startsWith(RESTORING)) Deno.removeSync(`${data}/${name}`);
      }
      return outcome;
    case "snapshot":
      await putSnapshot(data, choice.snapshot ?? "", putAside);
      break;
    case "index": {
      const fresh = `${data}/.rescue.sqlite`;
      removeStore(fresh); // of a try that was broken off
      const rows = salvage(`${data}/sonodesk.sqlite`, fresh);
      log.info("{rows} rows could be brought from the former store", { rows });
      await putStore(data, fresh, putAside);
      break;
    }
    case "begin anew":
      putAside(moveArchiveAside(data));
      putAside(moveStoreAside(data));
      break;
    case "restore": {
      if (choice.backup === undefined) throw new Refused(say("restore-from-nowhere"));
      const { backup } = choice;
      const { folder, passphrase, s3 } = backup;
      // also after the plug was pulled in the middle
      const isNew = cause === "new box" || isFile(`${data}/${NEW_BOX}`);
      if (isNew) Deno.writeTextFileSync(`${data}/${NEW_BOX}`, "");
      const { damaged } = await restore({
        ...{ data, folder },
        ...(passphrase && { passphrase }),
        ...(s3 && { s3 }),
        ...(choice.snapshot && { name: choice.snapshot }),
        rescue: {
          moveStoreAside: cause === "archive missing" ? undefined : () => putAside(moveStoreAside(data)),
          ...(onFile && { onFile }),
          ...(isNew && { replacesFiles: true, filesLater: (store) => awaitFiles(data, store, backup) }),
        },
      });
      await removeIfThere(`${data}/${NEW_BOX}`);
      outcome.missing = damaged;
    }
  }
  if (isFile(`${data}/${DAMAGED}`)) Deno.removeSync(`${data}/${DAMAGED}`);
  return outcome;
}

/** Marks the files that a store knows and that are not here as missing, and notes where they are to come from. */
function awaitFiles(data: string, path: string, from: BackupTarget): void {
  const store = new Store(path);
  try {
    store.transaction(() => {
      for (const file of [...store.instanceFiles.files()]) {
        if (!isFile(`${data}/archive/${file.path}`)) store.instanceFiles.markDamage(file.path, MISSING);
      }
      noteFilesToBring(store.settings, from);
    });
  } finally {
    store.close();
  }
}

async function putSnapshot(data: string, name: string, putAside: (folder: string | undefined) => void): Promise<void> {
  const path = pathOfSnapshot(data, name);
  const damage = await damageOf(path);
  if (damage !== undefined) {
    throw new Refused(say("copy-damaged", { name, why: damageInWords(damage) }));
  }
  const fresh = `${data}/.rescue.sqlite`;
  removeStore(fresh);
  await Deno.copyFile(path, fresh);
  await putStore(data, fresh, putAside);
}

/** Gives a whole store the name of the box's own, and what had it before goes aside. */
async function putStore(data: string, fresh: string, putAside: (folder: string | undefined) => void): Promise<void> {
  await syncFile(fresh); // before the one that is there goes
  putAside(moveStoreAside(data));
  await nameWhole(fresh, `${data}/sonodesk.sqlite`);
}

function removeStore(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) if (isFile(file)) Deno.removeSync(file);
}
