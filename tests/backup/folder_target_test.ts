import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { systemCalls } from "../support/system_calls.ts";

const MODULE = new URL("../../src/backup/folder_target.ts", import.meta.url).href;

peerTest("A backup on a stick with FAT: each file is synced again under its name, then the folders above it", [
  "strace",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-target-" });
  try {
    const calls = await systemCalls(
      folder,
      `import { FolderTarget } from ${JSON.stringify(MODULE)};
       const target = new FolderTarget(${JSON.stringify(folder)});
       using _ = await target.begin();
       await target.write("objects/aa/one", new Response("1").body);
       await target.settle(["objects/aa/one"]);`,
    );
    // QEMU showed it: with its name alone synced, a stick that was pulled out then had files of no length
    assert.deepEqual(calls, [
      ...["write incoming/part", "fsync incoming/part", "rename incoming/part to objects/aa/one"],
      ...["fsync objects/aa/one", "fsync objects/aa", "fsync objects", "fsync ."],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
