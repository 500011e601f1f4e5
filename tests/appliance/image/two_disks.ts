import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { mainJob } from "../main_job.ts";
import { Admin } from "./admin.ts";
import { plainImage } from "./images.ts";
import { PATIENCE, setUp, signIn, stepsOf, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("Two disks with an image: the box stays on the one that was started, and says so where nobody can know which", async (t) => {
  const image = await plainImage();
  const computer = await VirtualComputer.make({ image, raw: true });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-two-disks-" });
  const admin = new Admin(folder, computer.ports.ssh);
  const stick = `${folder}/stick`;
  try {
    computer.start();
    const call = await setUp(computer);
    const stored = await mainJob(call, computer.ports);
    const step = stepsOf(t);
    await step("its disk has ids of its own, and two whole partition tables", async () => {
      await computer.prints(/The disk \/dev\/\w+ has ids of its own/, PATIENCE);
      await computer.end();
      const { code, text } = await run("sgdisk", ["--verify", "--print", "--info=1", computer.disk]);
      assert.equal(code, 0, text);
      assert.match(text, /No problems found/);
      assert.doesNotMatch(text, /5D0DE5C0/i);
    });

    await step("a stick with the image, left in: the box is where it was, and the stick as it was", async () => {
      await run("cp", ["--sparse=always", image, stick]);
      await run("truncate", ["--size", "4G", stick]);
      const before = await hashOf(stick);
      computer.start({ stick });
      const call = await signIn(computer);
      const file = await call("GET", `/api/instances/${stored}/file`);
      assert.ok((await file.arrayBuffer()).byteLength > 1000);
      await admin.opensSsh(call);
      const { text } = await admin.onBox("findmnt -n -o SOURCE / ; findmnt -n -o SOURCE /run/data; ls /media");
      assert.match(text, /^\/dev\/vda2\n\/dev\/vda4\n$/);
      await computer.end();
      assert.equal(await hashOf(stick), before);
    });

    await step("a copy of the whole disk: neither is opened until one is taken out", async () => {
      await run("cp", ["--sparse=always", computer.disk, stick]);
      const before = await hashOf(stick);
      computer.start({ stick });
      // at once, or once the stick has shown up
      await computer.prints(/Two disks in this computer hold the same Sonodesk/, PATIENCE);
      await computer.end();
      computer.start();
      await well(computer);
      const call = await signIn(computer);
      assert.equal((await call("GET", `/api/instances/${stored}/file`)).status, 200);
      assert.equal(await hashOf(stick), before);
    });
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

async function hashOf(path: string): Promise<string> {
  return (await run("sha256sum", [path])).text.split(" ")[0]!;
}
