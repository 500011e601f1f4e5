import assert from "node:assert/strict";
import type { MappedPatients, Mapping } from "../../src/clinic/mapping/mapping.ts";
import { takeMapping, takenMapping } from "../../src/clinic/mapping/mapping.ts";
import { install } from "../../src/clinic/contract.ts";
import { preview } from "../../src/clinic/mapping/preview.ts";
import { measurement } from "./clinic_box.ts";
import { ClinicBox } from "./clinic_box.ts";
import { MappedClinic } from "./mapped_clinic.ts";
import { BY_HAND, HOSPITAL, MODERN } from "./mapping_shapes.ts";
import { PostgresServer } from "./postgres_server.ts";

/** A box with a mapping, at the clinic's own role for it. */
async function boxAt(
  clinic: MappedClinic,
  mapping: Mapping,
  branches: string[] = [],
  readEvery = 200,
): Promise<ClinicBox> {
  const box = await ClinicBox.make({ url: clinic.url, readEvery });
  takeMapping(box.store, mapping, branches);
  box.link.start();
  return box;
}

const previewOf = (clinic: MappedClinic, mapping: Mapping) =>
  clinic.asOwner((session) => session.transaction("READ ONLY", 15_000, (sql) => preview(sql, mapping)));

const today = (zone: string) => new Intl.DateTimeFormat("sv", { timeZone: zone }).format(new Date());

