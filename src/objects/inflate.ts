import type { ByteSource } from "../dicom/byte_source.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { othersTurn } from "../timing/turns.ts";

/** A deflated data set is read only as far as this, in bytes once inflated; the rest is only proven to be whole. */
const MOST_KEPT = 64 * 1024 * 1024;
/** Beyond this much, inflated, it is a bomb and not an ultrasound object. */
const MOST_INFLATED = 4 * 1024 * 1024 * 1024;
/** Deflated bytes inflated at once: at most a thousand times as many come of them, which takes some milliseconds. */
const CHUNK = 4 * 1024;
/** Bytes, deflated and inflated, after which others get their turn. */
const SLICE = 4 * 1024 * 1024;

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
  let at = 0;
  let since = 0;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (since >= SLICE) {
        since = 0;
        await othersTurn();
      }
      if (at >= source.size) return controller.close();
      const chunk = new Uint8Array(source.readAt(at, CHUNK));
      at += chunk.length;
      since += chunk.length;
      controller.enqueue(chunk);
    },
  });
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let total = 0;
  try {
    for await (const chunk of compressed.pipeThrough(new DecompressionStream("deflate-raw"))) {
      total += chunk.length;
      since += chunk.length;
      if (total > MOST_INFLATED) throw new MalformedDataset("it inflates beyond any real object");
      if (keptBytes < mostKept) {
        kept.push(chunk);
        keptBytes += chunk.length;
      }
    }
  } catch (error) {
    if (error instanceof MalformedDataset) throw error;
    throw new MalformedDataset(`the deflated data set is damaged: ${error instanceof Error ? error.message : error}`);
  }
  const bytes = new Uint8Array(keptBytes);
  let offset = 0;
  for (const chunk of kept) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { bytes, whole: keptBytes === total };
}
