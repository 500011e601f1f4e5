import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { isStorageClass } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { Status } from "../../src/dimse/command.ts";
import { MAX_PDU_LENGTH, PduType } from "../../src/dimse/pdu.ts";
import { writePData, writeReleaseRequest } from "../../src/dimse/write_pdu.ts";
import { RequestFailed } from "../../src/dimse/requestor.ts";
import { echo } from "../../src/services/echo_check.ts";
import { Box } from "../support/box.ts";
import { readObject, samples } from "../support/samples.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote, send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";
import { STORE_REQUEST, storeCommand } from "../support/store_by_hand.ts";
import { until } from "../support/until.ts";

/** The box lives and does its work: a C-ECHO, and a store that is really there. */
async function assertWorks(box: Box, after: string): Promise<void> {
  // who was just cut off leaves its place a moment later
  await until(`${after}: the places of those who have gone are given back`, async () => !await isBusy(box));
  const object = ultrasoundObject();
  const { status } = await send(box.storagePort, object);
  assert.equal(status, Status.SUCCESS, after);
  assert.ok(box.store.instances.find(object.sopInstanceUid), after);
  // who broke off within an object leaves its half file for a moment too
  await box.until(
    `no half files are left ${after}`,
    () => [...Deno.readDirSync(`${box.folder}/archive/incoming`)].length === 0,
  );
}

async function isBusy(box: Box): Promise<boolean> {
  try {
    await echo(remote(box.storagePort));
    return false;
  } catch (error) {
    if (error instanceof RequestFailed && /busy/.test(error.message)) return true;
    throw error;
  }
}

async function associated(box: Box): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.connect(box.storagePort);
  await peer.send(STORE_REQUEST);
  assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC);
  return peer;
}

Deno.test("every malformed sample by C-STORE: an answer, and nothing false is stored", async () => {
  await using box = await Box.start();
  for (const { name, path } of samples("malformed")) {
    const bytes = Deno.readFileSync(path);
    const from = Buffer.from(bytes.subarray(128, 132)).toString() === "DICM" ? 132 : 0;
    const meta = Buffer.from(bytes).indexOf(Buffer.from("1.2.840.10008.1.2"), from) === -1 ? 0 : from;
    const sopInstanceUid = ultrasoundObject().sopInstanceUid;
    const { status } = await send(box.storagePort, {
      sopClassUid: ULTRASOUND_IMAGE,
      sopInstanceUid,
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
      data: bytes.subarray(meta),
    });
    // each is another object than its command says, if it is one at all
    assert.notEqual(status, Status.SUCCESS, name);
    assert.equal(box.store.instances.find(sopInstanceUid), undefined, name);
  }
  assert.deepEqual(box.store.studies.list({}), []);
  await assertWorks(box, "after the malformed samples");
});

Deno.test("every malformed sample as what it says it is: refused, or kept byte for byte where all say it is", async () => {
  await using box = await Box.start();
  const taken: string[] = [];
  for (const { name, path } of samples("malformed")) {
    let object: ReturnType<typeof readObject>;
    try {
      object = readObject(path);
    } catch (error) {
      if (!(error instanceof MalformedDataset)) throw error;
      continue; // its file meta information cannot be read: there is no command to send it with
    }
    if (!isStorageClass(object.sopClassUid) || transferSyntaxOf(object.transferSyntaxUid) === undefined) continue;
    const { status } = await send(box.storagePort, object);
    const instance = box.store.instances.find(object.sopInstanceUid);
    if (status !== Status.SUCCESS) {
      assert.equal(instance, undefined, `${name} was refused with ${status.toString(16)} and is there`);
      continue;
    }
    taken.push(object.sopInstanceUid);
    assert.match(instance!.path, /^studies\/\d{4}\/\d\d\/\d\d\/x?[0-9a-f.]+\/x?[0-9a-f.]+\.dcm$/, name);
    const file = Deno.readFileSync(box.appliance.archive.pathOf(instance!.path));
    assert.ok(Buffer.from(object.data).equals(file.subarray(instance!.dataOffset)), name);
  }
  const kept = box.store.studies.list({}).flatMap(({ series }) => series.flatMap(({ instances }) => instances));
  assert.deepEqual(kept.map(({ sopInstanceUid }) => sopInstanceUid).sort(), [...new Set(taken)].sort());
  await assertWorks(box, "after the malformed samples");
});

Deno.test("every sample PDU on a raw socket: an answer or a closed connection, and the box lives", async () => {
  await using box = await Box.start();
  for (
    const folder of [
      "pdu",
      "pdu/made_from_logs",
      "pdu/pynetdicom_pdu",
      "pdu/pynetdicom_dimse_c",
      "pdu/pynetdicom_dimse_n",
    ]
  ) {
    for (const { path } of samples(folder)) {
      for (const port of [box.storagePort, box.worklistPort]) {
        const peer = await ScriptedPeer.connect(port);
        await peer.send(Deno.readFileSync(path), writeReleaseRequest());
        // whatever comes back is fine; where the box waits for more, it is the peer that closes
        const timer = setTimeout(() => peer.close(), 100);
        await peer.pdu().catch(() => undefined);
        clearTimeout(timer);
        peer.close();
      }
    }
  }
  assert.deepEqual(box.store.studies.list({}), []);
  await assertWorks(box, "after the sample PDUs");
});

