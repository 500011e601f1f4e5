import { Refused, say, type Sentence } from "../sentences.ts";
import { isFile } from "../objects/files.ts";
import { resolve } from "node:path";
import { Snapshot, type SnapshotFile, takeSnapshot } from "../store/snapshot.ts";
import { Store } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { keepFile } from "./copy.ts";
import { pruneObjects } from "./prune.ts";
import {
  FORMAT,
  FORMAT_VERSION,
  type KeptFile,
  type Manifest,
  objectPath,
  snapshotsIn,
  wholeSnapshots,
} from "./format.ts";
import { claim, refuseOthers } from "./owner.ts";
import { AtOnce } from "../timing/at_once.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { openTarget } from "./open_target.ts";
import { isBucket, type S3Access, type Target, TargetRefusal, writeText } from "./target.ts";
import { type Encryption, ensureEncrypted, openEncryption } from "./encryption.ts";

/** Snapshots of the store that are kept where nothing else is set; the objects of all of them stay. */
const SNAPSHOTS_KEPT = 14;
/**
 * What of the data folder is not copied as it is: the store and the archive have their own way, the rest is remade. An
 * update that waits to be installed, or a request to the computer (an earlier image's lie in `wishes`), is for this box and
 * this hour; certificates travel, for devices trust them.
 */
export const NOT_COPIED =
  /^(archive|aside|snapshots|cache|update|requests.*|wishes.*|sonodesk\.sqlite.*|backup-.*|\.writable|\.lock|\.damaged|\.rescue.*|\.restoring.*|\.replac.*|lost\+found)$/;

/** What a backup is to be like. */
export interface BackupOptions {
  /** The box's data folder. */
  data: string;
  /** Where the backup goes: a folder, made where it is not there, its parent must be; or `s3://bucket/path`. */
  folder: string;
  /** How to get into a bucket. */
  s3?: S3Access;
  /** Encrypts with it; a target's first backup decides. */
  passphrase?: string;
  /** At most so many bytes a second are read. */
  bytesPerSecond?: number;
  /** Snapshots of the store that are kept. */
  snapshots?: number;
  /** Whether objects that no kept snapshot needs any more are removed. */
  prune?: boolean;
  /** Hashes of objects that were found damaged in the backup, and are brought again. */
  distrusted?: ReadonlySet<string>;
  /** Ends it; what was copied already stays. */
  signal?: AbortSignal;
}

/** What a backup did. Sizes in bytes. */
export interface BackupResult {
  /** The name of its snapshot: a number and the time. */
  name: string;
  /** Those that are in the backup now. */
  objects: { count: number; bytes: number };
  /** What had to travel this time. */
  fresh: { count: number; bytes: number };
  /** Objects that were removed from the backup: no snapshot needs them any more. */
  pruned: number;
  /** Paths of received files that are damaged or missing in the archive, and were in no backup before. */
  missing: string[];
}

/**
 * Backs the box up: a copy of its store, and each received file that the backup does not have yet. May run beside the
 * box, in its process or another, while machines store. Broken off at any moment, it goes on where it was when it is
 * run again: what has arrived stays.
 *
 * @throws Error when it cannot, with what to do; the backups before it are untouched
 */
