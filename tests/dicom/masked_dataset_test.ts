import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Dataset } from "../../src/dicom/dataset.ts";
import { nameOf, Tag, type Vr, vrOf } from "../../src/dicom/dictionary.ts";
import { MessageMask, movingDates } from "../../src/dicom/masked_dataset.ts";
import { readDataset, toItsEnd } from "../../src/dicom/read_dataset.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntaxOf,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";

import { fixtures, readObject, samples } from "../support/samples.ts";

const SYNTAXES = [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN];
const TODAY = new Date(2026, 10, 30, 9);

/** @param noted a message of the same association, whose names and ids are looked for in what is kept */
function masked(bytes: Uint8Array, syntax: TransferSyntax, noted = bytes): { bytes: Buffer; whole: boolean } {
  const mask = new MessageMask({ vrOf, aeTitles: ["US1"], classes: ["1.3.46.670589.2"], today: TODAY });
  const copy = Buffer.from(bytes);
  toItsEnd(mask.noting(noted, syntax));
  return { whole: toItsEnd(mask.masking(copy, syntax)), bytes: copy };
}

const read = (bytes: Uint8Array, syntax = EXPLICIT_LITTLE_ENDIAN) => readDataset(bytes, syntax).dataset;

/** A secret wherever it may stand: in every VR, nested, private, where only kept text should stand, and in pixels. */
function dataset(secret: string, vr: Vr, tag: number, depth: number): Dataset {
  const named = () => new Dataset().setText(Tag.PatientName, "PN", `${secret}^X`).setText(tag, vr, secret);
  let nested = named();
  for (let n = 0; n < depth; n++) {
    nested = new Dataset().setItems(n % 2 === 0 ? Tag.ScheduledProcedureStepSequence : 0x00191010, [nested]);
  }
  const outer = named();
  for (const element of nested) outer.add(element);
  return outer
    .setText(Tag.PatientID, "LO", `${secret}77`).setText(Tag.Manufacturer, "LO", `Made for ${secret}`)
    .setText(0x00190010, "LO", secret.toLowerCase()).setText(0x00191001, "UT", `note ${secret}`)
    .add({ tag: 0x00191002, vr: "OB", value: Buffer.from(`${secret}${secret}`) })
    .add({ tag: Tag.PixelData, vr: "OB", value: Buffer.from(secret.repeat(20)) });
}

Deno.test("nothing of somebody is left in a message, whatever its syntax, wherever it stands, and where it is cut off", () => {
  const seed = Number(Deno.env.get("SONODESK_SEED")) || Date.now() & 0x7fffffff;
  const vrs: Vr[] = ["PN", "LO", "SH", "LT", "UT", "CS", "DS", "IS", "DA", "TM", "DT", "AS", "AE", "UI", "ST", "UC"];
  fc.assert(
    fc.property(
      fc.stringMatching(/^[A-Z]{6,10}$/),
      fc.constantFrom(...vrs),
      fc.constantFrom(0x00191003, Tag.StudyDescription, Tag.ImageType, Tag.StudyDate, Tag.SOPInstanceUID, Tag.Modality),
      fc.nat(3),
      fc.constantFrom(...SYNTAXES),
      fc.double({ min: 0.2, max: 1, noNaN: true }),
      (secret, vr, tag, depth, syntax, part) => {
        const whole = writeDataset(dataset(secret, vr, tag, depth), syntax);
        const bytes = whole.subarray(0, Math.ceil(whole.length * part));
        const after = masked(bytes, syntax, whole).bytes;
        assert.equal(after.length, bytes.length);
        assert.ok(!after.toString("latin1").toUpperCase().includes(secret), `${secret} as ${vr}`);
      },
    ),
    { numRuns: 600, seed },
  );
});

