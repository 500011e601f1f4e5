import assert from "node:assert/strict";
import type { AttentionItem } from "../../src/web/contract/appointments.ts";
import type { Study } from "../../src/web/contract/studies.ts";
import { casesOf, inTheirPlaces, settleable } from "../../ui/kiosk/cases.ts";
import { sharedNames } from "../../ui/kiosk/people.ts";

// of each only what its cases are made of
const study = (uid: string, more: object = {}) => ({
  ...{ studyInstanceUid: uid, appointmentId: null, decidedPatientId: null, receivedAt: "2026-08-01T04:00:00Z" },
  ...{ reasons: [], series: [], claim: { patientName: uid } },
  ...more,
} as unknown as Study);

let id = 0;
const reason = (code: string, about: object) => ({
  ...{ id: ++id, code, parameters: {}, since: "2026-08-01T05:00:00Z", sopInstanceUid: null, studyInstanceUid: null },
  ...{ frames: null, claim: null, study: undefined, beside: undefined, appointment: undefined },
  ...about,
} as unknown as AttentionItem);

// deno-lint-ignore no-explicit-any
const noImages = (): any[] => [];
// deno-lint-ignore no-explicit-any
const keys = (cases: any[]) => cases.map(({ key }) => key).join(" ");

Deno.test("Cases: all that is odd about a study is one case, in the order in which the box has the worst first", () => {
  const kept = study("1.1");
  const matched = study("2.2", { appointmentId: "A-2" });
  const cases = casesOf(
    [
      reason("another-patient", {
        sopInstanceUid: "9",
        frames: 1,
        study: kept,
        beside: matched,
        claim: { patientName: "X" },
      }),
      reason("given-to-another", { appointmentId: "A-1", appointment: { id: "A-1" } }),
      reason("birth-date-differs", { sopInstanceUid: "8", frames: 4, study: matched, appointment: { id: "A-2" } }),
      reason("no-appointment", { studyInstanceUid: "1.1", study: kept, since: "2026-08-01T03:00:00Z" }),
    ],
    [kept],
    noImages,
  );
  assert.equal(keys(cases), "1.1 appointment A-1 2.2");
  const [first, booking, flagged] = cases;
  assert.deepEqual(first!.reasons.map(({ code }) => code), ["another-patient", "no-appointment"]);
  assert.equal(first!.beside, matched);
  assert.equal(first!.claim?.patientName, "X");
  assert.equal(first!.since, "2026-08-01T03:00:00Z");
  assert.equal(first!.waits, true);
  assert.equal(booking!.study, undefined);
  assert.deepEqual([flagged!.waits, flagged!.images.map(({ uid, frames }) => [uid, frames])], [false, [["8", 4]]]);
});

Deno.test("Cases: a study that has lost its last object is none, nor is one whose patient somebody has said", () => {
  const emptied = study("1.1");
  const decided = study("2.2", { decidedPatientId: "P-1" });
  const fresh = study("3.3");
  const cases = casesOf(
    [reason("no-appointment", { studyInstanceUid: "1.1", study: emptied })],
    [decided, fresh],
    noImages,
  );
  assert.equal(keys(cases), "3.3");
});

Deno.test("Cases: while the list is open none changes its place, and one that is decided elsewhere stays as it was", () => {
  const one = (key: string, ids: number[], more: object = {}) =>
    // deno-lint-ignore no-explicit-any
    ({ key, reasons: ids.map((id) => ({ id })), beside: undefined, ...more }) as any;
  const opened = inTheirPlaces([], [one("a", [1, 2], { beside: "b" }), one("c", [3])]);
  const later = inTheirPlaces(opened, [one("worse", [4]), one("c", [3, 5])]);
  assert.deepEqual(later.map(({ one, gone }) => [one.key, gone]), [["a", true], ["c", false], ["worse", false]]);
  assert.equal(later[1]!.one.reasons.length, 2);
  // what becomes less would shrink, and move what is below it
  const [shrunk] = inTheirPlaces(opened, [one("a", [2]), one("c", [3])]);
  assert.deepEqual([shrunk!.one.reasons.length, shrunk!.one.beside, shrunk!.gone], [2, "b", false]);
});

Deno.test("Cases: a look settles what is odd about an object, not whose a study is, and never a fetus's sex", () => {
  const reasons = [
    reason("another-patient", { sopInstanceUid: "9" }),
    reason("no-appointment", { studyInstanceUid: "1.1" }),
    reason("fetal-sex-coded", { sopInstanceUid: "9" }),
  ];
  // deno-lint-ignore no-explicit-any
  const codes = (waits: boolean) => settleable({ reasons, waits } as any).map(({ code }) => code);
  assert.deepEqual(codes(true), ["another-patient"]);
  assert.deepEqual(codes(false), ["another-patient", "no-appointment"]);
});

Deno.test("Same name: of two patients, not of one patient's two appointments nor of those without a name", () => {
  const booked = (nameKey: string, id: string) => ({ nameKey, patient: { id } });
  const appointments = [
    ...[booked("priya sharma", "P-1"), booked("priya sharma", "P-2"), booked("asha rao", "P-3")],
    ...[booked("asha rao", "P-3"), booked("", "P-4"), booked("", "P-5")],
  ];
  assert.deepEqual([...sharedNames(appointments)], ["priya sharma"]);
});
