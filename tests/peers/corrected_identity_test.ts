import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Correction } from "../../src/dicom/correction.ts";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { peerTest, run, utf8 } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { send } from "../support/sender.ts";
import { freePort, PeerServer } from "../support/servers.ts";

const DESTINATION = { name: "PACS", aeTitle: "PACS", address: "127.0.0.1", tls: false, enabled: true, rules: [] };

const NAME = "शर्मा^प्रिया";

const CORRECTION: Correction = {
  ...{ patientName: NAME, patientId: "P2", accessionNumber: "A2", changedBy: "reception", source: "TESTSCU" },
  ...{ changedAt: new Date(), reason: "CORRECT" },
};

/** A box whose every object is corrected as it leaves, once it has come. */
async function correctingBox(): Promise<Box> {
  const box = await Box.start();
  Object.assign(box.store.corrections, { of: () => CORRECTION });
  return box;
}

async function sendFixtures(box: Box): Promise<void> {
  for (const { path } of fixtures()) assert.equal((await send(box.storagePort, readObject(path))).status, 0);
}

/** What a data set is from its pixels on, as bytes. */
function fromPixels({ data, transferSyntaxUid }: ReturnType<typeof readObject>): Buffer {
  const { end } = readDataset(data, transferSyntaxOf(transferSyntaxUid)!, { until: Tag.FloatPixelData });
  return Buffer.from(data.subarray(end));
}

async function printed(path: string): Promise<string> {
  const { code, text } = await run("dcmdump", ["+U8", path]);
  assert.equal(code, 0, utf8(text));
  return utf8(text);
}

/** Whether DCMTK sees the corrected identity, and the record of what it was. */
async function assertCorrected(path: string): Promise<void> {
  const text = await printed(path);
  assert.match(text, /^\(0010,0010\) PN \[शर्मा\^प्रिया\]/m);
  assert.match(text, /^\(0010,0020\) LO \[P2\]/m);
  assert.match(text, /^\(0400,0561\) SQ/m);
  assert.match(text, /^ {4}\(0400,0565\) CS \[CORRECT\]/m);
  assert.match(text, /^ {8}\(0010,0020\) LO \[SD-100\d/m);
}

function filesIn(folder: string) {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => ({
    path: `${folder}/${name}`,
    object: readObject(`${folder}/${name}`),
  }));
}

/** The object as the box keeps it. */
function kept(box: Box, sopInstanceUid: string) {
  return readObject(box.appliance.archive.pathOf(box.store.instances.find(sopInstanceUid)!.path));
}

/** What dicom3tools finds wrong with a file, but for where it stands. */
async function errors(path: string): Promise<Set<string>> {
  const { text } = await run("dciodvfy", [path]);
  return new Set(text.split("\n").filter((line) => line.startsWith("Error")));
}

peerTest("storescp gets every object corrected, with its own pixels and no new errors, and the box keeps what came", [
  "storescp",
  "dcmdump",
  "dciodvfy",
], async () => {
  await using box = await correctingBox();
  await using pacs = await PeerServer.start("storescp", (port, folder) => ["+xa", "+B", "-od", folder, port]);
  const { id } = box.store.destinations.add({ ...DESTINATION, port: Number(pacs.port) });
  await sendFixtures(box);
  await box.until("everything is sent on", () => box.store.destinations.queueLength(id).sent === fixtures().length);
  for (const { path, object } of filesIn(pacs.folder)) {
    await assertCorrected(path);
    const came = kept(box, object.sopInstanceUid);
    const stored = box.appliance.archive.pathOf(box.store.instances.find(object.sopInstanceUid)!.path);
    assert.deepEqual([...(await errors(path)).difference(await errors(stored))], []);
    assert.equal(object.transferSyntaxUid, came.transferSyntaxUid);
    assert.ok(fromPixels(object).equals(fromPixels(came)), object.sopInstanceUid);
  }
  for (const { path } of fixtures()) {
    const { sopInstanceUid, data } = readObject(path);
    assert.ok(Buffer.from(kept(box, sopInstanceUid).data).equals(Buffer.from(data)), path);
  }
  assert.deepEqual((await box.appliance.archive.checkIntegrity()).damaged, []);
});

peerTest("storescp that takes nothing compressed, or implicit alone, gets every object corrected and converted", [
  "storescp",
  "dcmdump",
], async () => {
  for (const takes of ["+xe", "+xi"]) {
    await using box = await correctingBox();
    await using pacs = await PeerServer.start("storescp", (port, folder) => [takes, "+B", "-od", folder, port]);
    const { id } = box.store.destinations.add({ ...DESTINATION, port: Number(pacs.port) });
    await sendFixtures(box);
    await box.until("everything is sent on", () => box.store.destinations.queueLength(id).sent === fixtures().length);
    for (const { path, object } of filesIn(pacs.folder)) {
      await assertCorrected(path);
      assert.ok(!transferSyntaxOf(object.transferSyntaxUid)!.encapsulated);
    }
  }
});

