import { getLogger } from "@logtape/logtape";
import { askWorker } from "../ask_worker.ts";
import { known, say, type Sentence, type Told, told, toldOf } from "../sentences.ts";
import type { Settings } from "../store/settings.ts";
import { backUp } from "./backup.ts";
import { lastBackup, noteBackup } from "./last_backup.ts";
import { backupOptions, type BackupSettings } from "./settings.ts";
import { isBucket } from "./target.ts";
import type { VerifyBackupOptions } from "./verify.ts";

const log = getLogger(["sonodesk", "backup"]);

/** In the store only: nobody sets it. */
const NAME = "last backup proof";

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

/** How the backup was read back last; undefined where it never was. */
export function lastProof(settings: Settings): BackupProof | undefined {
  const kept = settings.get(NAME);
  if (kept === undefined) return undefined;
  const last: BackupProof = JSON.parse(kept);
  return { ...last, coded: known(last.coded) };
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
 * Reads the newest backup back as a restore would, on a thread of its own: SQLite's check of a large store takes long.
 * What is damaged in it is brought again from the archive by another backup, which is then read back too. What came of
 * it is noted, also that it could not be read; nothing is where `signal` ends it.
 */
export async function proveBackup({ settings, current, data }: ProofParts, signal: AbortSignal): Promise<void> {
  const folder = current.backupFolder;
  if (folder === undefined || folder === "") return;
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
  if (signal.aborted) return; // the box stops
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
  const note: BackupProof = {
    at: new Date().toISOString(),
    ...{ folder, files, bytes, damaged: damaged.length, mended, why: wrong?.detail ?? "", coded: wrong?.coded },
  };
  settings.set(NAME, JSON.stringify(note));
}

/** How long a proof holds, days: reading a bucket back costs its owner money, a disk only its time. */
const PROVEN_FOR = { folder: 7, bucket: 30 };

/** Whether it is time to read the backup back by itself: it never was, or long ago, or it was another one. */
export function isProofDue(settings: Settings, { backupFolder: folder }: BackupSettings, now = new Date()): boolean {
  const last = lastBackup(settings);
  if (folder === undefined || folder === "" || last?.at == null || last.folder !== folder) return false;
  const proof = lastProof(settings);
  if (proof === undefined || proof.folder !== folder) return true;
  const days = (now.getTime() - Date.parse(proof.at)) / 86_400_000;
  return days >= (isBucket(folder) ? PROVEN_FOR.bucket : PROVEN_FOR.folder);
}
