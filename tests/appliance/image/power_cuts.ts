import assert from "node:assert/strict";
import { readFileMeta } from "../../../src/dicom/file_meta.ts";
import { Store } from "../../../src/store/store.ts";
import { run } from "../../support/peers.ts";
import { randomFrom } from "../../support/random.ts";
import { send } from "../../support/sender.ts";
import { ultrasoundObject } from "../../support/ultrasound_object.ts";
import { images } from "./images.ts";
import { findPartition } from "./partition.ts";
import { PATIENCE, sendUpdate, setUp, signIn, stepsOf, well } from "./setup.ts";
import type { Caller } from "../main_job.ts";
import { VirtualComputer } from "./virtual_computer.ts";
import { WriteLog } from "./write_log.ts";

const ROUNDS = Number(Deno.env.get("SONODESK_ROUNDS") ?? 10);
const OBJECTS = 40;

Deno.test(`Power cuts, ${ROUNDS} moments while it stores and two in its first start: nothing acknowledged is lost`, async (t) => {
  const random = randomFrom("SONODESK_SEED");
  const { disk } = await images();
  const computer = await VirtualComputer.make({ image: disk, logWrites: true });
  try {
    /** How much of the log there was when an object was acknowledged. */
    const acknowledged: { uid: string; data: Uint8Array; moment: number }[] = [];
    let ready = 0;
    await t.step("it starts for the first time and stores", async () => {
      computer.start();
      await setUp(computer);
      ready = computer.logLength;
      for (let n = 0; n < OBJECTS; n++) {
        const object = ultrasoundObject({ pixels: 64 * (1 + random.below(4000)), shade: random.below(256) });
        assert.equal((await send(computer.ports.storage, object)).status, 0);
        acknowledged.push({ uid: object.sopInstanceUid, data: object.data, moment: computer.logLength });
      }
      await computer.end();
    });
    using log = new WriteLog(computer.log, computer.logLength);
    const during = log.moments.filter((moment) => moment > ready);
    let lostInAll = 0;

    for (let round = 1; round <= ROUNDS; round++) {
      await t.step(`while it stores, ${round}`, async () => {
        const moment = during[random.below(during.length)]!;
        const expected = acknowledged.filter((one) => one.moment <= moment);
        const lost = await computer.cutPower(log, moment, () => random.below(2) === 0);
        lostInAll += lost;
        const folder = await readData(computer.disk);
        try {
          const store = new Store(`${folder}/sonodesk.sqlite`);
          try {
            for (const { uid, data } of expected) {
              const instance = store.instances.find(uid);
              assert.ok(instance, `seed ${random.seed}: ${uid} was acknowledged and is not in the store`);
              const file = Deno.readFileSync(`${folder}/archive/${instance.path}`);
              assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), data, `seed ${random.seed}: ${uid}`);
            }
          } finally {
            store.close();
          }
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
        console.log(`${expected.length} acknowledged objects are there, ${lost} unflushed pieces are not`);
      });
    }

    await t.step("the cuts took something: a disk that loses nothing proves nothing", () => {
      assert.ok(lostInAll > 0, `seed ${random.seed}`);
    });

    const first = log.moments.filter((moment) => moment <= ready);
    for (const part of [0.2, 0.8]) {
      await t.step(`in its first start, after ${part * 100} % of its writes: it starts again`, async () => {
        await computer.cutPower(log, first[Math.floor(first.length * part)]!, () => random.below(2) === 0);
        computer.start();
        await well(computer);
        await computer.end();
        assert.ok(findPartition(computer.disk, "data"));
      });
    }
  } finally {
    await computer.remove();
  }
});

/** Where an update is when the power fails, in turn. */
const STAGES = ["arriving", "switching", "restarting", "tried", "being kept", "kept"] as const;
const UPDATE_ROUNDS = Math.max(STAGES.length, Math.ceil(ROUNDS / 2));
/** How much is written, or less, when it is switched and when it is kept, bytes of the log. */
const SWITCHING = 4 << 20;
const KEEPING = 64 << 10;

