import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { correctedBytes, correctedObject, type CorrectionOptions } from "../../src/dicom/corrected_object.ts";
import type { Correction } from "../../src/dicom/correction.ts";
import { encodeText } from "../../src/dicom/charset.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { readableDataset } from "../../src/dicom/dataset_json.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { fullDictionary } from "../../src/dicom/full_dictionary.ts";
import { bytesSource } from "../../src/dicom/byte_source.ts";
import { elementPlaces } from "../../src/dicom/object_header.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntaxOf,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { hasProgram, peerTest, run, utf8 } from "../support/peers.ts";
import { atLeast, readObject } from "../support/samples.ts";

const NATIVE = [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN];

const CORRECTION: Correction = {
  patientName: "Verma^Asha",
  patientId: "P2",
  patientBirthDate: "19850302",
  patientSex: "F",
  accessionNumber: "A2",
  changedBy: "reception",
  changedAt: new Date(2026, 10, 29, 10, 12, 37),
  reason: "CORRECT",
  source: "US1",
};

function corrected(
  bytes: Uint8Array,
  syntax: TransferSyntax,
  changes: Partial<Correction> = {},
  options?: CorrectionOptions,
) {
  const source = bytesSource(bytes);
  const object = correctedObject(source, syntax, { ...CORRECTION, ...changes }, options);
  return object && Buffer.concat([...correctedBytes(source, object)]);
}

/** The bytes of each element up to the pixels, and those of all after them. */
function rawElements(bytes: Uint8Array, syntax: TransferSyntax): Map<number, string> {
  const raw = new Map<number, string>();
  let at = 0;
  for (const { tag, start, end } of elementPlaces(bytesSource(bytes), syntax)) {
    raw.set(tag, Buffer.from(bytes.subarray(start, end)).toString("hex"));
    at = end;
  }
  return raw.set(Tag.PixelData, Buffer.from(bytes.subarray(at)).toString("hex"));
}

/** What a correction of everything may touch. */
const TOUCHED: ReadonlySet<number> = new Set([
  ...[Tag.PatientName, Tag.PatientID, Tag.PatientBirthDate, Tag.PatientSex, Tag.AccessionNumber, Tag.PatientAge],
  ...[Tag.IssuerOfPatientID, Tag.OtherPatientIDs, Tag.OtherPatientIDsSequence, Tag.OtherPatientNames],
  ...[Tag.PatientBirthTime, Tag.RequestAttributesSequence, Tag.OriginalAttributesSequence],
]);

function assertOnlyTouched(
  before: Uint8Array,
  after: Uint8Array,
  syntax: TransferSyntax,
  touched: ReadonlySet<number>,
) {
  const [one, other] = [rawElements(before, syntax), rawElements(after, syntax)];
  const groups = new Set([...touched].map((tag) => tag >>> 16));
  const isKept = (tag: number) => !touched.has(tag) && !((tag & 0xffff) === 0 && groups.has(tag >>> 16));
  assert.deepEqual([...other].filter(([tag]) => isKept(tag)), [...one].filter(([tag]) => isKept(tag)));
}

function object(): Dataset {
  return new Dataset()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100")
    .setText(Tag.SOPInstanceUID, "UI", "1.2.3")
    .setText(Tag.AccessionNumber, "SH", "A1")
    .setText(Tag.InstitutionName, "LO", "Hôpital")
    .setText(Tag.PatientName, "PN", "Müller^Jörg")
    .setText(Tag.PatientID, "LO", "P1")
    .setText(Tag.IssuerOfPatientID, "LO", "ELSEWHERE")
    .setText(Tag.PatientAge, "AS", "030Y")
    .setText(Tag.StudyInstanceUID, "UI", "1.2.3.4")
    .setText(Tag.SeriesInstanceUID, "UI", "1.2.3.5")
    .setUnsignedShort(Tag.Rows, 1)
    .add({ tag: Tag.PixelData, vr: "OW", value: Uint8Array.of(1, 2, 3, 4) });
}

