import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { send } from "../../support/sender.ts";
import { ultrasoundObject } from "../../support/ultrasound_object.ts";
import { type Caller, mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { kindOf, overHttps, PATIENCE, setUp, signIn, stepsOf, untilDone, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const OLD_ADDRESS = "10.0.3.15";
const IMAGES = 60;
const PIXELS = 900_000;

Deno.test("A running box is replaced by a new one in its network, whose plug is pulled in the middle: all is there, and the old one serves nobody", async (t) => {
  const { disk } = await images();
  const old = await VirtualComputer.make({ image: disk, address: OLD_ADDRESS });
  const fresh = await VirtualComputer.make({
    image: disk,
    neighbour: { address: OLD_ADDRESS, port: old.ports.http },
  });
  const stored: string[] = [];
  const store = async (computer: VirtualComputer): Promise<boolean> => {
    const object = ultrasoundObject({ pixels: PIXELS, shade: stored.length % 256 });
    const isTaken = await send(computer.ports.storage, object).then(({ status }) => status === 0, () => false);
    if (isTaken) stored.push(object.sopInstanceUid);
    return isTaken;
  };
  const step = stepsOf(t);
  try {
    let code = "";
    await step("the old one works, and shows the code for the new one", async () => {
      old.start();
      const call = await setUp(old);
      stored.push(await mainJob(call, old.ports));
      for (let n = 0; n < IMAGES; n++) assert.ok(await store(old));
      ({ code } = await (await call("POST", "/api/replacement/code")).json());
    });

    await step("the new one copies it while a machine goes on, and its plug is pulled", async () => {
      fresh.start();
      await well(fresh);
      const [, setupCode] = await fresh.prints(/Its setup code is (\d{4}-\d{4})/, PATIENCE);
      const call = await overHttps(fresh);
      await (await call("POST", "/api/setup/restore", { code: setupCode })).body?.cancel();
      await replaces(call, { address: OLD_ADDRESS, code });
      const { work } = await untilDone("it copies", async () => {
        const state = await (await call("GET", "/api/rescue")).json();
        assert.equal(state.failed, null);
        assert.ok(state.work?.files > 0, JSON.stringify(state));
        return state;
      });
      console.log(`the plug is pulled while: ${JSON.stringify(work)}`);
      assert.ok(await store(old), "the old one still serves");
      await fresh.end();
    });

    await step("switched on again it goes on by itself, and takes the old one's place", async () => {
      fresh.start();
      const call = await untilDone("people can sign in", () => signIn(fresh, { failing: true }));
      for (const uid of stored) {
        await untilDone(`${uid} is there`, async () => {
          const file = await call("GET", `/api/instances/${uid}/file`);
          assert.ok((await file.arrayBuffer()).byteLength > 1000);
        });
      }
      const keys = ["-W", "-k", "PatientName", "-k", "PatientID=SD-1001"];
      const found = await run("findscu", ["-v", ...keys, "127.0.0.1", fresh.ports.worklist]);
      assert.match(found.text, /PN \[Sharma\^Priya/);
      assert.ok(await store(fresh), "it takes new images");
      console.log(`${stored.length} images, all of them in the new box`);
    });

    await step("the old one takes nothing, also once it was switched off and on", async () => {
      assert.equal(await store(old), false);
      await old.end();
      old.start();
      await old.prints(/has taken the place of this one/, PATIENCE);
      assert.equal(await kindOf(old), "rescue");
      assert.equal(await store(old), false);
    });
  } catch (error) {
    console.log(old.printed.slice(-3000), fresh.printed.slice(-5000));
    throw error;
  } finally {
    await old.remove();
    await fresh.remove();
  }
});

/** Has a box replace another. */
async function replaces(call: Caller, box: { address: string; code: string }): Promise<void> {
  await untilDone("it offers to replace a box", async () => await (await call("GET", "/api/rescue")).body?.cancel());
  await (await call("POST", "/api/rescue/choice", { way: "replace", box })).body?.cancel();
}