Deno.test("mapping: uuids, a number beside, one name, moments, an enumeration, soft deletion, branches", async (t) => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(server, MODERN);
  const mapping = await clinic.proposed();

  await t.step("the preview tells what would be shown, and why not the rest, and changes nothing", async () => {
    const { read, shown, cancelled, reasons, rows } = await previewOf(clinic, mapping);
    assert.deepEqual({ read, shown, cancelled }, { read: 24, shown: 19, cancelled: 3 });
    assert.deepEqual(reasons.map(({ count, coded }) => [coded.code, count]), [
      ["row-deleted", 1],
      ["row-patient-deleted", 1],
    ]);
    assert.equal(rows.length, 10);
    assert.deepEqual(rows.filter(({ reason }) => reason !== "").length, 2);
    const first = rows.find(({ patientId }) => patientId === "C-1001")!;
    assert.equal(first.date, today("Asia/Kolkata"));
    assert.deepEqual({ ...first, appointmentId: "", date: "" }, {
      ...{ appointmentId: "", patientId: "C-1001", firstName: "Asha Devi", lastName: "Aoshi", birthDate: "1985-06-09" },
      ...{ gender: "Female", doctor: "Arjun Das", department: "Abdomen", date: "", time: "09:25", cancelled: false },
      reason: "",
    });
    const [{ there }] = await clinic.sql`SELECT to_regnamespace('sonodesk') IS NOT NULL AS there` as [
      { there: boolean },
    ];
    assert.equal(there, false);
  });

  await clinic.install(mapping);
  await using box = await boxAt(clinic, mapping);
  const { appointments, worklistItems } = box.store;
  const onBoard = () => appointments.onBoard(today("Asia/Kolkata"));
  const idOf = async (number: string) =>
    (await clinic
      .sql`SELECT b.id::text FROM bookings b JOIN clients c ON c.id = client_id WHERE "mrNumber" = ${number}`)[0]!
      .id as string;

  await t.step("bookings stand on the board as the clinic's clock shows them", async () => {
    await box.until("they are read", () => onBoard().length === 19);
    const found = onBoard().find(({ patient }) => patient.id === "C-1002")!;
    assert.equal(found.time, "09:40:00");
    assert.deepEqual([found.patient.firstName, found.patient.lastName], ["Asha Devi", "Boshi"]);
    assert.equal(found.department, "Obstetric scan");
    await box.untilInSync();
    assert.deepEqual(await box.link.missing(), [], "the box's role lacks nothing");
  });

  await t.step("sent is marked beside, and what a program sets there is asked", async () => {
    const id = await idOf("C-1002");
    box.store.transaction(() => worklistItems.send(id, null, "anna"));
    await box.untilDelivered();
    const [kept] = await clinic.sql`SELECT * FROM sonodesk.appointment_marks WHERE appointment_id = ${id}`;
    assert.equal(kept!.mwl_sent, true);
    assert.equal(kept!.accession_number, appointments.get(id).accessionNumber);
    await clinic.sql`SELECT sonodesk.recall(${id}::text::uuid)`;
    await box.until("it is recalled", () => appointments.get(id).status === "scheduled");
    await box.untilDelivered();
    await clinic.sql`UPDATE sonodesk.appointment_marks SET mwl_sent = true WHERE appointment_id = ${id}`;
    await box.until(
      "the mark is answered",
      async () =>
        (await clinic.sql`SELECT refusal FROM sonodesk.requests WHERE by_mark AND answered_at IS NOT NULL`).length ===
          1,
    );
  });

  await t.step("a walk-in arrives with a number of its own, and comes back as the same person", async () => {
    const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
    await box.untilDelivered();
    const [row] = await clinic.sql`
      SELECT c.name, c.sex, c."mrNumber", c.date_of_birth::text AS born, b.state::text, b.practitioner_id,
        (b.starts_at AT TIME ZONE 'Asia/Kolkata')::time::text AS at, sonodesk.clinic_appointment(${box.store.settings.boxId()}, ${walkIn.id}) = b.id::text AS known
      FROM bookings b JOIN clients c ON c.id = client_id WHERE c.name = 'Anna Rao'`;
    assert.deepEqual({ ...row }, {
      ...{ name: "Anna Rao", sex: "F", mrNumber: walkIn.patient.id, born: "1988-02-29", state: "confirmed" },
      ...{ practitioner_id: 1, at: "11:15:00", known: true },
    });
    await clinic.sql`UPDATE clients SET "mrNumber" = 'C-9000' WHERE name = 'Anna Rao'`;
    await box.until("she has her number", () => appointments.find(walkIn.id)?.patient.id === "C-9000");
    const study = await box.receive({
      ...{ patientId: "C-9000", patientName: "Rao^Anna", patientBirthDate: "1988-02-29" },
      accessionNumber: walkIn.accessionNumber,
    });
    await box.untilDelivered();
    const [filed] = await clinic.sql`
      SELECT c.name FROM dicom_studies s JOIN clients c ON c.id = s.patient_id
      WHERE study_instance_uid = ${study.studyInstanceUid}`;
    assert.equal(filed!.name, "Anna Rao");
  });

  await t.step("results are filed by the number that the machine had", async () => {
    const { studyInstanceUid } = await box.receive({
      ...{ patientId: "C-1003", patientName: "Coshi^Asha Devi", patientBirthDate: "1985-12-26" },
    });
    await box.untilDelivered();
    const [filed] = await clinic.sql`
      SELECT c."mrNumber" FROM dicom_studies s JOIN clients c ON c.id = s.patient_id
      WHERE study_instance_uid = ${studyInstanceUid}`;
    assert.equal(filed!.mrNumber, "C-1003");
  });

  await t.step("somebody who appears in the clinic's table releases what waited for them", async () => {
    const { studyInstanceUid } = await box.receive({ patientId: "C-7777", patientName: "Nair^Uma" });
    await box.until("it waits", () => box.link.queue().parkedAggregates.length === 1);
    await clinic.sql`INSERT INTO clients ("mrNumber", name) VALUES ('C-7777', 'Uma Nair')`;
    await box.untilDelivered();
    const filed = await clinic.sql`SELECT FROM dicom_studies WHERE study_instance_uid = ${studyInstanceUid}`;
    assert.equal(filed.length, 1);
  });

  await t.step("a change in a mapped table is told at once, and a doctor's new name is read", async () => {
    await using patient = await boxAt(clinic, mapping, ["2"], 600_000);
    await patient.until("it has read", () => patient.store.appointments.onBoard(today("Asia/Kolkata")).length > 0);
    const theirs = () => patient.store.appointments.onBoard(today("Asia/Kolkata"));
    assert.ok(theirs().every(({ patient: { id } }) => Number(id.slice(2)) % 2 === 1), "of its own branch alone");
    await clinic.sql`UPDATE practitioners SET last_name = 'Dass' WHERE last_name = 'Das'`;
    await patient.until("the doctor is read", () => theirs().every(({ doctor }) => doctor === "Arjun Dass"));
    await clinic.sql`UPDATE bookings SET is_deleted = true WHERE id = ${await idOf("C-1005")}::text::uuid`;
    await patient.until(
      "it is gone",
      () => theirs().every(({ patient: { id }, status }) => id !== "C-1005" || status === "cancelled"),
    );
  });

  await t.step(
    "another box follows the mapping that the database keeps, and the SQL as shipped is refused there",
    async () => {
      await using second = await ClinicBox.start({ url: clinic.url });
      await second.until("it has read", () => second.store.appointments.onBoard(today("Asia/Kolkata")).length > 0);
      assert.deepEqual(takenMapping(second.store)?.mapping, mapping);
      await assert.rejects(clinic.asOwner((session) => install(session)), /mapped on the settings page/);
      await second.link.install(clinic.ownerUrl);
      assert.deepEqual(await second.link.missing(), []);
    },
  );

  await t.step("what was dropped is put back by the mapping", async () => {
    await clinic.sql`DROP TABLE sonodesk.appointment_marks`;
    await clinic.sql`ALTER TABLE dicom_images DROP COLUMN attention`;
    assert.equal((await box.link.missing()).length, 2);
    await box.link.install(clinic.ownerUrl);
    assert.deepEqual(await box.link.missing(), []);
    const [{ made }] = await clinic.sql`
      SELECT prosrc LIKE '%starts_at%' AS made FROM pg_proc WHERE proname = 'bookings'` as [{ made: boolean }];
    assert.ok(made);
  });
});

