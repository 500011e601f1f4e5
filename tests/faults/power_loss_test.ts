import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import { Status } from "../../src/dimse/command.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { run } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/*
 * A receipt waits for three things of the disk at the same time: the file's bytes, its name in the study's folder, and the
 * row in the store. The power may fail when the disk has any of them and not the others. These are made by hand here; a
 * disk that really loses writes is in tests/appliance/image/power_cuts.ts.
 */

const BYTES = ["all", "none", "half", "a hole"] as const;
const NAMES = ["in its study", "as a half file", "nowhere"] as const;
const ROWS = ["there", "lost"] as const;

Deno.test("the power fails while an object is stored: whatever the disk has of it, nothing false is shown, and it can come again", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-power-" });
  try {
    const [first, second] = [ultrasoundObject({ pixels: 64 * 3000 }), ultrasoundObject({ pixels: 64 * 3000 })];
    const before = `${folder}/before`;
    const after = `${folder}/after`;
    let path: string;
    {
      await using box = await BoxProcess.start(after);
      assert.equal((await send(box.storagePort, first)).status, Status.SUCCESS);
      await until(
        "its picture is drawn",
        async () => (await run("find", [`${after}/cache`, "-type", "f"])).text !== "",
      );
      await copy(after, before);
      const files = await dicomFiles(after);
      assert.equal((await send(box.storagePort, second)).status, Status.SUCCESS);
      await box.kill();
      [path] = (await dicomFiles(after)).filter((file) => !files.includes(file)) as [string];
    }
    const whole = Deno.readFileSync(`${after}/${path}`);
    for (const bytes of BYTES) {
      for (const name of NAMES) {
        for (const row of ROWS) {
          if (name === "nowhere" && bytes !== "all") continue;
          await t.step(`bytes: ${bytes}, name: ${name}, row: ${row}`, async () => {
            const data = `${folder}/data`;
            await copy(row === "there" ? after : before, data);
            if (row === "there") await Deno.remove(`${data}/${path}`);
            const named = name === "in its study" ? path : "archive/incoming/6a1f8f0e-0000-4000-8000-000000000000.part";
            if (name !== "nowhere") {
              Deno.mkdirSync(dirname(`${data}/${named}`), { recursive: true });
              Deno.writeFileSync(`${data}/${named}`, contentOf(whole, bytes));
              if (bytes === "a hole") Deno.truncateSync(`${data}/${named}`, whole.length);
            }
            await check(data, first, second); // which removes the folder
          });
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the power fails while a box stores its very first object: with the row alone it starts, and the object can come again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-power-" });
  try {
    const object = ultrasoundObject({});
    const data = `${folder}/data`;
    {
      await using box = await BoxProcess.start(data);
      assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
      await box.kill();
    }
    for (const path of await dicomFiles(data)) await Deno.remove(`${data}/${path}`);
    await using box = await Box.start({ data });
    assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
    const { path, dataOffset } = box.store.instances.find(object.sopInstanceUid)!;
    const bytes = Deno.readFileSync(box.appliance.archive.pathOf(path)).subarray(dataOffset);
    assert.ok(Buffer.from(object.data).equals(bytes));
    assert.equal(box.store.instanceFiles.damagedCount(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function contentOf(whole: Uint8Array, bytes: typeof BYTES[number]): Uint8Array {
  switch (bytes) {
    case "all":
      return whole;
    case "none":
      return new Uint8Array(0);
    case "half":
      return whole.subarray(0, whole.length >> 1);
    case "a hole": // its length is known to the disk, and not what stands in it
      return whole.subarray(0, 4096);
  }
}

type Sent = ReturnType<typeof ultrasoundObject>;

/** A start on what the power cut left: the acknowledged one is whole, the other is whole, absent, or said to be damaged. */
async function check(data: string, first: Sent, second: Sent): Promise<void> {
  await using box = await Box.start({ data });
  const { archive } = box.appliance;
  const bytesOf = ({ path, dataOffset }: { path: string; dataOffset: number }) =>
    Deno.readFileSync(archive.pathOf(path)).subarray(dataOffset);
  const isWhole = (object: Sent) => {
    const instance = box.store.instances.find(object.sopInstanceUid);
    return instance !== undefined && Buffer.from(object.data).equals(bytesOf(instance));
  };
  assert.ok(isWhole(first));
  assert.equal(box.store.instanceFiles.damageOf(first.sopInstanceUid), undefined);
  const instance = box.store.instances.find(second.sopInstanceUid);
  const isSound = instance !== undefined && box.store.instanceFiles.damageOf(second.sopInstanceUid) === undefined;
  if (isSound) assert.ok(isWhole(second), "what is called sound is what came");
  assert.equal((await send(box.storagePort, second)).status, Status.SUCCESS);
  assert.ok(isWhole(second), "it is whole once it has come again");
  assert.equal(box.store.instanceFiles.damageOf(second.sopInstanceUid), undefined);
  await until("no half files are left", () => [...Deno.readDirSync(`${data}/archive/incoming`)].length === 0);
  // of what was never acknowledged nothing is left that would be taken for an image
  const { damaged } = await archive.checkIntegrity();
  assert.deepEqual(damaged.filter(({ sopInstanceUid }) => sopInstanceUid === first.sopInstanceUid), []);
}

async function copy(from: string, to: string): Promise<void> {
  const { code, text } = await run("cp", ["-a", from, to]);
  assert.equal(code, 0, text);
}

/** The archive's files below a data folder. */
async function dicomFiles(data: string): Promise<string[]> {
  const { text } = await run("find", [`${data}/archive/studies`, "-name", "*.dcm"]);
  return text.split("\n").filter((path) => path !== "").map((path) => path.slice(data.length + 1));
}
