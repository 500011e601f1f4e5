import assert from "node:assert/strict";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("The clinic's schedule is followed", async (t) => {
  await using server = await PostgresServer.start();

  await t.step("first sync of thousands of bookings, then steady state", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.bookMany(3000);
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("all bookings are here", () => {
      const [from] = box.store.clinicBookings.inClinic("0000", "9999");
      return from !== undefined && box.store.clinicBookings.inClinic("0000", "9999").length === 3000;
    });
    await box.untilInSync();
    // nothing changes there: nothing is written here
    const changes: string[] = [];
    box.store.changes.subscribe(({ noun }) => changes.push(noun));
    const { readAt } = box.link.status();
    await box.until("it was read twice more", () => box.link.status().readAt! > readAt!);
    const second = box.link.status().readAt!;
    await box.until("it was read again", () => box.link.status().readAt! > second);
    assert.deepEqual(changes.filter((noun) => noun === "appointment"), []);
  });

  await t.step("a new, changed, moved, cancelled, reinstated and deleted booking", async () => {
    await using clinic = await FlaskClinic.create(server);
    // so long that only the notification can bring a change
    await using box = await ClinicBox.start({ url: clinic.url, readEvery: 3_600_000 });
    await box.untilInSync();

    const id = await clinic.book({ gender: "f", time: "09:30" });
    const booked = await box.until("the new booking is here", () => box.store.appointments.find(id));
    assert.equal(booked.patient.gender, "Female");
    assert.equal(booked.time, "09:30:00");
    assert.equal(booked.source, "clinic");
    assert.equal(booked.status, "scheduled");
    assert.notEqual(booked.accessionNumber, "");

    box.store.worklistItems.send(id, null, "reception");
    await box.until("the clinic sees that it was sent", async () => {
      const [row] = await clinic.sql`SELECT mwl_sent, accession_number FROM appointments WHERE id = ${id}`;
      return row!.mwl_sent && row!.accession_number === booked.accessionNumber;
    });

    const heard: string[] = [];
    box.store.changes.subscribe(({ noun }) => heard.push(noun));
    await clinic.sql`UPDATE patients SET last_name = 'शर्मा' WHERE id = 'P1'`;
    await box.until("the name is new", () => box.store.worklistItems.find(id)?.patient.lastName === "शर्मा");
    assert.ok(heard.includes("appointment"), "the worklist is told to write its answer anew");

    await clinic.sql`UPDATE appointments SET date = date + 2, time = '16:45' WHERE id = ${id}`;
    const [moved] = await clinic.sql`SELECT date::text FROM appointments WHERE id = ${id}`;
    await box.until("the item has moved", () => box.store.worklistItems.find(id)?.date === moved!.date);
    assert.equal(box.store.worklistItems.find(id)!.time, "16:45:00");

    await clinic.sql`UPDATE appointments SET date = date + 60 WHERE id = ${id}`;
    await box.until("it went beyond the window", () => box.store.appointments.get(id).date > moved!.date);
    assert.equal(box.store.appointments.get(id).status, "sent", "moved far away is not deleted");
    await clinic.sql`UPDATE appointments SET date = date - 60 WHERE id = ${id}`;
    await box.until("it came back", () => box.store.appointments.get(id).date === moved!.date);

    await clinic.sql`UPDATE appointments SET status = 'Canceled' WHERE id = ${id}`;
    await box.until("it is cancelled", () => box.store.appointments.get(id).status === "cancelled");
    assert.equal(box.store.worklistItems.find(id), undefined, "a cancelled one leaves the list");
    await clinic.sql`UPDATE appointments SET status = 'confirmed' WHERE id = ${id}`;
    await box.until("it is booked again", () => box.store.appointments.get(id).status === "scheduled");

    box.store.worklistItems.send(id, null, "reception");
    await box.untilDelivered();
    await clinic.sql`DELETE FROM appointments WHERE id = ${id}`;
    await box.until("it is cancelled", () => box.store.appointments.get(id).status === "cancelled");
    assert.equal(box.store.worklistItems.find(id), undefined);
    assert.equal(box.store.appointments.steps(id).at(-1)!.cause, "deleted in the clinic's database");
  });

  await t.step("a booking that is told by its id is read alone, one that is gone with all others", async () => {
    await using clinic = await FlaskClinic.create(server);
    const first = await clinic.book();
    await using box = await ClinicBox.start({ url: clinic.url, readEvery: 3_600_000 });
    await box.until("the first is here", () => box.store.appointments.find(first));
    await box.untilInSync();
    // from now on only some can be read
    const [{ source }] = await clinic.sql<[{ source: string }]>`
      SELECT pg_get_functiondef('sonodesk.bookings(date,date,text[])'::regprocedure) AS source`;
    const only = source.replace("BEGIN", "BEGIN IF ids IS NULL THEN RAISE 'all are read'; END IF;");
    assert.notEqual(only, source);
    await clinic.sql.unsafe(only);

    const id = await clinic.book({ patientId: "P1", time: "09:30" });
    await box.until("the new one is here", () => box.store.appointments.find(id));
    await clinic.sql`UPDATE appointments SET time = '16:45' WHERE id = ${id}`;
    await box.until("it has moved", () => box.store.appointments.get(id).time === "16:45:00");
    const far = await clinic.book({ patientId: "P1", day: 60 });
    await clinic.sql`UPDATE patients SET birth_date = NULL WHERE false`;
    await clinic.sql`UPDATE appointments SET status = 'cancelled' WHERE id = ${id}`;
    await box.until("it is cancelled", () => box.store.appointments.get(id).status === "cancelled");
    assert.equal(box.store.appointments.find(far), undefined, "nobody waits for a day that far");
    assert.equal(box.link.status().failure, "", "nothing else was read");

    await clinic.sql.unsafe(source);
    await clinic.sql`DELETE FROM appointments WHERE id = ${first}`;
    await box.until("the first is gone", () => box.store.appointments.get(first).status === "cancelled");
  });

  await t.step("what somebody else notifies on the channel has all read, and breaks nothing", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url, readEvery: 3_600_000 });
    await box.untilInSync();
    // the SQL's own says nothing
    await clinic.sql.unsafe("ALTER TABLE appointments DISABLE TRIGGER USER; ALTER TABLE patients DISABLE TRIGGER USER");
    for (const ids of ["[broken", "7"]) {
      const id = await clinic.book();
      await clinic.sql`SELECT pg_notify('sonodesk_schedule', ${`appointments ${ids}`})`;
      await box.until("it is read", () => box.store.appointments.find(id));
      assert.equal(box.link.status().failure, "");
    }
  });

  await t.step("one that cannot be used is told, and told no more, as soon as it is read alone", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`ALTER TABLE appointments ALTER COLUMN time DROP NOT NULL`;
    const [unusable, other] = [await clinic.book(), await clinic.book({ time: "11:00" })];
    await clinic.sql`UPDATE appointments SET time = NULL WHERE id = ${other}`;
    await using box = await ClinicBox.start({ url: clinic.url, readEvery: 3_600_000 });
    const told = () => box.store.scheduleProblems.all().map(({ appointmentId }) => appointmentId).sort();
    await box.until("one is told", () => told().join() === other);
    await clinic.sql`UPDATE appointments SET time = NULL WHERE id = ${unusable}`;
    await box.until("both are told", () => told().length === 2);
    await clinic.sql`UPDATE appointments SET time = '10:00' WHERE id = ${unusable}`;
    await box.until("the other is still told", () => told().join() === other);
  });

  await t.step("a row that commits late is not lost", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    let commit = () => {};
    const committing = new Promise<void>((resolve) => commit = resolve);
    let lateId = "";
    const late = clinic.sql.begin(async (sql) => {
      await sql`INSERT INTO patients (id, first_name, last_name, created_at) VALUES ('L', 'Late', 'Row', now())`;
      const [row] = await sql`
        INSERT INTO appointments (patient_id, date, time, updated_at)
        VALUES ('L', current_date, '08:00', now() - interval '1 hour') RETURNING id::text`;
      lateId = row!.id;
      await committing;
    });
    await box.until("the insert is under way", () => lateId !== "");
    const early = await clinic.book();
    await box.until("the later one is here", () => box.store.appointments.find(early));
    assert.equal(box.store.appointments.find(lateId), undefined);
    commit();
    await late;
    await box.until("the late one is here", () => box.store.appointments.find(lateId));
  });

  await t.step("rows that cannot become a worklist item are shown with the reason, the others come", async () => {
    await using clinic = await FlaskClinic.create(server);
    const nameless = await clinic.book({ patientId: "N", firstName: " ", lastName: "" });
    const future = await clinic.book({ patientId: "F", birthDate: "2190-01-01" });
    const forever = await clinic.book({ patientId: "I", birthDate: "infinity" });
    await clinic.sql.unsafe(`
      ALTER TABLE appointments ALTER accession_number TYPE text;`);
    await clinic.install();
    const long = await clinic.book({ patientId: "A", accessionNumber: "12345678901234567" });
    const good = await clinic.book({ patientId: "G", accessionNumber: "ACC-1" });
    const twice = await clinic.book({ patientId: "T", accessionNumber: "ACC-1", time: "12:00" });
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("the good row is here", () => box.store.appointments.find(good));
    await box.untilInSync();
    const reasons = new Map(box.store.scheduleProblems.all().map((problem) => [problem.appointmentId, problem.reason]));
    assert.deepEqual([...reasons.keys()].sort(), [nameless, future, forever, long].sort());
    assert.match(reasons.get(nameless)!, /has no name/);
    assert.match(reasons.get(future)!, /after the appointment/);
    assert.match(reasons.get(forever)!, /is no date/);
    assert.match(reasons.get(long)!, /longer than 16/);
    assert.equal(box.store.appointments.get(good).accessionNumber, "ACC-1");
    assert.match(box.store.appointments.get(twice).accessionNumber, /^SD/, "a number is given once");

    await clinic.sql`UPDATE patients SET last_name = 'Known' WHERE id = 'N'`;
    await box.until("the mended row is here", () => box.store.appointments.find(nameless));
    await box.until("it is no problem now", () => box.store.scheduleProblems.all().length === 3);
  });

  await t.step("an appointment that the view has twice is told as a problem, and stays as it was", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book();
    const same = await clinic.book({ patientId: "S" });
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("both are here", () => box.store.appointments.find(id) && box.store.appointments.find(same));
    await clinic.sql.unsafe(`
      CREATE VIEW sonodesk.schedule AS
      SELECT a.id AS appointment_id, a.patient_id, p.first_name, p.last_name, p.birth_date, p.gender, a.doctor,
        d.name AS department, a.date, a.time, a.status, a.accession_number
      FROM appointments a JOIN patients p ON p.id = a.patient_id
        JOIN (VALUES ('Obstetrics', false), ('Radiology', false), ('Obstetrics', true), ('Obstetrics', true)) d (name, same)
          ON d.same = (a.patient_id = 'S');
      GRANT SELECT ON sonodesk.schedule TO sonodesk;`);
    await box.until("it is told", () => box.store.scheduleProblems.all().length > 0);
    assert.deepEqual(box.store.scheduleProblems.all().map(({ appointmentId }) => appointmentId), [id]);
    assert.match(box.store.scheduleProblems.all()[0]!.reason, /several times/);
    let changes = 0;
    box.store.changes.subscribe(({ noun }) => noun === "appointment" && changes++);
    for (let reading = 0; reading < 3; reading++) {
      const { readAt } = box.link.status();
      await box.until("it is read again", () => box.link.status().readAt !== readAt);
    }
    assert.equal(changes, 0);
    assert.equal(box.store.appointments.get(id).department, "Obstetrics");
  });

  await t.step("a schedule that is suddenly empty does not clear the worklist", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.bookMany(100);
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("all are here", () => box.store.clinicBookings.inClinic("0000", "9999").length === 100);
    await clinic.sql`DELETE FROM appointments`;
    await box.until("it was noticed", () => /100 bookings are gone/.test(box.link.status().sentence));
    assert.equal(box.store.clinicBookings.inClinic("0000", "9999").length, 100);
  });

  await t.step("images that came before the booking find it", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await box.receive({
      patientId: "P1",
      patientName: "Sharma^Priya",
      accessionNumber: "ACC-9",
    });
    await box.until("the study needs a patient", () => box.link.queue().parked === 1);
    assert.equal(box.link.queue().parkedAggregates[0]!.needs, "a patient");
    const id = await clinic.book({ accessionNumber: "ACC-9" });
    await box.until("the study is matched", () => box.store.studies.find(studyInstanceUid)!.appointmentId === id);
    assert.equal(box.store.appointments.get(id).status, "images received");
    await box.untilDelivered();
    const [study] = await clinic.sql`SELECT patient_id, appointment_id FROM dicom_studies`;
    assert.deepEqual({ ...study }, { patient_id: "P1", appointment_id: id });
  });

  await t.step("a booking that the clinic gives to somebody else does not take the images along", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    const merged = await clinic.book({ patientId: "P2", firstName: "Asha", lastName: "Rao" });
    await clinic.book({ patientId: "P3", firstName: "Rahul", lastName: "Verma", birthDate: "1981-01-01", day: 3 });
    await clinic.book({ patientId: "P4", firstName: "asha", lastName: "RAO", day: 3 });
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.until("the other is here", () => box.store.appointments.find(merged));
    box.store.worklistItems.send(id, null, "reception");
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
    const study = () => box.store.studies.summary(studyInstanceUid)!;
    const studyOfMerged = box.store.appointments.get(merged).studyInstanceUid;
    await box.receive({ patientId: "P2", patientName: "Rao^Asha", studyInstanceUid: studyOfMerged });
    assert.equal(study().appointmentId, id);
    await box.untilDelivered();

    await clinic.sql`UPDATE appointments SET patient_id = 'P3' WHERE id = ${id}`;
    await clinic.sql`UPDATE appointments SET patient_id = 'P4' WHERE id = ${merged}`;
    await box.until(
      "both are another's",
      () =>
        box.store.appointments.get(id).patient.id === "P3" && box.store.appointments.get(merged).patient.id === "P4",
    );
    assert.deepEqual([study().appointmentId, study().patientId], [null, "P1"]);
    assert.match(box.store.studies.find(studyInstanceUid)!.attention, /was given to another patient: they stay/);
    const given = box.store.appointments.get(id);
    assert.deepEqual([given.status, given.images, given.sentAt], ["scheduled", 0, null]);
    assert.deepEqual(given.reasons.map(({ code }) => code), ["given-to-another"]);
    assert.notEqual(given.studyInstanceUid, studyInstanceUid, "what a machine has seen is nobody else's");
    assert.equal(box.store.studies.summary(studyOfMerged)!.appointmentId, merged, "the same person under another id");
    await box.untilDelivered();
    const [row] = await clinic.sql`
      SELECT patient_id, appointment_id FROM dicom_studies WHERE study_instance_uid = ${studyInstanceUid}`;
    assert.deepEqual({ ...row }, { patient_id: "P1", appointment_id: null });
  });

  await t.step("more bookings than can be read: the days from today on come, and it is said up to which", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.bookMany(160); // ten a day, from yesterday on
    await using box = await ClinicBox.start({ url: clinic.url, mostBookings: 45 });
    await box.untilInSync();
    const [{ today, last }] = await clinic.sql`
      SELECT current_date::text AS today, (current_date + 3)::text AS last` as unknown as [
      { today: string; last: string },
    ];
    const days = Map.groupBy(box.store.appointments.onDays(today, "2999-01-01"), ({ date }) => date);
    assert.equal(days.size, 4);
    assert.equal(days.get(last)!.length, 10);
    assert.match(box.link.status().sentence, new RegExp(`after ${last} are not read`));
    await clinic.sql`DELETE FROM appointments WHERE date > current_date`;
    await box.until("all is read", () => !box.link.status().sentence.includes("not read"));
  });

  await t.step("a clinic that keeps dates as text has only its impossible ones refused", async () => {
    await using clinic = await FlaskClinic.create(server);
    const good = await clinic.book();
    const bad = await clinic.book({ patientId: "B" });
    await clinic.sql.unsafe(`
      ALTER TABLE appointments ALTER date TYPE text;
      UPDATE appointments SET date = left(date, 8) || substr(date, 9, 1) || 'x' WHERE id = ${bad};`);
    await clinic.install();
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.until("the good row is here", () => box.store.appointments.find(good));
    await box.until("the bad one is shown", () => box.store.scheduleProblems.all().length === 1);
    assert.match(box.store.scheduleProblems.all()[0]!.reason, /is no date/);
  });
});
