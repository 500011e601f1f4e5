import { existsSync } from "node:fs";
import { getLogger } from "@logtape/logtape";
import { LONGEST_FILE_META, readFileMeta } from "../dicom/file_meta.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { FileSource } from "../objects/file_source.ts";
import { inEnglish } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import { damageOf } from "./integrity.ts";

const log = getLogger(["sonodesk", "archive"]);

/** Larger files are on the disk before they have a row, bytes. */
export const QUICKLY_PROVEN = 4 * 1024 * 1024;
/** After a power cut so many of the latest files are read against their hashes. */
const LATEST_FILES = 100;
/** Those of so long, milliseconds. */
const LATEST_TIME = 30_000;

/** Reads the latest files against their hashes: of what nobody was told is stored, the disk may not have all. */
export async function proveLatest(folder: string, store: Store): Promise<void> {
  for (const file of store.instanceFiles.latestFiles(LATEST_FILES, LATEST_TIME)) {
    if (file.size > QUICKLY_PROVEN) continue;
    const damage = await damageOf(`${folder}/${file.path}`, file);
    if (damage === undefined || !store.instanceFiles.markDamage(file.path, damage)) continue;
    log.warn("{path}, which was being stored when the power failed: {damage}", {
      path: file.path,
      damage: inEnglish(damage),
    });
  }
}

/** Whether the power failed, and all that the store knows may be of the moments before, when nobody was told of it yet. */
export function isOfLastMoments(store: Store): boolean {
  const { instanceFiles } = store;
  return !store.wasClosed && instanceFiles.latestFiles(LATEST_FILES, LATEST_TIME).length === instanceFiles.wholeCount();
}

/**
 * Gives a whole file in `incoming` whose row is there the name that it lost.
 *
 * @returns the paths of the others, of which nobody was told that they are stored
 */
export async function nameRecorded(folder: string, store: Store): Promise<string[]> {
  const halfFiles = [];
  for (const { name } of Deno.readDirSync(`${folder}/incoming`)) {
    const part = `${folder}/incoming/${name}`;
    const path = await pathOfRecorded(part, folder, store);
    if (path === undefined) {
      halfFiles.push(part);
      continue;
    }
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.renameSync(part, path);
  }
  return halfFiles;
}

/** The full path that a file should have by its row, where there is a row and no file yet. */
async function pathOfRecorded(part: string, folder: string, store: Store): Promise<string | undefined> {
  try {
    using file = Deno.openSync(part, { read: true });
    const { meta } = readFileMeta(new FileSource(file, 0).readAt(0, LONGEST_FILE_META));
    const instance = store.instances.latestUnder(meta.sopInstanceUid);
    const path = instance && `${folder}/${instance.path}`;
    if (path === undefined || existsSync(path)) return undefined;
    return await damageOf(part, instance!) === undefined ? path : undefined;
  } catch (error) {
    if (error instanceof MalformedDataset) return undefined; // cut off within its first bytes
    throw error;
  }
}
