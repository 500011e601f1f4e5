import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { correctedDataSet, correctedFile } from "../../src/objects/corrected_file.ts";
import type { Correction } from "../../src/dicom/correction.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readFileMeta, writeFileMeta } from "../../src/dicom/file_meta.ts";
import { bytesSource } from "../../src/dicom/byte_source.ts";
import { elementPlaces } from "../../src/dicom/object_header.ts";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { atLeast, fixtures } from "../support/samples.ts";

const DEFLATED = transferSyntaxOf("1.2.840.10008.1.2.1.99")!;

const correction: Correction = {
  ...{ patientName: "Verma^Asha", patientId: "P2", changedBy: "reception", source: "US1", reason: "CORRECT" },
  changedAt: new Date(),
};

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(parts));
}

/** A file of an object, and it again corrected. */
async function correctedFrom(bytes: Uint8Array): Promise<Buffer> {
  const path = await Deno.makeTempFile({ prefix: "sonodesk-corrected-" });
  try {
    await Deno.writeFile(path, bytes);
    const file = await joined(await correctedFile({ path, correction }));
    assert.ok(Buffer.from(await Deno.readFile(path)).equals(Buffer.from(bytes)), "the stored file is not touched");
    return file;
  } finally {
    await Deno.remove(path);
  }
}

function fileOf(data: Uint8Array, transferSyntaxUid: string): Buffer {
  const meta = { sopClassUid: "1.2", sopInstanceUid: "1.2.3", transferSyntaxUid, sourceAeTitle: "US1" };
  return Buffer.concat([writeFileMeta(meta), data]);
}

/** The elements as they are written, by tag, and all that follows from the pixels on. */
function rawElements(file: Buffer) {
  const { meta, dataOffset } = readFileMeta(file);
  const syntax = transferSyntaxOf(meta.transferSyntaxUid)!;
  const stored = file.subarray(dataOffset);
  const data = new Uint8Array(syntax.deflated ? inflateRawSync(stored) : stored);
  const places = [...elementPlaces(bytesSource(data), syntax)];
  const elements = places.map(({ tag, start, end }) => [tag, Buffer.from(data.subarray(start, end))] as const);
  const { dataset } = readDataset(data, syntax, { until: Tag.FloatPixelData });
  return {
    elements,
    dataset,
    rest: Buffer.from(data.subarray(places.at(-1)?.end ?? 0)),
    head: file.subarray(0, dataOffset),
  };
}

const CHANGED: readonly number[] = [
  ...[Tag.PatientName, Tag.PatientID, Tag.IssuerOfPatientID, Tag.OtherPatientIDs, Tag.OtherPatientIDsSequence],
  ...[Tag.OtherPatientNames, Tag.OriginalAttributesSequence, 0x00100000, 0x04000000],
];

/** An image whose machine has written very many short elements. */
function ofManyElements(count: number): Uint8Array {
  const dataset = new Dataset().setText(Tag.PatientName, "PN", "Rao^Priya").setText(Tag.PatientID, "LO", "P1");
  for (let i = 0; i < count; i++) {
    dataset.add({
      tag: (0x0021 << 16) + (i >>> 16) * 0x20000 + (i & 0xffff),
      vr: "SH",
      value: Uint8Array.of(0x61, 0x62),
    });
  }
  return writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN);
}

Deno.test("corrected files: an object of 60,000 elements is corrected as any other, and holds up nobody", async () => {
  const data = ofManyElements(60_000);
  for (const [uid, bytes] of [[EXPLICIT_LITTLE_ENDIAN.uid, data], [DEFLATED.uid, deflateRawSync(data)]] as const) {
    const file = fileOf(bytes, uid);
    let turns = 0;
    const timer = setInterval(() => turns += 1, 5);
    const leaves = rawElements(await correctedFrom(file));
    clearInterval(timer);
    assert.ok(turns >= 10, `others had ${turns} turns`);
    assert.deepEqual([leaves.dataset.text("PatientName"), leaves.dataset.text("PatientID")], ["Verma^Asha", "P2"]);
    const kept = leaves.elements.filter(([tag]) => !CHANGED.includes(tag)).map(([, element]) => element);
    const before = rawElements(file).elements.filter(([tag]) => !CHANGED.includes(tag)).map(([, element]) => element);
    assert.ok(Buffer.concat(kept).equals(Buffer.concat(before)), uid);
  }
});

