import assert from "node:assert/strict";
import sharp from "sharp";
import { mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { PATIENCE, setUp, signIn } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const ARTIFACTS = new URL("../../.artifacts/", import.meta.url).pathname;
/** A page has letters with soft edges; a console, a blank screen or a cursor has not. */
const COLOURS_OF_A_PAGE = 60;

Deno.test("The PC's image boots from its firmware, does the main job, shows its page, and keeps what it was told", async (t) => {
  const { disk } = await images();
  await Deno.mkdir(ARTIFACTS, { recursive: true });
  const computer = await VirtualComputer.make({ image: disk, screen: true });
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
      await screenShows(computer, `${ARTIFACTS}appliance-kiosk.png`);
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
    });
  } finally {
    await computer.remove();
  }
});

/** Waits until the screen shows a page. */
async function screenShows(computer: VirtualComputer, path: string): Promise<void> {
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    await computer.screenshot(path);
    const colours = await coloursIn(path);
    if (colours >= COLOURS_OF_A_PAGE) return;
    assert.ok(performance.now() < end, `the screen has ${colours} colours, see ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

async function coloursIn(path: string): Promise<number> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const found = new Set<number>();
  for (let at = 0; at + 2 < data.length; at += info.channels) {
    found.add(data[at]! << 16 | data[at + 1]! << 8 | data[at + 2]!);
  }
  return found.size;
}

/** The id by which the box knows itself, as systemd and the journal have it. */
function machineId(computer: VirtualComputer): string {
  return /The box's machine id is ([0-9a-f]{32})/.exec(computer.printed)![1]!;
}
