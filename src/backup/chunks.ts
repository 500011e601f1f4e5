import { createHash } from "node:crypto";
import type { RateLimit } from "../timing/rate_limit.ts";

const CHUNK = 256 * 1024;

/** Changes the bytes on their way, as encryption does. */
export type Change = (bytes: ReadableStream<Uint8Array>) => Promise<ReadableStream<Uint8Array>>;

/** A file's bytes in chunks, each a buffer of its own; closed at its end or when nobody wants more. */
export function fileChunks(file: Deno.FsFile): ReadableStream<Uint8Array> {
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
        controller.enqueue(buffer.subarray(0, read));
      } catch (error) {
        close();
        throw error;
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

/** The bytes no faster than that, and not after the signal. */
export function limited(
  bytes: ReadableStream<Uint8Array>,
  rateLimit: RateLimit,
  signal?: AbortSignal,
): ReadableStream<Uint8Array> {
  return bytes.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>(
      {
        transform: async (chunk, controller) => {
          await rateLimit.passed(chunk.length, signal);
          controller.enqueue(chunk);
        },
      },
      { highWaterMark: 1 },
      { highWaterMark: 0 },
    ),
  );
}

/** Counts and hashes bytes on their way: ask `result` once they have all passed. */
export function counted(bytes: ReadableStream<Uint8Array>) {
  const hash = createHash("sha256");
  let size = 0;
  let result: { size: number; sha256: string } | undefined;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      hash.update(chunk);
      size += chunk.length;
      controller.enqueue(chunk);
    },
  });
  return {
    bytes: bytes.pipeThrough(count),
    result: () => result ??= { size, sha256: hash.digest("hex") },
  };
}