Deno.test("correcting: the identity is the corrected one, and Original Attributes Sequence has what stood there", () => {
  for (const syntax of NATIVE) {
    const before = writeDataset(object(), syntax);
    const after = corrected(before, syntax)!;
    const { dataset } = readDataset(after, syntax);
    assert.deepEqual(
      (["PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber"] as const)
        .map((attribute) => dataset.text(attribute)),
      ["Verma^Asha", "P2", "19850302", "F", "A2"],
    );
    assert.ok(!dataset.has(Tag.IssuerOfPatientID), "the issuer of another's id is none of this one");
    assert.ok(!dataset.has(Tag.PatientAge), "an age goes with its birth date");
    const [item, ...others] = dataset.items("OriginalAttributesSequence");
    assert.equal(others.length, 0);
    assert.equal(item!.text("ReasonForTheAttributeModification"), "CORRECT");
    assert.equal(item!.text("SourceOfPreviousValues"), "US1");
    assert.equal(item!.text("ModifyingSystem"), "Sonodesk (reception)");
    assert.match(item!.text("AttributeModificationDateTime"), /^20261129101237[+-]\d{4}$/);
    const former = item!.items("ModifiedAttributesSequence")[0]!;
    assert.deepEqual(readableDataset(former), {
      ...readableDataset(
        new Dataset().setText(Tag.AccessionNumber, "SH", "A1").setText(Tag.PatientName, "PN", "Müller^Jörg")
          .setText(Tag.PatientID, "LO", "P1").setText(Tag.IssuerOfPatientID, "LO", "ELSEWHERE")
          .setText(Tag.PatientBirthDate, "DA", "").setText(Tag.PatientSex, "CS", "")
          .setText(Tag.PatientAge, "AS", "030Y"),
      ),
    });
    assertOnlyTouched(before, after, syntax, TOUCHED);
    const tags = [...rawElements(after, syntax).keys()];
    assert.deepEqual(tags, tags.toSorted((a, b) => a - b), "what is new stands in its place");
  }
});

Deno.test("correcting: what already is as it should be leaves byte for byte as it is stored", () => {
  const same = new Dataset().setText(Tag.AccessionNumber, "SH", "A2").setText(Tag.PatientName, "PN", "Verma^Asha^^ ")
    .setText(Tag.PatientID, "LO", " P2 ").setText(Tag.PatientBirthDate, "DA", "19850302")
    .setText(Tag.PatientSex, "CS", "F");
  for (const syntax of NATIVE) {
    assert.equal(corrected(writeDataset(same, syntax), syntax), undefined);
    const empty = {
      patientName: "",
      patientId: "",
      patientBirthDate: "",
      patientSex: "",
      accessionNumber: "",
    } as const;
    assert.equal(corrected(writeDataset(new Dataset(), syntax), syntax, empty), undefined);
  }
});

Deno.test("correcting: a second correction adds its item, and keeps the first one's bytes", () => {
  for (const syntax of NATIVE) {
    const once = corrected(writeDataset(object(), syntax), syntax)!;
    const twice = corrected(once, syntax, { patientName: "Verma^Usha", reason: "COERCE", source: "" })!;
    const items = readDataset(twice, syntax).dataset.items("OriginalAttributesSequence");
    assert.deepEqual(items.map((item) => item.text("ReasonForTheAttributeModification")), ["CORRECT", "COERCE"]);
    assert.deepEqual(
      items.map((item) => item.items("ModifiedAttributesSequence")[0]!.text("PatientName")),
      ["Müller^Jörg", "Verma^Asha"],
    );
    const first = rawElements(once, syntax).get(Tag.OriginalAttributesSequence)!;
    const header = syntax.explicit ? 24 : 16;
    assert.ok(rawElements(twice, syntax).get(Tag.OriginalAttributesSequence)!.includes(first.slice(header)));
  }
});

