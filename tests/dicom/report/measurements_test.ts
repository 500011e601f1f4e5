import assert from "node:assert/strict";
import fc from "fast-check";
import { Dataset } from "../../../src/dicom/dataset.ts";
import { Tag } from "../../../src/dicom/dictionary.ts";
import { readDataset } from "../../../src/dicom/read_dataset.ts";
import { measurementsOf, type ReportMeasurement } from "../../../src/dicom/report/measurements.ts";
import { acquisitionReport, itemsOf, readReport } from "../../../src/dicom/report/report.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../../src/dicom/write_dataset.ts";
import { code, coded, type CodeText, container, image, number, report, set, text } from "./trees.ts";

const CM: CodeText = "UCUM:cm:centimeter";
const NONE: CodeText = "UCUM:1:no units";
const LENGTH: CodeText = "LN:11963-6:Femur Length";
const RESISTIVITY: CodeText = "LN:12023-8:Resistivity Index";
const SITE: CodeText = "SRT:G-C0E3:Finding Site";
const SIDE: CodeText = "SRT:G-C171:Laterality";
const LEFT: CodeText = "SRT:G-A101:Left";
const RIGHT: CodeText = "SRT:G-A100:Right";
const FETUS: CodeText = "LN:11951-1:Fetus ID";
const SELECTION: CodeText = "DCM:121404:Selection Status";
const LAST: CodeText = "DCM:121411:Most recent value chosen";
const OBGYN: CodeText = "DCM:125000:OB-GYN Ultrasound Procedure Report";

const measured = (dataset: Dataset): ReportMeasurement[] => measurementsOf(readReport(dataset));

Deno.test("a value keeps all that its containers and its own modifiers say", () => {
  const [value] = measured(report(
    "DCM:125100:Vascular Ultrasound Procedure Report",
    container(
      "DCM:121070:Findings",
      coded("HAS CONCEPT MOD", SITE, "SRT:T-45100:Common Carotid Artery", coded("HAS CONCEPT MOD", SIDE, LEFT)),
      coded("HAS CONCEPT MOD", "SRT:G-A1F8:Topographical Modifier", "SRT:G-A118:Distal"),
      number(
        "LN:11726-7:Peak Systolic Velocity",
        "-87.30",
        "UCUM:cm/s:centimeter per second",
        coded("HAS CONCEPT MOD", "SRT:G-0373:Image Mode", "SRT:R-409E4:Doppler Pulsed"),
        coded("HAS CONCEPT MOD", "SRT:R-4089A:Cardiac Cycle Point", "SRT:F-32020:Systole"),
        coded("HAS CONCEPT MOD", "DCM:121401:Derivation", "SRT:R-00317:Mean"),
        coded("HAS PROPERTIES", SELECTION, LAST),
        coded("INFERRED FROM", "DCM:121420:Equation", "99X:1:A private one"),
        coded("HAS CONCEPT MOD", "99X:77:Wall", "99X:78:Anterior"),
        text("HAS OBS CONTEXT", "DCM:112039:Tracking Identifier", "CCA 1"),
        image("INFERRED FROM", "1.2.3.4", "7"),
      ),
    ),
  ));
  assert.deepEqual(value, {
    ...{ name: "Peak Systolic Velocity", code: "LN:11726-7", value: "-87.30", unit: "cm/s" },
    ...{ site: "Common Carotid Artery", laterality: "Left" },
    context: {
      ...{ siteCode: "SRT:T-45100", siteModifier: "Distal", vessel: "Common Carotid Artery" },
      ...{ mode: "Doppler Pulsed", phase: "Systole", derivation: "Mean", selection: "Most recent value chosen" },
      ...{ equation: "A private one", Wall: "Anterior", trackingId: "CCA 1" },
      ...{ unitCode: "UCUM:cm/s", unitMeaning: "centimeter per second", image: "1.2.3.4", frame: "7" },
    },
  });
});

Deno.test("GE sends each value twice: one is left, the selected one; values that only look alike stay", () => {
  const group = (...values: Dataset[]) =>
    measured(report("DCM:125200:Echo", container("DCM:125007:Measurement Group", ...values)));
  const selected = coded("HAS PROPERTIES", SELECTION, LAST);
  const [one, ...none] = group(number(LENGTH, "4.2141821355915", CM), number(LENGTH, "4.2141821355915", CM, selected));
  assert.deepEqual(none, []);
  assert.deepEqual([one?.value, one?.context.selection, one?.context.sent], [
    ...["4.2141821355915", "Most recent value chosen", "2"],
  ]);
  assert.equal(group(number(LENGTH, "4.2", CM), number(LENGTH, "4.2", CM)).length, 2, "measured twice");
  assert.equal(group(number(LENGTH, "4.2", CM), number(LENGTH, "4.20", CM, selected)).length, 2, "other digits");
  const three = group(number(LENGTH, "4.2", CM), number(LENGTH, "4.2", CM), number(LENGTH, "4.2", CM, selected));
  assert.equal(three.length, 2, "one twin only");
  const [mode] = [coded("HAS CONCEPT MOD", "SRT:G-0373:Image Mode", "SRT:G-03A2:2D mode")];
  assert.equal(group(number(LENGTH, "4.2", CM, mode!), number(LENGTH, "4.2", CM, selected)).length, 2, "other context");
});