Deno.test("mapping: another schema, other words, an age, a coded sex, numbers in a queue", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(server, HOSPITAL);
  const proposed = await clinic.proposed();
  const patients: MappedPatients = {
    ...proposed.patients,
    gender: { column: "sex", values: { 1: "Male", 2: "Female" } },
  };
  const mapping: Mapping = { ...proposed, patients };
  assert.deepEqual(
    await previewOf(clinic, mapping).then(({ read, shown }) => ({ read, shown })),
    { read: 20, shown: 19 },
  );
  await clinic.install(mapping);
  await using box = await boxAt(clinic, mapping);
  const onBoard = () => box.store.appointments.onBoard(today("UTC"));
  await box.until("they are read", () => onBoard().length === 19);
  const second = onBoard().find(({ patient }) => patient.id === "H7002")!;
  assert.deepEqual(
    [second.time, second.patient.firstName, second.patient.lastName, second.patient.gender, second.patient.birthDate],
    ["09:10:00", "Suresh Mohan", "Patil2", "Male", null],
  );
  assert.equal(onBoard().some(({ patient }) => patient.id === "H7005"), false, "cancelled");

  // a value that only the clinic knows is said before a walk-in is refused, and given
  const lacks = (await box.link.missing()).map(({ what }) => what);
  assert.equal(lacks.length, 1);
  assert.match(lacks[0]!, /hospital_code/);
  const filled = { ...mapping, appointments: { ...mapping.appointments, fill: { hospital_code: "PN1" } } };
  await clinic.install(filled);
  takeMapping(box.store, filled, []);
  await box.untilInSync();
  const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
  await box.untilDelivered();
  const [row] = await clinic.sql`
    SELECT p.fname, p.lname, p.age >= 37 AS "isOld", p.sex, p.uhid, v.slot, v.state, v.hospital_code
    FROM his.opd_visits v JOIN his.patient_master p ON p.pat_key = v.patient_id WHERE p.lname = 'Rao'`;
  assert.deepEqual({ ...row }, {
    ...{ fname: "Anna", lname: "Rao", isOld: true, sex: 2, uhid: walkIn.patient.id, slot: "T14", state: "OPEN" },
    hospital_code: "PN1",
  });
  const { studyInstanceUid, sopInstanceUid } = await box.receive({
    patientId: "H7002",
    patientName: "Patil2^Suresh Mohan",
  });
  box.store.transaction(() =>
    box.store.measurements.replace(studyInstanceUid, sopInstanceUid, [measurement("EFW", "3100")])
  );
  await box.untilDelivered();
  const [filed] = await clinic.sql`
    SELECT s.patient_id, (SELECT count(*)::int FROM his.measurements m WHERE m.study_id = s.id) AS count
    FROM his.dicom_studies s WHERE study_instance_uid = ${studyInstanceUid}`;
  assert.deepEqual({ ...filed }, { patient_id: 2, count: 1 });
});