Deno.test("corrected files: every fixture and ultrasound sample reads the same but for what is changed", async () => {
  for (const { name, path } of [...fixtures(), ...atLeast(12, "us")]) {
    const file = Buffer.from(await Deno.readFile(path));
    const [before, leaves] = [rawElements(file), rawElements(await correctedFrom(file))];
    assert.ok(leaves.head.equals(before.head), name);
    assert.ok(leaves.rest.equals(before.rest), name);
    const kept = ({ elements }: typeof before) => elements.filter(([tag]) => !CHANGED.includes(tag));
    assert.deepEqual(kept(leaves), kept(before), name);
    assert.deepEqual(
      [leaves.dataset.text("PatientName"), leaves.dataset.text("PatientID")],
      ["Verma^Asha", "P2"],
      name,
    );
    assert.equal(leaves.dataset.items("OriginalAttributesSequence").length, 1, name);
  }
});

Deno.test("corrected files: one that already is as it should be is the stored one, byte for byte", async () => {
  const { data } = ultrasoundObject({ patientName: "Verma^Asha", patientId: "P2" });
  const plain = fileOf(data, EXPLICIT_LITTLE_ENDIAN.uid);
  const deflated = fileOf(deflateRawSync(data, { level: 1 }), DEFLATED.uid);
  for (const file of [plain, deflated]) assert.ok((await correctedFrom(file)).equals(file));
});

Deno.test("corrected files: a deflated object larger than what is held of it is whole, of even length and padded or not", async () => {
  const pixels = 70 * 1024 * 1024;
  const dataset = new Dataset().setText(Tag.PatientName, "PN", "Sharma^Priya")
    .add({ tag: Tag.PixelData, vr: "OW", value: new Uint8Array(pixels).fill(7) });
  const data = deflateRawSync(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN));
  for (const padding of [0, 1]) {
    const file = fileOf(Buffer.concat([data, new Uint8Array(padding)]), DEFLATED.uid);
    if (file.length % 2 === 1) continue; // one of the two is of even length, as the standard has it
    const leaves = await correctedFrom(file);
    assert.equal(leaves.length % 2, 0);
    const { dataset, rest } = rawElements(leaves);
    assert.equal(dataset.text("PatientName"), "Verma^Asha");
    assert.equal(rest.length, 12 + pixels);
    assert.ok(rest.subarray(12).every((byte) => byte === 7));
  }
});

Deno.test("corrected files, property: a deflated data set comes out as it went in, but for what is changed", async () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).filter(({ length }) => length % 2 === 0);
  await fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[A-Za-z ^]{0,40}$/), bytes, bytes, async (name, hidden, pixels) => {
      const dataset = new Dataset().setText(Tag.PatientName, "PN", name)
        .add({ tag: 0x00291010, vr: "OB", value: hidden }).add({ tag: Tag.PixelData, vr: "OB", value: pixels });
      const file = fileOf(deflateRawSync(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)), DEFLATED.uid);
      const [before, after] = [rawElements(file), rawElements(await correctedFrom(file))];
      assert.ok(after.rest.equals(before.rest));
      assert.deepEqual(
        after.elements.find(([tag]) => tag === 0x00291010),
        before.elements.find(([tag]) => tag === 0x00291010),
      );
      assert.equal(after.dataset.text("PatientName"), "Verma^Asha");
    }),
    { numRuns: 30 },
  );
});

Deno.test("corrected files: what cannot be read is told before anything leaves", async () => {
  const path = await Deno.makeTempFile({ prefix: "sonodesk-corrected-" });
  try {
    const { data } = ultrasoundObject();
    await Deno.writeFile(path, fileOf(data.subarray(0, 60), EXPLICIT_LITTLE_ENDIAN.uid));
    await assert.rejects(correctedDataSet({ path, correction }), MalformedDataset);
    await Deno.writeFile(path, fileOf(new Uint8Array([1, 2, 3]), DEFLATED.uid));
    await assert.rejects(correctedDataSet({ path, correction }), MalformedDataset);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("corrected files: one with many elements whose file goes away meanwhile is not called malformed", async () => {
  const path = await Deno.makeTempFile({ prefix: "sonodesk-corrected-" });
  const dataset = new Dataset().setText(Tag.PatientName, "PN", "VERMA^ASHA");
  // more than is corrected at once: it is gone over on a thread of its own
  for (let n = 0; n < 3000; n++) dataset.add({ tag: 0x00311000 + n, vr: "LO", value: new Uint8Array(2) });
  await Deno.writeFile(path, fileOf(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN), EXPLICIT_LITTLE_ENDIAN.uid));
  const corrected = correctedDataSet({ path, correction });
  Deno.removeSync(path); // before the other thread has opened it
  await assert.rejects(corrected, (error) => error instanceof Error && !(error instanceof MalformedDataset));
});
