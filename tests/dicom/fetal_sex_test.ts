import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { screenForFetalSex, withoutFetalSex } from "../../src/dicom/fetal_sex.ts";
import { measurementsOf } from "../../src/dicom/report/measurements.ts";
import { readReport } from "../../src/dicom/report/report.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { coded, container, fetalReport, item, number, text } from "../support/fetal_report.ts";

const FETUS = coded("HAS OBS CONTEXT", "DCM:121024:Subject Class", "DCM:121026:Fetus");
const PATIENT = coded("HAS OBS CONTEXT", "DCM:121024:Subject Class", "DCM:121025:Patient");
const FETUS_ID = item("HAS OBS CONTEXT", "TEXT", "LN:11951-1:Fetus ID").setText(Tag.TextValue, "UT", "A");
const MALE = "DCM:M:Male";
const FEMALE = "DCM:F:Female";

/** What stands in a report, and what of it states a fetus's sex in codes. */
const CODED: readonly (readonly [string, Dataset[], boolean])[] = [
  ["LOINC 11882-8", [coded("CONTAINS", "LN:11882-8:Fetal Sex US", MALE)], true],
  ["LOINC 11882-8 under a name of the machine", [coded("CONTAINS", "LN:11882-8:FSX", "99GEMS:1:1")], true],
  ["LOINC 11882-8 as a text", [text("CONTAINS", "LN:11882-8:FSX", "1")], true],
  ["Subject Sex where the subject is a fetus", [
    container("DCM:1:x", [FETUS, coded("HAS OBS CONTEXT", "DCM:121032:Subject Sex", MALE)]),
  ], true],
  ["Subject Sex beside a Fetus ID", [
    container("DCM:1:x", [FETUS_ID, coded("CONTAINS", "DCM:121032:Subject Sex", FEMALE)]),
  ], true],
  ["Subject Sex of the mother", [PATIENT, coded("HAS OBS CONTEXT", "DCM:121032:Subject Sex", FEMALE)], false],
  [
    "Subject Sex of the mother within a fetus's section",
    [container("DCM:125008:Fetus Summary", [
      container("DCM:1:x", [PATIENT, coded("HAS OBS CONTEXT", "DCM:121032:Subject Sex", FEMALE)]),
    ])],
    false,
  ],
  ["Sex in a Fetus Summary", [
    container("DCM:125008:Fetus Summary", [coded("CONTAINS", "LN:46098-0:Sex", "SCT:248153007:Male")]),
  ], true],
  ["a vendor's own code", [coded("CONTAINS", "99PMSBLUS:T-9920-03:Fetal Gender", "99PMSBLUS:1:1")], true],
  ["a vendor's own number", [number("99SAMSUNG:77:FetusSex", "1")], true],
  ["a finding of a fetus", [
    container("DCM:125002:Fetal Biometry", [coded("CONTAINS", "DCM:121071:Finding", "SCT:248152002:Female")]),
  ], true],
  ["a finding that names it", [coded("CONTAINS", "DCM:121071:Finding", "99X:1:Male fetus")], true],
  [
    "a table of weights of one sex",
    [container("DCM:125008:Fetus Summary", [
      number("LN:11727-5:Estimated Weight", "330", [
        coded("INFERRED FROM", "DCM:121424:Table of Values", "LN:33186-8:Male Singleton BWP by GA, Arbuckle 1993"),
      ]),
    ])],
    true,
  ],
  ["a fetus's heart rate", [
    container("DCM:125008:Fetus Summary", [FETUS_ID, number("LN:11948-7:Fetal Heart Rate", "148")]),
  ], false],
];

for (const [what, content, states] of CODED) {
  Deno.test(`Fetal sex in codes: ${what} ${states ? "is left out" : "stays"}`, () => {
    const report = readReport(fetalReport(content));
    const { report: rest, coded } = withoutFetalSex(report);
    assert.equal(coded, states);
    const numbers = (of: typeof report) => measurementsOf(of).filter(({ context }) => context.valueType === undefined);
    assert.deepEqual(numbers(rest).length, numbers(report).length - (/own number/.test(what) ? 1 : 0));
    if (!states) return assert.deepEqual(rest, report);
    const left = JSON.stringify(rest);
    for (const told of ["Male", "Female", "11882-8", "FSX", "Gender", "FetusSex", "33186-8"]) {
      assert.equal(left.includes(told), false, `${told} in ${left}`);
    }
    assert.deepEqual(screenForFetalSex(fetalReport(content), report).words, [], "what is left out is not also held");
  });
}

Deno.test("Fetal sex in codes: what is left out leaves its place, by which others point at items", () => {
  const image = item("CONTAINS", "IMAGE", "DCM:121191:Referenced Image").setItems(Tag.ReferencedSOPSequence, [
    new Dataset().setText(Tag.ReferencedSOPInstanceUID, "UI", "1.2.3"),
  ]);
  const pointer = new Dataset().setText(Tag.RelationshipType, "CS", "INFERRED FROM")
    .add({ tag: Tag.ReferencedContentItemIdentifier, vr: "UL", value: new Uint8Array(new Uint32Array([1, 2]).buffer) });
  const sex = coded("CONTAINS", "LN:11882-8:Fetal Sex", MALE);
  const report = readReport(fetalReport([sex, image, number("LN:11820-8:Biparietal Diameter", "4.7", [pointer])]));
  const [diameter] = measurementsOf(withoutFetalSex(report).report);
  assert.equal(diameter!.context.image, "1.2.3");
});

