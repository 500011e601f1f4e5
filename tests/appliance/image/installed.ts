import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import { mainJob } from "../main_job.ts";
import { plainImage } from "./images.ts";
import { overHttps, PATIENCE, setUp, signIn, stepsOf, untilDone, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("The box is started from a stick, copies itself to the disk inside, goes off, and works from that disk", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-install-" });
  const [inside, stick] = [`${folder}/inside`, `${folder}/stick`];
  // what somebody had on it before
  await succeeds("truncate", "--size", "9G", inside);
  await succeeds("mkfs.vfat", "-n", "OLD THINGS", inside);
  await succeeds("cp", "--sparse=always", await plainImage(), stick);
  await succeeds("truncate", "--size", "4G", stick);
  const computer = await VirtualComputer.make({ image: inside, diskSize: "9G", raw: true, secureBoot: true });
  const lap = lapFrom();
  const step = stepsOf(t);
  try {
    let stored = "";
    await step("the disk inside is offered with what is on it, and taken with the code alone", async () => {
      computer.start({ stick });
      await well(computer);
      lap("started from the stick");
      const [, code] = await computer.prints(/Its setup code is (\d{4}-\d{4})/, PATIENCE);
      const call = await overHttps(computer);
      const disks = await untilDone("it offers the disk", async () => {
        const { state, disks } = await (await call("GET", "/api/setup/installation")).json();
        assert.equal(state, "possible");
        return disks;
      });
      assert.equal(disks.length, 1);
      assert.deepEqual([disks[0].size, disks[0].holds], [9 * 2 ** 30, ["OLD THINGS"]]);
      await (await call("POST", "/api/setup/installation", { code, disk: disks[0].id })).body?.cancel();
      await untilDone("it is copied", async () => {
        const { state, why } = await (await call("GET", "/api/setup/installation")).json();
        assert.notEqual(state, "failed", why);
        assert.equal(state, "done");
      });
      lap("copied");
      await computer.hasEnded();
    });
    await step("without the stick it is a box of its own, with all the room of that disk", async () => {
      computer.start();
      const call = await setUp(computer);
      lap("started from the disk");
      stored = await mainJob(call, computer.ports);
      const { size } = await (await call("GET", "/api/storage")).json();
      assert.ok(size > 6e9, `the data partition has ${size} bytes`);
      await computer.end();
    });
    await step("with the stick left in as well it is the same box", async () => {
      computer.start({ stick });
      const call = await signIn(computer);
      assert.equal((await call("GET", `/api/instances/${stored}/file`)).status, 200);
    });
  } catch (error) {
    console.log(computer.printed.slice(-5000));
    throw error;
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

function lapFrom(): (what: string) => void {
  let started = performance.now();
  return (what) => {
    console.log(`${what}: ${Math.round((performance.now() - started) / 1000)} s`);
    started = performance.now();
  };
}

async function succeeds(command: string, ...args: string[]): Promise<void> {
  const { code, text } = await run(command, args);
  assert.equal(code, 0, text);
}
