import { removeIfThere } from "../objects/files.ts";
import { join } from "node:path";
import type { PictureType } from "./render_protocol.ts";

export interface CacheLimits {
  /** Bytes of all pictures together. */
  bytes: number;
  /** How many pictures; each costs some memory for its place in the order of use. */
  files: number;
}

const EXTENSIONS: Record<PictureType, string> = { "image/jpeg": "jpg", "image/webp": "webp", "image/png": "png" };

/**
 * Drawn pictures on disk, the least recently used going first at the bound. What is lost is drawn again, so nothing
 * here is fsynced; a picture that is half written, as a power cut may leave it, is seen by its end and not served.
 */
export class PictureCache {
  readonly #folder: string;
  readonly #limits: CacheLimits;
  /** Names in the order of use, with their sizes. */
  readonly #sizes = new Map<string, number>();
  #total = 0;
  #opened: Promise<void> | undefined;
  /** What is not in `#sizes` is not on the disk. */
  #isTaken = false;
  /** Folders that are there, as far as is known. */
  readonly #made = new Set<string>();

  /** @param folder made at first use; it belongs to the cache alone */
  constructor(folder: string, limits: CacheLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** The picture under a key, or undefined when it must be drawn. */
  async read(key: string, type: PictureType): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const name = `${key}.${EXTENSIONS[type]}`;
    if (this.#isTaken && !this.#sizes.has(name)) return undefined;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await Deno.readFile(this.#path(name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
      throw error;
    }
    if (!isWhole(bytes, type)) return undefined;
    const size = this.#sizes.get(name);
    if (size !== undefined) {
      this.#sizes.delete(name); // to the end, as the last used
      this.#sizes.set(name, size);
    }
    return bytes;
  }

  /** Keeps a picture, and lets go of the least recently used ones past the bound. */
  async write(key: string, type: PictureType, bytes: Uint8Array): Promise<void> {
    await this.#open();
    const name = `${key}.${EXTENSIONS[type]}`;
    await this.#writeOut(name, bytes);
    this.#total += bytes.length - (this.#sizes.get(name) ?? 0);
    this.#sizes.delete(name);
    this.#sizes.set(name, bytes.length);
    await this.#evict();
  }

  async #writeOut(name: string, bytes: Uint8Array): Promise<void> {
    const folder = join(this.#folder, name.slice(0, 2));
    if (!this.#made.has(folder)) await Deno.mkdir(folder, { recursive: true });
    this.#made.add(folder);
    try {
      await Deno.writeFile(this.#path(name), bytes);
    } catch (error) {
      this.#made.delete(folder); // somebody may have removed it
      await removeIfThere(this.#path(name)).catch(() => {}); // a full disk took some of it; the first error says more
      throw error;
    }
  }

  async #evict(): Promise<void> {
    for (const [name, size] of this.#sizes) {
      if (this.#total <= this.#limits.bytes && this.#sizes.size <= this.#limits.files) return;
      this.#sizes.delete(name);
      this.#total -= size;
      await removeIfThere(this.#path(name));
    }
  }

  /** Takes stock of what an earlier run left, oldest first. */
  #open(): Promise<void> {
    return this.#opened ??= this.#takeStock();
  }

  async #takeStock(): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const found: { name: string; size: number; at: number }[] = [];
    for await (const folder of Deno.readDir(this.#folder)) {
      // earlier versions wrote them
      if (folder.isFile && folder.name.endsWith(".part")) await removeIfThere(join(this.#folder, folder.name));
      if (!folder.isDirectory) continue;
      for await (const { name } of Deno.readDir(join(this.#folder, folder.name))) {
        const { size, mtime } = await Deno.stat(join(this.#folder, folder.name, name));
        found.push({ name, size, at: mtime?.getTime() ?? 0 });
      }
    }
    found.sort((a, b) => a.at - b.at);
    for (const { name, size } of found) {
      this.#sizes.set(name, size);
      this.#total += size;
    }
    this.#isTaken = true;
  }

  #path(name: string): string {
    return join(this.#folder, name.slice(0, 2), name);
  }
}

const latin1 = new TextDecoder("latin1");

function isWhole(bytes: Uint8Array, type: PictureType): boolean {
  if (type === "image/jpeg") return bytes.length > 4 && bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
  if (bytes.length < 12) return false;
  if (type === "image/png") return latin1.decode(bytes.subarray(-8, -4)) === "IEND";
  const said = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8; // RIFF's length, of even bytes
  return bytes.length >= said;
}
