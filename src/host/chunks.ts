import { createHash } from "node:crypto";

/** A chunk ends nowhere before so many bytes, and at the latest after so many. */
const SHORTEST = 4096;
const LONGEST = 65536;
/** Of the hash of the last 32 bytes, those bits are 0 where a chunk ends: about every 16 KiB. */
const ENDS = 0xfffc0000;
/** Bytes of the hash that stands in a map. What is put together is checked by its signature too. */
const HASH = 16;
const HEAD = new TextEncoder().encode("sonodesk-map-1\n\n");
const ENTRY = 4 + HASH;
/** The largest map that is read, bytes: that of a bundle of 1 GiB in the shortest chunks. */
export const LARGEST_MAP = HEAD.length + ENTRY * (1024 ** 3 / SHORTEST);

/** A random number for each byte: by xorshift, so that it is the same for ever. */
const GEAR = Uint32Array.from({ length: 256 });
for (let index = 0, x = 0x9e3779b9; index < GEAR.length; index++) {
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  GEAR[index] = x;
}

/** A part of a file. */
export interface Chunk {
  /** Where it begins, bytes. */
  offset: number;
  /** Bytes. */
  length: number;
  /** Of SHA-256, hexadecimal. */
  hash: string;
}

/**
 * Divides a file where its content says so: what two files have in common has the same chunks in both, wherever in them
 * it lies. What is given is overwritten by the next.
 *
 * @param pieces of the file, of any length
 */
export async function* chunksOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk & { bytes: Uint8Array }> {
  let held = new Uint8Array(0);
  let offset = 0;
  const chunk = (bytes: Uint8Array) => ({ offset, length: bytes.length, hash: hashOf(bytes), bytes });
  for await (const piece of pieces) {
    const joined = new Uint8Array(held.length + piece.length);
    joined.set(held);
    joined.set(piece, held.length);
    let at = 0;
    while (joined.length - at >= LONGEST) {
      const bytes = joined.subarray(at, endOf(joined, at));
      yield chunk(bytes);
      [at, offset] = [at + bytes.length, offset + bytes.length];
    }
    held = joined.slice(at);
  }
  for (let at = 0; at < held.length;) {
    const bytes = held.subarray(at, endOf(held, at));
    yield chunk(bytes);
    [at, offset] = [at + bytes.length, offset + bytes.length];
  }
}

function endOf(bytes: Uint8Array, start: number): number {
  const longest = Math.min(bytes.length, start + LONGEST);
  let at = Math.min(longest, start + SHORTEST);
  let hash = 0;
  for (let before = Math.max(start, at - 32); before < at; before++) hash = (hash << 1) + GEAR[bytes[before]!]! | 0;
  while (at < longest) {
    hash = (hash << 1) + GEAR[bytes[at++]!]! | 0;
    if ((hash & ENDS) === 0) break;
  }
  return at;
}

/** The hash of a chunk, as it stands in a map. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 2 * HASH);
}

/** The map of a file: what lies beside it at its address, so that only the chunks that are new are fetched. */
export async function mapOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const entries: Uint8Array[] = [HEAD];
  for await (const { length, hash } of chunksOf(pieces)) {
    const entry = new Uint8Array(ENTRY);
    new DataView(entry.buffer).setUint32(0, length);
    entry.set(Uint8Array.fromHex(hash), 4);
    entries.push(entry);
  }
  return new Uint8Array(await new Blob(entries as BlobPart[]).arrayBuffer());
}

/** The chunks of a map. @throws Error when it is none */
export function readMap(map: Uint8Array): Chunk[] {
  const isMap = HEAD.every((byte, at) => map[at] === byte) && (map.length - HEAD.length) % ENTRY === 0;
  if (!isMap) throw new Error("it is no map of chunks");
  const view = new DataView(map.buffer, map.byteOffset, map.byteLength);
  const chunks: Chunk[] = [];
  for (let at = HEAD.length, offset = 0; at < map.length; at += ENTRY) {
    const length = view.getUint32(at);
    if (length === 0 || length > LONGEST) throw new Error("it is no map of chunks");
    chunks.push({ offset, length, hash: map.subarray(at + 4, at + ENTRY).toHex() });
    offset += length;
  }
  return chunks;
}
