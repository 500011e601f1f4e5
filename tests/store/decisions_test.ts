import assert from "node:assert/strict";
import type { ReasonCode } from "../../src/store/attention_reasons.ts";
import type { Patient } from "../../src/store/patients.ts";
import { ClinicBox } from "../clinic/clinic_box.ts";

/*
 * What people decide about whose something is: each verb, what comes later, and the way back.
 */

const ANNA = { by: "anna", reason: "looked at the pictures" };
const TODAY = new Date().toISOString().slice(0, 10);

/** What machines write of two patients. */
const PRIYA = { patientId: "P1", patientName: "Sharma^Priya" };
const ASHA = { patientId: "P2", patientName: "Rao^Asha" };

class Desk implements AsyncDisposable {
  readonly box: ClinicBox;

  private constructor(box: ClinicBox) {
    this.box = box;
  }

  static async open(): Promise<Desk> {
    return new Desk(await ClinicBox.make({ url: undefined }));
  }

  get store() {
    return this.box.store;
  }

  get decisions() {
    return this.store.decisions;
  }

  /** Books one of the two, or somebody else; `id` is also the appointment's. */
  book(id: string, { patientId, patientName }: { patientId: string; patientName: string }, date = TODAY) {
    const [lastName = "", firstName = ""] = patientName.split("^");
    const patient: Patient = { id: patientId, firstName, lastName, birthDate: null, gender: "", phone: "" };
    return this.store.appointments.add({
      ...{ id, patient, doctor: "Meera Iyer", department: "", description: "", date, time: "10:00:00" },
    }, "box");
  }

  /** An image. @returns its UID and the study that it was filed under */
  async receive(
    study: { patientId: string; patientName: string; patientBirthDate?: string; studyInstanceUid?: string },
  ) {
    const { sopInstanceUid, studyInstanceUid: claimed } = await this.box.receive(study);
    return { uid: sopInstanceUid, study: this.studyOf(sopInstanceUid), claimed };
  }

  studyOf(uid: string): string {
    return this.store.instances.find(uid)!.studyInstanceUid;
  }

  /** Whose an object is shown as, and by which appointment. */
  shown(uid: string) {
    const { patientId, patientName, appointmentId } = this.store.studies.summary(this.studyOf(uid))!;
    return { patientId, patientName, appointmentId };
  }

  codes(uid: string): ReasonCode[] {
    return this.store.attention.ofInstance(uid).map(({ code }) => code);
  }

  /** What the audit has of the last decision. */
  get last() {
    const { subject, detail } = this.store.audit.list({}, 1)[0]!;
    return { subject: subject.slice(subject.indexOf(" ") + 1), detail };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.box[Symbol.asyncDispose]();
  }
}

Deno.test("A study that was matched by hand is the appointment's, and so is what comes later under its words", async () => {
  await using desk = await Desk.open();
  desk.book("7", PRIYA, "2020-01-01");
  const typed = { patientId: "P11", patientName: "Sharma^Pria" };
  const first = await desk.receive(typed);
  assert.deepEqual(desk.shown(first.uid), { ...typed, appointmentId: null });

  desk.decisions.match(first.study, "7", ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.shown(first.uid), { ...PRIYA, appointmentId: "7" });
  const later = await desk.receive({ ...typed, studyInstanceUid: first.claimed });
  assert.deepEqual(desk.shown(later.uid), { ...PRIYA, appointmentId: "7" });
  assert.equal(desk.store.corrections.of(later.uid)?.patientId, "P1", "it leaves as what was decided");
  assert.deepEqual(desk.codes(later.uid), []);
  assert.equal(desk.store.appointments.get("7").images, 2);
  assert.throws(() => desk.decisions.match(first.study, "7", ANNA), /Cannot match the study: it belongs to/);

  desk.decisions.undoMatch(subject, detail, "anna");
  for (const { uid } of [first, later]) assert.deepEqual(desk.shown(uid), { ...typed, appointmentId: null });
  assert.equal(desk.store.corrections.of(later.uid), undefined);
  assert.equal(desk.store.appointments.get("7").images, 0);
  assert.throws(() => desk.decisions.undoMatch(subject, detail, "anna"), /it has been changed since/);
});

