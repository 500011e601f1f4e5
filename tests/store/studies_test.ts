import assert from "node:assert/strict";
import { ClinicBox, measurement } from "../clinic/clinic_box.ts";
import type { ClinicBooking } from "../../src/store/clinic_bookings.ts";

const priya = { id: "P1", firstName: "Priya", lastName: "Sharma", birthDate: "1990-05-17", gender: "", phone: "" };
const booking: ClinicBooking = {
  ...{ id: "7", patient: priya, doctor: "Meera Iyer", department: "", description: "" },
  ...{ date: "2026-11-26", time: "10:00:00", accessionNumber: undefined, cancelled: false },
};

Deno.test("Studies: what a person took from an appointment does not go back to it when the clinic changes the booking", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const { appointments, studies } = box.store;
  box.store.clinicBookings.followClinic(booking);
  const { studyInstanceUid } = appointments.get("7");
  await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
  assert.equal(studies.summary(studyInstanceUid)!.appointmentId, "7");
  box.store.decisions.unmatch(studyInstanceUid, { by: "anna", reason: "" });
  box.store.clinicBookings.followClinic({ ...booking, time: "11:00:00" });
  assert.deepEqual(box.store.studyFiling.rematch(appointments.get("7")), []);
  assert.equal(studies.summary(studyInstanceUid)!.appointmentId, null);
  assert.match(studies.find(studyInstanceUid)!.attention, /^anna took these images/);
  box.store.decisions.match(studyInstanceUid, "7", { by: "anna", reason: "it is hers" });
  assert.equal(studies.summary(studyInstanceUid)!.appointmentId, "7");
});

Deno.test("Studies: what differs in images that came before their booking is told when the booking comes", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const { appointments, attention } = box.store;

  const early = {
    patientId: "P1",
    patientName: "Sharma^Priya",
    patientBirthDate: "1990-05-17",
    accessionNumber: "A-1",
  };
  const image = await box.receive({ ...early, patientBirthDate: "1990-05-18" });
  assert.deepEqual(attention.ofInstance(image.sopInstanceUid), []);
  box.store.clinicBookings.followClinic({ ...booking, accessionNumber: "A-1" });
  assert.deepEqual(box.store.studyFiling.rematch(appointments.get("7")), [image.studyInstanceUid]);
  assert.deepEqual(attention.ofInstance(image.sopInstanceUid).map(({ code }) => code), ["birth-date-differs"]);
});

Deno.test("Studies: a report holds again when the one in its place comes anew as one of another study", async () => {
  await using box = await ClinicBox.make({ url: undefined });
  const { measurements, reports } = box.store;
  const header = {
    ...{ title: "", completion: "COMPLETE", verification: "UNVERIFIED", contentDate: "", contentTime: "" },
    ...{ manufacturer: "", model: "" },
  };
  const sharma = { patientId: "P1", patientName: "Sharma^Priya" };
  const first = await box.receive(sharma, { frames: 0 });
  const second = await box.receive({ ...sharma, studyInstanceUid: first.studyInstanceUid }, { frames: 0 });
  for (
    const [{ sopInstanceUid }, predecessors, value] of [
      [first, [], "1"],
      [second, [first.sopInstanceUid], "2"],
    ] as const
  ) {
    measurements.replace(first.studyInstanceUid, sopInstanceUid, [measurement("Weight", value)]);
    reports.record(first.studyInstanceUid, sopInstanceUid, { ...header, predecessors });
  }
  const values = () => measurements.ofStudy(first.studyInstanceUid).map(({ value }) => value);
  assert.deepEqual(values(), ["2"]);
  await box.receive(sharma, { frames: 0, sopInstanceUid: second.sopInstanceUid, sha256: "other" });
  assert.deepEqual(values(), ["1"]);
});