Deno.test("one code under several arteries keeps each artery, side and fetus, wherever the machine puts them", () => {
  const artery = (name: CodeText, ...children: Dataset[]) => container(name, ...children);
  const values = measured(report(
    OBGYN,
    container(
      "DCM:121070:Findings",
      artery(
        "SRT:T-46820:Uterine Artery",
        number(RESISTIVITY, "0.51", NONE),
        coded("CONTAINS", SIDE, LEFT), // after the value, and hung up as content
      ),
      artery("SRT:T-46820:Uterine Artery", coded("HAS CONCEPT MOD", SIDE, RIGHT), number(RESISTIVITY, "0.62", NONE)),
      artery("SRT:T-F1810:Umbilical Artery", text("CONTAINS", FETUS, "B"), number(RESISTIVITY, "0.70", NONE)),
    ),
  ));
  assert.deepEqual(
    values.map((
      { value, site, laterality, context },
    ) => [value, site, laterality, context.fetus ?? "", context.vessel]),
    [
      ["0.51", "Uterine Artery", "Left", "", "Uterine Artery"],
      ["0.62", "Uterine Artery", "Right", "", "Uterine Artery"],
      ["0.70", "Umbilical Artery", "", "B", "Umbilical Artery"],
    ],
  );
});

Deno.test("what is said again in a flat container holds from there on", () => {
  const values = measured(report(
    "99SONO:SONO10000:Ultrasound Report",
    container(
      "99SONO:1:Obstetrics",
      text("CONTAINS", FETUS, "1"),
      coded("CONTAINS", SITE, "SRT:T-1:One"),
      number(LENGTH, "5.1", CM),
      text("CONTAINS", FETUS, "2"),
      coded("CONTAINS", SITE, "SRT:T-2:Two"),
      coded("CONTAINS", SITE, "SRT:T-3:Three"),
      number(LENGTH, "5.3", CM),
    ),
  ));
  assert.deepEqual(values.map(({ value, site, context }) => [value, site, context.fetus, context.section]), [
    ["5.1", "One", "1", "Obstetrics"],
    ["5.3", "Two; Three", "2", "Obstetrics"],
  ]);
});

Deno.test("an age in a biometry group says what it is the age of", () => {
  const values = measured(report(
    OBGYN,
    container(
      "DCM:125002:Fetal Biometry",
      container(
        "DCM:125005:Biometry Group",
        number(LENGTH, "5.28", CM),
        number("LN:18185-9:Gestational Age", "197", "UCUM:d:day"),
      ),
      container("DCM:125005:Biometry Group", number("LN:18185-9:Gestational Age", "203", "UCUM:d:day")),
    ),
  ));
  assert.deepEqual(values.map(({ value, context }) => [value, context.of, context.section]), [
    ["5.28", undefined, "Fetal Biometry"],
    ["197", "Femur Length", "Fetal Biometry"],
    ["203", undefined, "Fetal Biometry"],
  ]);
});

Deno.test("odd values are kept as text and marked, never guessed", () => {
  const empty = number(LENGTH, "1", CM);
  empty.delete(Tag.MeasuredValueSequence);
  set(empty, "NumericValueQualifierCodeSequence", code("DCM:114000:Not a number"));
  const values = measured(report(
    OBGYN,
    number(LENGTH, "4,21", CM),
    number(LENGTH, "", CM),
    number(LENGTH, "12.5", undefined),
    number(LENGTH, ">5", CM),
    number(LENGTH, "1\\2", CM),
    number(LENGTH, " +1.50E1 ", CM),
    empty,
  ));
  assert.deepEqual(
    values.map(({ value, unit, context }) => [value, unit, context.note ?? "", context.qualifier ?? ""]),
    [
      ["4,21", "cm", "decimal comma", ""],
      ["", "cm", "no value", ""],
      ["12.5", "", "no unit", ""],
      [">5", "cm", "not a number", ""],
      ["1\\2", "cm", "not a number", ""],
      ["+1.50E1", "cm", "", ""],
      ["", "", "no value; no unit", "Not a number"],
    ],
  );
});

