import assert from "node:assert/strict";
import { writeWhole } from "../../src/objects/durable_file.ts";
import { peerTest } from "../support/peers.ts";
import { systemCalls } from "../support/system_calls.ts";

const MODULE = new URL("../../src/objects/durable_file.ts", import.meta.url).href;

/** Runs `work` in a folder of its own, which goes afterwards. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-durable-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

peerTest(
  "durable file: what is written is synced before it is named, and its name after",
  ["strace"],
  () =>
    inFolder(async (folder) => {
      const calls = await systemCalls(
        folder,
        `import { nameWhole, writeWhole } from ${JSON.stringify(MODULE)};
       await writeWhole(${JSON.stringify(`${folder}/one`)}, "whole");
       await Deno.writeTextFile(${JSON.stringify(`${folder}/two.part`)}, "whole too");
       await nameWhole(${JSON.stringify(`${folder}/two.part`)}, ${JSON.stringify(`${folder}/two`)});`,
      );
      assert.deepEqual(calls, [
        ...["write one.part", "fsync one.part", "rename one.part to one", "fsync ."],
        ...["write two.part", "fsync two.part", "rename two.part to two", "fsync ."],
      ]);
    }),
);

Deno.test("durable file: one that cannot be written whole is as it was, and nothing is left beside it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/kept`;
    await writeWhole(path, "first");
    async function* broken() {
      yield new TextEncoder().encode("second");
      await Promise.resolve();
      throw new Error("the stick was pulled out");
    }
    await assert.rejects(writeWhole(path, broken()), /pulled out/);
    assert.equal(await writeWhole(path, "third", { isGood: () => false }), false);
    assert.equal(await Deno.readTextFile(path), "first");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["kept"]);
  }));

Deno.test("durable file: it is its owner's alone, also where an earlier try left another mode", () =>
  inFolder(async (folder) => {
    const path = `${folder}/secret`;
    Deno.writeTextFileSync(`${path}.part`, "left", { mode: 0o644 });
    await writeWhole(path, "secret");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    await writeWhole(path, "public", { mode: 0o644 });
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
  }));
