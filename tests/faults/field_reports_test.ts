import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { exportCsv } from "../../src/dicom/report/export_csv.ts";
import { exportFhir } from "../../src/dicom/report/export_fhir.ts";
import { displayValue, groupMeasurements } from "../../src/dicom/report/group.ts";
import { measurementsOf, type ReportMeasurement } from "../../src/dicom/report/measurements.ts";
import { obstetricSummaries } from "../../src/dicom/report/obstetric_summary.ts";
import { readReport } from "../../src/dicom/report/report.ts";
import { measurementsWithoutFetalSex } from "../../src/dicom/fetal_sex.ts";
import { readMeasurements } from "../../src/imaging/read_measurements.ts";
import { measuredIn } from "../../src/clinic/measurement_effects.ts";
import { coded, type CodeText, container, number, report, text } from "../dicom/report/trees.ts";
import { assertFhir } from "../dicom/report/fhir.ts";
import { fieldCase } from "../support/samples.ts";

const OBGYN: CodeText = "DCM:125000:OB-GYN Ultrasound Procedure Report";
const FETUS: CodeText = "LN:11951-1:Fetus ID";
const STUDY = {
  patientId: "P1",
  patientName: "A",
  studyDate: "2026-11-29",
  accessionNumber: "",
  studyInstanceUid: "1.2",
};

const measured = (dataset: Dataset): ReportMeasurement[] => measurementsOf(readReport(dataset));

/** A DATE item. */
function dated(concept: CodeText, day: string): Dataset {
  return text("CONTAINS", concept, "").setText(Tag.ValueType, "CS", "DATE").setText(Tag.Date, "DA", day);
}

/** A NUM item that hangs on another. */
function property(concept: CodeText, value: string, unit: CodeText): Dataset {
  return number(concept, value, unit).setText(Tag.RelationshipType, "CS", "HAS PROPERTIES");
}

const pregnancy = () =>
  measured(report(
    OBGYN,
    container(
      "DCM:121111:Summary",
      dated("LN:11955-2:LMP", "20260601"),
      dated("LN:11779-6:EDD from LMP", "20270308"),
      dated("LN:11781-2:EDD from average ultrasound age", "2027.03.05"),
      dated("LN:11780-4:EDD from ovulation date", "20261340"),
      number("LN:11888-5:Composite Ultrasound Age", "25.714", "UCUM:wk:week"),
      container(
        "DCM:125008:Fetus Summary",
        text("HAS OBS CONTEXT", FETUS, "1"),
        number(
          "LN:11727-5:Estimated Weight",
          "2345.6",
          "UCUM:g:gram",
          coded("INFERRED FROM", "DCM:121420:Equation", "LN:11732-5:EFW by BPD, AC, FL, Hadlock 1985"),
          property("LN:11767-1:EFW percentile rank", "43", "UCUM:%:%"),
          property("99X:Z1:Z-score", "-0.2", "UCUM:1:no units"),
        ),
        text("CONTAINS", "DCM:121106:Comment", "Placenta posterior"),
        coded("CONTAINS", "LN:72155-5:Fetal Presentation", "SCT:70028003:Vertex presentation"),
        text("CONTAINS", "99X:AFI:Amniotic Fluid Index", "13.2 cm"),
        text("CONTAINS", "99X:GA:Gestational age by CRL", "25w5d"),
      ),
    ),
  ));

const named = (values: readonly ReportMeasurement[], name: string) => values.find((one) => one.name === name)!;

Deno.test("days, codes, remarks, percentiles and Z-scores are values beside the numbers", () => {
  const values = pregnancy();
  assert.deepEqual(values.map(({ name, value, unit, context }) => [name, value, unit, context.valueType ?? "NUM"]), [
    ["LMP", "2026-06-01", "", "DATE"],
    ["EDD from LMP", "2027-03-08", "", "DATE"],
    ["EDD from average ultrasound age", "2027-03-05", "", "DATE"],
    ["EDD from ovulation date", "20261340", "", "DATE"],
    ["Composite Ultrasound Age", "25.714", "wk", "NUM"],
    ["Estimated Weight", "2345.6", "g", "NUM"],
    ["EFW percentile rank", "43", "%", "NUM"],
    ["Z-score", "-0.2", "", "NUM"],
    ["Comment", "Placenta posterior", "", "TEXT"],
    ["Fetal Presentation", "Vertex presentation", "", "CODE"],
    ["Amniotic Fluid Index", "13.2", "cm", "TEXT"],
    ["Gestational age by CRL", "25w5d", "", "TEXT"],
  ]);
  assert.deepEqual(named(values, "EFW percentile rank").context.of, "Estimated Weight");
  assert.deepEqual(named(values, "EFW percentile rank").context.fetus, "1");
  assert.equal(named(values, "Fetal Presentation").context.valueCode, "SCT:70028003");
  assert.equal(named(values, "Amniotic Fluid Index").context.note, "sent as text");
});

Deno.test("a gestational age in weeks reads as weeks and days, as one in days does", () => {
  const age = (value: string, unit: CodeText) =>
    displayValue(measured(report(OBGYN, number("LN:18185-9:Gestational Age", value, unit)))[0]!);
  assert.equal(age("180", "UCUM:d:day"), "25w 5d");
  assert.equal(age("25.714", "UCUM:wk:week"), "25w 5d");
  assert.equal(age("25", "99X:1:weeks"), "25w 0d");
  assert.equal(age("5", "UCUM:mo:month"), "5 mo");
});

