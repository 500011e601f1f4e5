import { syncFolder } from "../../archive/object_file.ts";
import { Snapshot, takeSnapshot } from "../../store/snapshot.ts";
import { VERSION } from "../version.ts";
import { copyFile } from "./copy.ts";
import { FORMAT, FORMAT_VERSION, isFile, type KeptFile, type Manifest, objectPath, snapshotsIn } from "./format.ts";
import { Pace } from "./pace.ts";
import { makeSeal, openSeal, type Seal } from "./seal.ts";

/** Snapshots of the store that are kept; the objects of all of them stay. */
const SNAPSHOTS_KEPT = 14;
/** What of the data folder is not copied as it is: the store and the archive have their own way, the rest is remade. */
const NOT_COPIED = /^(archive|cache|sonodesk\.sqlite.*|backup-.*|\.writable|\.restoring)$/;

export interface BackupOptions {
  /** The box's data folder. */
  data: string;
  /** Where the backup goes; made where it is not there, its parent must be. */
  folder: string;
  /** Encrypts with it; a folder's first backup decides. */
  passphrase?: string;
  /** At most so many bytes a second are read. */
  bytesPerSecond?: number;
  signal?: AbortSignal;
}

/** What a backup did. Sizes in bytes. */
export interface BackupResult {
  /** The name of its snapshot: a number and the time. */
  name: string;
  objects: { count: number; bytes: number };
  /** What had to travel this time. */
  fresh: { count: number; bytes: number };
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
    throw new Error(`Cannot back up ${data}: there is no store in it, set SONODESK_DATA to the box's data folder`);
  }
  makeFolder(folder);
  using lock = await Deno.open(`${folder}/.lock`, { write: true, create: true });
  if (!await lock.tryLock(true)) {
    throw new Error(`Cannot back up to ${folder}: another backup to it is under way, wait until it has ended`);
  }
  removeLeftovers(folder, data);
  if (passphrase !== undefined && !isFile(`${folder}/identity.age`) && snapshotsIn(folder).length === 0) {
    await makeSeal(folder, passphrase);
  }
  const seal = await openSeal(folder, passphrase);
  const copied = `${data}/backup-${crypto.randomUUID()}.sqlite`;
  try {
    const time = new Date();
    await takeSnapshot(`${data}/sonodesk.sqlite`, copied);
    return await keep(copied, time, seal, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Error(`Cannot back up to ${folder}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await Deno.remove(copied).catch(() => undefined); // it may not have come to be
  }
}

async function keep(copied: string, time: Date, seal: Seal, options: BackupOptions): Promise<BackupResult> {
  const { data, folder, signal } = options;
  const pace = new Pace(options.bytesPerSecond);
  const part = `${folder}/incoming/part`;
  using snapshot = new Snapshot(copied);
  const objects = { count: 0, bytes: 0 };
  const fresh = { count: 0, bytes: 0 };
  const missing: string[] = [];
  const touched = new Set<string>();
  for (const file of snapshot.files()) {
    signal?.throwIfAborted();
    const to = `${folder}/${objectPath(file.sha256)}${seal.suffix}`;
    if (!isFile(to)) {
      const shelf = to.slice(0, to.lastIndexOf("/"));
      Deno.mkdirSync(shelf, { recursive: true });
      if (!await copyObject(`${data}/archive/${file.path}`, to, file.sha256)) {
        missing.push(file.path);
        continue;
      }
      touched.add(shelf);
      fresh.count += 1;
      fresh.bytes += file.size;
    }
    objects.count += 1;
    objects.bytes += file.size;
  }
  const name = nextName(folder, time);
  const place = `${folder}/snapshots/${name}`;
  Deno.mkdirSync(place, { recursive: true });
  const store = await copyFile(copied, `${place}/store.sqlite${seal.suffix}`, {
    part,
    seal: seal.seal,
    pace,
    signal,
  });
  const files: KeptFile[] = [];
  for (const path of otherFiles(data)) {
    const to = `${place}/files/${path}${seal.suffix}`;
    Deno.mkdirSync(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    const { size, sha256 } = await copyFile(`${data}/${path}`, to, { part, seal: seal.seal, pace, signal });
    files.push({ path, size, sha256 });
  }
  // the names before the manifest that vouches for them
  for (const shelf of [...touched, `${folder}/objects`, place]) if (isFolder(shelf)) await syncFolder(shelf);
  const manifest: Manifest = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    version: VERSION,
    schema: snapshot.schema,
    time: time.toISOString(),
    encrypted: seal.encrypted,
    store: { size: store.size, sha256: store.sha256 },
    files,
    objects,
    missing,
  };
  writeManifest(place, manifest);
  await syncFolder(place);
  await syncFolder(`${folder}/snapshots`);
  removeOld(folder);
  return { name, objects, fresh, missing };

  /** False where the archive's file is not what it was when it came. */
  async function copyObject(from: string, to: string, sha256: string): Promise<boolean> {
    try {
      return (await copyFile(from, to, { part, seal: seal.seal, sha256, pace, signal })).kept;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && !isFile(from)) return false;
      throw error;
    }
  }
}

/** Numbered first: a clock that was wrong must not make a new snapshot look older than the others. */
function nextName(folder: string, time: Date): string {
  const number = parseInt(snapshotsIn(folder).at(-1) ?? "0", 10) + 1;
  return `${String(number).padStart(6, "0")}-${time.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}

function makeFolder(folder: string): void {
  try {
    if (!isFolder(folder)) Deno.mkdirSync(folder);
    Deno.mkdirSync(`${folder}/incoming`, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Error(
      `Cannot back up to ${folder}: ${why}, check that the disk is plugged in and may be written`,
      { cause: error },
    );
  }
}

/** What a backup that was broken off has left. Only while no other one is under way. */
function removeLeftovers(folder: string, data: string): void {
  for (const { name } of Deno.readDirSync(`${folder}/incoming`)) Deno.removeSync(`${folder}/incoming/${name}`);
  for (const { name } of Deno.readDirSync(data)) {
    if (/^backup-[0-9a-f-]{36}\.sqlite/.test(name)) Deno.removeSync(`${data}/${name}`);
  }
  const whole = new Set(snapshotsIn(folder));
  if (!isFolder(`${folder}/snapshots`)) return;
  for (const { name } of Deno.readDirSync(`${folder}/snapshots`)) {
    if (!whole.has(name)) Deno.removeSync(`${folder}/snapshots/${name}`, { recursive: true });
  }
}

function removeOld(folder: string): void {
  for (const name of snapshotsIn(folder).slice(0, -SNAPSHOTS_KEPT)) {
    Deno.removeSync(`${folder}/snapshots/${name}`, { recursive: true });
  }
}

function writeManifest(place: string, manifest: Manifest): void {
  const part = `${place}/manifest.part`;
  {
    using file = Deno.openSync(part, { write: true, create: true, truncate: true });
    const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
  }
  Deno.renameSync(part, `${place}/manifest.json`);
}

/** The other files of the data folder, by their paths below it. */
function* otherFiles(data: string, below = ""): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(`${data}/${below}`)) {
    if (below === "" && NOT_COPIED.test(name)) continue;
    if (isDirectory) yield* otherFiles(data, `${below}${name}/`);
    else if (isFile) yield `${below}${name}`;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
