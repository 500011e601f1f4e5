import assert from "node:assert/strict";
import { mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { screenShows } from "./screen.ts";
import { setUp, signIn } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("The PC's image boots from its firmware, does the main job, shows its page, and keeps what it was told", async (t) => {
  const { withScreen } = await images();
  const computer = await VirtualComputer.make({ image: withScreen, screen: true });
  try {
    let stored = "";
    let id = "";
    const started = performance.now();
    computer.start();
    await t.step("it is set up with the code that it prints, and does the main job", async () => {
      const call = await setUp(computer);
      console.log(`well ${Math.round((performance.now() - started) / 1000)} s after it was switched on`);
      stored = await mainJob(call, computer.ports);
    });
    await t.step("its screen shows its page", async () => {
      await screenShows(computer, "appliance-kiosk.png");
      console.log(`the page is on the screen after ${Math.round((performance.now() - started) / 1000)} s`);
    });
    await t.step("after the plug was pulled everything is there, and it is the same box", async () => {
      id = machineId(computer);
      await computer.end();
      computer.start();
      const call = await signIn(computer);
      const file = await call("GET", `/api/instances/${stored}/file`);
      assert.ok((await file.arrayBuffer()).byteLength > 1000);
      assert.equal(machineId(computer), id);
      assert.doesNotMatch(computer.printed, /Host name conflict/, "alone it keeps its name");
    });
  } finally {
    await computer.remove();
  }
});

/** The id by which the box knows itself, as systemd and the journal have it. */
function machineId(computer: VirtualComputer): string {
  return /The box's machine id is ([0-9a-f]{32})/.exec(computer.printed)![1]!;
}
