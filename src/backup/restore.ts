import { Refused, say } from "../sentences.ts";
import { folderOf, isFile } from "../objects/files.ts";
import { statfsSync } from "node:fs";
import { nameWhole, syncFile, syncFolder } from "../objects/durable_file.ts";
import { LOCK, takeDataFolder } from "../data_folder.ts";
import { knownMigrations } from "../store/migrate.ts";
import { damageOf, Snapshot, type SnapshotFile } from "../store/snapshot.ts";
import { damageInWords } from "../store/store_unusable.ts";
import { NOT_COPIED } from "./backup.ts";
import { bringFile } from "./copy.ts";
import { objectPath, readManifest } from "./format.ts";
import { AtOnce } from "../timing/at_once.ts";
import { PartFiles } from "./part_files.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { openTarget } from "./open_target.ts";
import { type S3Access, type Target, TargetRefusal } from "./target.ts";
import { openEncryption } from "./encryption.ts";

/** In a data folder that is being filled: a box must not start on it, and a restore may go on in it. */
export const RESTORING = ".restoring";

/** How a restore is to go. */
export interface RestoreOptions {
  /** Where the backup is: a folder, or `s3://bucket/path`. */
  folder: string;
  /** How to get into a bucket. */
  s3?: S3Access;
  /** What stands for `folder`, such as a box that runs. */
  from?: OtherSource;
  /** The data folder to fill: empty, or not there yet, or one in which this restore was broken off. */
  data: string;
  /** Of an encrypted backup. */
  passphrase?: string;
  /** The name of a snapshot; the latest where not given. */
  name?: string;
  /** Into the folder of a box that cannot start, which the caller has taken, in place of one that is empty. */
  rescue?: Rescued;
}

/** A source that is no folder and no bucket. */
export interface OtherSource {
  /** Only read. */
  target: Target;
  /** How the files of the archive are called in it. */
  pathOf: (file: SnapshotFile) => string;
  /** Times that a file is asked for which does not come whole: it may have been the way. */
  tries: number;
  /** At most so many bytes a second are read of it. */
  bytesPerSecond?: number;
}

/** What becomes of what is in the folder of a box that cannot start. Files that are there are never overwritten. */
export interface Rescued {
  /** Moves its store out of the way; undefined where that stays and only files are brought that it knows. */
  moveStoreAside: (() => void) | undefined;
  /** Told after each received file that was brought or was there. */
  onFile?: (done: number) => void;
  /** Received files alone, to be followed by another restore: the store and the rest are as they were afterwards. */
  filesFirst?: boolean;
  /** For a box that was never set up: the backup's other files, such as certificates, take the place of its own. */
  replacesFiles?: boolean;
  /** Done with the store before it gets its name, where its received files are to follow later. */
  filesLater?: (store: string) => void | Promise<void>;
}

/** What came back. Sizes in bytes. */
export interface RestoreResult {
  /** Of the backup that was restored. */
  name: string;
  /** When it was made, ISO 8601. */
  time: string;
  /** That came back. */
  objects: { count: number; bytes: number };
  /** Received files of these that were not here before. */
  brought: number;
  /** What did not, by its path in the archive, and why. */
  damaged: string[];
}