Deno.test("A study that was taken from its appointment waits, whatever comes, until that is taken back", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", PRIYA);
  const image = await desk.receive({ ...PRIYA, studyInstanceUid });
  desk.decisions.unmatch(image.study, ANNA);
  const { subject, detail } = desk.last;
  const later = await desk.receive({ ...PRIYA, studyInstanceUid });
  assert.deepEqual(desk.shown(later.uid), { ...PRIYA, appointmentId: null });
  assert.equal(desk.store.studies.find(later.study)!.reasons[0]!.code, "taken-from-appointment");

  desk.decisions.undoUnmatch(subject, detail, "anna");
  assert.deepEqual(desk.shown(later.uid), { ...PRIYA, appointmentId: "7" });
  assert.deepEqual(desk.store.studies.find(later.study)!.reasons, []);
  assert.equal(desk.store.appointments.get("7").images, 2);
});

Deno.test("All objects of a study go to another patient, what comes later goes along, and all of it comes back", async () => {
  await using desk = await Desk.open();
  desk.book("7", PRIYA);
  desk.book("8", ASHA);
  const image = await desk.receive(PRIYA);
  assert.equal(desk.shown(image.uid).appointmentId, "7");
  const to = desk.decisions.move([image.uid], { appointmentId: "8" }, ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.shown(image.uid), { ...ASHA, appointmentId: "8" });
  assert.deepEqual([7, 8].map((id) => desk.store.appointments.get(String(id)).images), [0, 1]);
  const later = await desk.receive({ ...PRIYA, studyInstanceUid: image.claimed });
  assert.equal(later.study, to);
  assert.equal(desk.store.corrections.of(later.uid)?.patientId, "P2");

  desk.decisions.undoMove(subject, detail, "anna");
  for (const { uid } of [image, later]) {
    assert.deepEqual(desk.shown(uid), { ...PRIYA, appointmentId: "7" });
    assert.equal(desk.store.corrections.of(uid), undefined);
  }
  assert.deepEqual([7, 8].map((id) => desk.store.appointments.get(String(id)).images), [2, 0]);
  assert.throws(() => desk.decisions.undoMove(subject, detail, "anna"), /it has been changed since/);
});

Deno.test("An object that is moved among another patient's leaves as theirs, and only that one", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("8", ASHA);
  const hers = await desk.receive({ ...ASHA, studyInstanceUid });
  const wrong = await desk.receive(PRIYA);
  const other = await desk.receive({ ...PRIYA, studyInstanceUid: wrong.claimed });
  desk.decisions.move([wrong.uid], { appointmentId: "8" }, ANNA);
  assert.equal(desk.studyOf(wrong.uid), desk.studyOf(hers.uid));
  const correction = desk.store.corrections.of(wrong.uid)!;
  assert.deepEqual([correction.patientId, correction.studyInstanceUid], ["P2", studyInstanceUid]);
  assert.equal(desk.shown(other.uid).patientId, "P1");
  const later = await desk.receive({ ...PRIYA, studyInstanceUid: wrong.claimed });
  assert.equal(later.study, other.study, "of a part of a study nothing follows");

  const again = await desk.box.receive({ ...PRIYA, studyInstanceUid: wrong.claimed }, {
    ...{ sopInstanceUid: wrong.uid, sha256: "other" },
  });
  assert.equal(desk.studyOf(again.sopInstanceUid), desk.studyOf(hers.uid), "the same one again stays where it was put");
});

Deno.test("Objects that are set apart wait for somebody to say whose they are, and can be put back", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", PRIYA);
  const [one, other] = [
    await desk.receive({ ...PRIYA, studyInstanceUid }),
    await desk.receive({ ...PRIYA, studyInstanceUid }),
  ];
  assert.throws(() => desk.decisions.move([one.uid, other.uid], "apart", ANNA), /leave at least one/);
  const apart = desk.decisions.move([one.uid], "apart", ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.store.studies.find(apart)!.reasons.map(({ code }) => code), ["split-from-study"]);
  assert.deepEqual([desk.shown(one.uid).appointmentId, desk.shown(other.uid).appointmentId], [null, "7"]);
  desk.decisions.undoMove(subject, detail, "anna");
  assert.equal(desk.studyOf(one.uid), desk.studyOf(other.uid));
  assert.equal(desk.store.appointments.get("7").images, 2);
});

