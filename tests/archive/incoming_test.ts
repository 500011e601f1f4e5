import assert from "node:assert/strict";
import { IncomingFile } from "../../src/archive/incoming.ts";
import { run } from "../support/peers.ts";

const KIBIBYTE = 1024;

Deno.test("The hash of what comes in is that of the file, however long it is and in whatever pieces it came", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-incoming-" });
  try {
    // about what is hashed at once, by another thread, and piece by piece
    const sizes = [0, 1, 64, 65, 1023, 1024, 1025, 2048, 3000].flatMap((k) => [k * KIBIBYTE, k * KIBIBYTE + 1]);
    for (const [index, size] of sizes.entries()) {
      const bytes = new Uint8Array(size).map((_, at) => (at * 31 + index) % 251);
      const path = `${folder}/${size}`;
      const file = IncomingFile.create(path);
      for (let at = 0; at < size;) at += await written(file, bytes.subarray(at, at + 16_000 + index));
      await file.finish();
      await file.sync();
      const source = file.from(0);
      assert.deepEqual(source.readAt(0, size).slice(), bytes, String(size));
      file.close();
      const [said] = (await run("sha256sum", [path])).text.split(" ");
      assert.equal(await file.sha256, said, `${size} bytes`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Two that come at the same time do not share a buffer while another thread hashes one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-incoming-" });
  try {
    const hashes = [];
    for (const shade of [1, 2, 3]) {
      const file = IncomingFile.create(`${folder}/${shade}`);
      await file.write(new Uint8Array(900 * KIBIBYTE).fill(shade));
      await file.finish();
      file.close(); // the next one writes into the same buffer
      hashes.push(file.sha256);
    }
    const { text } = await run("sha256sum", [1, 2, 3].map((shade) => `${folder}/${shade}`));
    assert.deepEqual(await Promise.all(hashes), text.trim().split("\n").map((line) => line.split(" ")[0]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function written(file: IncomingFile, piece: Uint8Array): Promise<number> {
  await file.write(piece);
  return piece.length;
}