Deno.test("of every sample no name, id, text, date or UID is left, and each is read as it was but for that", () => {
  /** Texts that say how a message is made. */
  const kept = new Set([
    ...["SpecificCharacterSet", "ImageType", "Modality", "Manufacturer", "ManufacturerModelName", "CodeValue"],
    ...["CodingSchemeDesignator", "TemplateIdentifier", "MappingResource", "ContextIdentifier"],
    ...["PhotometricInterpretation", "SOPClassUID", "ReferencedSOPClassUID", "(0040,a010)", "(0040,a040)"],
    ...["(0040,a050)", "(0040,a491)", "(0040,a493)", "(0018,1020)", "(0028,2110)", "(0028,2114)", "(0008,0064)"],
    ...["TimezoneOffsetFromUTC", "InstanceNumber", "SeriesNumber", "NumberOfFrames", "FrameTime"],
    ...["RecommendedDisplayFrameRate", "CineRate", "FrameTimeVector", "StartTrim", "StopTrim", "SoftwareVersions"],
    ...["ConversionType", "BurnedInAnnotation", "LossyImageCompression", "LossyImageCompressionMethod"],
    ...["ReferencedFrameNumber", "(0018,0040)", "(0008,2144)", "(0018,1065)", "(0028,0301)", "(0028,2112)"],
    ...["RelationshipType", "ValueType", "ContinuityOfContent", "CompletionFlag", "VerificationFlag"],
  ]);
  const isText = (value: unknown): value is string => typeof value === "string" && /[\p{L}\d]/u.test(value);
  const compare = (before: Dataset, after: Dataset, path: string): number => {
    let compared = 0;
    for (const { tag, value } of before) {
      const other = after.element(tag);
      assert.ok(other !== undefined, `${path} ${nameOf(tag)} is gone`);
      if (Array.isArray(value)) {
        const items = other.value as readonly Dataset[];
        (value as readonly Dataset[]).forEach((item, n) => {
          compared += compare(item, items[n]!, `${path} ${nameOf(tag)}`);
        });
        continue;
      }
      const isCreator = ((tag >>> 16) & 1) === 1 && (tag & 0xffff) <= 0xff;
      if (!isText(value) || kept.has(nameOf(tag)) || isCreator || tag >>> 16 === 0x0028) continue;
      const isAlike = value === other.value || value.startsWith("1.2.840.10008.");
      // zeros and ones of a number stay what they are
      if (isAlike && (/^[01.+:\\\- DWMYO]*$/.test(value) || value.startsWith("1.2.840.10008."))) continue;
      assert.notEqual(other.value, value, `${path} ${nameOf(tag)} ${value}`);
      compared += 1;
    }
    return compared;
  };
  let compared = 0;
  for (const { name, path } of [...fixtures(), ...samples("us"), ...samples("sr")]) {
    const { data, transferSyntaxUid } = readObject(path);
    const syntax = transferSyntaxOf(transferSyntaxUid);
    if (syntax === undefined || syntax.deflated) continue;
    const until = Tag.FloatPixelData;
    const { bytes } = masked(data, syntax);
    compared += compare(
      readDataset(data, syntax, { until }).dataset,
      readDataset(bytes, syntax, { until }).dataset,
      name,
    );
  }
  assert.ok(compared > 500, `${compared} values`);
});

