import { Snapshot } from "../store/snapshot.ts";
import { bringFile } from "./copy.ts";
import { objectPath, readManifest, snapshotsIn } from "./format.ts";
import { Pace } from "./pace.ts";
import { counted } from "./pieces.ts";
import type { Place } from "./target.ts";
import type { Seal } from "./seal.ts";

/**
 * Removes the objects that no snapshot of a backup needs any more. Where it is not known what one of them needs, for
 * its list is damaged, nothing is removed.
 *
 * @param there the paths of all objects
 * @param needed hashes that the latest snapshot needs
 * @returns how many were removed
 */
export async function forgetObjects(
  place: Place,
  seal: Seal,
  there: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): Promise<number> {
  const spare = new Set(there);
  const spareNot = (sha256: string) => spare.delete(`${objectPath(sha256)}${seal.suffix}`);
  for (const sha256 of needed) spareNot(sha256);
  const names = await snapshotsIn(place);
  for (const name of names.slice(0, -1)) {
    if (spare.size === 0) return 0;
    for (const sha256 of await neededBy(place, seal, name)) spareNot(sha256);
  }
  for (const path of spare) await place.remove(path);
  return spare.size;
}

/** The hashes of the objects that a snapshot needs. @throws Error when that cannot be told for sure */
async function neededBy(place: Place, seal: Seal, name: string): Promise<string[]> {
  const { manifest } = await readManifest(place, name);
  const folder = `snapshots/${name}`;
  if (manifest.list !== undefined) {
    const stored = await place.read(`${folder}/objects.txt${seal.suffix}`);
    const list = counted(seal.open ? await seal.open(stored) : stored);
    const text = await new Response(list.bytes).text();
    if (list.result().sha256 !== manifest.list.sha256) {
      throw new Error(`what the backup ${name} needs is not known, its list is damaged: remove that backup`);
    }
    return text.split("\n").filter((line) => line !== "");
  }
  const working = await Deno.makeTempDir({ prefix: "sonodesk-forget-" });
  try {
    const store = `${working}/store.sqlite`;
    const { sha256 } = manifest.store;
    const options = { part: `${store}.part`, open: seal.open, sha256, pace: new Pace() };
    if (!(await bringFile(place, `${folder}/store.sqlite${seal.suffix}`, store, options)).kept) {
      throw new Error(`what the backup ${name} needs is not known, its store is damaged: remove that backup`);
    }
    using snapshot = new Snapshot(store);
    return [...snapshot.files()].map((file) => file.sha256);
  } finally {
    await Deno.remove(working, { recursive: true });
  }
}
