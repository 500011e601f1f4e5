import assert from "node:assert/strict";
import { join } from "node:path";
import { readMeasurements, readStoredReport } from "../../src/imaging/read_measurements.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { exportFhir } from "../../src/dicom/report/export_fhir.ts";
import { isDecimal } from "../../src/dicom/report/decimal.ts";
import type { ReportMeasurement } from "../../src/dicom/report/measurements.ts";
import { mergeRepeated } from "../../src/dicom/report/repeated.ts";
import { type ContentItem, itemsOf } from "../../src/dicom/report/report.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { assertFhir } from "../dicom/report/fhir.ts";
import { container, number, report } from "../dicom/report/trees.ts";
import { joined, withFolder, writeObject } from "./objects.ts";
import { SAMPLES, SAMPLES_HERE } from "./peers.ts";
import { peerTest, run } from "../support/peers.ts";

const FIXTURE = new URL("../../fixtures/dicom/sr_obgyn.dcm", import.meta.url).pathname;
const GOLDEN = new URL("../dicom/report/golden/", import.meta.url);

const SAMPLE_REPORTS = [
  ["SYNTH_canon", 29, 23],
  ["SYNTH_vivid_echo", 7, 4],
  ["comprehensive3d_tid1500_highdicom", 1, 1],
  ["comprehensive_test_SR", 2, 2],
  ["enhanced_tid1500_dcmjs", 2, 2],
  ["basictext_empty_number_tags", 0, 0],
  ["basictext_iso_ir_101_polish", 0, 0],
  ["basictext_osirix_annotations", 0, 0],
  ["basictext_reportsi", 0, 0],
  ["keyobject_thales_minimal", 0, 0],
] as const;

/** DCMTK gives up on these for a reference to a class it does not know; the box reads what is there. */
const NOT_READ_BY_DCMTK: readonly string[] = ["basictext_empty_number_tags", "basictext_reportsi"];

/** A line a value, for people to compare. */
function lines(measurements: readonly ReportMeasurement[]): string {
  return measurements.map(({ name, code, value, unit, site, laterality, context }) =>
    [
      `${name} (${code}) = ${value} ${unit}`.trimEnd(),
      ...(site ? [`site ${site}`] : []),
      ...(laterality ? [`side ${laterality}`] : []),
      ...Object.entries(context).map(([key, text]) => `${key} ${text}`),
    ].join(" | ") + "\n"
  ).join("");
}

async function compareWithGolden(path: string, name: string): Promise<void> {
  const golden = new URL(`${name}.txt`, GOLDEN);
  const found = lines((await readMeasurements(path)).values);
  if (Deno.env.get("SONODESK_WRITE_GOLDEN") === "1") await Deno.writeTextFile(golden, found);
  assert.equal(found, await Deno.readTextFile(golden));
}

