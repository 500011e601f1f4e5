import { writeWhole } from "../objects/durable_file.ts";
import { chunksOf, readMap } from "./chunks.ts";

/** In the folder of updates: the map of one, what of it the box has already, and which chunks those are. */
export const MAP = "map";
/** What of it the box has already, each at its place. */
export const KNOWN = "known";
/** Written last: the numbers of those chunks, JSON. */
export const KNOWN_LIST = "known.json";

/** Where a squashfs says how long it is, bytes. */
const LENGTH_AT = 40;
const MAGIC = "hsqs";

/**
 * Puts what an update has in common with the root that runs into a file, each part at its place. The root is read by
 * somebody who may, and given to this as its input.
 *
 * @param folder with the update's map
 * @param root the root file system, a squashfs; what comes behind it on its partition is not looked at
 */
export async function putKnownChunks(folder: string, root: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = readMap(await Deno.readFile(`${folder}/${MAP}`));
  const wanted = Map.groupBy(chunks.keys(), (index) => chunks[index]!.hash);
  const known: number[] = [];
  const last = chunks.at(-1);
  using file = await Deno.open(`${folder}/${KNOWN}`, { write: true, create: true, truncate: true, mode: 0o600 });
  await file.truncate(last === undefined ? 0 : last.offset + last.length);
  for await (const { hash, bytes } of chunksOf(withinItsLength(root))) {
    for (const index of wanted.get(hash) ?? []) {
      await file.seek(chunks[index]!.offset, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      known.push(index);
    }
    wanted.delete(hash);
  }
  await file.sync();
  await writeWhole(`${folder}/${KNOWN_LIST}`, JSON.stringify(known));
}

async function* withinItsLength(root: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: number | undefined;
  for await (const piece of root) {
    rest ??= lengthOf(piece);
    yield piece.subarray(0, rest);
    rest -= Math.min(rest, piece.length);
    if (rest === 0) return;
  }
}

/** @throws Error when it begins no squashfs */
function lengthOf(beginning: Uint8Array): number {
  if (beginning.length < LENGTH_AT + 8 || new TextDecoder().decode(beginning.subarray(0, 4)) !== MAGIC) {
    throw new Error("Cannot look for what the box has of the update: the root that runs is no squashfs, send it whole");
  }
  return Number(new DataView(beginning.buffer, beginning.byteOffset).getBigUint64(LENGTH_AT, true));
}
