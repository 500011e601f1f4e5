import { getLogger } from "@logtape/logtape";
import { Refused, say, type Told, told, toldOf } from "../sentences.ts";
import { folderOf, removeIfThere } from "../objects/files.ts";
import { syncFolder } from "../objects/durable_file.ts";
import type { InstanceFiles } from "../store/instance_files.ts";
import type { Settings } from "../store/settings.ts";
import { AtOnce } from "../timing/at_once.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { bringFile } from "./copy.ts";
import { openEncryption } from "./encryption.ts";
import { filesAreBrought, type FilesToBring, filesToBring } from "./files_to_bring.ts";
import { objectPath, snapshotsIn } from "./format.ts";
import { openTarget } from "./open_target.ts";
import { PartFiles } from "./part_files.ts";
import { backupFolders, backupOptions, type BackupSettings } from "./settings.ts";
import { type S3Access, TargetRefusal } from "./target.ts";

const log = getLogger(["sonodesk", "backup"]);

/** In the store only: nobody sets it. */
const NAME = "last mending";

/** How the archive's damaged files were brought from the backup last. */
export interface Mending extends Told {
  /** When that ended, ISO 8601. */
  at: string;
  /** Where from: a folder, or s3://bucket/path; of several each. */
  folder: string;
  /** Files that are as they came again. */
  mended: number;
  /** Files that are damaged or missing still, for the backup has none of them that is whole. */
  left: number;
}

/** How files were mended last; undefined where they never were. */
export function lastMending(settings: Settings): Mending | undefined {
  const kept = settings.get(NAME);
  return kept === undefined ? undefined : JSON.parse(kept);
}

/** Where damaged files come from, and where to. */
export interface MendOptions {
  /** The box's data folder. */
  data: string;
  /** Where the backup is: a folder, or `s3://bucket/path`. */
  folder: string;
  /** How to get into a bucket. */
  s3?: S3Access;
  /** Of an encrypted backup. */
  passphrase?: string;
  /** Ends it after the file that is being brought. */
  signal?: AbortSignal;
}

/**
 * Brings each received file that is known to be damaged or missing in the archive from a backup. A file is taken by the
 * hash of its bytes alone, and given its name only once it has that hash.
 *
 * @throws Error when the backup cannot be opened or read, or there is no room; what was mended until then stays mended
 */
export async function mendArchive(
  files: InstanceFiles,
  options: MendOptions,
): Promise<Pick<Mending, "mended" | "left">> {
  const backup = await openTarget(options.folder, options.s3);
  // a disk that is not plugged in leaves an empty folder, which says nothing of any file
  if ((await snapshotsIn(backup)).length === 0) throw new Refused(say("no-whole-backup-in", { place: options.folder }));
  const { suffix, decrypt } = await openEncryption(backup, options.passphrase);
  const rateLimit = new RateLimit();
  const parts = new PartFiles(`${options.data}/.restoring.mended`, backup.atOnce);
  const result = { mended: 0, left: 0 };
  const mendOne = async ({ path, sha256 }: { path: string; sha256: string }) => {
    const to = `${options.data}/archive/${path}`;
    Deno.mkdirSync(folderOf(to), { recursive: true });
    let kept = false;
    try {
      const from = `${objectPath(sha256)}${suffix}`;
      kept = (await parts.with((part) => bringFile(backup, from, to, { part, decrypt, sha256, rateLimit }))).kept;
    } catch (error) {
      if (error instanceof TargetRefusal || (error as { code?: string }).code === "ENOSPC") throw error;
      log.warn("a file of the backup cannot be read: {error}", { error });
    }
    if (!kept) {
      result.left += 1;
      return;
    }
    await syncFolder(folderOf(to));
    // the retention rule may have removed it meanwhile
    if (files.markVerified(path, undefined)) result.mended += 1;
    else await removeIfThere(to);
  };
  const mending = new AtOnce(backup.atOnce);
  try {
    for (const file of files.damagedFiles()) {
      if (options.signal?.aborted) break;
      await mending.begin(() => mendOne(file));
    }
    await mending.ended();
  } finally {
    await mending.settled(); // nobody writes once this has ended
  }
  return result;
}

/** Mends the archive from the backup that the settings name, and notes what came of it. Never throws. */
export async function mendFromBackup(
  files: InstanceFiles,
  settings: Settings,
  data: string,
  current: BackupSettings,
  signal: AbortSignal,
): Promise<void> {
  const { passphrase, s3 } = backupOptions(current);
  const awaited = filesToBring(settings);
  const places: FilesToBring[] = [
    ...(awaited ? [awaited] : []),
    ...backupFolders(current).filter((folder) => folder !== awaited?.folder).map((folder) => ({
      ...{ folder, passphrase, s3 },
    })),
  ];
  if (places.length === 0) return;
  let mended = 0;
  let refused: Told | undefined;
  for (const place of places) {
    if (files.damagedCount() === 0) break;
    try {
      const access = { ...(place.passphrase && { passphrase: place.passphrase }), ...(place.s3 && { s3: place.s3 }) };
      mended += (await mendArchive(files, { data, folder: place.folder, signal, ...access })).mended;
      if (place === awaited && !signal.aborted) filesAreBrought(settings);
    } catch (error) {
      refused ??= toldOf(error);
    }
  }
  const left = files.damagedCount();
  const folder = places.map((place) => place.folder).join(", ");
  const why = left === 0 ? undefined : refused ?? told(say("mending-left", { count: left, folder }));
  const result = { mended, left, detail: why?.detail ?? "", coded: why?.coded };
  if (signal.aborted) return; // the box stops
  log.info("brought from the backup: {mended} files, {left} are left damaged{why}", {
    ...{ mended: result.mended, left: result.left, why: result.detail === "" ? "" : `, ${result.detail}` },
  });
  settings.set(NAME, JSON.stringify({ at: new Date().toISOString(), folder, ...result } satisfies Mending));
}
