import assert from "node:assert/strict";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Store } from "../../src/store/store.ts";
import { freePort } from "../support/servers.ts";
import { randomFrom } from "../support/random.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { remote } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

/** A hundred rounds in the nightly form, ten in the tests. */
const ROUNDS = Number(Deno.env.get("SONODESK_ROUNDS") ?? 10);
const SENDERS = 3;

/** The box as a process of its own, which can be killed. */
async function startBox(folder: string, port: string): Promise<Deno.ChildProcess> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", new URL("../../main.ts", import.meta.url).pathname, "start"],
    env: {
      SONODESK_DATA: folder,
      SONODESK_HOST: "127.0.0.1",
      SONODESK_ADMISSION: "open",
      SONODESK_WEB_PORT: "0",
      SONODESK_WORKLIST_PORT: "0",
      SONODESK_STORAGE_PORT: port,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let tries = 0; tries < 400; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close();
      return process;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  process.kill("SIGKILL");
  throw new Error("The box did not start within ten seconds");
}

/** Stores objects one after the other until the box is gone; every acknowledged one goes into `acknowledged`. */
async function store(port: string, acknowledged: Map<string, Uint8Array>, pixels: () => number): Promise<void> {
  let requestor: Requestor;
  try {
    requestor = await Requestor.connect(remote(port), [
      { abstractSyntax: ULTRASOUND_IMAGE, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
    ]);
  } catch {
    return; // killed before it answered
  }
  const context = requestor.accepted(ULTRASOUND_IMAGE)[0]!;
  while (true) {
    const object = ultrasoundObject({ pixels: pixels(), shade: Math.floor(Math.random() * 256) });
    const command = new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", object.sopClassUid)
      .setText(Tag.AffectedSOPInstanceUID, "UI", object.sopInstanceUid)
      .setUnsignedShort(Tag.Priority, 0);
    try {
      const answer = await requestor.request(context.id, CommandField.C_STORE, command, object.data);
      if (answer.command.number("Status") === 0) acknowledged.set(object.sopInstanceUid, object.data);
    } catch {
      return; // killed: this one was not acknowledged
    }
  }
}

Deno.test(`kill -9 under load, ${ROUNDS} rounds: each acknowledged object is there once, byte for byte`, async () => {
  const random = randomFrom("SONODESK_SEED");
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-kill-" });
  const port = freePort();
  const acknowledged = new Map<string, Uint8Array>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const box = await startBox(folder, port);
      const storing = Array.from(
        { length: SENDERS },
        () => store(port, acknowledged, () => 64 * (1 + random.below(4000))),
      );
      await new Promise((resolve) => setTimeout(resolve, 50 + random.below(400)));
      box.kill("SIGKILL");
      await box.status;
      await Promise.all(storing);
    }
    const last = await startBox(folder, port);
    last.kill("SIGTERM");
    assert.equal((await last.status).code, 0);

    assert.ok(acknowledged.size > ROUNDS, `only ${acknowledged.size} objects were acknowledged in all`);
    const database = new Store(`${folder}/sonodesk.sqlite`);
    try {
      for (const [uid, data] of acknowledged) {
        const instance = database.instances.find(uid);
        assert.ok(instance, `seed ${random.seed}: ${uid} was acknowledged and is not in the store`);
        const file = Deno.readFileSync(`${folder}/archive/${instance.path}`);
        assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), data, `seed ${random.seed}: ${uid}`);
      }
    } finally {
      database.close();
    }
    assert.deepEqual([...Deno.readDirSync(`${folder}/archive/incoming`)], [], "half files are gone after a start");
    console.log(`${acknowledged.size} objects acknowledged over ${ROUNDS} kills, all there`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
