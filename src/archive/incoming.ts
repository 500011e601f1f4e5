import { createHash, type Hash } from "node:crypto";

/** Fragments are gathered to this much before they are written. Two such buffers a connection. */
const BUFFER = 512 * 1024;

/**
 * A file that grows as an object comes in: `<id>.part`, hashed on its way.
 *
 * Two buffers take turns: while one is being written the other fills, and `write` waits when both are full, which
 * leaves what the machine sends on in its own send buffer. So memory stays flat however slow the disk is.
 */
export class IncomingFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #hash: Hash = createHash("sha256");
  #filling = new Uint8Array(BUFFER);
  #spare = new Uint8Array(BUFFER);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #size = 0;
  #closed = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** @throws Error of the file system: no space, read-only, too many open files */
  static async create(path: string): Promise<IncomingFile> {
    return new IncomingFile(path, await Deno.open(path, { read: true, write: true, createNew: true }));
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size;
  }

  /** The open file, whole only after `finish`. */
  get file(): Deno.FsFile {
    return this.#file;
  }

  /** Takes a copy of the bytes. @throws Error of the file system, of this or an earlier write */
  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const room = Math.min(BUFFER - this.#filled, bytes.length - at);
      this.#filling.set(bytes.subarray(at, at + room), this.#filled);
      this.#filled += room;
      at += room;
      if (this.#filled === BUFFER) await this.#swap();
    }
  }

  /** All bytes are in the file, though not yet on the disk. Returns the SHA-256 of the file, hex. */
  async finish(): Promise<string> {
    await this.#swap();
    await this.#writing;
    return this.#hash.digest("hex");
  }

  /** Waits until the disk has it. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  /** Gives up: the file is removed. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {}); // it failed already, and is thrown away
    this.close();
    await Deno.remove(this.path);
  }

  async #swap(): Promise<void> {
    await this.#writing;
    const full = this.#filling.subarray(0, this.#filled);
    this.#filling = this.#spare;
    this.#spare = full.length === BUFFER ? full : new Uint8Array(full.buffer as ArrayBuffer);
    this.#filled = 0;
    this.#writing = this.#writeOut(full);
    this.#writing.catch(() => {}); // thrown again by the next write, finish or discard
  }

  async #writeOut(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
  }
}
