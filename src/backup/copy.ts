import { writeWhole } from "../objects/durable_file.ts";
import type { RateLimit } from "../timing/rate_limit.ts";
import { type Change, counted, fileChunks, limited } from "./chunks.ts";
import type { Target } from "./target.ts";

/** Size in bytes and SHA-256 in hex, of the plain bytes, and whether the file was kept. */
interface Copied {
  size: number;
  sha256: string;
  kept: boolean;
}

interface KeepOptions {
  /** Applied before the bytes are written. */
  encrypt?: Change;
  /** Not kept unless its plain bytes have this hash. */
  sha256?: string;
  rateLimit: RateLimit;
  signal?: AbortSignal;
}

/** Copies a file into a backup chunk by chunk, in bounded memory. @throws Error of the file system or of the target */
export async function keepFile(from: string, target: Target, to: string, options: KeepOptions): Promise<Copied> {
  const { encrypt, sha256, rateLimit, signal } = options;
  const source = counted(limited(fileChunks(await Deno.open(from, { read: true })), rateLimit, signal));
  const bytes = encrypt ? await encrypt(source.bytes) : source.bytes;
  const kept = await target.write(to, bytes, () => sha256 === undefined || source.result().sha256 === sha256);
  return { ...source.result(), kept };
}

interface BringOptions {
  /** Where it grows; on the same disk as `to`. */
  part: string;
  /** Applied after the bytes are read. */
  decrypt?: Change;
  /** Not kept unless its plain bytes have this hash. */
  sha256?: string;
  rateLimit: RateLimit;
}

/**
 * Copies a file out of a backup: it grows under another name, is waited for until the disk has it, and only then gets
 * its own name.
 *
 * @throws Deno.errors.NotFound when it is not in the backup
 * @throws Error of the file system, of the target, or of `decrypt` where the bytes are not what was encrypted
 */
export async function bringFile(target: Target, from: string, to: string, options: BringOptions): Promise<Copied> {
  const { part, decrypt, sha256, rateLimit } = options;
  const source = await opened(target, from, decrypt, rateLimit);
  const isGood = () => sha256 === undefined || sha256 === source.result().sha256;
  const kept = await writeWhole(to, source.bytes, { part, isGood, folderLater: true });
  return { ...source.result(), kept };
}

/** Reads a file of a backup to its end for its size and hash only. @throws as `bringFile` does */
export async function hashFile(
  target: Target,
  path: string,
  { decrypt, rateLimit }: Pick<BringOptions, "decrypt" | "rateLimit">,
) {
  const source = await opened(target, path, decrypt, rateLimit);
  for await (const _ of source.bytes);
  return source.result();
}

async function opened(target: Target, path: string, decrypt: Change | undefined, rateLimit: RateLimit) {
  const stored = limited(await target.read(path), rateLimit);
  return counted(decrypt ? await decrypt(stored) : stored);
}
