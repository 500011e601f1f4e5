import assert from "node:assert/strict";
import { chunksOf, hashOf, mapOf, readMap } from "../../src/host/chunks.ts";

/** Bytes that are the same in every run, and without any order. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, x = seed; at < length; at++) {
    x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + at | 0;
    bytes[at] = x >>> 11;
  }
  return bytes;
}

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function chunks(bytes: Uint8Array, size = 65536) {
  return (await Array.fromAsync(chunksOf(inPieces(bytes, size)))).map(({ offset, length, hash }) => ({
    offset,
    length,
    hash,
  }));
}

Deno.test("chunks: they are the whole file, one behind the other, in whatever pieces it comes", async () => {
  const file = noise(2_000_000, 7);
  const found = await chunks(file);
  let end = 0;
  for (const { offset, length, hash } of found) {
    assert.equal(offset, end);
    assert.equal(hash, hashOf(file.subarray(offset, offset + length)));
    end += length;
  }
  assert.equal(end, file.length);
  assert.ok(found.length > 60 && found.length < 250, `about 16 KiB each: ${found.length}`);
  assert.deepEqual(await chunks(file, 999), found);
  assert.deepEqual(await chunks(new Uint8Array(0)), []);
  assert.deepEqual((await chunks(new Uint8Array(200_000))).map(({ length }) => length), [65536, 65536, 65536, 3392]);
});

Deno.test("chunks: what is put in or taken out changes those around it, and none of the rest, wherever that then lies", async () => {
  const file = noise(2_000_000, 11);
  const before = new Set((await chunks(file)).map(({ hash }) => hash));
  const changed = new Uint8Array([...file.subarray(0, 700_000), 1, 2, 3, ...file.subarray(700_500)]);
  const fresh = (await chunks(changed)).filter(({ hash }) => !before.has(hash));
  assert.ok(fresh.length <= 3, `${fresh.length} are new`);
});

Deno.test("chunks: a map is read as it was made, and what is none is refused", async () => {
  const file = noise(300_000, 3);
  const map = await mapOf(inPieces(file, 4096));
  assert.deepEqual(readMap(map), await chunks(file));
  for (const wrong of [new Uint8Array(0), map.subarray(1), map.subarray(0, map.length - 1), noise(36, 1)]) {
    assert.throws(() => readMap(wrong), /no map of chunks/);
  }
  const tooLong = map.slice();
  tooLong[16] = 0xff;
  assert.throws(() => readMap(tooLong), /no map of chunks/);
});
