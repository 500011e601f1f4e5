import assert from "node:assert/strict";
import { mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { outcome, PATIENCE, sendUpdate, setUp, signIn } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("Updates: a stranger's is refused, a broken one is gone back from, a good one stays; what was stored stays", async (t) => {
  const { disk, update, brokenUpdate, foreignUpdate } = await images();
  const computer = await VirtualComputer.make({ image: disk, diskSize: "6G" });
  try {
    computer.start();
    let call = await setUp(computer);
    const stored = await mainJob(call, computer.ports);
    const isThere = async () => assert.equal((await call("GET", `/api/instances/${stored}/file`)).status, 200);

    await t.step("one that somebody else has signed is refused, and says so", async () => {
      await sendUpdate(call, foreignUpdate);
      const { state, detail } = await outcome(call);
      assert.equal(state, "refused");
      assert.match(detail, /signature/i);
    });
    await t.step("one whose program does not start is tried once, then the box is back", async () => {
      await sendUpdate(call, brokenUpdate);
      await computer.prints(/this version does not start/, PATIENCE);
      await computer.prints(/back to the version before it/, PATIENCE);
      await computer.prints(/The update did not prove good: the box runs the version before it again/, PATIENCE);
      call = await signIn(computer);
      assert.equal((await outcome(call)).state, "failed");
      await isThere();
    });
    await t.step("a good one stays, also after the plug was pulled", async () => {
      await sendUpdate(call, update);
      await computer.prints(/The update is good: root b stays/, PATIENCE);
      call = await signIn(computer);
      assert.equal((await outcome(call)).state, "kept");
      await isThere();
      await computer.end();
      computer.start();
      call = await signIn(computer);
      await isThere();
      assert.match(computer.printed, /Running from root b/);
    });
  } finally {
    await computer.remove();
  }
});