Deno.test("correcting: an item is added to a sequence without length, and to one that is hidden in UN", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  const name = writeDataset(new Dataset().setText(Tag.PatientName, "PN", "Sharma^Priya"), EXPLICIT_LITTLE_ENDIAN);
  const reason = { "5351": "43530600", "554e": "06000000" }; // CS and a short length, or a long one of implicit VR
  for (const [vr, header] of Object.entries(reason)) {
    const sequence = hex(
      `0004 6105 ${vr} 0000 ffffffff feff00e0 ffffffff 0004 6505 ${header} 434f45524345` +
        "feff0de0 00000000 feffdde0 00000000",
    );
    const bytes = Buffer.concat([name, sequence]);
    const { dataset } = readDataset(corrected(bytes, EXPLICIT_LITTLE_ENDIAN)!, EXPLICIT_LITTLE_ENDIAN);
    const items = dataset.items("OriginalAttributesSequence");
    assert.deepEqual(items.map((one) => one.text("ReasonForTheAttributeModification")), ["COERCE", "CORRECT"], vr);
    assert.equal(items[1]!.items("ModifiedAttributesSequence")[0]!.text("PatientName"), "Sharma^Priya", vr);
  }
});

Deno.test("correcting: a name is written in the object's own set where that has its letters", () => {
  for (const syntax of NATIVE) {
    const before = writeDataset(object(), syntax);
    const after = corrected(before, syntax, { patientName: "Groß^Zoë" })!;
    const { dataset } = readDataset(after, syntax);
    assert.equal(dataset.text("SpecificCharacterSet"), "ISO_IR 100");
    assert.equal(dataset.text("PatientName"), "Groß^Zoë");
    const written = rawElements(after, syntax).get(Tag.PatientName)!;
    assert.ok(written.endsWith(Buffer.from("Groß^Zoë", "latin1").toString("hex")), written);
    assertOnlyTouched(before, after, syntax, TOUCHED);
  }
});

Deno.test("correcting: a Cyrillic object that gets a Devanagari name is UTF-8 throughout, and every text in it stays readable", async () => {
  const { vrOf } = await fullDictionary();
  const request = new Dataset().setText(Tag.RequestedProcedureID, "SH", "УЗИ-7").setText(
    Tag.AccessionNumber,
    "SH",
    "A1",
  );
  const cyrillic = object()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 144")
    .setText(Tag.InstitutionName, "LO", "Больница №1")
    .setText(Tag.PatientName, "PN", "Король^Юрий")
    .setItems(Tag.RequestAttributesSequence, [request])
    .setText(0x00291001, "LO", "Частное"); // private, with its VR where the syntax has one
  for (const syntax of NATIVE) {
    const encode = (text: string) => encodeText(text, "ISO_IR 144")!;
    const before = writeDataset(cyrillic, syntax, encode);
    const after = corrected(before, syntax, { patientName: "शर्मा^प्रिया" }, { vrOf })!;
    const { dataset } = readDataset(after, syntax);
    assert.equal(dataset.text("SpecificCharacterSet"), "ISO_IR 192");
    assert.equal(dataset.text("PatientName"), "शर्मा^प्रिया");
    assert.equal(dataset.text("InstitutionName"), "Больница №1");
    assert.equal(dataset.items("RequestAttributesSequence")[0]!.text("RequestedProcedureID"), "УЗИ-7");
    assert.equal(dataset.items("RequestAttributesSequence")[0]!.text("AccessionNumber"), "A2");
    if (syntax.explicit) assert.equal(dataset.text(0x00291001), "Частное");
    assert.equal(dataset.textReadAs, "declared");
    const former = dataset.items("OriginalAttributesSequence")[0]!.items("ModifiedAttributesSequence")[0]!;
    assert.equal(former.text("PatientName"), "Король^Юрий");
  }
});

