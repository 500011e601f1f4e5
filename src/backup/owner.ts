import { Refused, say } from "../sentences.ts";
import { Snapshot } from "../store/snapshot.ts";
import { bringFile } from "./copy.ts";
import { readManifest, snapshotsIn } from "./format.ts";
import { RateLimit } from "../timing/rate_limit.ts";
import { readText, type Target, writeText } from "./target.ts";
import type { Encryption } from "./encryption.ts";

/** In a backup: the id of the box whose it is, which is no secret. Backups of earlier versions have none. */
const OWNER = "box.txt";

/** @throws Error when the backup says that it is another box's; nothing in it is touched */
export async function refuseOthers(target: Target, boxId: string): Promise<void> {
  const owner = await ownerOf(target);
  if (owner !== undefined && owner !== boxId) throw ofAnother(target);
}

/**
 * Makes a target this box's own where it is nobody's yet: one that has nothing in it, or the backup of an earlier
 * version which was made of this box, by the id in its store or, in one without an id, by its objects.
 *
 * @param knows whether this box's store has a file of this SHA-256
 * @throws Error when it is another box's; nothing in it is touched
 */
export async function claim(
  target: Target,
  encryption: Encryption,
  boxId: string,
  knows: (sha256: string) => boolean,
): Promise<void> {
  if (await ownerOf(target) !== undefined) return;
  if (!await isOwn(target, encryption, boxId, knows)) throw ofAnother(target);
  await writeText(target, OWNER, `${boxId}\n`);
  await target.settle([OWNER]);
}

async function ownerOf(target: Target): Promise<string | undefined> {
  try {
    return (await readText(target, OWNER)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isOwn(
  target: Target,
  encryption: Encryption,
  boxId: string,
  knows: (sha256: string) => boolean,
): Promise<boolean> {
  if ((await snapshotsIn(target)).length === 0) {
    // of a first backup that was broken off, if of any
    const hashes = (await target.list("objects")).map((path) => path.split("/").at(-1)!.replace(/\.age$/, ""));
    return mostlyKnown(hashes, knows);
  }
  const { name, manifest } = await readManifest(target);
  const working = await Deno.makeTempDir({ prefix: "sonodesk-owner-" });
  try {
    const store = `${working}/store.sqlite`;
    const from = `snapshots/${name}/store.sqlite${encryption.suffix}`;
    const options = {
      part: `${store}.part`,
      decrypt: encryption.decrypt,
      sha256: manifest.store.sha256,
      rateLimit: new RateLimit(),
    };
    if (!(await bringFile(target, from, store, options)).kept) {
      throw new Refused(
        say("backup-of-unknown-box", { place: target.name, name }),
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

function ofAnother(target: Target): Error {
  return new Refused(
    say("backup-is-another-boxs", { place: target.name }),
  );
}
