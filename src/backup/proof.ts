import { getLogger } from "@logtape/logtape";
import { askWorker } from "../ask_worker.ts";
import { known, say, type Sentence, type Told, told, toldOf } from "../sentences.ts";
import type { Settings } from "../store/settings.ts";
import { backupOptions, type BackupSettings } from "./settings.ts";
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
  /** What is wrong with it, or why it could not be read; "" where it is whole. */
  why: string;
  /** The same by its code, where it has one. */
  coded?: Sentence | undefined;
}

/** What the worker answers. */
export type ProofAnswer = { files: number; bytes: number; damaged: string[] } | { failed: Told };

/** How the backup was read back last; undefined where it never was. */
export function lastProof(settings: Settings): BackupProof | undefined {
  const kept = settings.get(NAME);
  if (kept === undefined) return undefined;
  const last: BackupProof = JSON.parse(kept);
  return { ...last, coded: known(last.coded) };
}

/**
 * Reads the newest backup back as a restore would, on a thread of its own: SQLite's check of a large store takes long.
 * What came of it is noted, also that it could not be read; nothing is where `signal` ends it.
 */
export async function proveBackup(settings: Settings, current: BackupSettings, signal: AbortSignal): Promise<void> {
  const folder = current.backupFolder;
  if (folder === undefined || folder === "") return;
  const { passphrase, s3 } = backupOptions(current);
  const work: VerifyBackupOptions = {
    folder,
    bytesPerSecond: BYTES_PER_SECOND,
    ...(passphrase && { passphrase }),
    ...(s3 && { s3 }),
  };
  const answer = await askWorker<ProofAnswer>(new URL("./proof_worker.ts", import.meta.url), work, signal)
    .catch((error): ProofAnswer => ({ failed: toldOf(error) }));
  if (signal.aborted) return; // the box stops
  const { files, bytes, damaged } = "failed" in answer ? { files: 0, bytes: 0, damaged: [] } : answer;
  const wrong = "failed" in answer
    ? answer.failed
    : damaged.length > 0
    ? told(say("backup-proof-damaged", { first: damaged[0]!, count: damaged.length }))
    : undefined;
  log.info("the backup was read back: {files} files, {damaged} damaged{why}", {
    ...{ files, damaged: damaged.length, why: wrong === undefined ? "" : `, ${wrong.detail}` },
  });
  const note: BackupProof = {
    at: new Date().toISOString(),
    ...{ folder, files, bytes, damaged: damaged.length, why: wrong?.detail ?? "", coded: wrong?.coded },
  };
  settings.set(NAME, JSON.stringify(note));
}
