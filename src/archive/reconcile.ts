import { createHash } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { LONGEST_FILE_META, readFileMeta } from "../dicom/file_meta.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { MISSING } from "./integrity.ts";
import { transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import type { ReceivedInstance } from "../store/received_instance.ts";
import type { Store } from "../store/store.ts";
import { othersTurn } from "../timing/turns.ts";
import { FileSource, isSameData } from "../objects/file_source.ts";
import { isFile } from "../objects/files.ts";
import { readIdentification } from "./read_identification.ts";
import { describeObject } from "./received_object.ts";

const log = getLogger(["sonodesk", "archive"]);

/** Files looked at before others get their turn. */
const BATCH = 100;
const CHUNK = 1024 * 1024;

/** What was found when files and rows were held against each other. */
export interface Reconciliation {
  /** Files that had no row and have one now. */
  indexed: number;
  /** Files that had no row and whose object had come again since: removed. */
  repeated: number;
  /** Files that had no row and whose object has come since with other bytes: they stay, and do not lead. */
  older: number;
  /** Files that have no row and cannot be read as objects. */
  unreadable: number;
  /** Rows whose file is gone. */
  missing: number;
}

/** What of the receptions under way matters here. */
interface Receptions {
  /** Whether a file, by its path below the folder, has its name already and its row not yet. */
  isBeingReceived(path: string): boolean;
  /** Does the work while no object of this SOP Instance UID is being received. */
  alone<T>(sopInstanceUid: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Holds the archive's files against the store's rows, as a start after a power cut needs it: a whole file without a row
 * is indexed, a row without a file is marked as damaged. Lets others have their turn.
 *
 * @param folder the archive folder
 * @param receptions what comes in at the same time
 */
export async function reconcile(
  folder: string,
  store: Store,
  receptions: Receptions,
  signal: AbortSignal,
): Promise<Reconciliation> {
  const found: Reconciliation = { indexed: 0, repeated: 0, older: 0, unreadable: 0, missing: 0 };
  let looked = 0;
  const breathe = async () => {
    if (++looked % BATCH === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return !signal.aborted;
  };
  for await (const path of objectFiles(folder, "studies")) {
    if (!await breathe()) return found;
    if (receptions.isBeingReceived(path) || store.instanceFiles.hasFile(path)) continue;
    try {
      const object = await readStoredFile(folder, path, store);
      const done = await receptions.alone(object.sopInstanceUid, () => index(folder, store, object));
      if (done === undefined) continue;
      found[done] += 1;
      log.info("{path}, which had no row: {done}", { path, done });
    } catch (error) {
      if (!(error instanceof MalformedDataset)) throw error;
      found.unreadable += 1;
      log.warn("{path} has no row and cannot be read: {error}", { path, error });
    }
  }
  for (const { sopInstanceUid, path } of store.instanceFiles.files()) {
    if (!await breathe()) return found;
    if (isFile(`${folder}/${path}`)) continue;
    if (!store.instanceFiles.markDamage(path, MISSING)) continue; // removed since it was listed
    found.missing += 1;
    log.error("the file of instance {sopInstanceUid} is missing", { sopInstanceUid });
  }
  return found;
}

/**
 * Gives a file its row; but one that nobody was told is stored, and that the machine has sent again since, goes: the
 * object is there once. The file that a row names is never touched, by whatever path it was found.
 */
async function index(
  folder: string,
  store: Store,
  object: ReceivedInstance,
): Promise<"indexed" | "repeated" | "older" | undefined> {
  const { path, dataOffset } = object.file;
  const versions = store.instanceFiles.versions(object.sopInstanceUid);
  for (const version of versions) {
    using file = Deno.openSync(`${folder}/${path}`, { read: true });
    if (isSameFile(file, `${folder}/${version.path}`)) return undefined;
    if (!await isSameData(new FileSource(file, dataOffset), folder, version)) continue;
    // in one transaction: a row may have come for it since, from whom it was that wrote the file
    return store.transaction(() => {
      if (store.instanceFiles.hasFile(path)) return undefined;
      Deno.removeSync(`${folder}/${path}`);
      return "repeated";
    });
  }
  if (versions.length > 0) return "older";
  await store.instances.record(store.fetalSex.shown(object));
  return "indexed";
}

/** Files that were written so long before the last object came, or later, may have been under way; milliseconds. */
const UNDER_WAY = 60_000;

/** Whether a file may have been under way when the power failed, so that nobody was told that it is stored. */
function isOfPowerCut(file: Deno.FsFile, store: Store): boolean {
  const lastCame = store.instanceFiles.latestFiles(1, 0)[0]?.receivedAt ?? "";
  return !store.wasClosed && file.statSync().mtime!.getTime() > (Date.parse(lastCame) || 0) - UNDER_WAY;
}

/** Of what was being written a disk may know the length, and not what stands in it. */
function hasHoles(file: Deno.FsFile): boolean {
  const { size, blocks } = file.statSync();
  // small files may stand in the file system's own tables; blocks are of 512 bytes (stat(2))
  return blocks !== null && size > 64 * 1024 && blocks * 512 < size / 2;
}

/** Whether an open file and a path are one file: a path may be written in more than one way. */
function isSameFile(file: Deno.FsFile, path: string): boolean {
  try {
    const [one, other] = [file.statSync(), Deno.statSync(path)];
    return one.ino !== null && one.ino === other.ino && one.dev === other.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * What the store should have of a file that stands in the archive, read from the file itself.
 *
 * @throws MalformedDataset when it is no whole object
 */
async function readStoredFile(folder: string, path: string, store: Store): Promise<ReceivedInstance> {
  using file = Deno.openSync(`${folder}/${path}`, { read: true });
  if (isOfPowerCut(file, store) && hasHoles(file)) throw new MalformedDataset("the disk does not have all of it");
  const whole = new FileSource(file, 0);
  const { meta, dataOffset } = readFileMeta(whole.readAt(0, LONGEST_FILE_META));
  const syntax = transferSyntaxOf(meta.transferSyntaxUid);
  if (syntax === undefined) throw new MalformedDataset(`the transfer syntax ${meta.transferSyntaxUid} is not known`);
  const source = new FileSource(file, dataOffset);
  const dataset = await readIdentification(source, syntax, store.machines.charsetOf(meta.sourceAeTitle));
  const hash = createHash("sha256");
  for (let at = 0; at < whole.size; at += CHUNK) {
    hash.update(whole.readAt(at, CHUNK));
    await othersTurn();
  }
  return {
    ...describeObject(dataset, meta),
    file: { path, size: whole.size, sha256: hash.digest("hex"), dataOffset },
    receivedFrom: meta.sourceAeTitle,
  };
}

async function* objectFiles(folder: string, below: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    const path = `${below}/${name}`;
    if (isDirectory) yield* objectFiles(folder, path);
    else if (name.endsWith(".dcm")) yield path;
  }
}