Deno.test("mapping: dates that are text, and columns of small and large letters", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(server, BY_HAND);
  const mapping = await clinic.proposed();
  assert.deepEqual(mapping.appointments.when, {
    ...{ kind: "two", date: "date", text: "DD-MM-YYYY", time: { kind: "clock", column: "time" } },
  });
  const { read, shown, reasons } = await previewOf(clinic, mapping);
  assert.deepEqual({ read, shown }, { read: 15, shown: 13 });
  assert.deepEqual(reasons.map(({ coded }) => coded.code).sort(), ["row-date", "row-time"]);
  await clinic.install(mapping);
  await using box = await boxAt(clinic, mapping);
  const onBoard = () => box.store.appointments.onBoard(today("UTC"));
  await box.until("they are read", () => onBoard().length === 13);
  assert.equal(onBoard()[0]!.patient.birthDate!.slice(4), "-04-11");
  assert.equal(onBoard()[0]!.doctor, "Dr Sane");
  await box.until("the others are told", () => box.store.scheduleProblems.all().length === 2);
  const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
  await box.untilDelivered();
  const [row] = await clinic.sql`
    SELECT p.birth_date, p.gender, a.date = to_char(current_date, 'DD-MM-YYYY') AS "isToday", a.time
    FROM appointments a JOIN patients p ON p.id = a.patient_id WHERE p.last_name = 'Rao'`;
  assert.deepEqual({ ...row }, { birth_date: "29/02/1988", gender: "female", isToday: true, time: "11:15:00" });
  await box.until("it comes back", () => box.link.status().state === "in sync");
  // put right at the box, in what is other only
  box.store.transaction(() =>
    box.store.appointmentChanges.edit(walkIn.id, {
      doctor: "Dr More",
      patient: { birthDate: "1988-03-01" },
    }, "anna")
  );
  await box.untilDelivered();
  const [changed] = await clinic.sql`
    SELECT p.birth_date, p.gender, a."consultantName" AS doctor, a.time, a.department FROM appointments a
    JOIN patients p ON p.id = a.patient_id WHERE p.last_name = 'Rao'`;
  assert.deepEqual({ ...changed }, {
    ...{ birth_date: "01/03/1988", gender: "female", doctor: "Dr More", time: "11:15:00", department: "Obstetrics" },
  });
});

Deno.test("dates as text in another order than the expected one are told, and not left out without a word", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(server, BY_HAND.replaceAll('"consultantName"', "doctor"));
  await clinic.asOwner((session) => install(session));
  await clinic.sql.unsafe(`ALTER ROLE sonodesk PASSWORD 'box'`);
  await using box = await ClinicBox.start({ url: clinic.url });
  await box.until("each is told", () => box.store.scheduleProblems.all().length === 16);
  assert.ok(box.store.scheduleProblems.all().every(({ reason }) => / is no (date|time)/.test(reason)));
});

