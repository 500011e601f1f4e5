import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DatabaseSync } from "node:sqlite";
import { readFileMeta, writeFileMeta } from "../../src/dicom/file_meta.ts";
import { Archive } from "../../src/archive/archive.ts";
import { Store } from "../../src/store/store.ts";
import { DicomWebClient, tokenFor } from "../support/dicomweb_client.ts";
import { BoxProcess } from "../support/box_process.ts";
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

type Sent = ReturnType<typeof ultrasoundObject>;

/** What a sender has: what it was told is stored, and what it was told nothing of and sends again. */
interface Sender {
  acknowledged: Map<string, Uint8Array>;
  unsure: Sent[];
  next: () => Sent;
}

/** Stores objects one after the other until the box is gone, first those of which it does not know, as machines do. */
async function store(port: string, { acknowledged, unsure, next }: Sender): Promise<void> {
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
    const object = unsure[0] ?? next();
    if (unsure.length === 0) unsure.push(object);
    const command = new Dataset()
      .setText(Tag.AffectedSOPClassUID, "UI", object.sopClassUid)
      .setText(Tag.AffectedSOPInstanceUID, "UI", object.sopInstanceUid)
      .setUnsignedShort(Tag.Priority, 0);
    try {
      const answer = await requestor.request(context.id, CommandField.C_STORE, command, object.data);
      if (answer.command.number("Status") !== 0) continue;
      acknowledged.set(object.sopInstanceUid, object.data);
      unsure.shift();
    } catch {
      return; // killed: this one was not acknowledged
    }
  }
}

/** The same over DICOMweb, which the box offers a moment after its ports are open. */
async function stow(
  client: DicomWebClient,
  killed: AbortSignal,
  { acknowledged, unsure, next }: Sender,
): Promise<void> {
  while (!killed.aborted) {
    const object = unsure[0] ?? next();
    if (unsure.length === 0) unsure.push(object);
    const file = Buffer.concat([writeFileMeta({ ...object, sourceAeTitle: "" }), object.data]);
    try {
      const answer = await client.store([file]);
      await answer.body?.cancel();
      if (answer.status !== 200) continue;
      acknowledged.set(object.sopInstanceUid, object.data);
      unsure.shift();
    } catch {
      // not open yet, or killed: this one was not acknowledged
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Every file has its row, every row its file, and the clinic's outbox an event of each. */
function assertOneFileEach(folder: string, seed: string): void {
  const database = new DatabaseSync(`${folder}/sonodesk.sqlite`, { readOnly: true });
  try {
    const rows = database.prepare(`SELECT path, sop_instance_uid AS uid FROM instances`).all();
    const files = filesBelow(folder, "studies");
    assert.deepEqual(files.sort(), rows.map(({ path }) => String(path)).sort(), `${seed}: files and rows`);
    const told = database.prepare(`SELECT payload ->> 'sopInstanceUid' AS uid FROM outbox WHERE type = 'image'`).all();
    const uids = (found: Record<string, unknown>[]) => found.map(({ uid }) => String(uid)).sort();
    assert.deepEqual(uids(told), uids(rows), `${seed}: outbox and rows`);
  } finally {
    database.close();
  }
}

function filesBelow(folder: string, below: string): string[] {
  return [...Deno.readDirSync(`${folder}/archive/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(folder, `${below}/${name}`) : [`${below}/${name}`]
  );
}

Deno.test(`kill -9 under load, ${ROUNDS} rounds: each acknowledged object is there once, byte for byte`, async () => {
  const random = randomFrom("SONODESK_SEED");
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-kill-" });
  const acknowledged = new Map<string, Uint8Array>();
  const acknowledgedOverWeb = new Map<string, Uint8Array>();
  const next = () => ultrasoundObject({ pixels: 64 * (1 + random.below(4000)), shade: random.below(256) });
  const senders = Array.from({ length: SENDERS }, (): Sender => ({ acknowledged, unsure: [], next }));
  const webSender: Sender = { acknowledged: acknowledgedOverWeb, unsure: [], next };
  const prepared = new Store(`${folder}/sonodesk.sqlite`);
  const token = tokenFor(prepared);
  prepared.close();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const box = await BoxProcess.start(folder);
      const storing = senders.map((sender) => store(box.storagePort, sender));
      const killed = new AbortController();
      const before = [acknowledged.size, acknowledgedOverWeb.size];
      storing.push(stow(new DicomWebClient(box.webPort, token), killed.signal, webSender));
      // each way works by then, however slow this machine is
      for (let tries = 0; tries < 1000; tries++) {
        if (acknowledged.size > before[0]! && acknowledgedOverWeb.size > before[1]!) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await new Promise((resolve) => setTimeout(resolve, random.below(300)));
      await box.kill();
      killed.abort();
      await Promise.all(storing);
    }
    const last = await BoxProcess.start(folder);
    assert.equal(await last.stop(), 0);

    for (const { size } of [acknowledged, acknowledgedOverWeb]) {
      assert.ok(size >= ROUNDS, `only ${size} objects were acknowledged in all`);
    }
    const database = new Store(`${folder}/sonodesk.sqlite`);
    try {
      // what each start does, to its end
      const archive = new Archive(`${folder}/archive`, database, { floor: 0 });
      await archive.open();
      archive.sweep();
      const found = await archive.reconcile(new AbortController().signal);
      assert.deepEqual([found.unreadable, found.missing], [0, 0], `seed ${random.seed}`);
      for (const [uid, data] of [...acknowledged, ...acknowledgedOverWeb]) {
        const instance = database.instances.find(uid);
        assert.ok(instance, `seed ${random.seed}: ${uid} was acknowledged and is not in the store`);
        const file = Deno.readFileSync(`${folder}/archive/${instance.path}`);
        assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), data, `seed ${random.seed}: ${uid}`);
        assert.equal(database.instanceFiles.versions(uid).length, 1, `seed ${random.seed}: ${uid} is there once`);
      }
      assertOneFileEach(folder, `seed ${random.seed}`);
    } finally {
      database.close();
    }
    assert.deepEqual([...Deno.readDirSync(`${folder}/archive/incoming`)], [], "half files are gone after a start");
    const [dicom, web] = [acknowledged.size, acknowledgedOverWeb.size];
    console.log(`${dicom} objects acknowledged, and ${web} over the web, over ${ROUNDS} kills, all there`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