Deno.test("correcting: text that its machine's record explains is explained once it is UTF-8", () => {
  const undeclared = new Dataset().setText(Tag.InstitutionName, "LO", "Больница").setText(
    Tag.PatientName,
    "PN",
    "Король",
  );
  const before = writeDataset(undeclared, EXPLICIT_LITTLE_ENDIAN, (text) => encodeText(text, "ISO_IR 144")!);
  const options = { machineCharset: ["ISO_IR 144"] };
  const after = corrected(before, EXPLICIT_LITTLE_ENDIAN, onlyName("Юрьев"), options)!;
  const { dataset } = readDataset(after, EXPLICIT_LITTLE_ENDIAN);
  assert.deepEqual([dataset.text("SpecificCharacterSet"), dataset.text("InstitutionName")], ["ISO_IR 192", "Больница"]);
  const former = dataset.items("OriginalAttributesSequence")[0]!.items("ModifiedAttributesSequence")[0]!;
  assert.equal(former.text("PatientName"), "Король");
});

Deno.test("correcting: a name that only the box can read is written so that others can, and its record stays", () => {
  const name = "MÜLLER^JÖRG";
  const utf8Bytes = (text: string) => new TextEncoder().encode(text);
  const latin1 = (text: string) => encodeText(text, "ISO_IR 100")!;
  for (const [declared, encode] of [["ISO_IR 100", utf8Bytes], ["ISO_IR 192", latin1], ["", latin1]] as const) {
    const stored = new Dataset().setText(Tag.SpecificCharacterSet, "CS", declared)
      .setText(Tag.InstitutionName, "LO", "Hôpital").setText(Tag.PatientName, "PN", name)
      .setText(Tag.IssuerOfPatientID, "LO", "HERE");
    for (const syntax of NATIVE) {
      const after = corrected(writeDataset(stored, syntax, encode), syntax, onlyName(name))!;
      const { dataset } = readDataset(after, syntax);
      assert.deepEqual([dataset.text("PatientName"), dataset.text("InstitutionName")], [name, "Hôpital"]);
      assert.deepEqual([dataset.text("SpecificCharacterSet"), dataset.textReadAs], ["ISO_IR 192", "declared"]);
      assert.ok(dataset.has(Tag.IssuerOfPatientID), "it is the same patient");
      assert.equal(corrected(after, syntax, onlyName(name)), undefined);
    }
  }
});

function onlyName(patientName: string): Partial<Correction> {
  const [patientId, patientBirthDate, patientSex, accessionNumber] = [undefined, undefined, undefined, undefined];
  return {
    patientName,
    ...{ patientId, patientBirthDate, patientSex, accessionNumber } as unknown as Partial<Correction>,
  };
}

