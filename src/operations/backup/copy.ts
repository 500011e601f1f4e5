import { createHash } from "node:crypto";
import type { Pace } from "./pace.ts";

const CHUNK = 256 * 1024;

/** Changes the bytes on their way, as encryption does. */
export type Change = (bytes: ReadableStream<Uint8Array>) => Promise<ReadableStream<Uint8Array>>;

export interface CopyOptions {
  /** Where it grows; on the same disk as `to`. */
  part: string;
  /** Applied before the bytes are written; hash and size are of the bytes before it. */
  seal?: Change;
  /** Applied after the bytes are read; hash and size are of the bytes after it. */
  open?: Change;
  /** Not kept unless it has this hash. */
  sha256?: string;
  pace: Pace;
  signal?: AbortSignal;
}

/**
 * Copies a file piece by piece, in bounded memory: it grows under another name, is waited for until the disk has it,
 * and only then gets its own name.
 *
 * @returns size in bytes and SHA-256 in hex of the plain bytes, and whether it was kept
 * @throws Error of the file system, or of `open` where the bytes are not what was sealed
 */
export async function copyFile(from: string, to: string, options: CopyOptions) {
  const counted = await countedBytes(from, options);
  const bytes = options.seal ? await options.seal(counted.bytes) : counted.bytes;
  try {
    using file = await Deno.open(options.part, { write: true, create: true, truncate: true });
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    }
    await file.sync();
    const result = counted.result();
    const kept = options.sha256 === undefined || options.sha256 === result.sha256;
    if (kept) await Deno.rename(options.part, to);
    else await Deno.remove(options.part);
    return { ...result, kept };
  } catch (error) {
    await Deno.remove(options.part).catch(() => undefined); // the first error says more
    throw error;
  }
}

/** Reads a file to its end for its size and hash only. @throws as `copyFile` does */
export async function hashFile(path: string, options: Pick<CopyOptions, "open" | "pace" | "signal">) {
  const counted = await countedBytes(path, options);
  for await (const _ of counted.bytes);
  return counted.result();
}

async function countedBytes(path: string, { open, pace, signal }: Pick<CopyOptions, "open" | "pace" | "signal">) {
  const file = await Deno.open(path, { read: true });
  const stored = pieces(file, pace, signal);
  const hash = createHash("sha256");
  let size = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      hash.update(chunk);
      size += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const bytes = (open ? await open(stored) : stored).pipeThrough(count);
  return { bytes, result: () => ({ size, sha256: hash.digest("hex") }) };
}

/** A file's bytes in pieces, each a buffer of its own; closed at its end or when nobody wants more. */
function pieces(file: Deno.FsFile, pace: Pace, signal?: AbortSignal): ReadableStream<Uint8Array> {
  let closed = false;
  const close = () => {
    if (!closed) file.close();
    closed = true;
  };
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const buffer = new Uint8Array(CHUNK);
        const read = await file.read(buffer);
        if (read === null) {
          close();
          return controller.close();
        }
        await pace.passed(read, signal);
        controller.enqueue(buffer.subarray(0, read));
      } catch (error) {
        close();
        throw error;
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}