Deno.test("what says how a message is made stays; values stay as long as they are, and the same ones are the same", () => {
  const item = new Dataset().setText(Tag.CodeValue, "SH", "11820-8").setText(Tag.CodingSchemeDesignator, "SH", "LN")
    .setText(Tag.CodeMeaning, "LO", "Biparietal Diameter");
  const own = new Dataset().setText(Tag.CodeValue, "SH", "BPD-RAO").setText(Tag.CodingSchemeDesignator, "SH", "99RAO");
  const before = new Dataset()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192").setText(Tag.Modality, "CS", "US")
    .setText(Tag.SOPClassUID, "UI", "1.3.46.670589.2").setText(Tag.SOPInstanceUID, "UI", "1.2.840.113619.2.7.4711")
    .setText(Tag.ReferencedSOPInstanceUID, "UI", "1.2.840.113619.2.7.4711").setText(Tag.NumberOfFrames, "IS", "24")
    .setText(Tag.PatientSex, "CS", "F").setText(Tag.PatientAge, "AS", "036Y").setText(Tag.PatientWeight, "DS", "71.5")
    .setText(Tag.ScheduledStationAETitle, "AE", "US1").setText(Tag.RetrieveAETitle, "AE", "CLINIC_OF_RAO")
    .setUnsignedShort(Tag.Rows, 600)
    .setItems(Tag.ProcedureCodeSequence, [item, own]);
  const { bytes, whole } = masked(writeDataset(before, EXPLICIT_LITTLE_ENDIAN), EXPLICIT_LITTLE_ENDIAN);
  const after = read(bytes);
  const text = (keyword: Parameters<Dataset["text"]>[0]) => after.text(keyword);
  assert.equal(whole, true);
  assert.deepEqual([text("SpecificCharacterSet"), text("Modality"), text("NumberOfFrames")], [
    "ISO_IR 192",
    "US",
    "24",
  ]);
  assert.deepEqual([text("SOPClassUID"), after.number("Rows"), text("ScheduledStationAETitle")], [
    ...["1.3.46.670589.2", 600, "US1"],
  ]);
  assert.match(text("SOPInstanceUID"), /^1\.2\.\d{3}\.\d{6}\.\d\.\d\.\d{4}$/);
  assert.notEqual(text("SOPInstanceUID"), "1.2.840.113619.2.7.4711");
  assert.equal(text("ReferencedSOPInstanceUID"), text("SOPInstanceUID"));
  assert.deepEqual([text("PatientSex"), text("PatientAge"), text("PatientWeight")], ["O", "000Y", "11.1"]);
  assert.match(text("RetrieveAETitle"), /^[A-Z]{6}_[A-Z]{2}_[A-Z]{3}$/);
  const [known, unknown] = after.items("ProcedureCodeSequence");
  assert.deepEqual([known!.text("CodeValue"), known!.text("CodingSchemeDesignator")], ["11820-8", "LN"]);
  assert.notEqual(known!.text("CodeMeaning"), "Biparietal Diameter");
  assert.notEqual(unknown!.text("CodeValue"), "BPD-RAO");
});

Deno.test("dates are moved with the day of the recording, and back to the day of the replay; a birth date becomes another", () => {
  const before = new Dataset().setText(Tag.StudyDate, "DA", "20261130").setText(Tag.SeriesDate, "DA", "2026.11.29")
    .setText(Tag.ScheduledProcedureStepStartDate, "DA", "20261101-20261231")
    .setText(Tag.AttributeModificationDateTime, "DT", "20261130084512.5+0530")
    .setText(Tag.PatientBirthDate, "DA", "19870329").setText(Tag.ContentDate, "DA", "30/11/26");
  const { bytes } = masked(writeDataset(before, EXPLICIT_LITTLE_ENDIAN), EXPLICIT_LITTLE_ENDIAN);
  const after = read(bytes);
  assert.deepEqual(
    ["StudyDate", "SeriesDate", "ScheduledProcedureStepStartDate"].map((one) => after.text(one as "StudyDate")),
    [
      ...["20000101", "1999.12.31", "19991203-20000201"],
    ],
  );
  assert.equal(after.text("AttributeModificationDateTime"), "20000101000000.0+0000");
  assert.match(after.text("PatientBirthDate"), /^19\d{6}$/);
  assert.notEqual(after.text("PatientBirthDate"), "19870329");
  // digits of which each is another by chance
  assert.match(after.text("ContentDate"), /^\d\d\/\d\d\/\d\d$/);
  assert.notEqual(after.text("ContentDate"), "30/11/26");
  toItsEnd(movingDates(bytes, EXPLICIT_LITTLE_ENDIAN, vrOf, new Date(2027, 1, 3)));
  assert.deepEqual([read(bytes).text("StudyDate"), read(bytes).text("SeriesDate")], ["20270203", "2027.02.02"]);
  assert.equal(read(bytes).text("PatientBirthDate"), after.text("PatientBirthDate"));
});