Deno.test("What is set apart from a study that was matched by hand is whose it says again", async () => {
  await using desk = await Desk.open();
  desk.book("8", ASHA, "2020-01-01");
  const one = await desk.receive(PRIYA);
  await desk.receive({ ...PRIYA, studyInstanceUid: one.claimed });
  desk.decisions.match(one.study, "8", ANNA);
  desk.decisions.move([one.uid], "apart", ANNA);
  assert.deepEqual(desk.shown(one.uid), { ...PRIYA, appointmentId: null });
});

Deno.test("Objects of two people that are set apart together are not shown as one person's", async () => {
  await using desk = await Desk.open();
  desk.book("8", ASHA, "2020-01-01");
  const [hers, others, stays] = [await desk.receive(PRIYA), await desk.receive(ASHA), await desk.receive(ASHA)];
  for (const { uid } of [hers, others]) desk.decisions.move([uid], { appointmentId: "8" }, ANNA);
  desk.decisions.move([stays.uid], { appointmentId: "8" }, ANNA);
  const apart = desk.decisions.move([hers.uid, others.uid], "apart", ANNA);
  const { patientId, reasons } = desk.store.studies.find(apart)!;
  const other = patientId === "P1" ? others.uid : hers.uid;
  assert.deepEqual(
    reasons.filter(({ sopInstanceUid }) => sopInstanceUid !== null).map(({ code, sopInstanceUid }) => [
      code,
      sopInstanceUid,
    ]),
    [["names-another-patient", other]],
  );
});

Deno.test("What is left of a study is described by what is left, not by an object that was moved away", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", PRIYA);
  desk.book("8", PRIYA, "2020-01-01");
  const [first, stays] = [
    await desk.receive({ ...PRIYA, patientBirthDate: "1985-12-31", studyInstanceUid }),
    await desk.receive({ ...PRIYA, patientBirthDate: "1990-05-17", studyInstanceUid }),
  ];
  const birthDate = () => desk.store.studies.summary(desk.studyOf(stays.uid))!.patientBirthDate;
  assert.equal(birthDate(), "1985-12-31");
  desk.decisions.move([first.uid], { appointmentId: "8" }, ANNA);
  assert.equal(birthDate(), "1990-05-17");
});

Deno.test("What comes later under words that nothing left in a study says goes with what was set apart for them", async () => {
  await using desk = await Desk.open();
  const nameless = { patientId: "", patientName: "Sharma" };
  const [first, other] = [await desk.receive(nameless), await desk.receive(PRIYA)];
  const studyInstanceUid = first.claimed;
  const stays = await desk.receive({ ...PRIYA, studyInstanceUid });
  const apart = desk.decisions.move([first.uid], "apart", ANNA);
  const { subject, detail } = desk.last;
  assert.equal((await desk.receive({ ...nameless, studyInstanceUid })).study, apart);
  assert.equal((await desk.receive({ ...PRIYA, studyInstanceUid })).study, desk.studyOf(stays.uid));
  desk.decisions.undoMove(subject, detail, "anna");
  assert.equal((await desk.receive({ ...nameless, studyInstanceUid })).study, desk.studyOf(stays.uid));
  assert.notEqual(desk.studyOf(other.uid), apart);
});

