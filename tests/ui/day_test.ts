import assert from "node:assert/strict";
import { matches } from "../../ui/kiosk/matches.ts";
import { ageOn, dayAfter, readableName, searchable, setPlace } from "../../ui/shared/format.ts";

setPlace({ timeZone: "Asia/Kolkata", language: "en-GB" });

const DAY = "2026-08-01";

Deno.test("Search: every word somewhere, accents and case do not matter, Devanagari does", () => {
  const appointment = {
    patient: { firstName: "Zoë", lastName: "D’Souza", id: "P-77", phone: "98200 11111" },
    doctor: "Dr. Iyer",
    description: "Thyroid",
    department: "Radiology",
    accessionNumber: "SD1",
  };
  for (const words of ["zoe", "souza iyer", "p-77", "98200", "thy  rad"]) {
    assert.equal(matches(appointment, words), true, words);
  }
  assert.equal(matches(appointment, "zoe khan"), false);
  assert.notEqual(searchable("कि"), searchable("कु"));
});

Deno.test("Age: in years, for small children in months, for the newborn in days", () => {
  assert.deepEqual(ageOn("1990-08-02", DAY), { count: 35, unit: "years" });
  assert.deepEqual(ageOn("1990-08-01", DAY), { count: 36, unit: "years" });
  assert.deepEqual(ageOn("2025-01-15", DAY), { count: 18, unit: "months" });
  assert.deepEqual(ageOn("2026-07-20", DAY), { count: 12, unit: "days" });
  assert.equal(ageOn(null, DAY), undefined);
  assert.equal(ageOn("2026-08-02", DAY), undefined);
});

Deno.test("Format: days in a month's order, and DICOM names as people say them", () => {
  assert.equal(dayAfter("2026-02-28", 1), "2026-03-01");
  assert.equal(dayAfter("2026-01-01", -1), "2025-12-31");
  assert.equal(readableName("Rao^Asha^K^Dr"), "Dr Asha K Rao");
  assert.equal(readableName("राव^आशा=Rao^Asha"), "आशा राव");
});
