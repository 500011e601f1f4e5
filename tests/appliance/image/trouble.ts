import assert from "node:assert/strict";
import { send } from "../../support/sender.ts";
import { ultrasoundObject } from "../../support/ultrasound_object.ts";
import { healthOf, mainJob } from "../main_job.ts";
import { Admin } from "./admin.ts";
import { images } from "./images.ts";
import { PATIENCE, setUp, signIn } from "./setup.ts";
import { screenShows, TROUBLE_PAGE } from "./screen.ts";
import { VirtualComputer } from "./virtual_computer.ts";

/** Where ext4 has copies of its superblock, bytes: in groups of 32768 blocks of 4 KiB, the first and powers of 3, 5, 7. */
const COPIES = [1, 3, 5, 7, 9].map((group) => group * 32768 * 4096);

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
    await t.step("some copies are gone too, and what is between: whatever it prints, it comes up", async () => {
      for (const at of [0, COPIES[0]!]) computer.overwriteData(at, 1024 * 1024);
      computer.start();
      await computer.prints(/Sonodesk .* is ready|The box cannot read its data/, PATIENCE);
      await computer.end();
    });
    await t.step("all copies are gone: the screen says it, and no machine can store what would not last", async () => {
      for (const at of [0, ...COPIES]) computer.overwriteData(at, 1024 * 1024);
      computer.start();
      await computer.prints(/The box cannot read its data/, PATIENCE);
      await screenShows(computer, TROUBLE_PAGE, "appliance-trouble.png");
      assert.doesNotMatch(computer.printed, /Sonodesk .* is ready/);
    });
  } finally {
    await computer.remove();
  }
});

Deno.test("The data partition is full to the last byte: the box starts, says so, refuses images, and takes them again when there is room", async () => {
  const { disk } = await images();
  const computer = await VirtualComputer.make({ image: disk, diskSize: "3G" });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-admin-" });
  const admin = new Admin(folder, computer.ports.ssh);
  const health = () => healthOf(`http://127.0.0.1:${computer.ports.http}`, PATIENCE);
  const store = async () => (await send(computer.ports.storage, ultrasoundObject({ pixels: 4096 }))).status;
  try {
    computer.start();
    const call = await setUp(computer);
    const stored = await mainJob(call, computer.ports);
    await admin.opensSsh(call);
    await admin.onBox("cat /dev/zero >/run/data/full; sync");
    await computer.end();
    computer.start();
    assert.equal((await health()).status, "failing");
    // a refusal of PS3.4 B.2.3: Out of Resources
    assert.equal(await store() & 0xff00, 0xa700);
    // while the store's log has a page to spare it lets people in, and then it says why not
    await signIn(computer, { failing: true }).catch((error) =>
      assert.match(error.message, /507 .*can write nothing down/)
    );
    await admin.onBox("rm /run/data/full; sync");
    while ((await health()).status === "failing") await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(await store(), 0);
    const again = await signIn(computer);
    assert.ok((await (await again("GET", `/api/instances/${stored}/file`)).arrayBuffer()).byteLength > 1000);
  } finally {
    console.log(computer.printed.slice(-3000));
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
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