/**
 * Fills an empty data folder from a backup. The store comes last, so that a restore that is broken off is no box; run
 * again, it goes on.
 *
 * @throws Error when the folder is not empty and no box is rescued in it, the backup is newer than this version, or a file cannot be written
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  const { folder, data, rescue } = options;
  const backup = options.from?.target ?? await openTarget(folder, options.s3);
  const pathOf = options.from?.pathOf ?? ((file) => objectPath(file.sha256));
  const { name, manifest } = await readManifest(backup, options.name);
  const newest = knownMigrations().at(-1)!.number;
  if (manifest.schema > newest) {
    throw new Refused(
      say("restore-of-newer", { name, schema: manifest.schema, newest, version: manifest.version }),
    );
  }
  const encryption = await openEncryption(backup, options.passphrase);
  Deno.mkdirSync(data, { recursive: true });
  using _alone = rescue === undefined ? takeDataFolder(data) : undefined;
  if (rescue === undefined) {
    prepareFolder(data, name);
    ensureRoom(data, manifest.objects.bytes + 2 * manifest.store.size);
  }
  const rateLimit = new RateLimit(options.from?.bytesPerSecond);
  const parts = new PartFiles(`${data}/${RESTORING}.part`, backup.atOnce);
  const within = `snapshots/${name}`;
  const keepsStore = rescue !== undefined && rescue.moveStoreAside === undefined;
  const brought = `${data}/${RESTORING}.sqlite`;
  /** In which names are new. */
  const folders = new Set<string>();
  /** The folder of a new folder has a new name in it, too. */
  const noteFolders = (to: string) => {
    for (let at = folderOf(to); at.length >= data.length && !folders.has(at); at = folderOf(at)) folders.add(at);
  };
  const bring = (from: string, to: string, sha256: string) => {
    if (to.split("/").includes("..")) throw new Refused(say("restore-strange-path", { path: to }));
    noteFolders(to);
    Deno.mkdirSync(folderOf(to), { recursive: true });
    const { suffix, decrypt } = encryption;
    return parts.with((part) => bringFile(backup, `${from}${suffix}`, to, { part, decrypt, sha256, rateLimit }));
  };
  if (!keepsStore && !(await bring(`${within}/store.sqlite`, brought, manifest.store.sha256)).kept) {
    throw new Refused(say("restore-store-damaged", { name }));
  }
  if (rescue !== undefined && !keepsStore) {
    const damage = await damageOf(brought);
    if (damage !== undefined) {
      await Deno.remove(brought);
      throw new Refused(say("backup-store-damaged", { name, why: damageInWords(damage) }));
    }
  }
  const store = keepsStore ? `${data}/sonodesk.sqlite` : brought;
  if (rescue !== undefined) {
    ensureRoom(data, bytesToBring(data, store) + manifest.store.size);
    if (!keepsStore) Deno.writeTextFileSync(`${data}/${RESTORING}`, name);
  }
  for (const file of rescue?.filesFirst ? [] : manifest.files) {
    // of another box and hour: a request to the computer must not be carried out again
    if (NOT_COPIED.test(file.path.split("/").find((part) => part !== "" && part !== ".") ?? "")) continue;
    if (rescue !== undefined && !rescue.replacesFiles && isFile(`${data}/${file.path}`)) continue;
    if (!(await bring(`${within}/files/${file.path}`, `${data}/${file.path}`, file.sha256)).kept) {
      throw new Refused(
        say("restore-file-damaged", { name, path: file.path }),
      );
    }
  }
  const result: RestoreResult = { name, time: manifest.time, objects: { count: 0, bytes: 0 }, brought: 0, damaged: [] };
  if (rescue?.filesLater) {
    await rescue.filesLater(store);
    await syncFile(store);
  } else {
    using snapshot = new Snapshot(store);
    const bringOne = async (file: SnapshotFile) => {
      const to = `${data}/archive/${file.path}`;
      // there already: an earlier run brought it, whole, for it had its name
      if (!isFile(to)) {
        let why: string | undefined;
        for (let tries = options.from?.tries ?? 1; tries > 0; tries--) {
          why = await bringObject(() => bring(pathOf(file), to, file.sha256));
          if (why === undefined) break;
        }
        if (why !== undefined) return void result.damaged.push(`${file.path}: ${why}`);
        result.brought += 1;
      }
      noteFolders(to); // also where an earlier run brought it
      result.objects.count += 1;
      result.objects.bytes += file.size;
      rescue?.onFile?.(result.objects.count);
    };
    const bringing = new AtOnce(backup.atOnce);
    try {
      for (const file of snapshot.files()) await bringing.begin(() => bringOne(file));
      await bringing.ended();
    } finally {
      await bringing.settled(); // nobody writes once this has ended
    }
  }
  for (const path of folders) await syncFolder(path);
  if (keepsStore) return result;
  if (rescue?.filesFirst) {
    await Deno.remove(brought);
    return result;
  }
  rescue?.moveStoreAside?.();
  await nameWhole(brought, `${data}/sonodesk.sqlite`);
  Deno.removeSync(`${data}/${RESTORING}`);
  return result;
}

/** Sizes of the files that a store knows and that are not there, bytes. */
function bytesToBring(data: string, store: string): number {
  using snapshot = new Snapshot(store);
  let bytes = 0;
  for (const { path, size } of snapshot.files()) if (!isFile(`${data}/archive/${path}`)) bytes += size;
  return bytes;
}

async function bringObject(bring: () => Promise<{ kept: boolean }>): Promise<string | undefined> {
  try {
    return (await bring()).kept ? undefined : "its bytes are not those that were backed up";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it is not in the backup";
    if (error instanceof TargetRefusal) throw error; // run again, it goes on
    if (error instanceof Deno.errors.PermissionDenied || (error as { code?: string }).code === "ENOSPC") throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws Error when there is something in it that a restore could overwrite */
function prepareFolder(data: string, name: string): void {
  const begun = `${data}/${RESTORING}`;
  if (isFile(begun)) {
    const other = Deno.readTextFileSync(begun);
    if (other === name) return;
    throw new Refused(
      say("restore-another-broken-off", { name, data, before: other }),
    );
  }
  const nothing = ["lost+found", LOCK];
  if (namesIn(data).some((name) => !nothing.includes(name) && !(name === "cache" && isOfRuntime(`${data}/cache`)))) {
    throw new Refused(
      say("restore-not-empty", { data }),
    );
  }
  Deno.writeTextFileSync(begun, name);
}

/** Each new disk has a `lost+found`; and a program that brings its own Deno has made of itself what it runs. */
function isOfRuntime(cache: string): boolean {
  return namesIn(cache).every((name) => name === "deno");
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

function ensureRoom(data: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(data);
  if (bavail * bsize > bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((size) => (size / 1e9).toFixed(1));
  throw new Refused(
    say("restore-without-room", { data, needed: needed!, free: free! }),
  );
}