Deno.test("correcting: references to a study and a series that have moved follow them, wherever they stand", () => {
  const reference = (study: string, series: string) =>
    new Dataset().setText(Tag.StudyInstanceUID, "UI", study)
      .setItems(Tag.ReferencedSeriesSequence, [new Dataset().setText(Tag.SeriesInstanceUID, "UI", series)]);
  const report = object()
    .setItems(Tag.ReferencedStudySequence, [new Dataset().setText(Tag.ReferencedSOPInstanceUID, "UI", "1.2.3.4")])
    .setItems(Tag.RequestAttributesSequence, [
      new Dataset().setText(Tag.AccessionNumber, "SH", "A1").setText(Tag.StudyInstanceUID, "UI", "1.2.3.4"),
      new Dataset().setText(Tag.AccessionNumber, "SH", "B9").setText(Tag.StudyInstanceUID, "UI", "9.9"),
    ])
    .setItems(Tag.CurrentRequestedProcedureEvidenceSequence, [reference("1.2.3.4", "1.2.3.5"), reference("9.9", "9.8")])
    .setItems(Tag.PertinentOtherEvidenceSequence, [reference("7.7", "7.8")]);
  const moves = {
    studyInstanceUid: "5.1",
    seriesInstanceUid: "5.2",
    uidMap: new Map([["7.7", "5.7"], ["7.8", "5.8"]]),
  };
  for (const syntax of NATIVE) {
    const before = writeDataset(report, syntax);
    const { dataset } = readDataset(corrected(before, syntax, moves)!, syntax);
    assert.deepEqual([dataset.text("StudyInstanceUID"), dataset.text("SeriesInstanceUID")], ["5.1", "5.2"]);
    const requests = dataset.items("RequestAttributesSequence");
    assert.deepEqual(requests.map((one) => one.text("AccessionNumber")), ["A2", "B9"]);
    assert.deepEqual(requests.map((one) => one.text("StudyInstanceUID")), ["5.1", "9.9"]);
    assert.equal(dataset.items("ReferencedStudySequence")[0]!.text("ReferencedSOPInstanceUID"), "5.1");
    const evidence = [
      ...dataset.items("CurrentRequestedProcedureEvidenceSequence"),
      ...dataset.items("PertinentOtherEvidenceSequence"),
    ].map((one) => [one.text("StudyInstanceUID"), one.items("ReferencedSeriesSequence")[0]!.text("SeriesInstanceUID")]);
    assert.deepEqual(evidence, [["5.1", "5.2"], ["9.9", "9.8"], ["5.7", "5.8"]]);
    const former = dataset.items("OriginalAttributesSequence")[0]!.items("ModifiedAttributesSequence")[0]!;
    assert.equal(former.items("RequestAttributesSequence")[0]!.text("StudyInstanceUID"), "1.2.3.4");
    assert.equal(former.text("StudyInstanceUID"), "1.2.3.4");
    assert.equal(former.items("PertinentOtherEvidenceSequence")[0]!.text("StudyInstanceUID"), "7.7");
    // what is corrected back, and then again, is not rewritten in the record of what it was
    const back = corrected(corrected(before, syntax, moves)!, syntax, {
      ...{ studyInstanceUid: "1.2.3.4", seriesInstanceUid: "1.2.3.5" },
    })!;
    const again = readDataset(corrected(back, syntax, { studyInstanceUid: "5.9" })!, syntax).dataset;
    assert.equal(again.items("CurrentRequestedProcedureEvidenceSequence")[0]!.text("StudyInstanceUID"), "5.9");
    assert.deepEqual(
      again.items("OriginalAttributesSequence").map((one) =>
        one.items("ModifiedAttributesSequence")[0]!.text("StudyInstanceUID")
      ),
      ["1.2.3.4", "5.1", "1.2.3.4"],
    );
  }
});

Deno.test("correcting: odd lengths, stray order, private data and the length of another group stay as they are", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  const bytes = Buffer.concat([
    hex("0800 0000 554c 0400 0a000000"), // (0008,0000), of a group that changes
    hex("0800 5000 5348 0200 4131"), // A1
    hex("0900 1000 4c4f 0300 414243"), // private, of odd length
    hex("1000 2000 4c4f 0200 5031"), // P1
    hex("1000 1000 504e 0300 412042"), // after it, and of odd length
    hex("2000 0000 554c 0400 0a000000"), // (0020,0000)
    hex("2000 1300 4953 0200 3120"),
    hex("e07f 1000 4f57 0000 04000000 01020304"),
    hex("fcff fcff 4f42 0000 02000000 0000"), // padding after the pixels
  ]);
  const after = corrected(bytes, EXPLICIT_LITTLE_ENDIAN)!;
  assertOnlyTouched(bytes, after, EXPLICIT_LITTLE_ENDIAN, TOUCHED);
  const raw = rawElements(after, EXPLICIT_LITTLE_ENDIAN);
  assert.ok(!raw.has(0x00080000), "the length of a group that changes would be wrong");
  assert.ok(raw.has(0x00200000));
  const former = readDataset(after, EXPLICIT_LITTLE_ENDIAN).dataset.items("OriginalAttributesSequence")[0]!
    .items("ModifiedAttributesSequence")[0]!;
  assert.equal(former.text("PatientName"), "A B");
});

