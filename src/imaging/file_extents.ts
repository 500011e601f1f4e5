import type { MadeExtent } from "../dicom/video/remux.ts";

const CHUNK = 256 * 1024;

/** What makes a stream: extents of a file, and bytes that were made for it. */
interface MadeStream {
  extents: readonly MadeExtent[];
  made: Uint8Array;
}

/** The bytes `start` to `end` of what the extents of a file make together, read as the receiver takes them. */
export function readExtents(
  path: string,
  stream: MadeStream,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(bytesOfExtents(path, stream, start, end));
}

async function* bytesOfExtents(
  path: string,
  { extents, made }: MadeStream,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path, { read: true });
  let before = 0;
  for (const { offset, length, isMade } of extents) {
    if (before >= end) break;
    const to = Math.min(length, end - before);
    const from = Math.max(0, start - before);
    if (isMade && from < to) yield made.slice(offset + from, offset + to);
    for (let at = isMade ? to : from; at < to;) {
      await file.seek(offset + at, Deno.SeekMode.Start);
      const chunk = new Uint8Array(Math.min(CHUNK, to - at));
      const read = await file.read(chunk);
      if (read === null) {
        throw new Error(`Cannot read the video of ${path}: the file ends before it, receive the object again`);
      }
      at += read;
      yield chunk.subarray(0, read);
    }
    before += length;
  }
}
