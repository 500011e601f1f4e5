import assert from "node:assert/strict";
import { isoDate } from "../../src/dicom/date_time.ts";

Deno.test("dates: what is no day of the calendar is none, and no calendar has a year 0", () => {
  assert.deepEqual(["20260108", "2026.01.08", " 20240229 "].map(isoDate), ["2026-01-08", "2026-01-08", "2024-02-29"]);
  for (const none of ["", "00000000", "00000101", "20260230", "2026", "2026-01-08"]) assert.equal(isoDate(none), "");
});
