import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { showable } from "../../src/dicom/character_repertoire.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** What is answered for one part, and which object it was. */
async function store(client: DicomWebClient, bytes: Uint8Array, contentType = "application/dicom") {
  const boundary = "b0undary";
  const body = Buffer.concat([
    Buffer.from(`--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const answer = await client.fetch("/studies", "application/dicom+json", {
    method: "POST",
    body,
    headers: { "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}` },
  });
  const json = await answer.json();
  return {
    status: answer.status,
    uid: json["00081199"]?.Value[0]["00081155"].Value[0],
    comment: json["00081198"]?.Value[0]["00000902"]?.Value?.[0],
    warning: answer.headers.get("warning"),
  };
}

Deno.test("STOW takes a data set without file meta information, by its part's syntax or its own look", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  for (const syntax of [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN]) {
    for (const isSaid of [true, false]) {
      const object = ultrasoundObject();
      const { dataset } = readDataset(object.data, EXPLICIT_LITTLE_ENDIAN);
      const type = `application/dicom${isSaid ? `; transfer-syntax=${syntax.uid}` : ""}`;
      const { status, uid } = await store(client, writeDataset(dataset, syntax), type);
      assert.deepEqual([status, uid], [200, object.sopInstanceUid], `${syntax.name} ${isSaid}`);
      assert.equal(box.store.instances.find(object.sopInstanceUid)?.transferSyntaxUid, syntax.uid);
    }
  }
  const { damaged } = await box.appliance.archive.checkIntegrity();
  assert.deepEqual(damaged, []);
});

Deno.test("STOW goes by the UIDs of the data set where the file meta information names another object", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const object = ultrasoundObject();
  const meta = { ...object, sopInstanceUid: newUid(), sourceAeTitle: "" };
  const { status, uid } = await store(client, Buffer.concat([writeFileMeta(meta), object.data]));
  assert.deepEqual([status, uid], [200, object.sopInstanceUid]);
  assert.ok(box.store.instances.find(object.sopInstanceUid));
});

Deno.test("STOW says in words why it refuses", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const object = ultrasoundObject();
  const meta = writeFileMeta({ ...object, transferSyntaxUid: "1.2.3.4", sourceAeTitle: "" });
  const refused = await store(client, Buffer.concat([meta, object.data]));
  assert.equal(refused.status, 409);
  assert.match(refused.comment, /transfer syntax 1\.2\.3\.4 is not known/);
  assert.match(refused.warning!, /^299 sonodesk "the transfer syntax 1\.2\.3\.4 is not known"/);
  const garbage = await store(client, Buffer.from("this is no object at all, whatever anybody says of it ".repeat(9)));
  assert.match(garbage.comment, /no DICOM file/);
});

Deno.test("metadata has the attributes behind Pixel Data, as bytes and as text, and not the padding", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const object = ultrasoundObject();
  const behind = new Dataset().setText(0x7fe10010, "LO", "A MAKER").setText(0x7fe11001, "LO", "behind")
    .add({ tag: 0xfffcfffc, vr: "OB", value: new Uint8Array(64) });
  const bytes = Buffer.concat([
    writeFileMeta({ ...object, sourceAeTitle: "" }),
    object.data,
    writeDataset(behind, EXPLICIT_LITTLE_ENDIAN),
  ]);
  assert.equal((await store(client, bytes)).status, 200);
  const [found] = box.store.catalogue.instances({ sopInstanceUids: [object.sopInstanceUid] });
  const path = `/studies/${found!.studyInstanceUid}/series/${found!.seriesInstanceUid}/instances/${
    found!.sopInstanceUid
  }`;
  const [metadata] = await client.json(`${path}/metadata`);
  assert.deepEqual(metadata["7FE11001"].Value, ["behind"]);
  assert.ok(metadata["7FE00010"].BulkDataURI);
  assert.equal(metadata["FFFCFFFC"], undefined);
});

Deno.test("Şükrü in ISO_IR 100 keeps the letters that the set has", () => {
  assert.equal(showable("Şükrü^Işıl", "ISO_IR 100", "transliterate"), "Sükrü^Isil");
  assert.equal(showable("Łukasz^Müller", "ISO_IR 100", "transliterate"), "Lukasz^Müller");
  assert.equal(showable("Şükrü", "ISO_IR 148", "transliterate"), "Şükrü");
  assert.equal(showable("Şükrü", "ISO_IR 100", "question mark"), "?ükrü");
  assert.equal(
    showable("प्रिया^शर्मा", "ISO_IR 100", "transliterate"),
    showable("प्रिया^शर्मा", "ISO_IR 6", "transliterate"),
  );
});
