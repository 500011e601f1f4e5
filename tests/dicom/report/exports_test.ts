import assert from "node:assert/strict";
import fc from "fast-check";
import { exportCsv } from "../../../src/dicom/report/export_csv.ts";
import { exportFhir } from "../../../src/dicom/report/export_fhir.ts";
import { displayValue, groupMeasurements } from "../../../src/dicom/report/group.ts";
import type { ReportMeasurement } from "../../../src/dicom/report/measurements.ts";
import { displayUnit } from "../../../src/dicom/report/unit.ts";
import { assertFhir } from "./fhir.ts";

const STUDY = {
  ...{ patientId: "SD-1", patientName: "SHARMA^PRIYA", studyDate: "2026-01-15", accessionNumber: "A1" },
  studyInstanceUid: "1.2.3",
};

const measurement = (more: Partial<ReportMeasurement> = {}): ReportMeasurement => ({
  ...{ name: "Femur Length", code: "LN:11963-6", value: "5.280", unit: "cm", site: "", laterality: "" },
  context: { unitCode: "UCUM:cm" },
  ...more,
});

Deno.test("values are rounded for the eye and only there", () => {
  const shown = (value: string, unit: string, more: Partial<ReportMeasurement> = {}) =>
    displayValue(measurement({ value, unit, ...more }));
  assert.equal(shown("4.2141821355915", "cm"), "4.21 cm");
  assert.equal(shown("58.533333333333", "%"), "58.5%");
  assert.equal(shown("1243", "g"), "1243 g");
  assert.equal(shown("1243.7", "g"), "1244 g");
  assert.equal(shown("0.0123456", ""), "0.0123");
  assert.equal(shown("13.20", "cm"), "13.2 cm");
  assert.equal(shown("5", "cm"), "5 cm");
  assert.equal(shown("-87.30", "cm/s"), "-87.3 cm/s");
  assert.equal(shown("0", "cm"), "0 cm");
  assert.equal(shown("1.5E1", "cm"), "15 cm");
  assert.equal(shown("4,21", "cm"), "4,21 cm");
  assert.equal(shown("", "cm"), "–");
  const age = { code: "LN:18185-9", context: { unitCode: "UCUM:d" } };
  assert.equal(shown("203", "d", age), "29w 0d");
  assert.equal(shown("142", "d", age), "20w 2d");
});

Deno.test("units are the machine's, as people write them", () => {
  const unit = (scheme: string, value: string, meaning: string) => displayUnit({ scheme, value, meaning });
  assert.equal(unit("UCUM", "cm2", "square centimeter"), "cm²");
  assert.equal(unit("UCUM", "{H.B.}/min", "Heart beat per minute"), "/min");
  assert.equal(unit("UCUM", "1", "no units"), "");
  assert.equal(unit("UCUM", "1", "px"), "px");
  assert.equal(unit("UCUM", "mm", "millimeter"), "mm");
  assert.equal(unit("99X", "7", "dB"), "dB");
  assert.equal(displayUnit(undefined), "");
});

Deno.test("measurements are grouped by fetus, then organ and side, the selected value of a name first", () => {
  const groups = groupMeasurements([
    measurement({ name: "Cervix Length", context: { section: "Pelvis and Uterus" } }),
    measurement({ context: { fetus: "2", section: "Fetal Long Bones" } }),
    measurement({ value: "5.1", context: { fetus: "1", section: "Fetal Long Bones" } }),
    measurement({ value: "5.2", context: { fetus: "1", section: "Fetal Long Bones", selection: "Mean value chosen" } }),
    measurement({ name: "Length", site: "Ovary", laterality: "Left" }),
    measurement({ name: "Length", site: "Ovary", laterality: "Right" }),
  ]);
  assert.deepEqual(groups.map(({ title, lines }) => [title, lines.map(({ text }) => text)]), [
    ["Fetus 1 · Fetal Long Bones", ["5.2 cm", "5.1 cm"]],
    ["Fetus 2 · Fetal Long Bones", ["5.28 cm"]],
    ["Pelvis and Uterus", ["5.28 cm"]],
    ["Left ovary", ["5.28 cm"]],
    ["Right ovary", ["5.28 cm"]],
  ]);
  assert.equal(groups[1]!.lines[0]!.exact, "5.280 cm");
  assert.deepEqual(groupMeasurements([]), []);
});

