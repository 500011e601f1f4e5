import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";

peerTest("echoscu gets an answer on both ports", ["echoscu"], async () => {
  await using box = await Box.start();
  for (const port of [box.worklistPort, box.storagePort]) {
    const { code, text } = await run("echoscu", ["-v", "127.0.0.1", port]);
    assert.equal(code, 0, text);
    assert.match(text, /Received Echo Response \(Success\)/);
  }
});

peerTest("an unknown machine is refused while pairing, listed, and let in once admitted", ["echoscu"], async () => {
  await using box = await Box.start({ admission: "pairing" });
  const args = ["-v", "-aet", "NEWMACHINE", "127.0.0.1", box.storagePort];
  const before = await run("echoscu", args);
  assert.notEqual(before.code, 0);
  assert.match(before.text, /Calling AE Title Not Recognized/);
  const machine = box.store.machines.findByAeTitle("NEWMACHINE");
  assert.ok(machine && !machine.admitted && machine.lastHeardAt !== null);
  box.store.machines.change(machine.id, { admitted: true });
  const after = await run("echoscu", args);
  assert.equal(after.code, 0, after.text);
});

peerTest("with admission closed an unknown machine leaves no trace in the list", ["echoscu"], async () => {
  await using box = await Box.start({ admission: "closed" });
  const { code } = await run("echoscu", ["-aet", "STRANGER", "127.0.0.1", box.storagePort]);
  assert.notEqual(code, 0);
  assert.deepEqual(box.store.machines.all(), []);
});
