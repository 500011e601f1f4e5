import assert from "node:assert/strict";
import { grouped, matches } from "../../ui/kiosk/day_groups.ts";
import { ageOn, dayAfter, readableName, searchable, setPlace } from "../../ui/shared/format.ts";

setPlace({ timeZone: "Asia/Kolkata", language: "en-GB" });

// 10:00 in Kolkata
const NOW = Date.parse("2026-08-01T04:30:00Z");
const DAY = "2026-08-01";

const booking = (id: string, time: string, status = "scheduled", minutesSince = 600) => ({
  id,
  time: `${time}:00`,
  status,
  statusChangedAt: new Date(NOW - minutesSince * 60_000).toISOString(),
});

// deno-lint-ignore no-explicit-any
const order = (appointments: any[], date = DAY) =>
  grouped(appointments, date, NOW).map(({ name, appointments }) =>
    `${name}: ${appointments.map(({ id }) => id).join(" ")}`
  );

Deno.test("Day: now and next first by time, then what was passed over, then what is done, latest first", () => {
  assert.deepEqual(
    order([
      booking("later", "12:00"),
      booking("missed", "08:00"),
      booking("at the machine", "08:30", "seen by machine"),
      booking("done early", "07:00", "completed"),
      booking("done late", "07:30", "images received"),
      booking("cancelled", "11:00", "cancelled", 1),
      booking("just in", "09:00", "images received", 3),
      booking("next", "10:10"),
      booking("a bit late", "09:20"),
    ]),
    [
      "now: at the machine just in a bit late next later",
      "earlier: missed",
      "done: cancelled done late done early",
    ],
  );
});

Deno.test("Day: a row that was recalled stays where it was; another day has no now", () => {
  assert.deepEqual(order([booking("recalled", "08:00", "scheduled", 2)]), ["now: recalled"]);
  assert.deepEqual(order([booking("a", "08:00"), booking("b", "07:00", "completed", 1)], "2026-07-31"), [
    "day: a",
    "done: b",
  ]);
});

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