Deno.test("numbers that describe are context, and those below a value are listed with what they are of", () => {
  const fetuses = number("LN:11878-6:Number of Fetuses", "2", NONE).setText(
    Tag.RelationshipType,
    "CS",
    "HAS OBS CONTEXT",
  );
  const normal = number("SRT:R-10041:Upper limit of normal", "9.0", CM).setText(
    Tag.RelationshipType,
    "CS",
    "HAS PROPERTIES",
  );
  const part = number("LN:1:Height", "2.0", CM).setText(Tag.RelationshipType, "CS", "INFERRED FROM");
  const values = measured(report(
    OBGYN,
    container(
      "SRT:T-87000:Ovary",
      fetuses,
      coded("HAS CONCEPT MOD", SIDE, LEFT),
      number("LN:2:Volume", "8.5", "UCUM:ml:milliliter", normal, part),
    ),
  ));
  assert.deepEqual(
    values.map(({ name, laterality, context }) => [name, laterality, context.numberOfFetuses, context.of]),
    [
      ["Volume", "Left", "2", undefined],
      ["Height", "Left", "2", "Volume"],
    ],
  );
  assert.equal(values[0]?.context["Upper limit of normal"], "9.0 cm");
});

Deno.test("an image is found by coordinates, by reference, and in the group; not from the whole document", () => {
  const spot = (relationship: string, ...children: Dataset[]) =>
    new Dataset().setText(Tag.RelationshipType, "CS", relationship).setText(Tag.ValueType, "CS", "SCOORD")
      .setItems(Tag.ContentSequence, children);
  const pointer = new Dataset().setText(Tag.RelationshipType, "CS", "INFERRED FROM")
    .add({ tag: Tag.ReferencedContentItemIdentifier, vr: "UL", value: new Uint8Array(new Uint32Array([1, 1]).buffer) });
  const values = measured(report(
    "DCM:126000:Imaging Measurement Report",
    image("CONTAINS", "1.1"),
    container("DCM:126010:Imaging Measurements", number(LENGTH, "1", CM)),
    container(
      "DCM:125007:Measurement Group",
      number(LENGTH, "2", CM, spot("INFERRED FROM", image("SELECTED FROM", "1.2", "3"))),
      number(LENGTH, "3", CM, pointer),
    ),
    container("DCM:125007:Measurement Group", spot("CONTAINS", image("SELECTED FROM", "1.3")), number(LENGTH, "4", CM)),
  ));
  assert.deepEqual(values.map(({ value, context }) => [value, context.image, context.frame]), [
    ["1", undefined, undefined],
    ["2", "1.2", "3"],
    ["3", "1.1", undefined],
    ["4", "1.3", undefined],
  ]);
});

Deno.test("reports that point in circles, are very deep or very wide are read within bounds", () => {
  const circle = new Dataset().setText(Tag.RelationshipType, "CS", "INFERRED FROM")
    .add({ tag: Tag.ReferencedContentItemIdentifier, vr: "UL", value: new Uint8Array(new Uint32Array([1, 1]).buffer) });
  assert.equal(measured(report(OBGYN, circle, number(LENGTH, "1", CM, circle))).length, 1);

  let deep = number(LENGTH, "1", CM);
  for (let depth = 0; depth < 120; depth++) deep = container(`99X:${depth}:Level ${depth}`, deep);
  assert.deepEqual(measured(report(OBGYN, deep)).map(({ value, context }) => [value, context.section]), [[
    "1",
    "Level 0",
  ]]);

  const many = Array.from({ length: 6000 }, () => number(LENGTH, "1", CM));
  const remarks = Array.from(
    { length: 300 },
    (_, index) => text("HAS OBS CONTEXT", `99X:r${index}:Remark ${index}`, "x".repeat(5000)),
  );
  const values = measured(report(OBGYN, container("99X:1:All", ...many)));
  assert.equal(values.length, 5000);
  assert.match(values.at(-1)?.context.note ?? "", /more values/);
  // what is said once stands with every value: a small report must not become a hundred megabytes
  const remarked = measured(report(OBGYN, container("99X:1:All", ...remarks, ...many)));
  assert.match(remarked.at(-1)?.context.note ?? "", /more values/);
  assert.ok(remarked.length > 100 && JSON.stringify(remarked).length < 6_000_000);
});

Deno.test("a report that says thousands of values twice has each of them once, the selected one leading", () => {
  const selected = coded("HAS PROPERTIES", "DCM:121404:Selection Status", "DCM:121411:Most recent value chosen");
  const many = Array.from({ length: 2400 }, () => [number(LENGTH, "1", CM, selected), number(LENGTH, "1", CM)]).flat();
  const values = measured(report(OBGYN, container("99X:1:All", ...many)));
  assert.equal(values.length, 2400);
  assert.ok(values.every(({ context }) => context.sent === "2" && context.selection !== undefined));
});