export async function backUp(options: BackupOptions): Promise<BackupResult> {
  const { data, folder, passphrase } = options;
  if (!isFile(`${data}/sonodesk.sqlite`)) {
    throw new Refused(say("backup-without-store", { data }));
  }
  if (!isBucket(folder) && `${resolve(folder)}/`.startsWith(`${resolve(data)}/`)) {
    throw new Refused(say("backup-in-itself", { folder }));
  }
  const target = await openTarget(folder, options.s3);
  const copied = `${data}/backup-${crypto.randomUUID()}.sqlite`;
  try {
    using _alone = await onlyBackupOf(data, folder);
    using _lock = await target.begin();
    const boxId = idOfBox(data);
    await refuseOthers(target, boxId);
    if (passphrase !== undefined) await ensureEncrypted(target, passphrase);
    const encryption = await openEncryption(target, passphrase);
    removeOwnLeftovers(data);
    const time = new Date();
    await takeSnapshot(`${data}/sonodesk.sqlite`, copied).catch((error) => {
      const why = whyOf(error);
      throw typeof why === "string" && /disk is full|No space/.test(why)
        ? new Refused(say("backup-failed", { folder, why: say("backup-no-room-here", { why }) }), { cause: error })
        : error;
    });
    {
      using snapshot = new Snapshot(copied);
      await claim(target, encryption, boxId, (sha256) => snapshot.hasFile(sha256));
    }
    await removeLeftovers(target);
    return await keep(copied, time, target, encryption, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (error instanceof Refused && !(error instanceof TargetRefusal)) throw error;
    throw new Refused(say("backup-failed", { folder, why: whyOf(error) }), { cause: error });
  } finally {
    await Deno.remove(copied).catch(() => undefined); // it may not have come to be
  }
}

function whyOf(error: unknown): Sentence | string {
  if (error instanceof TargetRefusal) return error.why;
  return error instanceof Error ? error.message : String(error);
}

/**
 * One backup of a box at a time, wherever to: each clears up after one that was broken off. The lock is the system's own
 * on the data folder, so that it ends with the process that has it, however that ends.
 */
async function onlyBackupOf(data: string, folder: string): Promise<Disposable> {
  const lock = await Deno.open(data, { read: true });
  if (await lock.tryLock(true)) return lock;
  lock.close();
  throw new Refused(say("backup-under-way", { folder }));
}

async function keep(
  copied: string,
  time: Date,
  target: Target,
  encryption: Encryption,
  options: BackupOptions,
): Promise<BackupResult> {
  const { data, signal } = options;
  const rateLimit = new RateLimit(options.bytesPerSecond);
  using snapshot = new Snapshot(copied);
  const objects = { count: 0, bytes: 0 };
  const fresh = { count: 0, bytes: 0 };
  const missing: string[] = [];
  const sizes = await withoutPlain(target, encryption);
  const there = new Set(sizes.keys());
  const written: string[] = [];
  const needed = new Set<string>();
  const writing = new AtOnce(target.atOnce);
  /** By their hashes: the same bytes may have come twice, under two names. */
  const under = new Map<string, Promise<void>>();
  const keepIt = async (file: SnapshotFile) => {
    await under.get(file.sha256);
    const to = `${objectPath(file.sha256)}${encryption.suffix}`;
    // a name is no proof: half a file may have it, after a power cut or by another's hand
    const isWhole = sizes.get(to) === encryption.sizeOf(file.size) && !options.distrusted?.has(file.sha256);
    if (!isWhole && !needed.has(file.sha256)) {
      if (!await keepObject(`${data}/archive/${file.path}`, to, file.sha256)) return void missing.push(file.path);
      there.add(to);
      written.push(to);
      fresh.count += 1;
      fresh.bytes += file.size;
    }
    needed.add(file.sha256);
    objects.count += 1;
    objects.bytes += file.size;
  };
  try {
    for (const file of snapshot.files()) {
      signal?.throwIfAborted();
      await writing.begin(() => {
        const work = keepIt(file);
        under.set(file.sha256, work);
        return work.finally(() => under.delete(file.sha256));
      });
    }
    await writing.ended();
  } finally {
    await writing.settled(); // nobody writes once this has ended
  }
  const name = await nextName(target, time);
  const folder = `snapshots/${name}`;
  const keepOne = async (from: string, to: string) => {
    const path = `${folder}/${to}${encryption.suffix}`;
    const { size, sha256 } = await keepFile(from, target, path, { encrypt: encryption.encrypt, rateLimit, signal });
    written.push(path);
    return { size, sha256 };
  };
  const store = await keepOne(copied, "store.sqlite");
  const files: KeptFile[] = [];
  for (const path of otherFiles(data)) {
    try {
      files.push({ path, ...await keepOne(`${data}/${path}`, `files/${path}`) });
    } catch (error) {
      // half a file that was given its name, or a note that was taken back, meanwhile
      if (!(error instanceof Deno.errors.NotFound) || isFile(`${data}/${path}`)) throw error;
    }
  }
  const list = await keepList([...needed].sort());
  // the names before the manifest that vouches for them
  await target.settle(written);
  const manifest: Manifest = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    version: VERSION,
    schema: snapshot.schema,
    time: time.toISOString(),
    encrypted: encryption.encrypted,
    store,
    files,
    objects,
    list,
    missing,
  };
  await writeText(target, `${folder}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  await target.settle([`${folder}/manifest.json`]);
  await removeOld(target, options.snapshots ?? SNAPSHOTS_KEPT);
  const pruned = options.prune ? await pruneObjects(target, encryption, there, needed) : 0;
  return { name, objects, fresh, pruned, missing };

  /** False where the archive's file is not what it was when it came. */
  async function keepObject(from: string, to: string, sha256: string): Promise<boolean> {
    try {
      return (await keepFile(from, target, to, { encrypt: encryption.encrypt, sha256, rateLimit, signal })).kept;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && !isFile(from)) return false;
      throw error;
    }
  }

  async function keepList(hashes: string[]): Promise<Omit<KeptFile, "path">> {
    const path = `${data}/backup-${crypto.randomUUID()}.txt`;
    try {
      await Deno.writeTextFile(path, hashes.map((hash) => `${hash}\n`).join(""));
      return await keepOne(path, "objects.txt");
    } finally {
      await Deno.remove(path);
    }
  }
}

/** Numbered first: a clock that was wrong must not make a new snapshot look older than the others. */
async function nextName(target: Target, time: Date): Promise<string> {
  const number = parseInt((await snapshotsIn(target)).at(-1) ?? "0", 10) + 1;
  return `${String(number).padStart(6, "0")}-${time.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}

/** The objects that are there, and their sizes. Plain ones in an encrypted target are what a backup before its passphrase has left. */
async function withoutPlain(target: Target, encryption: Encryption): Promise<Map<string, number>> {
  const objects = await target.sizes("objects");
  if (!encryption.encrypted) return objects;
  for (const path of [...objects.keys()]) {
    if (path.endsWith(encryption.suffix)) continue;
    await target.remove(path);
    objects.delete(path);
  }
  return objects;
}

/** The id of the box with this data folder; made where it has none yet. */
function idOfBox(data: string): string {
  const store = new Store(`${data}/sonodesk.sqlite`);
  try {
    return store.settings.boxId();
  } finally {
    store.close();
  }
}

/** What a backup that was broken off has left in the data folder. Only while no other one is under way. */
function removeOwnLeftovers(data: string): void {
  for (const { name } of Deno.readDirSync(data)) {
    if (/^backup-[0-9a-f-]{36}\.(sqlite|txt)/.test(name)) Deno.removeSync(`${data}/${name}`);
  }
}

/** And what it has left in its target. */
async function removeLeftovers(target: Target): Promise<void> {
  const files = await target.list("snapshots");
  const whole = new Set(wholeSnapshots(files));
  for (const path of files) if (!whole.has(path.split("/")[1]!)) await target.remove(path);
}

async function removeOld(target: Target, kept: number): Promise<void> {
  const files = await target.list("snapshots");
  for (const name of wholeSnapshots(files).slice(0, -kept)) {
    const own = files.filter((path) => path.startsWith(`snapshots/${name}/`));
    // first what makes it a backup: half of one is none
    const manifest = `snapshots/${name}/manifest.json`;
    for (const path of [manifest, ...own.filter((path) => path !== manifest)]) await target.remove(path);
  }
}

/** The other files of the data folder, by their paths below it. */
export function* otherFiles(data: string, below = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(`${data}/${below}`)) {
    if (below === "" && NOT_COPIED.test(name)) continue;
    if (isDirectory) yield* otherFiles(data, `${below}${name}/`);
    else if (isFile) yield `${below}${name}`;
  }
}
