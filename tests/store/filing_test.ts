import assert from "node:assert/strict";
import {
  type Booking,
  type Bookings,
  fileObject,
  type KnownStudy,
  type Person,
  type Statement,
} from "../../src/store/filing.ts";

/*
 * Whose is it? Each line is one object, as a doctor would tell it: what the machine wrote, what is known, and where it
 * goes.
 */

const PRIYA: Person = person("P1", "Sharma^Priya", "1990-05-17", "F");
const ASHA: Person = person("P2", "Rao^Asha", "1988-02-29", "F");
const STUDY = "1.2.3";

function person(patientId: string, patientName: string, patientBirthDate = "", patientSex = ""): Person {
  return { patientId, patientName, patientBirthDate, patientSex, otherIds: [] };
}

function booking(id: string, whose: Person, sent = true): Booking {
  return { id, person: whose, sent };
}

function object(whose: Partial<Statement>): Statement {
  return {
    ...{ patientId: "", patientName: "", patientBirthDate: "", patientSex: "" },
    ...{ studyInstanceUid: STUDY, accessionNumber: "", requestIds: [], studyDate: "2026-11-29" },
    ...whose,
  };
}

const NONE: Bookings = {
  ...{ byStudyUid: undefined, byAccessionNumber: undefined, byRequest: [], ofDay: [], givenAway: false },
};

function known(whose: Person, more: Partial<KnownStudy> = {}): KnownStudy {
  const { otherIds: _otherIds, ...claim } = whose;
  return {
    studyInstanceUid: STUDY,
    claims: [{ patientBirthDate: "", patientSex: "", ...claim, notices: [] }],
    ...{ person: whose, appointmentId: null, decided: false, confirmed: false },
    ...more,
  };
}

interface Case {
  told: string;
  object: Partial<Statement>;
  known?: KnownStudy[];
  bookings?: Partial<Bookings>;
  /** "a study of its own", or the UID of one that is known. */
  goes: string;
  appointment?: string | null;
  also?: string[];
  suggested?: string;
  reasons?: string[];
  beside?: string;
  displaces?: string;
}

const OWN = "a study of its own";
const byStudyUid = booking("7", PRIYA);
const priya = { patientId: "P1", patientName: "SHARMA^PRIYA", patientBirthDate: "1990-05-17", patientSex: "F" };
const asha = { patientId: "P2", patientName: "RAO^ASHA", patientBirthDate: "1988-02-29", patientSex: "F" };