Deno.test("reports without values have none: basic text, key objects, nothing at all", () => {
  assert.deepEqual(
    measured(report("DCM:113000:Of Interest", text("CONTAINS", "DCM:113012:Key Object Description", "5 cm"))),
    [],
  );
  assert.deepEqual(measured(new Dataset()), []);
  assert.deepEqual(measured(report(OBGYN, new Dataset())), []);
  assert.equal(readReport(new Dataset()).title, "");
});

Deno.test("HTML stays the text it is", () => {
  const html = `<img src=x onerror="alert(1)">`;
  const [value] = measured(
    report(OBGYN, container("99X:1:<b>bold</b>", text("HAS OBS CONTEXT", FETUS, html), number(LENGTH, "1", CM))),
  );
  assert.equal(value?.context.fetus, html);
  assert.equal(value?.context.section, "<b>bold</b>");
});

Deno.test("a name that JavaScript gives a meaning is a name like others", () => {
  const [value] = measured(report(OBGYN, number(LENGTH, "1", CM, text("HAS OBS CONTEXT", "99X:1:__proto__", "said"))));
  assert.equal(Object.getOwnPropertyDescriptor(value?.context ?? {}, "__proto__")?.value, "said");
});

Deno.test("a report names the documents before it", () => {
  const dataset = set(
    report(OBGYN),
    "PredecessorDocumentsSequence",
    set(
      new Dataset(),
      "ReferencedSeriesSequence",
      set(
        new Dataset(),
        "ReferencedSOPSequence",
        new Dataset().setText(Tag.ReferencedSOPInstanceUID, "UI", "1.2.9"),
        new Dataset(),
      ),
    ),
  );
  assert.deepEqual(readReport(dataset).predecessors, ["1.2.9"]);
});

Deno.test("an image's acquisition context has values, its calibration none", () => {
  const heartRate = number("LN:8867-4:Heart rate", "72", "UCUM:{H.B.}/min:beats per minute");
  const inContext = new Dataset().setText(Tag.ValueType, "CS", "NUMERIC").setText(Tag.NumericValue, "DS", "72")
    .setItems(Tag.ConceptNameCodeSequence, [code("LN:8867-4:Heart rate")])
    .setItems(Tag.MeasurementUnitsCodeSequence, [code("UCUM:{H.B.}/min:beats per minute")]);
  const picture = new Dataset().setText(Tag.SOPInstanceUID, "UI", "1.2.3")
    .setItems(Tag.SequenceOfUltrasoundRegions, [new Dataset()]);
  assert.deepEqual(measurementsOf(acquisitionReport(picture)), []);
  const [value, ...others] = measurementsOf(acquisitionReport(set(picture, "AcquisitionContextSequence", inContext)));
  assert.deepEqual(others, []);
  assert.deepEqual([value?.name, value?.value, value?.unit, value?.context.image], [
    "Heart rate",
    "72",
    "/min",
    "1.2.3",
  ]);
  assert.ok(heartRate.has(Tag.MeasuredValueSequence));
});

/** Any tree: containers, values, modifiers and rubbish, of any nesting. */
const anyTree = fc.letrec<{ item: Dataset }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 6 },
    fc.tuple(fc.constantFrom<CodeText>(LENGTH, RESISTIVITY), fc.stringMatching(/^-?\d{1,4}(\.\d{1,6})?$/), fc.boolean())
      .map(([name, value, hasUnit]) => number(name, value, hasUnit ? CM : undefined)),
    fc.constantFrom(SITE, SIDE, FETUS).map((concept) => coded("HAS CONCEPT MOD", concept, LEFT)),
    fc.string().map((value) => text("CONTAINS", "DCM:121106:Comment", value.replaceAll("\0", ""))),
    fc.constant(new Dataset()),
    fc.array(tie("item"), { maxLength: 5 }).map((children) => container("DCM:121070:Findings", ...children)),
  ),
}));

Deno.test("of any tree, read back from bytes, every value is listed once with its digits, in order", () => {
  const inContainers = (item: Dataset, levels: number): Dataset =>
    levels === 0 ? item : container("DCM:121070:Findings", inContainers(item, levels - 1));
  const deep = fc.tuple(anyTree.item, fc.nat({ max: 94 })).map(([item, levels]) => inContainers(item, levels));
  fc.assert(fc.property(fc.array(fc.oneof(anyTree.item, deep), { maxLength: 6 }), (children) => {
    const dataset = report(OBGYN, ...children).setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192");
    const again = readDataset(writeDataset(dataset, IMPLICIT_LITTLE_ENDIAN), IMPLICIT_LITTLE_ENDIAN).dataset;
    const tree = readReport(again);
    const numbers = [...itemsOf(tree.root)].filter(({ valueType }) => valueType === "NUM");
    const listed = measurementsOf(tree).filter(({ context }) => context.valueType === undefined);
    assert.deepEqual(listed.map(({ value }) => value), numbers.map(({ value }) => value));
    assert.deepEqual(tree, readReport(dataset));
  }));
});