Deno.test("CSV has a row a value, quotes what needs it, and disarms formulas", () => {
  const csv = exportCsv(STUDY, [
    measurement({ site: 'Liver, "left"', context: { fetus: "1", Wall: "Anterior" } }),
    measurement({ name: "=cmd|' /C calc'!A0", value: "-4.2" }),
    measurement({ name: "-4,2+cmd", value: "-4,2" }),
  ]);
  assert.ok(csv.startsWith("\ufeff"));
  const [header, first, second, third, end] = csv.slice(1).split("\r\n");
  assert.equal(end, "");
  assert.ok(header!.startsWith("patientId,patientName,studyDate,"));
  assert.ok(first!.includes(',5.280,cm,"Liver, ""left""",'), first);
  assert.ok(first!.endsWith(",Wall=Anterior"));
  assert.ok(second!.includes(",'=cmd|' /C calc'!A0,"));
  assert.ok(second!.includes(",-4.2,"), "a negative value is no formula");
  assert.ok(third!.includes(`,"'-4,2+cmd",`), third);
  assert.ok(third!.includes(',"-4,2",'), "nor is one with a decimal comma");
});

Deno.test("FHIR has an observation a value, with the digits that were sent", () => {
  const json = exportFhir(STUDY, [
    {
      ...measurement({
        site: "Ovary",
        laterality: "Left",
        context: {
          unitCode: "UCUM:cm",
          fetus: "1",
          siteCode: "SCT:15497006",
          equation: "Hadlock",
          image: "1.2.9",
          frame: "3",
          phase: "Systole",
        },
      }),
      sopInstanceUid: "1.2.8",
    },
    measurement({ value: "+.50", code: "99GEMS:GEU-1", unit: "", context: { unitCode: "UCUM:1" } }),
    measurement({ value: "", context: {} }),
    measurement({ value: "4,2" }),
  ], "final");
  assert.match(json, /"value": 5\.280,/);
  assert.match(json, /"value": 0\.50,/);
  const bundle = JSON.parse(json);
  assert.equal(assertFhir(json).length, 4);
  assert.deepEqual([bundle.resourceType, bundle.type, bundle.entry.length], ["Bundle", "collection", 4]);
  const [first, second, absent, comma] = bundle.entry.map(({ resource }: { resource: unknown }) => resource);
  assert.deepEqual(first.code, {
    coding: [{ system: "http://loinc.org", code: "11963-6", display: "Femur Length" }],
    text: "Femur Length",
  });
  assert.deepEqual(first.valueQuantity, { value: 5.28, unit: "cm", system: "http://unitsofmeasure.org", code: "cm" });
  assert.deepEqual(first.bodySite.coding, [{ system: "http://snomed.info/sct", code: "15497006", display: "Ovary" }]);
  assert.equal(first.bodySite.text, "Left Ovary");
  assert.deepEqual([first.status, first.effectiveDateTime, first.subject.identifier.value], [
    "final",
    "2026-01-15",
    "SD-1",
  ]);
  assert.deepEqual(first.focus, [{ display: "Fetus 1" }]);
  assert.deepEqual(first.derivedFrom.map(({ identifier }: { identifier: { value: string } }) => identifier.value), [
    ...["urn:oid:1.2.3", "urn:oid:1.2.8", "urn:oid:1.2.9"],
  ]);
  assert.deepEqual(first.note, [{ text: "phase: Systole" }]);
  assert.equal(second.code.coding[0].system, "urn:dicom:scheme:99GEMS");
  assert.ok(absent.dataAbsentReason && absent.valueQuantity === undefined);
  assert.equal(comma.valueString, "4,2 cm");
  const urls = bundle.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl);
  assert.equal(new Set(urls).size, 4);
  for (const url of urls) {
    assert.match(url, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  assert.deepEqual(JSON.parse(exportFhir(STUDY, [])), { resourceType: "Bundle", type: "collection" });
});

Deno.test("FHIR: whatever a report says, its observations follow R4", () => {
  const word = fc.oneof(fc.constantFrom("", " ", " a ", "a\tb", "LN:", ":x", "UCUM:cm", "99X: 1  2 "), fc.string());
  const anyMeasurement = fc.record({
    ...{ name: word, code: word, unit: word, site: word, laterality: word },
    value: fc.oneof(word, fc.constantFrom("5.", "+.5", "-0", "007.10", "1E5", "1e-3", ".", "-", "1,5", "NaN")),
    context: fc.dictionary(
      fc.oneof(
        fc.constantFrom("unitCode", "unitMeaning", "siteCode", "siteModifier", "fetus", "method", "qualifier"),
        fc.constantFrom("equation", "image", "frame", "phase", "selection"),
        fc.string({ minLength: 1 }),
      ),
      word,
    ),
  });
  const anyStudy = fc.record({
    ...{ patientId: word, patientName: word, accessionNumber: word, studyInstanceUid: fc.constantFrom("", "1.2.3") },
    studyDate: fc.constantFrom("", "2026-01-15"),
  });
  fc.assert(fc.property(anyStudy, fc.array(anyMeasurement, { maxLength: 4 }), (study, measurements) => {
    assert.equal(assertFhir(exportFhir(study, measurements)).length, measurements.length);
  }));
});
