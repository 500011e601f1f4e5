import assert from "node:assert/strict";
import { knownMigrations } from "../../../src/store/migrate.ts";
import { mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { outcome, PATIENCE, sendUpdate, setUp, signIn, untilDone } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("Updates: a stranger's is refused, a broken one is gone back from, a good one is asked about, kept, and gone back from; what was stored stays", async (t) => {
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
    const versions = async () => (await (await call("GET", "/api/update")).json()).versions;
    await t.step(
      "a good one says what it is and waits; agreed to, it proves good, also after the plug was pulled",
      async () => {
        const sent = await call("PUT", "/api/update", new Blob([await Deno.readFile(update)]));
        assert.equal((await sent.json()).state, "checking");
        assert.equal((await outcome(call)).state, "offered");
        const { offer, version } = await (await call("GET", "/api/update")).json();
        const { id, ...rest } = offer;
        const schema = String(knownMigrations().at(-1)!.number);
        assert.deepEqual(rest, {
          ...{ board: "sonodesk-pc", version, schema, age: "same", signer: "Updates of the tests" },
        });
        await (await call("POST", "/api/update/install", { id })).body?.cancel();
        await computer.prints(/The update is good: root b stays/, PATIENCE);
        call = await signIn(computer);
        assert.equal((await outcome(call)).state, "works");
        await isThere();
        await computer.end();
        computer.start();
        call = await signIn(computer);
        await isThere();
        assert.match(computer.printed, /Running from root b/);
        const { asks, before, back, events } = await versions();
        assert.deepEqual([asks, before, back], [true, version, "nothing"]);
        assert.deepEqual(events.map(({ what }: { what: string }) => what), ["works", "failed"]);
      },
    );
    await t.step("it is kept by hand", async () => {
      await (await call("POST", "/api/update/keep")).body?.cancel();
      await untilDone("it is kept", async () => assert.equal((await versions()).asks, false));
    });
    await t.step("it is gone back from by hand, and nothing is lost", async () => {
      const note = "noted after the update";
      await (await call("PATCH", "/api/settings", { SONODESK_NAME: note })).body?.cancel();
      await (await call("POST", "/api/update/back", { loses: "nothing" })).body?.cancel();
      await computer.prints(/Running from root a/, PATIENCE);
      await computer.prints(/The update is good: root a stays/, PATIENCE);
      call = await signIn(computer);
      await isThere();
      assert.equal((await (await call("GET", "/api/box")).json()).name, note);
      const { asks, back, events } = await versions();
      assert.deepEqual([asks, back], [false, "nothing"]);
      assert.equal(events[0].what, "back");
      await computer.end();
      computer.start();
      call = await signIn(computer);
      await isThere();
      assert.match(computer.printed, /Running from root a/);
    });
  } finally {
    await computer.remove();
  }
});
