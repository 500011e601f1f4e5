import { Snapshot } from "../store/snapshot.ts";
import { bringFile } from "./copy.ts";
import { readManifest, snapshotsIn } from "./format.ts";
import { Pace } from "./pace.ts";
import { type Place, readText, writeText } from "./target.ts";
import type { Seal } from "./seal.ts";

/** In a backup: the id of the box whose it is, which is no secret. Backups of earlier versions have none. */
const OWNER = "box.txt";

/** @throws Error when the backup says that it is another box's; nothing in it is touched */
export async function refuseOthers(place: Place, boxId: string): Promise<void> {
  const owner = await ownerOf(place);
  if (owner !== undefined && owner !== boxId) throw ofAnother(place);
}

/**
 * Makes a place this box's own where it is nobody's yet: one that has nothing in it, or the backup of an earlier
 * version which was made of this box, by the id in its store or, in one without an id, by its objects.
 *
 * @param knows whether this box's store has a file of this SHA-256
 * @throws Error when it is another box's; nothing in it is touched
 */
export async function claim(
  place: Place,
  seal: Seal,
  boxId: string,
  knows: (sha256: string) => boolean,
): Promise<void> {
  if (await ownerOf(place) !== undefined) return;
  if (!await isOwn(place, seal, boxId, knows)) throw ofAnother(place);
  await writeText(place, OWNER, `${boxId}\n`);
  await place.settle([OWNER]);
}

async function ownerOf(place: Place): Promise<string | undefined> {
  try {
    return (await readText(place, OWNER)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isOwn(
  place: Place,
  seal: Seal,
  boxId: string,
  knows: (sha256: string) => boolean,
): Promise<boolean> {
  if ((await snapshotsIn(place)).length === 0) {
    // of a first backup that was broken off, if of any
    const hashes = (await place.list("objects")).map((path) => path.split("/").at(-1)!.replace(/\.age$/, ""));
    return mostlyKnown(hashes, knows);
  }
  const { name, manifest } = await readManifest(place);
  const working = await Deno.makeTempDir({ prefix: "sonodesk-owner-" });
  try {
    const store = `${working}/store.sqlite`;
    const from = `snapshots/${name}/store.sqlite${seal.suffix}`;
    const options = { part: `${store}.part`, open: seal.open, sha256: manifest.store.sha256, pace: new Pace() };
    if (!(await bringFile(place, from, store, options)).kept) {
      throw new Error(
        `Cannot back up to ${place.name}: it is not known whose backup it is, the store of ${name} is damaged; ` +
          `remove snapshots/${name}, or choose an empty folder`,
      );
    }
    using snapshot = new Snapshot(store);
    const owner = snapshot.boxId;
    if (owner !== undefined) return owner === boxId;
    return mostlyKnown([...snapshot.files()].map(({ sha256 }) => sha256), knows);
  } finally {
    await Deno.remove(working, { recursive: true });
  }
}

/** A machine may have sent the same object to two boxes; not most of them. */
function mostlyKnown(hashes: readonly string[], knows: (sha256: string) => boolean): boolean {
  return hashes.filter(knows).length * 2 >= hashes.length;
}

function ofAnother(place: Place): Error {
  return new Error(
    `Cannot back up to ${place.name}: it is the backup of another box and stays as it is, choose an empty folder; ` +
      `to have on this box what is in it, restore it into an empty data folder`,
  );
}