Deno.test("CSV has the kinds and codes of what is no number", () => {
  const [head, ...rows] = exportCsv(STUDY, pregnancy()).slice(1).trim().split("\r\n");
  const columns = head!.split(",");
  const of = (row: string, column: string) => row.split(",")[columns.indexOf(column)];
  assert.deepEqual(rows.slice(0, 2).map((row) => [of(row, "value"), of(row, "valueType")]), [
    ["2026-06-01", "DATE"],
    ["2027-03-08", "DATE"],
  ]);
  const presentation = rows.find((row) => row.includes("Vertex"))!;
  assert.deepEqual([of(presentation, "valueType"), of(presentation, "valueCode")], ["CODE", "SCT:70028003"]);
});

Deno.test("FHIR has days as dates, codes as codes, numbers in text as quantities, and sides in SNOMED CT", () => {
  const ovary = report(
    OBGYN,
    container(
      "SRT:T-87000:Ovary",
      coded("HAS CONCEPT MOD", "SRT:G-C171:Laterality", "SRT:G-A101:Left"),
      number("LN:2:Volume", "8.5", "UCUM:ml:milliliter"),
    ),
  );
  const json = exportFhir(STUDY, [...pregnancy(), ...measured(ovary)]);
  assertFhir(json);
  type Found = Record<string, { coding?: { code: string }[]; text?: string; value?: number }> & { component?: Found[] };
  const found = JSON.parse(json).entry.map(({ resource }: { resource: Found }) => resource) as Found[];
  const one = (name: string) => found.find(({ code }) => code?.text === name)!;
  assert.equal(one("LMP").valueDateTime as unknown, "2026-06-01");
  assert.equal(one("EDD from ovulation date").valueString as unknown, "20261340", "no day is no date");
  assert.deepEqual(one("Fetal Presentation").valueCodeableConcept?.coding, [
    { system: "http://snomed.info/sct", code: "70028003", display: "Vertex presentation" },
  ]);
  assert.equal(one("Comment").valueString as unknown, "Placenta posterior");
  assert.equal(one("Amniotic Fluid Index").valueQuantity?.value, 13.2);
  assert.equal(one("EFW percentile rank").code?.coding?.[0]?.code, "11767-1");
  assert.equal(one("Volume").component?.[0]?.valueCodeableConcept?.coding?.[0]?.code, "7771000");
});

Deno.test("the summary of a pregnancy has what the machine says, each EDD with what it was reckoned from", () => {
  const summaries = obstetricSummaries(groupMeasurements(pregnancy()));
  assert.deepEqual(
    summaries.map(({ fetus, lines }) => [fetus, lines.map(({ fact, name, text }) => `${fact}: ${name} ${text}`)]),
    [
      [
        "1",
        [
          "presentation: Fetal Presentation Vertex presentation",
          "fluid: Amniotic Fluid Index 13.2 cm",
          "weight: Estimated Weight 2346 g",
          "percentile: EFW percentile rank 43%",
        ].toSpliced(0, 0, "age: Gestational age by CRL 25w5d"),
      ],
      ["", [
        "lmp: LMP 2026-06-01",
        "edd: EDD from LMP 2027-03-08",
        "edd: EDD from average ultrasound age 2027-03-05",
        "edd: EDD from ovulation date 20261340",
        "age: Composite Ultrasound Age 25w 5d",
      ]],
    ],
  );
  const ovary = measured(report("DCM:125000:x", number("LN:2:Volume", "8.5", "UCUM:ml:milliliter")));
  assert.deepEqual(obstetricSummaries(groupMeasurements(ovary)), []);
});

Deno.test("the clinic's table of numbers gets the numbers alone, without a gap", () => {
  const rows = measuredIn({ studyInstanceUid: "1.2", sopInstanceUid: "1.3", measurements: pregnancy() });
  assert.deepEqual(rows.map(({ position, value }) => [position, value]), [
    [0, "25.714"],
    [1, "2345.6"],
    [2, "43"],
    [3, "-0.2"],
    [4, "13.2"],
  ]);
});

Deno.test("a fetus's sex in a code is no value where it may not be told", () => {
  const values = measured(report(
    OBGYN,
    container(
      "DCM:125008:Fetus Summary",
      text("HAS OBS CONTEXT", FETUS, "1"),
      coded("CONTAINS", "99X:G:Gender", "SCT:248152002:Female"),
      coded("CONTAINS", "LN:72155-5:Fetal Presentation", "SCT:70028003:Vertex presentation"),
    ),
  ));
  const { values: left, fetalSex } = measurementsWithoutFetalSex(values);
  assert.deepEqual([left.map(({ name }) => name), fetalSex.coded], [["Fetal Presentation"], true]);
});

Deno.test("a report with days and a percentile has them in its values; UTF-8 under ISO_IR 100 is read", async () => {
  const path = fieldCase("sr_ob_dates_and_percentiles.dcm");
  if (!existsSync(path)) return;
  const { values } = await readMeasurements(path);
  assert.deepEqual(
    ["LMP", "EDD", "EDD by composite ultrasound", "EFW percentile rank", "Fetal Presentation"].map((name) =>
      named(values, name).value
    ),
    ["2026-06-01", "2027-03-08", "2027-03-05", "43", "Vertex presentation"],
  );
  const { values: german } = await readMeasurements(fieldCase("sr_utf8_under_iso_ir_100.dcm"));
  assert.ok(!JSON.stringify(german).includes("Ã"), JSON.stringify(german));
});
