import { pipeline, Readable, type Transform } from "node:stream";
import { createInflateRaw } from "node:zlib";
import type { ByteSource } from "../dicom/byte_source.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { Pace } from "../timing/turns.ts";

/** A deflated data set is read only as far as this, in bytes once inflated; the rest is only proven to be whole. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Beyond this much, inflated, it is a bomb and not an ultrasound object. */
const MOST_INFLATED = 4 * 1024 * 1024 * 1024;
/** Deflated bytes inflated at once: at most a thousand times as many come of them, which takes some milliseconds. */
const CHUNK = 4 * 1024;

/**
 * A deflated stream, inflated to its end: the byte that makes its length even (PS3.5 A.5), and whatever else follows, is
 * not looked at.
 *
 * @throws MalformedDataset when it is damaged or has no end
 */
export async function* inflating(deflated: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* through(deflated, createInflateRaw());
  } catch (error) {
    if (!(error instanceof Error && "code" in error && /^Z_/.test(String(error.code)))) throw error;
    throw new MalformedDataset(`the deflated data set is damaged: ${error.message}`, { cause: error });
  }
}

/** Bytes on their way through zlib. */
export function through(bytes: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterableIterator<Uint8Array> {
  // what goes wrong is thrown to who reads
  pipeline(Readable.from(bytes), transform, () => {});
  return transform[Symbol.asyncIterator]();
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += CHUNK) yield source.readAt(at, CHUNK);
}

/**
 * Inflates a data set of the deflated transfer syntax (PS3.5 A.5), keeping its beginning. Others get their turn meanwhile.
 *
 * @param mostKept bytes, once inflated; a little more of them may be kept
 * @returns the bytes kept, and whether they are all
 * @throws MalformedDataset when the deflated stream is damaged or has no end
 */
export async function inflate(
  source: ByteSource,
  mostKept = MOST_KEPT,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let total = 0;
  const pace = new Pace();
  for await (const chunk of inflating(chunksOf(source))) {
    total += chunk.length;
    if (total > MOST_INFLATED) throw new MalformedDataset("it inflates beyond any real object");
    if (keptBytes < mostKept) {
      kept.push(chunk);
      keptBytes += chunk.length;
    }
    await pace.next();
  }
  const bytes = new Uint8Array(keptBytes);
  let offset = 0;
  for (const chunk of kept) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { bytes, whole: keptBytes === total };
}