Deno.test("a PDU that says it is 4 GiB long, a type that is none, HTTP on the DICOM port: closed before they are read", async () => {
  await using box = await Box.start();
  for (
    const bytes of [
      Buffer.from("0100ffffffff", "hex"),
      Buffer.from("0400ffffffff", "hex"),
      Buffer.from("990000000010", "hex"),
      Buffer.from("GET / HTTP/1.1\r\nHost: box\r\n\r\n"),
    ]
  ) {
    await using peer = await ScriptedPeer.connect(box.storagePort);
    await peer.send(bytes);
    const answer = await peer.pdu();
    assert.ok(answer === undefined || answer.type === PduType.ABORT, bytes.toString("latin1"));
  }
  await assertWorks(box, "after four kinds of garbage");
});

Deno.test("a sender that vanishes within an object, within a PDU, or releases too early leaves nothing behind", async () => {
  await using box = await Box.start();
  const { data, sopInstanceUid } = ultrasoundObject({ pixels: 64 * 2000 });
  const vanish: Record<string, (peer: ScriptedPeer) => Promise<void>> = {
    "within an object": (peer) => peer.send(writePData(1, false, data.subarray(0, 5000), 16384, false)),
    "within a PDU": (peer) => peer.send(writePData(1, false, data, 16384).subarray(0, 20_000)),
    "by release": (peer) =>
      peer.send(writePData(1, false, data.subarray(0, 5000), 16384, false), writeReleaseRequest()),
    "by abort": (peer) => peer.send(Buffer.from("07000000000400000000", "hex")),
  };
  for (const [how, act] of Object.entries(vanish)) {
    const peer = await associated(box);
    await peer.send(writePData(1, true, storeCommand(sopInstanceUid), 16384));
    await act(peer);
    peer.close();
    await box.until(
      `nothing is left of the one that vanished ${how}`,
      () => [...Deno.readDirSync(`${box.folder}/archive/incoming`)].length === 0,
    );
    assert.equal(box.store.instances.find(sopInstanceUid), undefined, how);
  }
  await assertWorks(box, "after four that vanished");
});

Deno.test("a truncated data set is refused as such, and kept by nobody", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject({ pixels: 64 * 100 });
  const { status, comment } = await send(box.storagePort, {
    ...object,
    data: object.data.subarray(0, object.data.length - 100),
  });
  assert.equal(status, Status.CANNOT_UNDERSTAND);
  assert.match(comment, /too early/);
  assert.equal(box.store.instances.find(object.sopInstanceUid), undefined);
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS, "the whole object is taken then");
});

Deno.test("a PDU that is longer than was negotiated ends its association, and nothing of the object is left", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject({ pixels: 64 * 2000 });
  await using peer = await associated(box);
  await peer.send(writePData(1, true, storeCommand(object.sopInstanceUid), 16384));
  const header = Buffer.from("040000000000", "hex");
  header.writeUInt32BE(MAX_PDU_LENGTH + 1, 2);
  await peer.send(header);
  assert.equal((await peer.pdu())?.type, PduType.ABORT);
  await assertWorks(box, "after a PDU that is too long");
});

Deno.test("an object that is larger than the box takes is refused with A700, and the next one is taken", async () => {
  await using box = await Box.start({ largestObject: 100_000 });
  const { status, comment } = await send(box.storagePort, ultrasoundObject({ pixels: 64 * 2000 }));
  assert.equal(status, Status.OUT_OF_RESOURCES);
  assert.match(comment, /Larger than the 100000 bytes/);
  await assertWorks(box, "after an object that is too large");
});

Deno.test("UIDs that are paths stay within the archive", async () => {
  await using box = await Box.start();
  for (const uid of ["../../../../tmp/evil", "/etc/passwd", "..\\..\\windows", "1.2.3/../../x", "CON", "1.2.3\0.4"]) {
    const object = ultrasoundObject({ sopInstanceUid: uid, studyInstanceUid: uid, seriesInstanceUid: uid });
    const { status } = await send(box.storagePort, object);
    if (status !== Status.SUCCESS) continue; // refused is well too
    const [instance] = box.store.studies.list({}).flatMap((study) => study.series.flatMap(({ instances }) => instances))
      .map(({ sopInstanceUid }) => box.store.instances.find(sopInstanceUid)!);
    assert.match(instance!.path, /^studies\/\d{4}\/\d\d\/\d\d\/x?[0-9a-f.]+\/x?[0-9a-f.]+\.dcm$/, uid);
  }
  const outside = [...Deno.readDirSync(`${box.folder}/archive`)].map(({ name }) => name).sort();
  assert.deepEqual(outside, ["incoming", "studies"]);
});
