import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

Deno.test("QIDO: what an object has no value for is left out of its study, series and instance", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  await client.store([ultrasoundObject({ accessionNumber: "", texts: [[Tag.Modality, "CS", ""]] }).data]);
  for (const path of ["/studies", "/series", "/instances"]) {
    const [answer] = await client.json(path);
    const empty = Object.entries(answer).filter(([, attribute]) =>
      (attribute as { Value?: unknown[] }).Value === undefined
    );
    assert.deepEqual(empty, [], path);
    assert.equal(answer["00080061"], undefined);
  }
});

Deno.test("metadata: an object without study and series says those that the box has given it, and its transfer syntax", async () => {
  await using box = await Box.start();
  const client = DicomWebClient.of(box);
  const sopInstanceUid = newUid();
  const dataset = new Dataset().setText(Tag.SOPClassUID, "UI", ULTRASOUND_IMAGE).setText(
    Tag.SOPInstanceUID,
    "UI",
    sopInstanceUid,
  );
  const meta = writeFileMeta({
    ...{
      sopClassUid: ULTRASOUND_IMAGE,
      sopInstanceUid,
      transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
      sourceAeTitle: "",
    },
  });
  const bytes = new Uint8Array([...meta, ...writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)]);
  assert.equal((await client.store([bytes])).status, 200);
  const [study] = await client.json("/studies");
  const uid = study["0020000D"].Value[0];
  const [described] = await client.json(`/studies/${uid}/metadata`);
  const [series] = await client.json(`/studies/${uid}/series`);
  assert.equal(described["0020000D"].Value[0], uid);
  assert.equal(described["0020000E"].Value[0], series["0020000E"].Value[0]);
  assert.equal(described["00083002"].Value[0], EXPLICIT_LITTLE_ENDIAN.uid);
  const tags = Object.keys(described);
  assert.deepEqual(tags, tags.toSorted(), "in order (PS3.18 F.2.2)");
});