Deno.test("mapping: an id that two people have is neither's, and it is told", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(
    server,
    `CREATE TABLE patients (id serial PRIMARY KEY, file_no text, first_name text, last_name text, birth_date date);
     CREATE TABLE appointments (id serial PRIMARY KEY, patient_id integer REFERENCES patients, date date, time time);
     INSERT INTO patients (file_no, first_name, last_name, birth_date) VALUES
       ('F1', 'Asha', 'Rao', '1980-02-03'), ('F1', 'Vijay', 'Sane', '1951-06-07'), ('F2', 'Kavita', 'More', '1990-01-01');
     INSERT INTO appointments (patient_id, date, time) SELECT n, current_date, '10:00' FROM generate_series(1, 3) n`,
  );
  const mapping = await clinic.proposed();
  assert.equal(mapping.patients.patientId, "file_no");
  const { shown, reasons } = await previewOf(clinic, mapping);
  assert.deepEqual([shown, reasons.map(({ count, coded }) => [coded.code, count])], [1, [["row-id-of-several", 2]]]);
  await clinic.install(mapping);
  await using box = await boxAt(clinic, mapping, [], 600_000);
  const onBoard = () => box.store.appointments.onBoard(today("UTC")).map(({ patient, time }) => [patient.id, time]);
  await box.until("both are told", () => box.store.scheduleProblems.all().length === 2);
  assert.deepEqual(onBoard(), [["F2", "10:00:00"]]);
  // one of the two bookings is told of alone, and then the third
  for (const id of [1, 3]) await clinic.sql`UPDATE appointments SET time = '11:00' WHERE id = ${id}`;
  await box.until("the third is read", () => onBoard().some(([, time]) => time === "11:00:00"));
  assert.deepEqual(onBoard(), [["F2", "11:00:00"]]);
  assert.equal(box.store.scheduleProblems.all().length, 2);
  await box.receive({ patientId: "F1", patientName: "Rao^Asha", patientBirthDate: "1980-02-03" });
  await box.until("the study waits for a person", () => box.link.queue().parkedAggregates.length === 1);
  await clinic.sql`UPDATE patients SET file_no = 'F3' WHERE last_name = 'Sane'`;
  await box.until("each has their own", () => onBoard().length === 3);
  await clinic.sql`UPDATE patients SET file_no = 'F1' WHERE last_name = 'Sane'`;
  await box.until("both are told again", () => box.store.scheduleProblems.all().length === 2);
});

Deno.test("mapping: names with quotes, dots, line breaks and percent signs are nothing but names in the SQL", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(
    server,
    `CREATE TABLE "the 5%s
SELECT nothing; --patients" ("k%sey" serial PRIMARY KEY, "S.No" text, mrn text UNIQUE, first_name text, last_name text, birth_date date);
     CREATE TABLE "o'brien's appointments" (id serial PRIMARY KEY,
       patient_id integer REFERENCES "the 5%s
SELECT nothing; --patients", date date, time time, accession_number varchar(16));
     INSERT INTO "the 5%s
SELECT nothing; --patients" (mrn, first_name, last_name) VALUES ('M1', 'Asha', 'Rao');
     INSERT INTO "o'brien's appointments" (patient_id, date, time) VALUES (1, current_date, '10:00')`,
  );
  const mapping = await clinic.proposed();
  assert.equal(mapping.appointments.accession, "accession_number");
  await clinic.install(mapping);
  await using box = await boxAt(clinic, mapping);
  await box.until("it is read", () => box.store.appointments.onBoard(today("UTC")).length === 1);
  assert.deepEqual(await box.link.missing(), []);
  const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
  await box.receive({ patientId: "M1", patientName: "Rao^Asha" });
  await box.untilDelivered();
  const [{ count }] = await clinic.sql`SELECT count(*)::int AS count FROM dicom_studies` as [{ count: number }];
  assert.equal(count, 1);
  const [row] = await clinic.sql`SELECT accession_number FROM "o'brien's appointments" WHERE id = 2`;
  assert.equal(row!.accession_number, walkIn.accessionNumber);
});

