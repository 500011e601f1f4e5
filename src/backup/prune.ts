import { Snapshot } from "../store/snapshot.ts";
import { bringFile } from "./copy.ts";
import { objectPath, readManifest, snapshotsIn } from "./format.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { counted } from "./chunks.ts";
import type { Target } from "./target.ts";
import type { Encryption } from "./encryption.ts";

/**
 * Removes the objects that no snapshot of a backup needs any more. Where it is not known what one of them needs, for
 * its list is damaged, nothing is removed.
 *
 * @param there the paths of all objects
 * @param needed hashes that the latest snapshot needs
 * @returns how many were removed
 */
export async function pruneObjects(
  target: Target,
  encryption: Encryption,
  there: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): Promise<number> {
  const spare = new Set(there);
  const spareNot = (sha256: string) => spare.delete(`${objectPath(sha256)}${encryption.suffix}`);
  for (const sha256 of needed) spareNot(sha256);
  const names = await snapshotsIn(target);
  for (const name of names.slice(0, -1)) {
    if (spare.size === 0) return 0;
    for (const sha256 of await neededBy(target, encryption, name)) spareNot(sha256);
  }
  for (const path of spare) await target.remove(path);
  return spare.size;
}

/** The hashes of the objects that a snapshot needs. @throws Error when that cannot be told for sure */
async function neededBy(target: Target, encryption: Encryption, name: string): Promise<string[]> {
  const { manifest } = await readManifest(target, name);
  const folder = `snapshots/${name}`;
  if (manifest.list !== undefined) {
    const stored = await target.read(`${folder}/objects.txt${encryption.suffix}`);
    const list = counted(encryption.decrypt ? await encryption.decrypt(stored) : stored);
    const text = await new Response(list.bytes).text();
    if (list.result().sha256 !== manifest.list.sha256) {
      throw new Error(`what the backup ${name} needs is not known, its list is damaged: remove that backup`);
    }
    return text.split("\n").filter((line) => line !== "");
  }
  const working = await Deno.makeTempDir({ prefix: "sonodesk-prune-" });
  try {
    const store = `${working}/store.sqlite`;
    const { sha256 } = manifest.store;
    const options = { part: `${store}.part`, decrypt: encryption.decrypt, sha256, rateLimit: new RateLimit() };
    if (!(await bringFile(target, `${folder}/store.sqlite${encryption.suffix}`, store, options)).kept) {
      throw new Error(`what the backup ${name} needs is not known, its store is damaged: remove that backup`);
    }
    using snapshot = new Snapshot(store);
    return [...snapshot.files()].map((file) => file.sha256);
  } finally {
    await Deno.remove(working, { recursive: true });
  }
}