/** Data sets of what an ultrasound object may have, with sequences in sequences. */
const dataset: fc.Arbitrary<Dataset> = fc.letrec<{ dataset: Dataset }>((tie) => ({
  dataset: fc.record({
    name: fc.option(fc.stringMatching(/^[A-Za-z ^éßü]{0,40}$/)),
    id: fc.option(fc.stringMatching(/^[A-Z0-9]{0,16}$/)),
    number: fc.option(fc.stringMatching(/^[A-Z0-9]{0,16}$/)),
    comment: fc.option(fc.stringMatching(/^[a-zà]{0,200}$/)),
    birthDate: fc.option(fc.constantFrom("19900517", "19850302", "")),
    study: fc.option(fc.constantFrom("1.2", "1.2.3")),
    rows: fc.option(fc.nat(65535)),
    bytes: fc.option(fc.uint8Array({ maxLength: 200 })),
    items: fc.option(fc.array(tie("dataset"), { maxLength: 3 }), { freq: 3 }),
    evidence: fc.option(fc.array(tie("dataset"), { maxLength: 2 }), { freq: 3 }),
  }, { noNullPrototype: true }).map((made) => {
    const all = new Dataset();
    const text = (tag: number, vr: "PN" | "LO" | "SH" | "LT" | "DA" | "UI", value: string | null) => {
      if (value !== null) all.setText(tag, vr, value);
    };
    text(Tag.PatientName, "PN", made.name);
    text(Tag.PatientID, "LO", made.id);
    text(Tag.AccessionNumber, "SH", made.number);
    text(Tag.ImageComments, "LT", made.comment);
    text(Tag.PatientBirthDate, "DA", made.birthDate);
    text(Tag.StudyInstanceUID, "UI", made.study);
    if (made.rows !== null) all.setUnsignedShort(Tag.Rows, made.rows);
    if (made.bytes !== null) all.add({ tag: 0x00291010, vr: "OB", value: made.bytes });
    if (made.items !== null) all.setItems(Tag.RequestAttributesSequence, made.items);
    if (made.evidence !== null) all.setItems(Tag.CurrentRequestedProcedureEvidenceSequence, made.evidence);
    return all;
  }),
})).dataset;

Deno.test("correcting, property: what is touched is the correction, the rest keeps its bytes; once corrected, nothing differs", () => {
  const touched = new Set([...TOUCHED, Tag.StudyInstanceUID, Tag.CurrentRequestedProcedureEvidenceSequence]);
  const pixels = { tag: Tag.PixelData, vr: "OW", value: Uint8Array.of(1, 2, 3, 4) } as const;
  const names = fc.constantFrom("Verma^Asha", "Groß^Zoë", "शर्मा^प्रिया");
  fc.assert(
    fc.property(fc.constantFrom(...NATIVE), dataset, names, fc.boolean(), (syntax, made, patientName, moves) => {
      made.setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100").add(pixels);
      const before = writeDataset(made, syntax);
      const changes = { patientName, ...(moves && { studyInstanceUid: "9.9" }) };
      const after = corrected(before, syntax, changes)!;
      const read = readDataset(after, syntax).dataset;
      assert.equal(read.text("PatientName"), patientName);
      assert.equal(read.text("PatientID"), "P2");
      if (moves) assert.ok(!readableUids(read).includes(made.text("StudyInstanceUID") || "none"));
      assert.equal(read.text("ImageComments"), made.text("ImageComments"));
      if (read.text("SpecificCharacterSet") === "ISO_IR 100") assertOnlyTouched(before, after, syntax, touched);
      assert.equal(rawElements(after, syntax).get(Tag.PixelData), rawElements(before, syntax).get(Tag.PixelData));
      const former = read.items("OriginalAttributesSequence").at(-1)!.items("ModifiedAttributesSequence")[0]!;
      const original = readDataset(before, syntax).dataset;
      for (const element of former) {
        const was = original.element(element.tag);
        assert.deepEqual(
          readableDataset(new Dataset().add(element)),
          was ? readableDataset(new Dataset().add(was)) : readableDataset(new Dataset().add(element)),
        );
      }
      // one that has no number of its own does not name the request a second time
      assert.equal(corrected(after, syntax, changes), undefined);
    }),
    { numRuns: 400 },
  );
});

