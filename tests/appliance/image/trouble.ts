import assert from "node:assert/strict";
import { mainJob } from "../main_job.ts";
import { images } from "./images.ts";
import { PATIENCE, setUp, signIn } from "./setup.ts";
import { screenShows, TROUBLE_PAGE } from "./screen.ts";
import { VirtualComputer } from "./virtual_computer.ts";

/** Where ext4 has the first copy of its superblock, in blocks of 4 KiB. */
const COPY = 32768 * 4096;

Deno.test("The data partition is damaged: it is mended from a copy; beyond that the box says so and takes nothing", async (t) => {
  const { withScreen } = await images();
  const computer = await VirtualComputer.make({ image: withScreen, screen: true, raw: true });
  try {
    let stored = "";
    await t.step("first it stores", async () => {
      computer.start();
      stored = await mainJob(await setUp(computer), computer.ports);
      await computer.end();
    });
    await t.step("its superblock is gone: everything is there", async () => {
      computer.overwriteData(0, 16 * 1024);
      computer.start();
      const call = await signIn(computer);
      assert.ok((await (await call("GET", `/api/instances/${stored}/file`)).arrayBuffer()).byteLength > 1000);
      await computer.end();
    });
    await t.step("the copy is gone too: the screen says it, and no machine can store what would not last", async () => {
      computer.overwriteData(0, 1024 * 1024);
      computer.overwriteData(COPY, 1024 * 1024);
      computer.start();
      await computer.prints(/The box cannot read its data/, PATIENCE);
      await screenShows(computer, TROUBLE_PAGE, "appliance-trouble.png");
      assert.doesNotMatch(computer.printed, /Sonodesk .* is ready/);
    });
  } finally {
    await computer.remove();
  }
});

Deno.test("There is no room for data: the box says so on its screen", async () => {
  const { withScreen } = await images();
  const computer = await VirtualComputer.make({ image: withScreen, screen: true, diskSize: "2305M" });
  try {
    computer.start();
    await computer.prints(/finds no room for its data/, PATIENCE);
    await screenShows(computer, TROUBLE_PAGE, "appliance-no-room.png");
  } finally {
    await computer.remove();
  }
});
