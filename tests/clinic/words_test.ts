import assert from "node:assert/strict";
import { sexOf } from "../../src/dicom/patient_sex.ts";
import { readAddress } from "../../src/clinic/address.ts";
import { ambiguousIn, bookingOf, dayOf, type ScheduleRow, sharedIdsIn, timeOf } from "../../src/clinic/schedule_row.ts";
import { genderOf, isCancelled, isYes, lineOf, namePart, roleOf } from "../../src/clinic/words.ts";

const ROW: ScheduleRow = {
  appointmentId: "7",
  patientId: "P1",
  boxAppointmentId: null,
  boxPatientId: null,
  firstName: "Priya",
  lastName: "Sharma",
  birthDate: "1990-05-17",
  gender: "Female",
  doctor: "Meera Iyer",
  department: "Obstetrics",
  date: "2026-11-22",
  time: "10:00:00",
  status: "scheduled",
  accessionNumber: null,
};

Deno.test("Gender words become the letter that machines know", () => {
  const letters: Record<string, (string | null)[]> = {
    F: ["Female", "f", " FEMALE ", "woman", "महिला", "Weiblich", "женский"],
    M: ["M", "male", "Man", "पुरुष", "男"],
    O: ["other", "Non-Binary", "third_gender", "divers"],
    "": [null, "", "unknown", "Prefer not to say", "7", "femalee"],
  };
  for (const [letter, words] of Object.entries(letters)) {
    for (const word of words) assert.equal(sexOf(genderOf(word)), letter, String(word));
  }
});

Deno.test("Status and role words", () => {
  for (const word of ["cancelled", "Canceled", " CANCELLED ", "no-show", "No Show", "no_show", "deleted"]) {
    assert.equal(isCancelled(word), true, word);
  }
  for (const word of ["scheduled", "", null, "completed", "confirmed"]) {
    assert.equal(isCancelled(word), false, String(word));
  }
  assert.equal(roleOf("Front-Desk"), "receptionist");
  assert.equal(roleOf("DOCTOR"), "doctor");
  assert.equal(roleOf("Administrator"), "admin");
  assert.equal(roleOf("patient"), undefined);
  assert.equal(roleOf(null), undefined);
  for (const word of ["true", "t", "1", "Yes", " ON ", "active"]) assert.equal(isYes(word), true, word);
  for (const word of ["false", "f", "0", "no", "OFF", "Inactive"]) assert.equal(isYes(word), false, word);
  for (const word of [null, "", "2", "maybe"]) assert.equal(isYes(word), undefined, String(word));
});

Deno.test("Names stay what they are in any script, and lose what machines cannot take", () => {
  for (const name of ["प्रिया", "Nguyễn Thị", "Müller-Lüdenscheidt", "O'Connor", "محمد", "王小明", "😀"]) {
    assert.equal(namePart(name), name.normalize("NFC"));
  }
  assert.equal(namePart("  Mu\u0308ller \t Anna "), "Müller Anna");
  assert.equal(namePart("Shar^ma=x\\y"), "Shar ma x y");
  assert.equal(namePart("\u200fمحمد\u200e"), "محمد");
  assert.equal(lineOf("A\r\nB\u0000C"), "A B C");
  assert.equal(lineOf(null), "");
});

Deno.test("Days and times as clinics write them", () => {
  assert.equal(dayOf("2026-11-22"), "2026-11-22");
  assert.equal(dayOf("2026-11-22 00:00:00+00"), "2026-11-22");
  for (const day of ["2026-02-30", "22.11.2026", "infinity", "0044-03-15 BC", "", null]) {
    assert.equal(dayOf(day), undefined, String(day));
  }
  const times = { "9:30": "09:30:00", "09:30:15.25": "09:30:15", "9.30 pm": "21:30:00", "12:05 AM": "00:05:00" };
  for (const [text, time] of Object.entries(times)) assert.equal(timeOf(text), time);
  assert.equal(timeOf("2026-11-22 10:15:00+05:30"), "10:15:00");
  for (const time of ["24:00:00", "9", "13:00 pm", "10:60", "soon", "", null]) {
    assert.equal(timeOf(time), undefined, String(time));
  }
});