Deno.test("mapping: of the clinic's staff only those sign in who are active, however that is written", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await MappedClinic.create(
    server,
    `CREATE TABLE patients (id serial PRIMARY KEY, first_name text, last_name text, birth_date date);
     CREATE TABLE appointments (id serial PRIMARY KEY, patient_id integer REFERENCES patients, date date, time time);
     CREATE TABLE staff (id serial PRIMARY KEY, username text, password_hash text, role text, active text);
     INSERT INTO staff (username, password_hash, role, active) SELECT 'staff ' || word, 'x', 'doctor', word
       FROM unnest('{Active,yes,1,true,INACTIVE,disabled,locked,off,No,0,f}'::text[]) AS word`,
  );
  await clinic.install(await clinic.proposed());
  const active = await clinic.sql`SELECT username FROM sonodesk.logins() WHERE active`;
  assert.deepEqual(active.map(({ username }) => username), ["staff Active", "staff yes", "staff 1", "staff true"]);
});

/** The three clinics that an issue came with, where they are at hand. */
const SHARED = new URL("../../../shared/clinic-flask/shapes/", import.meta.url);

function isThere(): boolean {
  try {
    return Deno.statSync(SHARED).isDirectory;
  } catch {
    return false;
  }
}

Deno.test({ name: "mapping: the shapes beside, as they are proposed", ignore: !isThere() }, async (t) => {
  await using server = await PostgresServer.start();
  for (const { name } of [...Deno.readDirSync(SHARED)].toSorted((one, other) => one.name < other.name ? -1 : 1)) {
    await t.step(name, async () => {
      await using clinic = await MappedClinic.create(server, Deno.readTextFileSync(new URL(name, SHARED)));
      const mapping = await clinic.proposed();
      const { read, shown, cancelled, reasons } = await previewOf(clinic, mapping);
      assert.ok(read >= 30);
      assert.equal(shown + cancelled + reasons.reduce((sum, { count }) => sum + count, 0), read);
      await clinic.install(mapping);
      await using box = await boxAt(clinic, mapping);
      const day = today(mapping.appointments.zone ?? "UTC");
      await box.until("they are read", () => box.store.appointments.onBoard(day).length === shown);
      assert.deepEqual(await box.link.missing(), []);
      const [first] = box.store.appointments.onBoard(day);
      box.store.transaction(() => box.store.worklistItems.send(first!.id, null, "anna"));
      const walkIn = box.walkIn({ firstName: "Anna", lastName: "Rao" });
      await box.untilDelivered();
      const [marked] = await clinic.sql`
        SELECT mwl_sent, accession_number FROM sonodesk.appointment_marks WHERE appointment_id = ${first!.id}`;
      assert.deepEqual({ ...marked }, { mwl_sent: true, accession_number: first!.accessionNumber });
      const [entered] = await clinic.sql`
        SELECT * FROM sonodesk.find_patient(${box.store.settings.boxId()}, ${walkIn.patient.id}, true)`;
      assert.deepEqual([entered!.first_name, entered!.last_name], ["Anna", "Rao"]);
      const saysSex = Object.values(mapping.patients.gender!.values).includes("Female");
      assert.equal(entered!.gender, saysSex ? "Female" : null);
      await clinic.sql`SELECT sonodesk.recall(${first!.id}::text)`;
      await box.until("it is recalled", () => box.store.appointments.get(first!.id).status === "scheduled");
      const { patient } = first!;
      const study = await box.receive({
        ...{ patientId: patient.id, patientName: `${patient.lastName}^${patient.firstName}` },
        patientBirthDate: patient.birthDate ?? "",
        accessionNumber: first!.accessionNumber,
      });
      await box.untilDelivered();
      const path = mapping.appointments.table.schema!;
      const [filed] = await clinic.sql`
        SELECT appointment_id FROM ${
        clinic.sql(path)
      }.dicom_studies WHERE study_instance_uid = ${study.studyInstanceUid}`;
      assert.equal(filed!.appointment_id, first!.id);
      assert.deepEqual(box.link.queue().parkedAggregates, []);
    });
  }
});