Deno.test("Two patients that are merged are one, also for what comes later, until that is taken back", async () => {
  await using desk = await Desk.open();
  const twice = { ...PRIYA, patientId: "P9" };
  desk.book("7", PRIYA, "2020-01-01");
  const booked = desk.book("9", twice, "2020-01-01");
  const image = await desk.receive({ ...twice, studyInstanceUid: booked.studyInstanceUid });
  desk.store.personDecisions.merge("P9", "P1", ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.shown(image.uid), { ...PRIYA, appointmentId: "9" });
  assert.equal(desk.store.appointments.get("9").patient.id, "P1");
  const later = await desk.receive({ ...twice, studyInstanceUid: desk.store.appointments.get("7").studyInstanceUid });
  assert.equal(desk.shown(later.uid).appointmentId, "7", "the merged id is hers too");
  assert.throws(() => desk.store.personDecisions.merge("P9", "P1", ANNA), /they are one already/);

  // what is matched meanwhile to an appointment of the one is the one's again
  const stray = await desk.receive({ patientId: "", patientName: "Sharma" });
  desk.decisions.match(stray.study, "9", ANNA);
  desk.store.personDecisions.undoMerge(subject, detail, "anna");
  assert.deepEqual(desk.shown(image.uid), { ...twice, appointmentId: "9" });
  assert.deepEqual(desk.shown(stray.uid), { ...twice, appointmentId: "9" });
  assert.equal(desk.store.appointments.get("9").patient.id, "P9");
  const apart = await desk.receive({ ...twice, studyInstanceUid: desk.store.appointments.get("7").studyInstanceUid });
  assert.notEqual(desk.shown(apart.uid).patientId, "P1");
});

Deno.test("What a machine saw of two who were merged by mistake is used for neither alone after that is taken back", async () => {
  await using desk = await Desk.open();
  const { appointments, worklistItems } = desk.store;
  desk.book("7", PRIYA);
  const [seen, scanned, unsent] = [desk.book("9", ASHA), desk.book("10", ASHA), desk.book("11", ASHA)];
  for (const id of ["9", "10"]) worklistItems.send(id, null, "anna");
  await desk.receive({ ...ASHA, studyInstanceUid: scanned.studyInstanceUid });
  desk.store.personDecisions.merge("P2", "P1", ANNA);
  const { subject, detail } = desk.last;
  worklistItems.seen(["9", "10"], "US1");
  desk.store.personDecisions.undoMerge(subject, detail, "anna");
  assert.deepEqual(["9", "10"].map((id) => worklistItems.find(id)), [undefined, undefined]);
  const [one, other, last] = ["9", "10", "11"].map((id) => appointments.get(id)) as [
    typeof seen,
    typeof seen,
    typeof seen,
  ];
  assert.notEqual(one.studyInstanceUid, seen.studyInstanceUid);
  assert.notEqual(one.accessionNumber, seen.accessionNumber);
  assert.deepEqual([one.status, one.reasons.map(({ code }) => code)], ["scheduled", ["given-to-another"]]);
  assert.deepEqual([other.status, other.images, other.studyInstanceUid], [
    "images received",
    1,
    scanned.studyInstanceUid,
  ]);
  assert.deepEqual([last.studyInstanceUid, last.reasons], [unsent.studyInstanceUid, []]);
});

Deno.test("A merge that the clinic has understood as one person's since is not taken back by itself", async () => {
  await using desk = await Desk.open();
  const { appointments } = desk.store;
  desk.book("7", PRIYA, "2020-01-01");
  desk.book("9", ASHA);
  const { patient, ...booking } = appointments.get("9");
  const asTheClinicHasIt = (whose: Patient) =>
    desk.store.clinicBookings.followClinic({
      ...booking,
      patient: whose,
      accessionNumber: undefined,
      cancelled: false,
    });
  asTheClinicHasIt(patient);
  desk.store.personDecisions.merge("P2", "P1", ANNA);
  const { subject, detail } = desk.last;
  asTheClinicHasIt(appointments.get("7").patient);
  assert.throws(() => desk.store.personDecisions.undoMerge(subject, detail, "anna"), /changed since/);
  assert.equal(desk.store.patients.mergedInto("P2"), "P1");
});

Deno.test("Objects that could be of two people give the study of one no appointment of the other", async () => {
  await using desk = await Desk.open();
  const [hers, others] = [desk.book("7", PRIYA), desk.book("8", { patientId: "P3", patientName: "Sharma^Ria" })];
  for (const id of ["7", "8"]) desk.store.worklistItems.send(id, null, "anna");
  const first = await desk.receive({ ...PRIYA, studyInstanceUid: hers.studyInstanceUid });
  const requestIds = [hers.accessionNumber, others.accessionNumber];
  await desk.box.receive(
    { patientId: "", patientName: "Sharma", studyInstanceUid: hers.studyInstanceUid },
    { requestIds },
  );
  assert.deepEqual(desk.store.studies.appointmentsOf(first.study), ["7"]);
});