Deno.test(`Power cuts, ${UPDATE_ROUNDS} moments from an update's arrival until after it was kept: the box comes back with all it was told`, async (t) => {
  const random = randomFrom("SONODESK_SEED");
  const { disk, update } = await images();
  const computer = await VirtualComputer.make({ image: disk, logWrites: true, diskSize: "6G" });
  try {
    const acknowledged: { uid: string; moment: number }[] = [];
    const store = async () => {
      const object = ultrasoundObject({ pixels: 4096, shade: random.below(256) });
      assert.equal((await send(computer.ports.storage, object)).status, 0);
      acknowledged.push({ uid: object.sopInstanceUid, moment: computer.logLength });
    };
    let [begun, switched, tried, kept] = [0, 0, 0, 0];
    let lostInAll = 0;
    await stepsOf(t)("it is updated, and stores before, in the trial and after it", async () => {
      computer.start();
      const call = await setUp(computer);
      await store();
      begun = computer.logLength;
      await sendUpdate(call, update);
      await computer.prints(/reboot: Restarting system/, PATIENCE);
      switched = computer.logLength;
      await computer.prints(/Running from root b/, PATIENCE);
      tried = computer.logLength;
      await well(computer);
      await store();
      await computer.prints(/The update is good: root b stays/, PATIENCE);
      kept = computer.logLength;
      await store();
      await computer.end();
    });
    using log = new WriteLog(computer.log, computer.logLength);
    const momentsOf = (from: number, to: number) => log.moments.filter((moment) => moment > from && moment <= to);
    const during = {
      arriving: momentsOf(begun, begun + (switched - begun) / 2),
      switching: momentsOf(switched - SWITCHING, switched),
      restarting: momentsOf(switched, tried), // the boot loader has a write of its own
      tried: momentsOf(tried, kept - KEEPING),
      "being kept": momentsOf(kept - KEEPING, kept),
      kept: momentsOf(kept, Infinity),
    };
    for (let round = 0; round < UPDATE_ROUNDS; round++) {
      const stage = STAGES[round % STAGES.length]!;
      await t.step(`while it is ${stage}, ${Math.floor(round / STAGES.length) + 1}`, async () => {
        const moment = during[stage][random.below(during[stage].length)]!;
        assert.ok(moment, `nothing is written while it is ${stage}`);
        const lost = await computer.cutPower(log, moment, () => random.below(2) === 0);
        lostInAll += lost;
        computer.start();
        const call = await signIn(computer);
        const [, slot] = await computer.prints(/Running from root ([ab])/, PATIENCE);
        if (stage === "arriving") assert.equal(slot, "a", `seed ${random.seed}`);
        if (stage === "kept") assert.equal(slot, "b", `seed ${random.seed}`);
        for (const { uid } of acknowledged.filter((one) => one.moment <= moment)) {
          // what came in a trial that was gone back from is indexed again while the box already runs
          const end = performance.now() + PATIENCE * 1000;
          while (!(await isThere(call, uid))) {
            assert.ok(performance.now() < end, `seed ${random.seed}: ${uid} was acknowledged and is not there`);
            await new Promise((resolve) => setTimeout(resolve, 1000));
          }
        }
        console.log(`it runs from root ${slot}, and ${lost} unflushed pieces are not there`);
        await computer.end();
      });
    }
    await t.step("the cuts took something", () => assert.ok(lostInAll > 0, `seed ${random.seed}`));
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
  }
});

async function isThere(call: Caller, uid: string): Promise<boolean> {
  try {
    await (await call("GET", `/api/instances/${uid}/file`)).body?.cancel();
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

/** Mends the data partition as the box does at its start, and takes the program's folder out of it. */
async function readData(disk: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-data-" });
  const { start, length } = findPartition(disk, "data")!;
  const partition = `${folder}/partition`;
  const cut = [`if=${disk}`, `of=${partition}`, "bs=1M", "conv=sparse", "iflag=skip_bytes,count_bytes"];
  await succeeds("dd", [...cut, `skip=${start}`, `count=${length}`, "status=none"]);
  const { code, text } = await run("e2fsck", ["-p", partition]);
  assert.ok(code <= 1, `the file system needs more than its journal: ${text}`);
  await succeeds("e2fsck", ["-f", "-n", partition]);
  await succeeds("debugfs", ["-R", `rdump /var/lib/sonodesk ${folder}`, partition]);
  return `${folder}/sonodesk`;
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, `${command}: ${text}`);
}