Deno.test("A row becomes a booking, or says why not", () => {
  assert.deepEqual(bookingOf(ROW).patient, {
    id: "P1",
    firstName: "Priya",
    lastName: "Sharma",
    birthDate: "1990-05-17",
    gender: "Female",
    phone: "",
  });
  const single = bookingOf({ ...ROW, lastName: null }).patient;
  assert.deepEqual([single.firstName, single.lastName], ["", "Priya"], "one name is the family name");
  assert.equal(bookingOf({ ...ROW, boxAppointmentId: "b", boxPatientId: "W1" }).patient.id, "W1");
  assert.equal(bookingOf({ ...ROW, birthDate: null }).patient.birthDate, null);
  assert.equal(bookingOf({ ...ROW, doctor: "ä".repeat(100) }).doctor.length, 64);
  const refused: [Partial<ScheduleRow>, RegExp][] = [
    [{ firstName: null, lastName: " ^ " }, /has no name/],
    [{ patientId: null }, /has no id/],
    [{ patientId: "x".repeat(65) }, /longer than 64/],
    [{ patientId: "a\\b" }, /does not take|do not take/],
    [{ appointmentId: "x".repeat(65) }, /longer than 64/],
    [{ accessionNumber: "12345678901234567" }, /longer than 16/],
    [{ date: null }, /is no date/],
    [{ date: "2026-02-30" }, /"2026-02-30" is no date/],
    [{ time: "25:00" }, /is no time of day/],
    [{ birthDate: "0203-01-01" }, /birth date/],
    [{ birthDate: "2026-11-23" }, /after the appointment/],
  ];
  for (const [change, reason] of refused) assert.throws(() => bookingOf({ ...ROW, ...change }), reason);
});

Deno.test("Rows of one id that say different things are found, and the same person in other words is not", () => {
  const rows = (...others: Partial<ScheduleRow>[]) => [ROW, ...others.map((other) => ({ ...ROW, ...other }))];
  const [same, moved] = [{}, { time: "11:00:00" }];
  assert.deepEqual([...ambiguousIn(rows(same, { appointmentId: "8", ...moved }))], []);
  assert.deepEqual([...ambiguousIn(rows(same, moved, same))], ["7"]);
  const inOtherWords = { firstName: " Priya", gender: "f", birthDate: "1990-05-17 00:00:00" };
  assert.deepEqual([...sharedIdsIn(rows(inOtherWords, { patientId: "P2", firstName: "Uma" }))], []);
  for (const another of [{ firstName: "Uma" }, { lastName: "Rao" }, { birthDate: "1990-05-18" }, { gender: "M" }]) {
    assert.deepEqual([...sharedIdsIn(rows(inOtherWords, { patientId: " P1", ...another }))], ["P1"]);
  }
});

Deno.test("The address as the Flask backend has it", () => {
  const address = readAddress("postgresql+psycopg2://clinic:p%40ss%2Fw@db.clinic.local:6432/main?sslmode=verify-full");
  assert.deepEqual({ ...address }, {
    host: "db.clinic.local",
    port: 6432,
    user: "clinic",
    password: "p@ss/w",
    database: "main",
    sslMode: "verify-full",
    rootCertificate: undefined,
    fingerprint: undefined,
    proven: true,
    says: true,
    shown: "clinic@db.clinic.local:6432/main",
  });
  assert.equal(readAddress("postgres://u:p@[::1]/d").host, "::1");
  assert.equal(readAddress("postgres://u:p@h/d").port, 5432);
  assert.equal(readAddress("postgres://u:p@h:80/d").port, 80);
  assert.equal(readAddress("postgres://u:p@h/d?sslmode=require&sslrootcert=/ca.crt").sslMode, "verify-ca");
  for (
    const wrong of ["", "mysql://u:p@h/d", "postgres://h/d", "postgres://u:p@h/", "postgres://u:p@h/d?sslmode=maybe"]
      .concat("postgres://u:secret#1@h/d")
  ) {
    assert.throws(() => readAddress(wrong), (error: Error) => {
      assert.match(error.message, /^Cannot use the address of the clinic's database/);
      return !error.message.includes("secret");
    }, wrong);
  }
});
