import { Snapshot } from "../store/snapshot.ts";
import { bringFile, hashFile } from "./copy.ts";
import { type KeptFile, type Manifest, objectPath, readManifest } from "./format.ts";
import { AtOnce } from "../timing/at_once.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { openTarget } from "./open_target.ts";
import { type S3Access, TargetRefusal } from "./target.ts";
import { openEncryption } from "./encryption.ts";

/** How an integrity check of a backup goes. */
export interface VerifyBackupOptions {
  /** Where the backup is: a folder, or `s3://bucket/path`. */
  folder: string;
  /** How to get into a bucket. */
  s3?: S3Access;
  /** Of an encrypted backup. */
  passphrase?: string;
  /** The name of a snapshot; the latest where not given. */
  name?: string;
  /** Only these objects are read, by their hashes; all where not given. */
  objects?: ReadonlySet<string>;
  /** At most so many are read; as fast as they come where not given. */
  bytesPerSecond?: number;
}

/** What a backup proves: what is wrong with it, in words, each with the file; nothing when it is whole. */
export interface BackupVerification {
  /** Of the backup that was checked. */
  name: string;
  /** What it says of itself. */
  manifest: Manifest;
  /** Read. */
  files: number;
  /** Read, of all of them. */
  bytes: number;
  /** Paths with what is wrong, in English; none when it is whole. */
  damaged: string[];
  /** Hashes of the objects among them, which the archive may have. */
  objects: string[];
}

/**
 * Proves a backup without restoring it: the store's hash and SQLite's own check of it, and the hash of every file that
 * its rows need, decrypted where it is encrypted.
 *
 * @throws Error when there is no backup or the passphrase is wrong
 */
export async function verifyBackup(options: VerifyBackupOptions): Promise<BackupVerification> {
  const backup = await openTarget(options.folder, options.s3);
  const { name, manifest } = await readManifest(backup, options.name);
  const encryption = await openEncryption(backup, options.passphrase);
  const rateLimit = new RateLimit(options.bytesPerSecond);
  const result: BackupVerification = { name, manifest, files: 0, bytes: 0, damaged: [], objects: [] };
  const within = `snapshots/${name}`;
  const check = async (path: string, { size, sha256 }: Omit<KeptFile, "path">) => {
    result.files += 1;
    result.bytes += size;
    const damage = await damageOf(
      () => hashFile(backup, `${path}${encryption.suffix}`, { decrypt: encryption.decrypt, rateLimit }),
      sha256,
    );
    if (damage !== undefined) result.damaged.push(`${path}: ${damage}`);
    return damage === undefined;
  };
  for (const file of manifest.files) await check(`${within}/files/${file.path}`, file);
  if (!await check(`${within}/store.sqlite`, manifest.store)) return result;

  // off the backup's disk: SQLite must see the plain bytes, and they belong to nobody else
  const working = await Deno.makeTempDir({ prefix: "sonodesk-verify-" });
  try {
    const store = `${working}/store.sqlite`;
    await bringFile(backup, `${within}/store.sqlite${encryption.suffix}`, store, {
      part: `${store}.part`,
      decrypt: encryption.decrypt,
      rateLimit,
    });
    using snapshot = new Snapshot(store);
    const damage = snapshot.damage();
    if (damage !== undefined) result.damaged.push(`snapshots/${name}/store.sqlite: ${damage}`);
    const known = new Set(manifest.missing);
    const reading = new AtOnce(backup.atOnce);
    try {
      for (const file of snapshot.files()) {
        // what is asked for is read also where the backup says that it could not have it
        if (options.objects ? !options.objects.has(file.sha256) : known.has(file.path)) continue;
        await reading.begin(async () => {
          if (!await check(objectPath(file.sha256), file)) result.objects.push(file.sha256);
        });
      }
      await reading.ended();
    } finally {
      await reading.settled();
    }
  } finally {
    await Deno.remove(working, { recursive: true });
  }
  return result;
}

async function damageOf(read: () => Promise<{ sha256: string }>, sha256: string): Promise<string | undefined> {
  try {
    return (await read()).sha256 === sha256 ? undefined : "its bytes are not those that were backed up";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it is missing";
    if (error instanceof TargetRefusal) throw error; // says nothing of the file
    return `it cannot be read: ${error instanceof Error ? error.message : error}`;
  }
}
