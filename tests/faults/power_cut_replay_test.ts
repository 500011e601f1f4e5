import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { setTimeout as delay } from "node:timers/promises";
import { Status } from "../../src/dimse/command.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { Box } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { DiskTrace, straceArguments } from "../support/disk_trace.ts";
import { peerTest, run } from "../support/peers.ts";
import { randomFrom } from "../support/random.ts";
import { PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/*
 * Everything that a box writes while machines store and reception works is recorded, call by call. Then the power fails at
 * some moment of it: the disk has what was synced by then, and any part of what was not. A box started on that has all
 * that was acknowledged before.
 */

/** In the nightly form two for each of its rounds. */
const CUTS = Number(Deno.env.get("SONODESK_ROUNDS") ?? 6) * 2;
const SENDERS = 3;
const OBJECTS = 8;

type Sent = ReturnType<typeof ultrasoundObject>;

peerTest(
  `the power fails at ${CUTS} moments, with any part of what was not synced: all that was acknowledged is there`,
  [
    "strace",
  ],
  async () => {
    const random = randomFrom("SONODESK_SEED");
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-replay-" });
    try {
      const { trace, objects, ports } = await record(folder);
      assert.ok(trace.changes > 100, `only ${trace.changes} changes were seen`);
      let most = 0;
      for (let n = 0; n < CUTS; n++) {
        const moment = random.below(trace.length);
        await trace.cut(moment, `${folder}/base`, `${folder}/cut${n}`, random);
        try {
          const answers = trace.answersBefore(moment, ports.storage).map((bytes) => Buffer.from(bytes));
          const acknowledged = objects.filter(({ sopInstanceUid }) =>
            answers.some((bytes) => bytes.includes(sopInstanceUid) && bytes.includes(SUCCESS))
          );
          const booked = trace.answersBefore(moment, ports.web).flatMap((bytes) =>
            [...new TextDecoder().decode(bytes).matchAll(/"accessionNumber":"(SD\w+)"/g)].map(([, number]) => number!)
          );
          most = Math.max(most, acknowledged.length + booked.length);
          await check(`${folder}/cut${n}`, acknowledged, booked);
        } catch (error) {
          throw new Error(`When the power fails at ${moment} of ${trace.length} (cut ${n})`, { cause: error });
        }
      }
      assert.ok(most > objects.length / 2, `only ${most} were acknowledged before any of the cuts`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** Status (0000,0900) 0000H of a response (PS3.7 9.3.1.2), in Implicit VR Little Endian. */
const SUCCESS = Buffer.from([0, 0, 0, 9, 2, 0, 0, 0, 0, 0]);

/** A box at work, and everything that it does to its disk meanwhile. */
async function record(
  folder: string,
): Promise<{ trace: DiskTrace; objects: Sent[]; ports: { storage: string; web: string } }> {
  const data = `${folder}/data`;
  const objects: Sent[] = [];
  await using box = await BoxProcess.start(data, {
    SONODESK_ADMIN_USERNAME: "admin",
    SONODESK_ADMIN_PASSWORD: PASSWORD,
  });
  const desk = await signInAt(box);
  await delay(3000); // nothing is written then that nobody waits for
  const strace = new Deno.Command("strace", {
    args: straceArguments(box.pid, `${folder}/trace`),
    stdout: "null",
    stderr: "null",
  }).spawn();
  const tasks = `/proc/${box.pid}/task`;
  await until(
    "every thread of the box is watched",
    () =>
      [...Deno.readDirSync(tasks)].every(({ name }) =>
        /TracerPid:\t[1-9]/.test(Deno.readTextFileSync(`${tasks}/${name}/status`))
      ),
  );
  await run("cp", ["-a", data, `${folder}/base`]);
  const store = async () => {
    const studyInstanceUid = newUid();
    for (let n = 0; n < OBJECTS; n++) {
      const object = ultrasoundObject({ studyInstanceUid, shade: n + 1 });
      objects.push(object);
      assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
    }
  };
  const book = async () => {
    for (let n = 0; n < OBJECTS; n++) {
      const booked = await desk("/api/appointments", {
        patient: { firstName: "Priya", lastName: `Sharma${n}`, birthDate: null, gender: "", phone: "" },
        ...{ date: new Date().toISOString().slice(0, 10), time: "10:00:00" },
      });
      await desk(`/api/appointments/${booked.id}/send`, {});
    }
  };
  await Promise.all([...Array.from({ length: SENDERS }, store), book()]);
  await box.kill();
  await strace.status;
  const trace = new DiskTrace(await Deno.readTextFile(`${folder}/trace`), data, `${folder}/base`);
  return { trace, objects, ports: { storage: box.storagePort, web: box.webPort } };
}

async function signInAt(box: BoxProcess): Promise<(path: string, body: unknown) => Promise<{ id: string }>> {
  const address = `http://127.0.0.1:${box.webPort}`;
  const headers = { "content-type": "application/json" };
  const session = await fetch(`${address}/api/session`, {
    ...{ method: "POST", headers, body: JSON.stringify({ username: "admin", password: PASSWORD }) },
  });
  await session.body?.cancel();
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  return async (path, body) => {
    const answer = await fetch(address + path, {
      ...{ method: "POST", headers: { ...headers, cookie }, body: JSON.stringify(body) },
    });
    assert.ok(answer.ok, `${path} was answered ${answer.status}`);
    return await answer.json();
  };
}

async function check(data: string, acknowledged: readonly Sent[], booked: readonly string[]): Promise<void> {
  await using box = await Box.start({ data });
  for (const { sopInstanceUid, data: sent } of acknowledged) {
    const instance = box.store.instances.find(sopInstanceUid);
    assert.ok(instance, `${sopInstanceUid} was acknowledged and is not there`);
    assert.equal(box.store.instanceFiles.damageOf(sopInstanceUid), undefined, `${sopInstanceUid} was acknowledged`);
    const bytes = Deno.readFileSync(box.appliance.archive.pathOf(instance.path)).subarray(instance.dataOffset);
    assert.ok(Buffer.from(sent).equals(bytes), `${sopInstanceUid} was acknowledged and is not whole`);
  }
  for (const number of booked) {
    assert.ok(box.store.appointments.findByAccessionNumber(number), `${number} was booked and is not there`);
  }
}
