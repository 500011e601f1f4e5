import { getLogger } from "@logtape/logtape";
import { askWorker } from "../ask_worker.ts";
import { known, say, type Sentence, type Told, told, toldOf } from "../sentences.ts";
import type { Settings } from "../store/settings.ts";
import { backUp } from "./backup.ts";
import { snapshotsIn } from "./format.ts";
import { noteBackup, targetStates } from "./last_backup.ts";
import { openTarget } from "./open_target.ts";
import { backupFolders, backupOptions, type BackupSettings } from "./settings.ts";
import { isBucket } from "./target.ts";
import type { VerifyBackupOptions } from "./verify.ts";

const log = getLogger(["sonodesk", "backup"]);

/** In the store only: nobody sets them. Of earlier versions one proof, now one a place. */
const NAME = "last backup proof";
const EACH = "backup proofs";

/** How fast the backup is read, bytes a second: the disk has other work too. */
const BYTES_PER_SECOND = 20_000_000;

/** How the newest backup was read back last, file by file against its hash. */
export interface BackupProof {
  /** When that ended, ISO 8601. */
  at: string;
  /** The backup that was read: a folder, or s3://bucket/path. */
  folder: string;
  /** Read back. */
  files: number;
  /** Of all of them together. */
  bytes: number;
  /** Files that are not as they were backed up. */
  damaged: number;
  /** Files that were not, and have been brought again from the archive; left out by earlier versions. */
  mended?: number;
  /** What is wrong with it, or why it could not be read; "" where it is whole. */
  why: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
}

/** What the worker answers. */
export type ProofAnswer =
  | { files: number; bytes: number; damaged: string[]; objects: string[] }
  | { failed: Told };

/** How the backup was read back last, of several the one that is not whole, else the latest; undefined where none was. */
export function lastProof(settings: Settings): BackupProof | undefined {
  const [first, ...others] = proofsOf(settings);
  return others.reduce(
    (one, other) => (one?.why ?? "") !== "" || one!.at > other.at && other.why === "" ? one : other,
    first,
  );
}

/** The same of each place. */
export function proofsOf(settings: Settings): BackupProof[] {
  const kept = settings.get(EACH);
  const before = settings.get(NAME);
  const proofs: BackupProof[] = kept !== undefined
    ? JSON.parse(kept)
    : before === undefined
    ? []
    : [JSON.parse(before)];
  return proofs.map((proof) => ({ ...proof, coded: known(proof.coded) }));
}

/** What a proof works with. */
export interface ProofParts {
  /** Where it is noted. */
  settings: Settings;
  /** As they are now. */
  current: BackupSettings;
  /** The box's data folder, whose archive may have what is damaged in the backup. */
  data: string;
}

/**
 * Reads the newest backup of each place back as a restore would, on a thread of its own: SQLite's check of a large store
 * takes long. What is damaged in it is brought again from the archive by another backup, which is then read back too. What
 * came of it is noted, also that it could not be read; nothing is where `signal` ends it.
 *
 * @param isWanted whether a place is to be read back
 */
export async function proveBackup(
  parts: ProofParts,
  signal: AbortSignal,
  isWanted: (folder: string) => boolean = () => true,
): Promise<void> {
  const { settings, current } = parts;
  const folders = backupFolders(current);
  for (const folder of folders.filter(isWanted)) {
    // of disks that take turns one is away: what is known of it stays
    const isAway = folders.length > 1 && !isBucket(folder) &&
      !await openTarget(folder, undefined).then(snapshotsIn).then((names) => names.length > 0, () => false);
    if (isAway) continue;
    const proof = await proofOf(folder, parts, signal);
    if (proof === undefined) return; // the box stops
    const others = proofsOf(settings).filter((one) => one.folder !== folder && folders.includes(one.folder));
    settings.set(EACH, JSON.stringify([proof, ...others]));
  }
}

async function proofOf(
  folder: string,
  { settings, current, data }: ProofParts,
  signal: AbortSignal,
): Promise<BackupProof | undefined> {
  const { passphrase, s3 } = backupOptions(current);
  const work: VerifyBackupOptions = {
    folder,
    bytesPerSecond: BYTES_PER_SECOND,
    ...(passphrase && { passphrase }),
    ...(s3 && { s3 }),
  };
  const read = (objects?: ReadonlySet<string>) =>
    askWorker<ProofAnswer>(new URL("./proof_worker.ts", import.meta.url), { ...work, objects }, signal)
      .catch((error): ProofAnswer => ({ failed: toldOf(error) }));
  const first = await read();
  let answer = first;
  if (!("failed" in first) && first.damaged.length > 0 && !signal.aborted) {
    const distrusted = new Set(first.objects);
    try {
      const made = await backUp({ ...backupOptions(current), folder, data, distrusted, signal });
      noteBackup(settings, folder, made);
      answer = await read(distrusted);
    } catch (error) {
      log.error("what is damaged in the backup was not brought again: {error}", { error });
    }
  }
  if (signal.aborted) return undefined;
  const { files, bytes } = "failed" in first ? { files: 0, bytes: 0 } : first;
  const before = "failed" in first ? 0 : first.damaged.length;
  const damaged = "failed" in answer ? [] : answer.damaged;
  const wrong = "failed" in answer
    ? answer.failed
    : damaged.length > 0
    ? told(say("backup-proof-damaged", { first: damaged[0]!, count: damaged.length }))
    : undefined;
  const mended = Math.max(0, before - damaged.length);
  log.info("the backup was read back: {files} files, {mended} brought again, {damaged} damaged{why}", {
    ...{ files, mended, damaged: damaged.length, why: wrong === undefined ? "" : `, ${wrong.detail}` },
  });
  return {
    at: new Date().toISOString(),
    ...{ folder, files, bytes, damaged: damaged.length, mended, why: wrong?.detail ?? "", coded: wrong?.coded },
  };
}

/** How long a proof holds, days: reading a bucket back costs its owner money, a disk only its time. */
const PROVEN_FOR = { folder: 7, bucket: 30 };

/** Whether it is time to read a place's backup back by itself: it never was, or long ago. */
export function isProofDue(settings: Settings, folder: string, now = new Date()): boolean {
  const [state] = targetStates(settings, [folder]);
  if (state === undefined || state.at === null || state.absent) return false;
  const proof = proofsOf(settings).find((one) => one.folder === folder);
  if (proof === undefined) return true;
  const days = (now.getTime() - Date.parse(proof.at)) / 86_400_000;
  return days >= (isBucket(folder) ? PROVEN_FOR.bucket : PROVEN_FOR.folder);
}
