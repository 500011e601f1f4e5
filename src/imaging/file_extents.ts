import type { Extent } from "../dicom/pixel_data.ts";

const CHUNK = 256 * 1024;

/** The bytes `start` to `end` of what the extents of a file make together, read as the receiver takes them. */
export function readExtents(
  path: string,
  extents: readonly Extent[],
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const parts: Extent[] = [];
  let before = 0;
  for (const { offset, length } of extents) {
    const from = Math.max(0, start - before);
    const to = Math.min(length, end - before);
    if (from < to) parts.push({ offset: offset + from, length: to - from });
    before += length;
  }
  let file: Deno.FsFile | undefined;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const part = parts[0];
      if (part === undefined) {
        close();
        controller.close();
        return;
      }
      file ??= await Deno.open(path, { read: true });
      await file.seek(part.offset, Deno.SeekMode.Start);
      const chunk = new Uint8Array(Math.min(CHUNK, part.length));
      const read = await file.read(chunk);
      if (read === null) {
        close();
        throw new Error(`Cannot read the video of ${path}: the file ends before it, receive the object again`);
      }
      parts[0] = { offset: part.offset + read, length: part.length - read };
      if (parts[0].length === 0) parts.shift();
      controller.enqueue(chunk.subarray(0, read));
    },
    cancel: close,
  });
}
