import { inEnglish, say, type Sentence } from "../sentences.ts";
import { createHash } from "node:crypto";
import type { StoredFile } from "../store/instance_files.ts";
import type { Store } from "../store/store.ts";
import { RateLimit } from "../timing/rate_limit.ts";

const CHUNK = 1024 * 1024;

/** What an integrity check found. */
export interface IntegrityReport {
  /** Read. */
  files: number;
  /** Read, of all of them. */
  bytes: number;
  /** The objects whose file is not what it was when it came, with what is wrong in words. */
  damaged: { sopInstanceUid: string; path: string; damage: string }[];
}

/** How an integrity check goes on. */
export interface IntegrityOptions {
  /** At most so many bytes a second are read; as fast as the disk where not given. */
  bytesPerSecond?: number;
  /** Ends it after the file that is being read. */
  signal?: AbortSignal;
}

/**
 * Reads every file of the archive against its SHA-256 and size, those verified longest ago first, and keeps what it
 * finds in the store: damage is marked, and cleared where a file is whole again.
 *
 * @param folder the archive folder
 */
export async function checkIntegrity(
  folder: string,
  store: Store,
  options: IntegrityOptions = {},
): Promise<IntegrityReport> {
  const result: IntegrityReport = { files: 0, bytes: 0, damaged: [] };
  const rateLimit = new RateLimit(options.bytesPerSecond);
  for (const file of store.instanceFiles.files()) {
    if (options.signal?.aborted) break;
    const damage = await damageOf(`${folder}/${file.path}`, file);
    result.files += 1;
    result.bytes += file.size;
    const isThere = store.instanceFiles.markVerified(file.path, damage);
    if (damage !== undefined && isThere) {
      const { sopInstanceUid, path } = file;
      result.damaged.push({ sopInstanceUid, path, damage: inEnglish(damage) });
    }
    await rateLimit.passed(file.size);
  }
  return result;
}

/** What is said of a file that is not there. */
export const MISSING: Sentence = say("file-missing");

/** What is wrong with a file; undefined when nothing is. */
export async function damageOf(
  path: string,
  { size, sha256 }: Pick<StoredFile, "size" | "sha256">,
): Promise<Sentence | undefined> {
  try {
    using file = await Deno.open(path, { read: true });
    const actual = (await file.stat()).size;
    if (actual !== size) return say("file-length", { bytes: actual, expected: size });
    const hash = createHash("sha256");
    const buffer = new Uint8Array(CHUNK);
    for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
      hash.update(buffer.subarray(0, read));
    }
    return hash.digest("hex") === sha256 ? undefined : say("file-changed");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return MISSING;
    return say("file-unreadable", { why: error instanceof Error ? error.message : String(error) });
  }
}