/** What DCMTK sees: name, value and unit of each NUM, in the order of the tree. */
async function dcmtkNumbers(path: string): Promise<string[]> {
  const { code, text } = await run("dsrdump", ["+Pl", path]);
  assert.equal(code, 0, text);
  return [...text.matchAll(/<[a-z ]+ NUM:\([^,]*,[^,]*,"(.*?)"\)="(.*?)" \(([^,]*),/g)].map(([, name, value, unit]) =>
    `${name} = ${value} ${unit}`
  );
}

function ourNumbers(root: ContentItem): string[] {
  return [...itemsOf(root)].filter(({ valueType }) => valueType === "NUM").map(({ concept, value, unit }) =>
    `${concept?.meaning} = ${value} ${unit?.value}`
  );
}

Deno.test("the fixture's report reads as its golden file says", () => compareWithGolden(FIXTURE, "sr_obgyn"));

peerTest("the fixture's report has the values that DCMTK sees", ["dsrdump"], async () => {
  const seen = await dcmtkNumbers(FIXTURE);
  assert.ok(seen.length > 12);
  assert.deepEqual(ourNumbers((await readStoredReport(FIXTURE)).root), seen);
});

if (SAMPLES_HERE) {
  for (const [name, numbers, measurements] of SAMPLE_REPORTS) {
    const path = new URL(`sr/${name}.dcm`, SAMPLES).pathname;
    Deno.test(`sample ${name} has ${numbers} numbers and ${measurements} measurements`, async () => {
      assert.equal(ourNumbers((await readStoredReport(path)).root).length, numbers);
      const { values } = await readMeasurements(path);
      assert.equal(values.filter(({ context }) => context.valueType === undefined).length, measurements);
    });
    if (NOT_READ_BY_DCMTK.includes(name)) continue;
    peerTest(`sample ${name} has the values that DCMTK sees`, ["dsrdump"], async () => {
      assert.deepEqual(ourNumbers((await readStoredReport(path)).root), await dcmtkNumbers(path));
    });
  }
  for (const [name] of SAMPLE_REPORTS.filter(([, , measurements]) => measurements > 0)) {
    Deno.test(`sample ${name} reads as its golden file says`, () =>
      compareWithGolden(new URL(`sr/${name}.dcm`, SAMPLES).pathname, name));
  }
}

for (
  const [name, path] of [
    ["the fixture", FIXTURE],
    ...(SAMPLES_HERE ? SAMPLE_REPORTS.map(([name]) => [name, new URL(`sr/${name}.dcm`, SAMPLES).pathname]) : []),
  ] as [string, string][]
) {
  Deno.test(`FHIR: the observations of ${name} follow R4`, async () => {
    const { report, values } = await readMeasurements(path);
    const { sopInstanceUid, studyInstanceUid } = report ?? { sopInstanceUid: "1.2.8", studyInstanceUid: "1.2.3" };
    const study = { patientId: "SD-1", patientName: "Sharma^Priya", studyDate: "2026-01-15", accessionNumber: "A1" };
    const json = exportFhir(
      { ...study, studyInstanceUid },
      mergeRepeated(values.map((value) => ({ ...value, sopInstanceUid }))),
    );
    const observations = assertFhir(json);
    assert.equal(observations.length, values.length);
    // each value that is a decimal has its unit's code, where the machine gave one of UCUM's
    for (const [n, { value, context }] of values.entries()) {
      if (!isDecimal(value) || !context.unitCode?.startsWith("UCUM:")) continue;
      const { system, code } = observations[n].valueQuantity;
      assert.deepEqual([system, `UCUM:${code}`], ["http://unitsofmeasure.org", context.unitCode]);
    }
  });
}

Deno.test("an image has no measurements, and what is no object is refused", () =>
  withFolder(async (folder) => {
    const picture = await writeObject(folder, { rows: 2, columns: 2, pixels: new Uint8Array(4) });
    const { report, values } = await readMeasurements(picture);
    assert.deepEqual({ report, values }, { report: undefined, values: [] });
    const junk = join(folder, "junk.dcm");
    await Deno.writeTextFile(junk, "this is no DICOM file");
    await assert.rejects(readMeasurements(junk), MalformedDataset);
  }));

Deno.test("a report in a file is read whole, one that is cut is refused, one too large is not read", () =>
  withFolder(async (folder) => {
    const dataset = report(
      "DCM:125000:Report",
      container("99X:1:Section", number("LN:1:Length", "13.20", "UCUM:cm:centimeter")),
    );
    const meta = writeFileMeta({
      ...{ sopClassUid: "1.2.840.10008.5.1.4.1.1.88.33", sopInstanceUid: "2.25.99" },
      ...{ transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid, sourceAeTitle: "" },
    });
    const bytes = writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN);
    const path = join(folder, "report.dcm");
    await Deno.writeFile(path, joined(meta, bytes));
    assert.deepEqual((await readMeasurements(path)).values.map(({ value, unit }) => [value, unit]), [["13.20", "cm"]]);
    await Deno.writeFile(path, joined(meta, bytes.subarray(0, -6)));
    await assert.rejects(readMeasurements(path), MalformedDataset);
    await Deno.truncate(path, 20 * 1024 * 1024);
    await assert.rejects(readMeasurements(path), /larger than the box reads/);
  }));
