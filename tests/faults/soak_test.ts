import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { echo } from "../../src/services/echo_check.ts";
import { BoxProcess } from "../support/box_process.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { remote, send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** Some minutes in the nightly form, seconds in the tests. */
const SECONDS = Number(Deno.env.get("SONODESK_SOAK_SECONDS") ?? 24);

Deno.test(`a soak of ${SECONDS} s at a steady pace: memory, open files and associations level out`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-soak-" });
  try {
    await using box = await BoxProcess.start(folder);
    const marks: { memory: number; files: number }[] = [];
    const started = performance.now();
    let stored = 0;
    for (let quarter = 1; quarter <= 4; quarter++) {
      while (performance.now() - started < SECONDS * 1000 * quarter / 4) {
        const { status } = await send(box.storagePort, ultrasoundObject({ pixels: 64 * 2000 }));
        assert.equal(status, 0);
        stored += 1;
        await echo(remote(box.worklistPort));
        await delay(20);
      }
      await delay(300);
      marks.push({ memory: Math.round(box.memory), files: box.openFiles });
    }
    console.log(`${stored} objects; memory in MB and open files by quarter: ${JSON.stringify(marks)}`);
    const [, second, , last] = marks;
    // some stay open once they are needed; one that is left open with every tenth object would be fifty
    assert.ok(last!.files <= second!.files + 10, "open files grow");
    assert.ok(last!.memory <= second!.memory * 1.25 + 10, "memory grows");
    assert.ok(box.peakMemory <= 200, `at most 200 MB, and it took ${box.peakMemory.toFixed(0)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a large clip costs no more memory than a small one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-large-" });
  try {
    await using box = await BoxProcess.start(folder);
    await send(box.storagePort, ultrasoundObject());
    await delay(1500); // the thumbnail's worker is part of both
    const small = box.peakMemory;
    const { status } = await send(box.storagePort, ultrasoundObject({ pixels: 150_000_000 }));
    assert.equal(status, 0);
    const clip = readObject(fixtures().find(({ name }) => name === "us_cine_jpeg.dcm")!.path);
    assert.equal((await send(box.storagePort, clip)).status, 0);
    await delay(1500);
    assert.ok(box.peakMemory < small + 60, `from ${small.toFixed(0)} MB to ${box.peakMemory.toFixed(0)} MB`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