const words = (dataset: Dataset) => screenForFetalSex(dataset, readReport(dataset)).words.map(({ field }) => field);
const image = (attributes: [number, Vr, string][]) => {
  const dataset = new Dataset().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192");
  for (const [tag, vr, value] of attributes) dataset.setText(tag, vr, value);
  return dataset;
};

Deno.test("Fetal sex in words: the field is told, and nothing of what it says", () => {
  const report = fetalReport([
    container("DCM:125008:Fetus Summary", [FETUS_ID, text("CONTAINS", "DCM:121106:Comment", "Looks like a boy")]),
    text("CONTAINS", "99X:1:Baby boy", "yes"),
    text("CONTAINS", "DCM:121106:Comment", "beta-hCG 1200"),
  ]);
  const found = screenForFetalSex(report, readReport(report));
  assert.deepEqual(found, { coded: false, words: [{ field: "TEXT" }, { field: "TEXT Comment" }] });
  assert.doesNotMatch(JSON.stringify(found), /boy/i);
});

Deno.test("Fetal sex in words: each attribute that people and machines write text in, also in sequences", () => {
  for (
    const tag of [
      ...[0x00081030, 0x0008103e, 0x00181030, 0x00204000, 0x00104000, 0x00081080, 0x00400254, 0x00400280, 0x00324000],
      ...[0x00321060, 0x00184000],
    ]
  ) {
    assert.deepEqual(words(image([[tag, "LO", "लड़का"]])).length, 1, tag.toString(16));
    assert.deepEqual(words(image([[tag, "LO", "OB scan, beta-hCG"]])), [], tag.toString(16));
    const hidden = new Dataset().setText(tag, "LO", "baby boy");
    assert.deepEqual(words(image([]).setItems(Tag.RequestAttributesSequence, [hidden])).length, 1);
  }
});

Deno.test("Fetal sex in words: a machine's own attributes, as text, as bytes and as UTF-16, also where no VR is sent", () => {
  const own = (vr: Vr, value: string | Uint8Array) =>
    image([[0x00090010, "LO", "VENDOR"]]).add({ tag: 0x00091001, vr, value });
  const bytes = new TextEncoder().encode("<Gender>fetus male</Gender>");
  const wide = new Uint8Array([...bytes].flatMap((byte) => [byte, 0]));
  for (const dataset of [own("LO", "Baby girl"), own("CS", "BOY"), own("UN", bytes), own("OB", wide)]) {
    assert.deepEqual(words(dataset), ["(0009,1001)"]);
  }
  const implicit = new Uint8Array(writeDataset(own("LO", "Baby girl"), IMPLICIT_LITTLE_ENDIAN));
  assert.deepEqual(words(readDataset(implicit, IMPLICIT_LITTLE_ENDIAN).dataset), ["(0009,1001)"]);
  assert.deepEqual(words(own("OB", new Uint8Array(4096).map((_, at) => at % 256))), []);
});

Deno.test("Fetal sex in words: names of people and places are not looked through", () => {
  assert.deepEqual(
    words(image([
      [Tag.PatientName, "PN", "Devi^Beti"],
      [Tag.PatientID, "LO", "BOY-1"],
      [Tag.PatientSex, "CS", "F"],
      [0x00080080, "LO", "Beti Girls Hospital"],
      [0x00080090, "PN", "Ling^Dr"],
      [Tag.StudyDescription, "LO", "OB growth scan"],
    ])),
    [],
  );
});

Deno.test("Fetal sex in words: the mother's sex passes; a fetus that is called one, or a pregnant man, does not", () => {
  const sex = (name: string, sex: string, description: string) =>
    words(
      image([[Tag.PatientName, "PN", name], [Tag.PatientSex, "CS", sex], [Tag.StudyDescription, "LO", description]]),
    );
  assert.deepEqual(sex("Sharma^Priya", "F", "OB 2nd trimester"), []);
  assert.deepEqual(sex("Kumar^Ravi", "M", "Abdomen, vascular anomaly"), []);
  assert.deepEqual(sex("Fetus of Sharma", "F", "OB"), ["PatientSex"]);
  assert.deepEqual(sex("Sharma^Priya", "M", "OB 2nd trimester"), ["PatientSex"]);
  assert.deepEqual(sex("Sharma^Priya", "O", "OB 2nd trimester"), []);
});

Deno.test("Fetal sex in words: a document that no screen reads is looked at by a person, but a man's", () => {
  const pdf = (sex: string) =>
    words(image([[Tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.104.1"], [Tag.PatientSex, "CS", sex]]));
  assert.deepEqual(pdf("F"), ["EncapsulatedDocument"]);
  assert.deepEqual(pdf(""), ["EncapsulatedDocument"]);
  assert.deepEqual(pdf("M"), []);
});
