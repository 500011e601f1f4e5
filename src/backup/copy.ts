import { writeWhole } from "../objects/durable_file.ts";
import type { Pace } from "./pace.ts";
import { type Change, counted, filePieces, paced } from "./pieces.ts";
import type { Place } from "./target.ts";

/** Size in bytes and SHA-256 in hex, of the plain bytes, and whether the file was kept. */
export interface Copied {
  size: number;
  sha256: string;
  kept: boolean;
}

export interface KeepOptions {
  /** Applied before the bytes are written. */
  seal?: Change;
  /** Not kept unless its plain bytes have this hash. */
  sha256?: string;
  pace: Pace;
  signal?: AbortSignal;
}

/** Copies a file into a backup piece by piece, in bounded memory. @throws Error of the file system or of the place */
export async function keepFile(from: string, place: Place, to: string, options: KeepOptions): Promise<Copied> {
  const { seal, sha256, pace, signal } = options;
  const source = counted(paced(filePieces(await Deno.open(from, { read: true })), pace, signal));
  const bytes = seal ? await seal(source.bytes) : source.bytes;
  const kept = await place.write(to, bytes, () => sha256 === undefined || source.result().sha256 === sha256);
  return { ...source.result(), kept };
}

export interface BringOptions {
  /** Where it grows; on the same disk as `to`. */
  part: string;
  /** Applied after the bytes are read. */
  open?: Change;
  /** Not kept unless its plain bytes have this hash. */
  sha256?: string;
  pace: Pace;
}

/**
 * Copies a file out of a backup: it grows under another name, is waited for until the disk has it, and only then gets
 * its own name.
 *
 * @throws Deno.errors.NotFound when it is not in the backup
 * @throws Error of the file system, of the place, or of `open` where the bytes are not what was sealed
 */
export async function bringFile(place: Place, from: string, to: string, options: BringOptions): Promise<Copied> {
  const { part, open, sha256, pace } = options;
  const source = await opened(place, from, open, pace);
  const isGood = () => sha256 === undefined || sha256 === source.result().sha256;
  const kept = await writeWhole(to, source.bytes, { part, isGood, folderLater: true });
  return { ...source.result(), kept };
}

/** Reads a file of a backup to its end for its size and hash only. @throws as `bringFile` does */
export async function hashFile(place: Place, path: string, { open, pace }: Pick<BringOptions, "open" | "pace">) {
  const source = await opened(place, path, open, pace);
  for await (const _ of source.bytes);
  return source.result();
}

async function opened(place: Place, path: string, open: Change | undefined, pace: Pace) {
  const stored = paced(await place.read(path), pace);
  return counted(open ? await open(stored) : stored);
}
