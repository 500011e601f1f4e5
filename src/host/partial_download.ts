import { getLogger } from "@logtape/logtape";
import { statfsSync } from "node:fs";
import { isFile, removeIfThere } from "../objects/files.ts";
import { type Chunk, hashOf, LARGEST_MAP, readMap } from "./chunks.ts";
import { Download, type DownloadOptions } from "./download.ts";
import { KNOWN, KNOWN_LIST, MAP } from "./known_chunks.ts";
import { LARGEST_BUNDLE } from "./updates.ts";
import { writeWhole } from "../objects/durable_file.ts";

const log = getLogger(["sonodesk", "updates"]);

/** What is added to a bundle's address for that of its map. */
export const MAP_SUFFIX = ".map";
/** How long the host may take to look for what is there already, milliseconds. */
const PATIENCE = 5 * 60_000;
const LOOK = 250;
/** Where more than this of a bundle is new it is fetched whole. */
const MOST_NEW = 0.7;

/** How what the box has already is found. */
export interface KnownParts {
  /** In which the map is laid, and the parts are put. */
  folder: string;
  /** Has somebody who may read the running root look for them. */
  look: () => Promise<void>;
}

/**
 * Fetches of a bundle only what the box does not have, where a map of it lies beside it. What is put together is as long
 * as the bundle, and each part of it has the hash that the map says; whose it is is for the installer to check.
 *
 * @returns the file, and how many bytes were fetched; undefined where it has to be fetched whole
 */
export async function downloadMissing(
  from: string,
  { folder, look }: KnownParts,
  options: DownloadOptions,
): Promise<{ path: string; size: number; fetched: number } | undefined> {
  try {
    const map = await mapAt(from, options);
    if (map === undefined) return undefined;
    const chunks = readMap(map);
    const download = await Download.begin(from, { ...options, method: "HEAD" });
    const { offset, length } = chunks.at(-1)!;
    if (download.size !== offset + length) throw new Error("the map beside it is of another file");
    await Deno.mkdir(folder, { recursive: true });
    const { bavail, bsize } = statfsSync(folder);
    // which is said where it is fetched whole
    if (download.size > Math.min(bavail * bsize, LARGEST_BUNDLE)) throw new Error("there is no room for it");
    await removeIfThere(`${folder}/${KNOWN_LIST}`);
    await writeWhole(`${folder}/${MAP}`, map);
    await look();
    const missing = missingIn(chunks, await knownIn(folder, options.signal));
    const bytes = missing.flat().reduce((sum, { length }) => sum + length, 0);
    if (bytes > download.size * MOST_NEW) throw new Error("most of it is new");
    using file = await Deno.open(`${folder}/${KNOWN}`, { write: true });
    for (const run of missing) await fetchRun(download, run, file);
    await file.sync();
    log.info("of an update of {size} bytes {bytes} were fetched, and a map of {mapBytes}", {
      ...{ size: download.size, bytes, mapBytes: map.length },
    });
    return { path: `${folder}/${KNOWN}`, size: download.size, fetched: bytes + map.length };
  } catch (error) {
    if (options.signal.aborted) throw error;
    log.info("the update is fetched whole: {error}", { error });
    return undefined;
  } finally {
    for (const name of [MAP, KNOWN_LIST]) await removeIfThere(`${folder}/${name}`);
  }
}

/** @returns undefined where there is none */
async function mapAt(from: string, options: DownloadOptions): Promise<Uint8Array | undefined> {
  const address = new URL(from);
  address.pathname += MAP_SUFFIX;
  const download = await Download.begin(address.href, { ...options, tries: 1 }).catch(() => undefined);
  if (download === undefined) return undefined;
  if (download.size > LARGEST_MAP) {
    await download.cancel();
    return undefined;
  }
  const map = new Uint8Array(download.size);
  let at = 0;
  for await (const piece of download.pieces()) {
    map.set(piece.subarray(0, map.length - at), at);
    at += piece.length;
  }
  return map;
}

/** @throws Error when nobody has found them in time */
async function knownIn(folder: string, signal: AbortSignal): Promise<Set<number>> {
  const end = performance.now() + PATIENCE;
  while (!isFile(`${folder}/${KNOWN_LIST}`)) {
    signal.throwIfAborted();
    if (performance.now() > end) throw new Error("nobody has looked for what the box has of it");
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  return new Set(JSON.parse(await Deno.readTextFile(`${folder}/${KNOWN_LIST}`)));
}

/** What is asked for at once: chunks that follow each other. */
function missingIn(chunks: readonly Chunk[], known: ReadonlySet<number>): Chunk[][] {
  const runs: Chunk[][] = [];
  chunks.forEach((chunk, index) => {
    if (known.has(index)) return;
    if (index > 0 && !known.has(index - 1)) runs.at(-1)!.push(chunk);
    else runs.push([chunk]);
  });
  return runs;
}

/** @throws Error when what comes is not what the map says */
async function fetchRun(download: Download, run: readonly Chunk[], file: Deno.FsFile): Promise<void> {
  const [first, last] = [run[0]!, run.at(-1)!];
  let held = new Uint8Array(0);
  let next = 0;
  await file.seek(first.offset, Deno.SeekMode.Start);
  for await (const piece of download.pieces(first.offset, last.offset + last.length)) {
    const joined = new Uint8Array(held.length + piece.length);
    joined.set(held);
    joined.set(piece, held.length);
    let at = 0;
    for (; next < run.length && joined.length - at >= run[next]!.length; next++) {
      const bytes = joined.subarray(at, at += run[next]!.length);
      if (hashOf(bytes) !== run[next]!.hash) throw new Error("what was fetched is not what the map beside it says");
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    }
    held = joined.slice(at);
  }
}
