import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { run } from "../../support/peers.ts";
import { makeImage, makeKey, preparePackage } from "./images.ts";
import { partitionOf } from "./partition.ts";

const NAME = "sonodesk-pc-no-kiosk";

Deno.test("Two images of the same inputs are the same bytes; of two updates all is the same but the signature", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-twice-" });
  try {
    const { deb } = await preparePackage();
    const key = `${folder}/maker`;
    await makeKey(key);
    for (const time of ["first", "second"]) {
      const keys = ["--certificate", `${key}.pem`, "--key", `${key}.key`];
      await makeImage(deb, `${folder}/${time}`, "--no-kiosk", ...keys);
      const bundle = [...Deno.readDirSync(`${folder}/${time}`)].find(({ name }) => name.endsWith(".raucb"))!.name;
      const unpack = [`--keyring=${key}.pem`, `${folder}/${time}/${bundle}`, `${folder}/${time}/update`];
      const { code, text } = await run("rauc", ["extract", ...unpack]);
      assert.equal(code, 0, text);
    }
    for (
      const file of [`${NAME}.img`, `${NAME}.spdx.json`, "update/root.img", "update/hook", "update/manifest.raucm"]
    ) {
      const [first, second] = await Promise.all(["first", "second"].map((time) => hashOf(`${folder}/${time}/${file}`)));
      assert.equal(first, second, file);
      console.log(`${file}: ${first}`);
    }
    // what an update brings is what a new box has
    const root = `${folder}/first/update/root.img`;
    const { start } = partitionOf(`${folder}/first/${NAME}.img`, "root-a");
    const { size } = await Deno.stat(root);
    assert.equal(await hashOf(`${folder}/first/${NAME}.img`, start, size), await hashOf(root));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** SHA-256 of a file, or of a part of it, bytes. */
async function hashOf(path: string, start = 0, length = Deno.statSync(path).size): Promise<string> {
  using file = await Deno.open(path);
  await file.seek(start, Deno.SeekMode.Start);
  const hash = createHash("sha256");
  const buffer = new Uint8Array(1 << 20);
  for (let rest = length; rest > 0;) {
    const read = await file.read(buffer.subarray(0, Math.min(rest, buffer.length)));
    assert.ok(read, `${path} ends early`);
    hash.update(buffer.subarray(0, read));
    rest -= read;
  }
  return hash.digest("hex");
}