const CASES: Case[] = [
  {
    told: "an image of the patient it was booked for",
    object: priya,
    bookings: { byStudyUid },
    goes: OWN,
    appointment: "7",
  },
  {
    told: "an image whose name a machine cut, with nothing else",
    object: { patientId: "P1", patientName: "SHARMA" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: "7" },
  },
  {
    told: "a name in letters that a wrong character set made: patient id and our study vouch, and it is told",
    object: { patientId: "P1", patientName: "ÈÐàÜÐ^¿àØï" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: "7", reasons: ["name-unreadable"] },
  },
  {
    told: "question marks for a name: it says nothing",
    object: { patientId: "P1", patientName: "?????^?????" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: "7" },
  },
  {
    told: "the same with nothing but the patient's id of that day: garbled is as good as no name",
    object: { patientId: "P1", patientName: "?????" },
    ...{ bookings: { ofDay: [byStudyUid] }, goes: OWN, appointment: "7" },
  },
  {
    told: "a clear name of somebody else under the right id and our study is somebody else",
    object: { ...priya, patientName: "RAO^ASHA" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: null, suggested: "7", reasons: ["patient-differs"] },
  },
  {
    told: "another id under our study is somebody else, and their own booking of the day is suggested",
    object: asha,
    bookings: { byStudyUid, ofDay: [booking("8", ASHA)] },
    ...{ goes: OWN, appointment: null, suggested: "8", reasons: ["patient-differs"] },
  },
  {
    told: "a birth date that differs is told where our study vouches",
    object: { ...priya, patientBirthDate: "1990-05-18" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: "7", reasons: ["birth-date-differs"] },
  },
  {
    told: "two birth dates under a booking that has none: the second is told",
    object: { ...priya, patientBirthDate: "1985-12-31" },
    known: [known(PRIYA, {
      claims: [{ ...priya, patientBirthDate: "1969-07-20", patientSex: "", notices: [] }],
      ...{ person: { ...PRIYA, patientBirthDate: "" }, appointmentId: "7" },
    })],
    ...{ goes: STUDY, reasons: ["birth-date-differs"] },
  },
  {
    told: "but not where only the id does: one of three of that name",
    object: { ...priya, patientBirthDate: "1971-01-01" },
    ...{
      bookings: { ofDay: [byStudyUid] },
      goes: OWN,
      appointment: null,
      suggested: "7",
      reasons: ["patient-differs"],
    },
  },
  {
    told: "a birth date and a sex that differ are somebody else even under our study",
    object: { ...priya, patientBirthDate: "1971-01-01", patientSex: "M" },
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: null, suggested: "7", reasons: ["patient-differs"] },
  },
  {
    told: "an id that was merged into the patient's is theirs",
    object: { patientId: "P9", patientName: "SHARMA^PRIYA" },
    bookings: { byStudyUid: booking("7", { ...PRIYA, otherIds: ["P9"] }) },
    ...{ goes: OWN, appointment: "7" },
  },
  {
    told: "two requests of one patient in one image: both appointments",
    object: { ...priya, requestIds: ["A1", "A2"] },
    bookings: { byRequest: [byStudyUid, booking("9", PRIYA)] },
    ...{ goes: OWN, appointment: "7", also: ["9"] },
  },
  {
    told: "two requests, the second of somebody else: only the first",
    object: { ...priya, requestIds: ["A1", "A2"] },
    bookings: { byRequest: [byStudyUid, booking("9", ASHA)] },
    ...{ goes: OWN, appointment: "7", also: [] },
  },
  {
    told: "two appointments that day, both sent: a person chooses",
    object: priya,
    bookings: { ofDay: [byStudyUid, booking("9", PRIYA)] },
    ...{ goes: OWN, appointment: null, suggested: "7", reasons: ["several-appointments"] },
  },
  {
    told: "two appointments that day, one sent: that one",
    object: priya,
    bookings: { ofDay: [booking("7", PRIYA, false), booking("9", PRIYA)] },
    ...{ goes: OWN, appointment: "9" },
  },
  {
    told: "images under a study that the clinic has given to another patient since",
    object: priya,
    bookings: { givenAway: true, ofDay: [] },
    ...{ goes: OWN, appointment: null, reasons: ["appointment-given-away"] },
  },
  { told: "nobody's: no booking fits", object: priya, goes: OWN, appointment: null, reasons: ["no-appointment"] },
  { told: "a second image of a study that is here", object: priya, known: [known(PRIYA)], goes: STUDY },
  {
    told: "a second image with the name written otherwise",
    object: { ...priya, patientName: "Priya Sharma" },
    ...{ known: [known(PRIYA)], goes: STUDY },
  },
  {
    told: "a report of MIX-B under the study of Priya is kept apart, and Priya's study shows it",
    object: { patientId: "MIX-B", patientName: "DOE^JANE" },
    known: [known(PRIYA, { appointmentId: "7" })],
    ...{
      bookings: { byStudyUid },
      goes: OWN,
      appointment: null,
      suggested: "7",
      reasons: ["patient-differs"],
      beside: STUDY,
    },
  },
  {
    told: "a second object of MIX-B follows the first, and is as doubtful",
    object: { patientId: "MIX-B", patientName: "DOE^JANE" },
    known: [known(PRIYA, { appointmentId: "7" }), known(person("MIX-B", "DOE^JANE"), { studyInstanceUid: "2.25.1" })],
    ...{ goes: "2.25.1", beside: STUDY },
  },
  {
    told: "once a person has said that it is MIX-B's, what comes later of it is in no doubt",
    object: { patientId: "MIX-B", patientName: "DOE^JANE" },
    known: [
      known(PRIYA, { appointmentId: "7" }),
      known(person("MIX-B", "DOE^JANE"), { studyInstanceUid: "2.25.1", decided: true, confirmed: true }),
    ],
    goes: "2.25.1",
  },
  {
    told: "an image without any patient under Priya's study says nothing, and is not taken for hers",
    object: {},
    known: [known(PRIYA, { appointmentId: "7" })],
    ...{
      bookings: { byStudyUid },
      goes: OWN,
      appointment: null,
      suggested: "7",
      reasons: ["patient-differs"],
      beside: STUDY,
    },
  },
  {
    told: "somebody else's object came first under Priya's own study: it makes room for hers",
    object: priya,
    known: [known(person("MIX-B", "DOE^JANE"))],
    ...{ bookings: { byStudyUid }, goes: OWN, appointment: "7", displaces: STUDY },
  },
  {
    told: "a person matched a mistyped study to Priya: what comes under her right name joins it",
    object: priya,
    known: [
      known(PRIYA, {
        claims: [{ ...asha, patientId: "P1", notices: [] }],
        appointmentId: "7",
        decided: true,
        confirmed: true,
      }),
    ],
    ...{ bookings: { byStudyUid }, goes: STUDY },
  },
  {
    told: "and so does what comes under the mistyped one",
    object: { ...asha, patientId: "P1" },
    known: [
      known(PRIYA, {
        claims: [{ ...asha, patientId: "P1", notices: [] }],
        appointmentId: "7",
        decided: true,
        confirmed: true,
      }),
    ],
    ...{ bookings: { byStudyUid }, goes: STUDY },
  },
  {
    told: "a study that was only looked at vouches for nobody: somebody else is no part of it",
    object: { patientId: "X9", patientName: "DOE^JANE" },
    known: [
      known(PRIYA, { appointmentId: "7" }),
      known({ patientId: "", patientName: "DOE", otherIds: [] }, {
        studyInstanceUid: "2.25.1",
        claims: [{ patientId: "MIX-B", patientName: "DOE^JANE", patientBirthDate: "", patientSex: "", notices: [] }],
        confirmed: true,
      }),
    ],
    ...{ goes: OWN, appointment: null, beside: STUDY, reasons: ["no-appointment"] },
  },
  {
    told: "one who came first with a family name alone vouches for nobody: two of the family do not share a study",
    object: { patientId: "P3", patientName: "SHARMA^RIYA" },
    known: [
      known(person("", "SHARMA"), {
        claims: [
          { ...priya, patientId: "", patientName: "SHARMA", patientBirthDate: "", notices: [] },
          { ...priya, notices: [] },
        ],
      }),
    ],
    ...{ goes: OWN, appointment: null, reasons: ["no-appointment"], beside: STUDY },
  },
  {
    told: "a twin: same family name, same birth date, another first name and id",
    object: { patientId: "P3", patientName: "SHARMA^RIYA", patientBirthDate: "1990-05-17", patientSex: "F" },
    known: [known(PRIYA, { appointmentId: "7" })],
    ...{
      bookings: { byStudyUid },
      goes: OWN,
      appointment: null,
      suggested: "7",
      reasons: ["patient-differs"],
      beside: STUDY,
    },
  },
];

for (const one of CASES) {
  Deno.test(`Filing: ${one.told}`, () => {
    const filing = fileObject(object(one.object), one.known ?? [], () => ({ ...NONE, ...one.bookings }));
    assert.equal(filing.kind === "known" ? filing.studyInstanceUid : OWN, one.goes);
    assert.equal(filing.beside?.studyInstanceUid, one.beside);
    if (filing.kind === "known") return assert.deepEqual(filing.notices.map(({ code }) => code), one.reasons ?? []);
    const { match, displaces } = filing;
    assert.equal(match.appointmentId, one.appointment);
    assert.deepEqual(match.alsoAppointmentIds, one.also ?? []);
    assert.equal(match.suggestedAppointmentId, one.suggested ?? null);
    assert.equal(displaces, one.displaces ?? null);
    assert.deepEqual([...match.reasons, ...match.notices].map(({ code }) => code), one.reasons ?? []);
  });
}

Deno.test("Filing: bookings are looked for only where what is known does not say it already", () => {
  const filing = fileObject(
    object(priya),
    [known(PRIYA, { claims: [{ ...priya, notices: [] }] })],
    () => assert.fail("looked for bookings"),
  );
  assert.equal(filing.kind, "known");
});
