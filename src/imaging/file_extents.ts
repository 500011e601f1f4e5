import type { Extent } from "../dicom/pixel_data.ts";

const CHUNK = 256 * 1024;

/** The bytes `start` to `end` of what the extents of a file make together, read as the receiver takes them. */
export function readExtents(
  path: string,
  extents: readonly Extent[],
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from(bytesOfExtents(path, extents, start, end));
}

async function* bytesOfExtents(
  path: string,
  extents: readonly Extent[],
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path, { read: true });
  let before = 0;
  for (const { offset, length } of extents) {
    const to = Math.min(length, end - before);
    for (let at = Math.max(0, start - before); at < to;) {
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
