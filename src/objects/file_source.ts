import { Buffer } from "node:buffer";
import type { ByteSource } from "../dicom/byte_source.ts";
import { othersTurn } from "../timing/turns.ts";

const CHUNK = 1024 * 1024;

/** A part of an open file as a source of bytes, read at once from where it stands. */
export class FileSource implements ByteSource {
  /** Bytes from the offset on. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #offset: number;
  #window = new Uint8Array(0);
  #windowStart = 0;

  /** The file from `offset` to its end, or for `size` bytes. */
  constructor(file: Deno.FsFile, offset: number, size = file.statSync().size - offset) {
    this.#file = file;
    this.#offset = offset;
    this.size = size;
  }

  /**
   * Fewer bytes than asked for where the file ends.
   *
   * @throws Error of the file system
   */
  readAt(offset: number, length: number): Uint8Array {
    const most = Math.max(0, Math.min(length, this.size - offset));
    const start = offset - this.#windowStart;
    if (start >= 0 && start + most <= this.#window.length) return this.#window.subarray(start, start + most);
    // small reads come one after the other: a little read ahead saves most of them
    const window = new Uint8Array(Math.max(0, Math.min(Math.max(most, 4096), this.size - offset)));
    this.#file.seekSync(this.#offset + offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < window.length) {
      const read = this.#file.readSync(window.subarray(filled));
      if (read === null) break;
      filled += read;
    }
    this.#window = window.subarray(0, filled);
    this.#windowStart = offset;
    return this.#window.subarray(0, most);
  }
}

/**
 * Whether a data set is byte for byte that of a stored version. A gigabyte takes a while: others get their turn.
 *
 * @param folder the archive folder
 * @returns false also where the version's file is gone: damaged, or let go by the retention rule
 */
export async function isSameData(
  data: ByteSource,
  folder: string,
  version: { path: string; size: number; dataOffset: number },
): Promise<boolean> {
  if (data.size !== version.size - version.dataOffset) return false;
  try {
    using file = await Deno.open(`${folder}/${version.path}`, { read: true });
    const stored = new FileSource(file, version.dataOffset);
    if (stored.size !== data.size) return false;
    for (let at = 0; at < data.size; at += CHUNK) {
      if (Buffer.compare(data.readAt(at, CHUNK), stored.readAt(at, CHUNK)) !== 0) return false;
      await othersTurn();
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