Deno.test("A person who is corrected is so with all that is theirs, and the way back", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", { ...PRIYA, patientName: "Sharma^Pria" });
  const image = await desk.receive({ patientId: "P1", patientName: "Sharma^Pria", studyInstanceUid });
  desk.store.personDecisions.correct("P1", { firstName: "Priya" }, ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.shown(image.uid), { ...PRIYA, appointmentId: "7" });
  assert.equal(desk.store.corrections.of(image.uid)?.patientName, "Sharma^Priya");
  const later = await desk.receive({ ...PRIYA, studyInstanceUid });
  assert.deepEqual([later.study, desk.codes(later.uid)], [image.study, []]);
  desk.store.personDecisions.undoCorrection(subject, detail, "anna");
  assert.equal(desk.shown(image.uid).patientName, "Sharma^Pria");
  assert.equal(desk.store.appointments.get("7").patient.firstName, "Pria");

  const phone = () => desk.store.patients.find("P1")!.phone;
  desk.store.personDecisions.correct("P1", { phone: "9876543210" }, ANNA);
  const given = desk.last;
  desk.store.personDecisions.undoCorrection(given.subject, given.detail, "anna");
  assert.equal(phone(), "", "there was none");
  desk.store.personDecisions.correct("P1", { phone: "9876543210" }, ANNA);
  desk.store.personDecisions.correct("P1", { phone: "" }, ANNA);
  assert.equal(phone(), "", "it is nobody's any more");
});

Deno.test("A reason that is settled is gone, and in force again when that is taken back", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", PRIYA);
  await desk.receive({ ...PRIYA, studyInstanceUid });
  const stranger = await desk.receive({ patientId: "MIX-B", patientName: "Doe^Jane", studyInstanceUid });
  const [reason] = desk.store.attention.ofInstance(stranger.uid);
  assert.deepEqual([reason?.code, reason?.holds], ["another-patient", "forwarding"]);
  assert.equal(desk.store.appointments.get("7").reasons[0]?.id, reason!.id, "beside whom it came is told too");
  desk.decisions.settle(reason!.id, ANNA);
  assert.deepEqual(desk.codes(stranger.uid), []);
  const next = await desk.receive({ patientId: "MIX-B", patientName: "Doe^Jane", studyInstanceUid });
  assert.deepEqual([next.study, desk.codes(next.uid)], [stranger.study, []], "what comes later is in no doubt");
  assert.throws(() => desk.decisions.settle(reason!.id, ANNA), /it is not in force any more/);
  desk.decisions.reopen(reason!.id);
  assert.deepEqual(desk.codes(stranger.uid), ["another-patient"]);
  const waiting = desk.store.studies.find(stranger.study)!.reasons.find(({ code }) => code === "patient-differs")!;
  assert.throws(() => desk.decisions.settle(waiting.id, ANNA), /match the study to an appointment/);
});

Deno.test("A birth date that differs is told of each object that says it, until somebody has settled it", async () => {
  await using desk = await Desk.open();
  const patient = { id: "P1", firstName: "Priya", lastName: "Sharma", birthDate: "1990-05-17", gender: "", phone: "" };
  const { studyInstanceUid } = desk.store.appointments.add({
    ...{ id: "7", patient, doctor: "", department: "", description: "", date: TODAY, time: "10:00:00" },
  }, "box");
  const differs = { ...PRIYA, patientBirthDate: "1990-05-18", studyInstanceUid };
  const [first, second] = [await desk.receive(differs), await desk.receive(differs)];
  for (const { uid } of [first, second]) {
    assert.deepEqual([desk.shown(uid).appointmentId, desk.codes(uid)], ["7", ["birth-date-differs"]]);
  }
  for (const { id } of desk.store.studies.find(first.study)!.reasons) desk.decisions.settle(id, ANNA);
  assert.deepEqual(desk.codes((await desk.receive(differs)).uid), []);
});

