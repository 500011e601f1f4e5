import assert from "node:assert/strict";
import { inEnglish } from "../../src/sentences.ts";
import type { Catalogue, CatalogueColumn, ColumnKind } from "../../src/clinic/mapping/catalogue.ts";
import { DEFAULT_MAPPING, type Mapping } from "../../src/clinic/mapping/mapping.ts";
import { propose } from "../../src/clinic/mapping/proposal.ts";

/** A column as the catalogue has it: a name and a kind, and what matters besides. */
function column(name: string, kind: ColumnKind, more: Partial<CatalogueColumn> = {}): CatalogueColumn {
  return {
    ...{ name, kind, type: kind, needsValue: false, hasDefault: false, longest: null, unique: false, labels: [] },
    ...{ refersTo: null, samples: null, ...more },
  };
}

function table(name: string, columns: CatalogueColumn[], schema = "public") {
  return { schema, name, primaryKey: columns[0]!.name, columns };
}

const to = (name: string, of = "id", schema = "public") => ({ refersTo: { table: { schema, name }, column: of } });

function proposed(tables: Catalogue["tables"]): { mapping: Mapping; notes: string[] } {
  const { mapping, notes } = propose({ zone: "UTC", tables }, "Asia/Kolkata");
  assert.ok(mapping, notes.map(inEnglish).join());
  return { mapping, notes: notes.map(({ code }) => code) };
}

Deno.test("proposal: tables as they are expected are the default's", () => {
  const { mapping, notes } = proposed([
    table("patients", [
      column("id", "number"),
      ...["first_name", "last_name"].map((name) => column(name, "text")),
      column("birth_date", "date"),
      column("gender", "text"),
    ]),
    table("appointments", [
      column("id", "number"),
      column("patient_id", "number", to("patients")),
      ...["doctor", "department"].map((name) => column(name, "text")),
      column("date", "date"),
      column("time", "time"),
      column("status", "text"),
      column("mwl_sent", "boolean"),
      column("accession_number", "text"),
      column("created_at", "timestamptz"),
    ]),
  ]);
  assert.deepEqual(notes, []);
  const inPublic = (each: Mapping): Mapping => ({
    ...each,
    patients: { ...each.patients, table: { schema: "public", name: "patients" } },
    appointments: { ...each.appointments, table: { schema: "public", name: "appointments" } },
  });
  assert.deepEqual(mapping, inPublic(DEFAULT_MAPPING));
});

Deno.test("proposal: uuids, a number beside, one name, moments, an enumeration, words by keys", () => {
  const { mapping, notes } = proposed([
    table("doctors", [column("id", "number"), column("firstName", "text"), column("lastName", "text")]),
    table("branches", [column("id", "number"), column("name", "text")]),
    table("clients", [
      column("id", "uuid"),
      column("MRN", "text", { unique: true, longest: 20 }),
      column("fullName", "text"),
      column("dob", "date"),
      column("sex", "text", { longest: 1 }),
      column("deletedAt", "timestamptz"),
    ]),
    table("bookings", [
      column("id", "uuid"),
      column("clientId", "uuid", to("clients")),
      column("doctorId", "number", to("doctors")),
      column("branchId", "number", to("branches")),
      column("service", "text"),
      column("startsAt", "timestamptz"),
      column("createdAt", "timestamptz"),
      column("status", "enum", {
        labels: ["requested", "booked", "cancelled_by_patient", "cancelled_by_clinic", "no_show"],
      }),
      column("isDeleted", "boolean"),
    ]),
  ]);
  assert.deepEqual(notes, ["map-whole-name", "map-zone"]);
  assert.equal(mapping.patients.key, "id");
  assert.equal(mapping.patients.patientId, "MRN");
  assert.deepEqual(mapping.patients.name, { kind: "whole", column: "fullName", order: "given first" });
  assert.deepEqual(mapping.patients.gender, { column: "sex", values: { F: "Female", M: "Male", O: "Other" } });
  assert.deepEqual(mapping.patients.deleted, { column: "deletedAt", means: "set" });
  assert.deepEqual(mapping.appointments.when, { kind: "one", column: "startsAt", text: null });
  assert.equal(mapping.appointments.zone, "Asia/Kolkata");
  assert.deepEqual(mapping.appointments.doctor, {
    ...{ column: "doctorId", table: { schema: "public", name: "doctors" }, key: "id" },
    names: ["firstName", "lastName"],
  });
  assert.deepEqual(mapping.appointments.branch?.names, ["name"]);
  assert.deepEqual(mapping.appointments.status, {
    ...{ column: "status", open: "booked", cancel: "cancelled_by_clinic" },
    cancelled: ["cancelled_by_patient", "cancelled_by_clinic", "no_show"],
  });
  assert.deepEqual(mapping.appointments.deleted, { column: "isDeleted", means: "true" });
  assert.equal(mapping.appointments.mark, null);
});