/** Study Instance UIDs anywhere but in the record of what they were. */
function readableUids(dataset: Dataset): string[] {
  return [
    dataset.text("StudyInstanceUID"),
    ...["RequestAttributesSequence" as const, "CurrentRequestedProcedureEvidenceSequence" as const]
      .flatMap((sequence) => dataset.items(sequence).flatMap(readableUids)),
  ];
}

Deno.test("correcting: every ultrasound sample, element by element", async () => {
  const { vrOf } = await fullDictionary();
  for (const { name, path } of [...atLeast(12, "us"), ...atLeast(5, "sr")]) {
    const { data, transferSyntaxUid } = readObject(path);
    const syntax = transferSyntaxOf(transferSyntaxUid)!;
    if (syntax.deflated) continue; // inflated first: in the tests of files
    const after = corrected(data, syntax, {}, { vrOf });
    assert.ok(after, name);
    assertOnlyTouched(data, after, syntax, new Set([...TOUCHED, Tag.ReferencedRequestSequence]));
    const { dataset } = readDataset(after, syntax, { until: Tag.FloatPixelData });
    assert.equal(dataset.text("PatientName"), "Verma^Asha", name);
  }
});

peerTest(
  "correcting: DCMTK reads a corrected object, and dicom3tools finds nothing new wrong with it",
  ["dcmdump"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-corrected-" });
    try {
      for (const syntax of NATIVE) {
        const identity = { sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1", sopInstanceUid: "1.2.3", sourceAeTitle: "" };
        const meta = writeFileMeta({ ...identity, transferSyntaxUid: syntax.uid });
        const whole = object().setText(Tag.SOPClassUID, "UI", identity.sopClassUid);
        const before = writeDataset(whole, syntax);
        const after = corrected(before, syntax, { patientName: "शर्मा^प्रिया" })!;
        const [one, other] = [`${folder}/before.dcm`, `${folder}/after.dcm`];
        await Deno.writeFile(one, Buffer.concat([meta, before]));
        await Deno.writeFile(other, Buffer.concat([meta, after]));
        const { code, text } = await run("dcmdump", ["+U8", other]);
        const printed = utf8(text);
        assert.equal(code, 0, printed);
        assert.match(printed, /^\(0010,0010\) PN \[शर्मा\^प्रिया\]/m);
        assert.match(printed, /^ {8}\(0010,0010\) PN \[Müller\^Jörg\]/m, printed);
        for (
          const line of [
            /^\(0400,0561\) SQ .* OriginalAttributesSequence/m,
            /^ {4}\(0400,0550\) SQ .* ModifiedAttributesSequence/m,
            /^ {4}\(0400,0562\) DT \[20261129101237[+-]\d{4}\] .* AttributeModificationDateTime/m,
            /^ {4}\(0400,0563\) LO \[Sonodesk \(reception\)\] .* ModifyingSystem/m,
            /^ {4}\(0400,0564\) LO \[US1\] .* SourceOfPreviousValues/m,
            /^ {4}\(0400,0565\) CS \[CORRECT\] .* ReasonForTheAttributeModification/m,
          ]
        ) assert.match(printed, line);
        if (!hasProgram("dciodvfy")) continue;
        const problems = async (path: string) =>
          new Set((await run("dciodvfy", [path])).text.split("\n").filter((line) => /^Error/.test(line)));
        const fresh = [...(await problems(other)).difference(await problems(one))];
        assert.deepEqual(fresh, [], syntax.name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