Deno.test("Who settles that an object is kept apart has not said that the birth date in it is right", async () => {
  await using desk = await Desk.open();
  const patient = { id: "P2", firstName: "Asha", lastName: "Rao", birthDate: "1990-05-18", gender: "", phone: "" };
  const { accessionNumber } = desk.store.appointments.add({
    ...{ id: "8", patient, doctor: "", department: "", description: "", date: TODAY, time: "10:00:00" },
  }, "box");
  const first = await desk.receive(PRIYA);
  const wrong = { ...ASHA, patientBirthDate: "1985-12-31", studyInstanceUid: first.claimed };
  const hers = await desk.box.receive({ ...wrong, accessionNumber });
  const told = desk.store.attention.ofInstance(hers.sopInstanceUid)
    .find(({ code }) => code === "another-patient")!;
  desk.decisions.settle(told.id, ANNA);
  const again = await desk.receive({ ...wrong, patientName: "Rao^आशा" });
  assert.notDeepEqual(desk.store.attention.ofInstance(again.uid), [], desk.shown(again.uid).patientName);
});

Deno.test("A UID that a machine uses again for one of the same name and another birth date takes nobody's place", async () => {
  await using desk = await Desk.open();
  const one = { patientId: "", patientName: "Sharma^Priya", patientBirthDate: "1990-05-17" };
  const { uid } = await desk.receive(one);
  await desk.box.receive({ ...one, patientBirthDate: "1971-01-01" }, { sopInstanceUid: uid, sha256: "other" });
  assert.equal(desk.store.instances.claimOf(uid)!.patientBirthDate, "1990-05-17");
  assert.deepEqual(desk.codes(uid), ["uid-used-by-another"]);
});

Deno.test("A safety flag is not lost by the order in which things come", async () => {
  await using desk = await Desk.open();
  const { studyInstanceUid } = desk.book("7", PRIYA);
  const hers = await desk.receive({ ...PRIYA, studyInstanceUid });
  const stranger = await desk.receive({ patientId: "MIX-B", patientName: "Doe^Jane", studyInstanceUid });
  // the UID of her image comes again with a third patient's
  const third = await desk.box.receive({ ...ASHA, studyInstanceUid }, { sopInstanceUid: hers.uid, sha256: "other" });
  assert.deepEqual(desk.codes(hers.uid), ["uid-used-by-another"]);
  assert.equal(third.sopInstanceUid, hers.uid);
  const codes = () => desk.store.appointments.get("7").reasons.map(({ code }) => code).sort();
  assert.deepEqual(
    codes(),
    ["another-patient", "another-patient", "uid-used-by-another"],
    "the first hides no later one",
  );

  // one of them is matched by hand: the other objects keep theirs
  desk.book("8", { patientId: "MIX-B", patientName: "Doe^Jane" }, "2020-01-01");
  desk.decisions.match(stranger.study, "8", ANNA);
  const { subject, detail } = desk.last;
  assert.deepEqual(desk.codes(stranger.uid), []);
  assert.deepEqual(codes(), ["another-patient", "uid-used-by-another"]);
  desk.decisions.undoMatch(subject, detail, "anna");
  assert.deepEqual(desk.codes(stranger.uid), ["another-patient"]);
  assert.deepEqual(codes(), ["another-patient", "another-patient", "uid-used-by-another"]);
});

Deno.test("Of a study that is taken back from an appointment, what was moved into it is told to be another's", async () => {
  await using desk = await Desk.open();
  desk.book("8", ASHA, "2020-01-01");
  const hers = await desk.receive(PRIYA);
  desk.decisions.match(hers.study, "8", ANNA);
  const { subject, detail } = desk.last;
  const moved = await desk.receive({ patientId: "MIX-B", patientName: "Doe^Jane" });
  desk.decisions.move([moved.uid], { appointmentId: "8" }, ANNA);
  assert.equal(desk.studyOf(moved.uid), hers.study);
  desk.decisions.undoMatch(subject, detail, "anna");
  assert.deepEqual([desk.codes(hers.uid), desk.codes(moved.uid)], [[], ["names-another-patient"]]);
});