peerTest("movescu and getscu get every object corrected", ["movescu", "getscu", "dcmdump"], async () => {
  const port = freePort();
  await using box = await correctingBox();
  box.store.machines.add({
    aeTitle: "WS",
    name: "Workstation",
    address: "127.0.0.1",
    admitted: true,
    port: Number(port),
  });
  await sendFixtures(box);
  const { studyInstanceUid } = box.store.instances.find(readObject(fixtures()[0]!.path).sopInstanceUid)!;
  const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${studyInstanceUid}`];
  const asking = ["-S", "-aet", "WS"];
  for (
    const [program, ...options] of [
      ["movescu", "-aem", "WS", "+P", port, "+B", "+xa"],
      ["getscu", "+B", "-od", "."],
    ] as [string, ...string[]][]
  ) {
    const cwd = await Deno.makeTempDir({ prefix: "sonodesk-retrieved-" });
    try {
      const { code, text } = await run(program, [...asking, ...options, ...keys, "127.0.0.1", box.storagePort], {
        cwd,
      });
      assert.equal(code, 0, text);
      assert.ok(filesIn(cwd).length > 0, program);
      for (const { path } of filesIn(cwd)) await assertCorrected(path);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  }
});

Deno.test("DICOMweb and the download: the corrected object where it leaves, the one that came where that is asked for", async () => {
  await using box = await correctingBox();
  await sendFixtures(box);
  const client = DicomWebClient.of(box);
  for (const { path } of fixtures()) {
    const { sopInstanceUid } = readObject(path);
    const came = Buffer.from(await Deno.readFile(path));
    const [found] = box.store.catalogue.instances({ sopInstanceUids: [sopInstanceUid] });
    const address = `/studies/${found!.studyInstanceUid}/series/${
      found!.seriesInstanceUid
    }/instances/${sopInstanceUid}`;
    const read = (bytes: Uint8Array) => {
      const { meta, dataOffset } = readFileMeta(bytes);
      const syntax = transferSyntaxOf(meta.transferSyntaxUid)!;
      const data = bytes.subarray(dataOffset);
      const { dataset, end } = readDataset(data, syntax, { until: Tag.FloatPixelData });
      return { dataset, syntax, pixels: Buffer.from(data.subarray(end)) };
    };
    const fetched = async (accept: string) => Buffer.from(await (await client.fetch(address, accept)).bytes());
    const whole = read(await fetched("application/dicom; transfer-syntax=*"));
    const explicit = read(await fetched("application/dicom; transfer-syntax=1.2.840.10008.1.2.1"));
    for (const { dataset } of [whole, explicit]) {
      assert.deepEqual([dataset.text("PatientName"), dataset.text("PatientID")], [NAME, "P2"]);
      assert.equal(dataset.items("OriginalAttributesSequence").length, 1);
    }
    assert.ok(whole.pixels.equals(read(came).pixels), path);
    const [metadata] = await client.json(`${address}/metadata`);
    assert.deepEqual(metadata["00100010"].Value, [{ Alphabetic: NAME }]);
    assert.deepEqual(metadata["00080050"].Value, ["A2"]);
    const [record] = metadata["04000561"].Value;
    assert.deepEqual(record["04000565"].Value, ["CORRECT"]);
    assert.match(record["04000550"].Value[0]["00100020"].Value[0], /^SD-100/);
    const download = async (query: string) => {
      const api = client.address.replace("/dicom-web", "/api");
      const answer = await fetch(`${api}/instances/${sopInstanceUid}/file${query}`, {
        headers: { authorization: `Bearer ${client.token}` },
      });
      return { status: answer.status, bytes: Buffer.from(await answer.bytes()) };
    };
    const stored = Buffer.from(
      await Deno.readFile(box.appliance.archive.pathOf(box.store.instances.find(sopInstanceUid)!.path)),
    );
    for (const query of ["", "?corrected=0"]) assert.ok((await download(query)).bytes.equals(stored));
    assert.equal(read((await download("?corrected=1")).bytes).dataset.text("PatientName"), NAME);
    assert.equal((await download("?corrected=yes")).status, 400);
  }
});

Deno.test("DICOMweb: an object that nothing is corrected of is the one that came, also as the corrected download", async () => {
  await using box = await Box.start();
  await sendFixtures(box);
  const client = DicomWebClient.of(box);
  const { sopInstanceUid } = readObject(fixtures()[0]!.path);
  const stored = await Deno.readFile(box.appliance.archive.pathOf(box.store.instances.find(sopInstanceUid)!.path));
  const answer = await fetch(
    `${client.address.replace("/dicom-web", "/api")}/instances/${sopInstanceUid}/file?corrected=1`,
    { headers: { authorization: `Bearer ${client.token}` } },
  );
  assert.ok(Buffer.from(await answer.bytes()).equals(Buffer.from(stored)));
});
