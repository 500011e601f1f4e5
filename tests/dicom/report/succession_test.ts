import assert from "node:assert/strict";
import type { ReportMeasurement } from "../../../src/dicom/report/measurements.ts";
import { mergeRepeated, notRepeated } from "../../../src/dicom/report/repeated.ts";
import { replacedReports } from "../../../src/dicom/report/succession.ts";

const link = (sopInstanceUid: string, ...predecessors: string[]) => ({ sopInstanceUid, predecessors });
const replaced = (...links: ReturnType<typeof link>[]) => Object.fromEntries(replacedReports(links));

Deno.test("a report takes the place of its predecessors, whichever came first; one without adds", () => {
  assert.deepEqual(replaced(link("a"), link("b")), {});
  assert.deepEqual(replaced(link("a"), link("b", "a")), { a: "b" });
  assert.deepEqual(replaced(link("b", "a"), link("a")), { a: "b" });
  assert.deepEqual(replaced(link("a"), link("b", "a"), link("c", "b")), { a: "b", b: "c" });
  assert.deepEqual(replaced(link("a"), link("b"), link("c", "a", "b")), { a: "c", b: "c" });
  assert.deepEqual(replaced(link("b", "never came")), {});
});

Deno.test("reports that name themselves or each other all hold, and so does what only they name", () => {
  assert.deepEqual(replaced(link("a", "a")), {});
  assert.deepEqual(replaced(link("a", "b"), link("b", "a")), {});
  assert.deepEqual(replaced(link("a", "c"), link("b", "a"), link("c", "b")), {});
  assert.deepEqual(replaced(link("a", "b"), link("b", "a"), link("c", "a")), { a: "c" });
});

const value = (sopInstanceUid: string, value: string, more: Partial<ReportMeasurement> = {}) => ({
  ...{ name: "Biparietal Diameter", code: "LN:11820-8", value, unit: "cm", site: "", laterality: "" },
  context: {},
  ...more,
  sopInstanceUid,
});

Deno.test("what several reports say alike is one, with all of them; what one says twice stays two", () => {
  const merged = mergeRepeated([value("a", "4.7"), value("a", "4.7"), value("b", "4.7"), value("b", "4.70")]);
  assert.deepEqual(merged.map(({ value, reports }) => [value, ...reports]), [
    ["4.7", "a", "b"],
    ["4.7", "a"],
    ["4.70", "b"],
  ]);
  const context = mergeRepeated([
    value("a", "4.7", { context: { fetus: "1", mode: "2D" } }),
    value("b", "4.7", { context: { mode: "2D", fetus: "1" } }),
    value("b", "4.7", { context: { fetus: "2" } }),
  ]);
  assert.deepEqual(context.map(({ reports }) => reports), [["a", "b"], ["b"]]);
});

Deno.test("values of a replaced report that nothing takes the place of are found: by what is measured", () => {
  const before = [
    value("a", "4.7"),
    value("a", "5.1", { laterality: "Left" }),
    value("a", "4.8", { context: { fetus: "2" } }),
  ];
  assert.deepEqual(notRepeated(before, [value("b", "4.9")]).map(({ value }) => value), ["5.1", "4.8"]);
});