Deno.test("proposal: other words, an age, a coded sex, numbers in a queue", () => {
  const { mapping, notes } = proposed([
    table("pat_patient", [
      column("pat_no", "number"),
      column("uhid", "text", { unique: true, longest: 8 }),
      ...["fname", "mname", "lname"].map((name) => column(name, "text")),
      column("age", "number"),
      column("sex", "number", { samples: ["1", "2"] }),
    ], "his"),
    table("pat_visit", [
      column("visit_no", "number"),
      column("patient_id", "number", to("pat_patient", "pat_no", "his")),
      ...["consultant", "dept_code"].map((name) => column(name, "text")),
      column("visit_date", "date"),
      column("slot", "text", { samples: ["T1", "T12"] }),
      column("state", "text", { samples: ["OPEN", "CANCELLED"] }),
    ], "his"),
  ]);
  assert.deepEqual(notes, ["map-id-short", "map-genders", "map-age", "map-slots"]);
  assert.deepEqual(mapping.patients.name, { kind: "parts", first: "fname", middle: "mname", last: "lname" });
  assert.deepEqual(mapping.patients.birth, { kind: "age", column: "age" });
  assert.deepEqual(mapping.patients.gender?.values, { 1: "", 2: "" }, "a number says no sex");
  assert.deepEqual(mapping.appointments.when, {
    ...{ kind: "two", date: "visit_date", text: null },
    time: { kind: "slots", column: "slot", prefix: "T", first: "09:00", minutes: 10 },
  });
  assert.equal(mapping.appointments.service?.column, "dept_code");
  assert.deepEqual(mapping.appointments.status?.cancelled, ["CANCELLED"]);
});

Deno.test("proposal: the order of dates that are text is what the samples tell, and is asked for where they tell none", () => {
  const withDates = (samples: string[] | null) =>
    proposed([
      table("patients", [column("id", "number"), column("first_name", "text"), column("last_name", "text")]),
      table("appointments", [
        column("id", "number"),
        column("patient_id", "number", to("patients")),
        column("date", "text", { samples }),
        column("time", "time"),
      ]),
    ]);
  const cases: [string[] | null, string | null, string[]][] = [
    [["03-04-2026", "25-04-2026"], "DD-MM-YYYY", []],
    [["3/4/2026", "4/25/2026"], "MM/DD/YYYY", []],
    [["2026/04/25"], "YYYY/MM/DD", []],
    [["2026-04-25", "2026-04-26 10:00"], null, []],
    [["03.04.2026"], "DD/MM/YYYY", ["map-date-order"]],
    [["13-04-2026", "04-13-2026"], "DD/MM/YYYY", ["map-date-order"]],
    [null, null, ["map-date-order"]],
  ];
  for (const [samples, text, wanted] of cases) {
    const { mapping, notes } = withDates(samples);
    assert.deepEqual((mapping.appointments.when as { text: string | null }).text, text, String(samples));
    assert.deepEqual(notes, wanted, String(samples));
  }
});

Deno.test("proposal: nothing where no table looks like it", () => {
  const { mapping, notes } = propose({ zone: "UTC", tables: [table("parts", [column("id", "number")])] }, "UTC");
  assert.equal(mapping, null);
  assert.deepEqual(notes.map(({ code }) => code), ["map-no-patients"]);
});
