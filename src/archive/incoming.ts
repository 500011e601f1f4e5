import { Buffer } from "node:buffer";
import { createHash, type Hash } from "node:crypto";
import { FileSource } from "../objects/file_source.ts";
import { BufferPool } from "./buffer_pool.ts";

/** Fragments are gathered to this much before they are written. Two such buffers at most for each object under way. */
const BUFFER = 1024 * 1024;
/** Up to this much is written and hashed at once, without handing it to another thread. */
const SMALL = 64 * 1024;
/** Ten that come at the same time have their buffers from here. */
const buffers = new BufferPool(BUFFER, 20, 30_000);

/**
 * A file that grows as an object comes in: `<id>.part`, hashed on its way.
 *
 * Two buffers take turns: while one is being written the other fills, and `write` waits when both are full, which
 * leaves what the machine sends on in its own send buffer. So memory stays flat however slow the disk is.
 */
export class IncomingFile {
  readonly path: string;
  readonly #file: Deno.FsFile;
  /** Of what was written; not begun where all stands in one buffer. */
  #hash: Hash | undefined;
  #sha256!: Promise<string>;
  #filling = buffers.take();
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> | undefined;
  #size = 0;
  #closed = false;

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  /** @throws Error of the file system: no space, read-only, too many open files */
  static create(path: string): IncomingFile {
    return new IncomingFile(path, Deno.openSync(path, { read: true, write: true, createNew: true }));
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size;
  }

  /** What stands in the file from an offset on; only after `finish`. */
  from(offset: number): FileSource {
    return new FileSource(this.#file, offset, this.#size - offset);
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

  /**
   * All bytes are in the file, and on their way to the disk: it works while the caller looks at what came. Of what stands
   * in one buffer, and is not small, another thread works out the hash meanwhile.
   */
  async finish(): Promise<void> {
    await this.#writing;
    const rest = this.#filling.subarray(0, this.#filled);
    const elsewhere = this.#hash === undefined && rest.length > SMALL
      ? crypto.subtle.digest("SHA-256", rest).then((hash) => Buffer.from(hash).toString("hex"))
      : undefined;
    await this.#put(rest);
    this.#filled = 0;
    this.#syncing = this.#file.sync();
    this.#syncing.catch(() => {}); // thrown by `sync`, unless the file is thrown away
    this.#sha256 = elsewhere ?? Promise.resolve((this.#hash ?? createHash("sha256")).update(rest).digest("hex"));
  }

  /** SHA-256 of the file, hex; only after `finish`. */
  get sha256(): Promise<string> {
    return this.#sha256;
  }

  /** Waits until the disk has it; only after `finish`. @throws Error of the file system */
  async sync(): Promise<void> {
    await this.#syncing;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
    buffers.giveBack(this.#filling);
    if (this.#spare) buffers.giveBack(this.#spare);
  }

  /** Gives up: the file is removed. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {}); // it failed already, and is thrown away
    this.close();
    Deno.removeSync(this.path);
  }

  /** Hands the full buffer to the disk, and waits only if the one before is still on its way. */
  async #swap(): Promise<void> {
    await this.#writing;
    const full = this.#filling;
    const filled = this.#filled;
    this.#filling = this.#spare ?? buffers.take();
    this.#spare = full;
    this.#filled = 0;
    this.#writing = this.#writeOut(full.subarray(0, filled));
    this.#writing.catch(() => {}); // thrown again by the next write, finish or discard
  }

  async #writeOut(bytes: Uint8Array): Promise<void> {
    const written = this.#put(bytes);
    (this.#hash ??= createHash("sha256")).update(bytes);
    await written;
  }

  async #put(bytes: Uint8Array): Promise<void> {
    // a few pages go into the system's cache faster than another thread can be asked to put them there
    const small = bytes.length <= SMALL;
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      at += small ? this.#file.writeSync(rest) : await this.#file.write(rest);
    }
  }
}
