import { Refused, say } from "../sentences.ts";
import { readText, type Target } from "./target.ts";

/**
 * How a backup lies in its target:
 *
 *     objects/ab/abcd…             each received file once, under the SHA-256 of its bytes
 *     snapshots/<number>-<time>/store.sqlite
 *     snapshots/<number>-<time>/files/…     everything else of the data folder, such as certificates
 *     snapshots/<number>-<time>/objects.txt         the hashes of the objects it needs, one a line
 *     snapshots/<number>-<time>/manifest.json, written last: a snapshot without one was broken off
 *     box.txt                      the id of the box whose backup it is
 *     identity.age, recipient.txt  where it is encrypted; every file above but the manifest then ends in .age
 */

export const FORMAT = "sonodesk backup";
export const FORMAT_VERSION = 1;

/** One file of a backup: `size` in bytes and SHA-256 in hex, both of what was backed up, before any encryption. */
export interface KeptFile {
  /** From the data folder. */
  path: string;
  /** Bytes, before encryption. */
  size: number;
  /** Of the bytes before encryption, hex. */
  sha256: string;
}

/** What a snapshot holds. The hashes of the objects are in its store, whose own hash is here. */
export interface Manifest {
  /** Which kind of file it is. */
  format: typeof FORMAT;
  /** Which form of it; raised where an older program could not read it. */
  formatVersion: number;
  /** The version of Sonodesk that wrote it. */
  version: string;
  /** The store's schema. */
  schema: number;
  /** When the store was copied, ISO 8601. */
  time: string;
  /** With the passphrase of the whole target. */
  encrypted: boolean;
  /** The store's copy. */
  store: Omit<KeptFile, "path">;
  /** Beside store and objects. */
  files: KeptFile[];
  /** Those that the store knows, and their bytes. */
  objects: { count: number; bytes: number };
  /** Of `objects.txt`; backups of earlier versions have none. */
  list?: Omit<KeptFile, "path">;
  /** Paths of received files that were damaged or missing in the archive when it was made, and are in no backup. */
  missing: string[];
}

/** The path of an object in a backup. */
export function objectPath(sha256: string): string {
  return `objects/${sha256.slice(0, 2)}/${sha256}`;
}

/** The names of all whole snapshots, oldest first. */
export async function snapshotsIn(target: Target): Promise<string[]> {
  return wholeSnapshots(await target.list("snapshots"));
}

/** The names of the snapshots of which these files, those below `snapshots`, have the manifest; oldest first. */
export function wholeSnapshots(files: readonly string[]): string[] {
  return files.flatMap((path) => /^snapshots\/([^/]+)\/manifest\.json$/.exec(path)?.[1] ?? []).sort();
}

/**
 * The manifest of the latest whole snapshot, or of a named one.
 *
 * @throws Error when there is none, or this version cannot read it
 */
export async function readManifest(target: Target, wanted?: string): Promise<{ name: string; manifest: Manifest }> {
  const there = await snapshotsIn(target);
  const name = wanted ?? there.at(-1);
  if (name === undefined || !there.includes(name)) {
    const place = target.name;
    throw new Refused(
      name === undefined ? say("no-whole-backup-in", { place }) : say("no-backup-named", { place, name }),
    );
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readText(target, `snapshots/${name}/manifest.json`));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refused(say("backup-manifest-damaged", { name, why }), {
      cause: error,
    });
  }
  if (manifest.format !== FORMAT || manifest.formatVersion > FORMAT_VERSION) {
    throw new Refused(say("backup-of-newer", { name, version: manifest.version }));
  }
  return { name, manifest };
}
