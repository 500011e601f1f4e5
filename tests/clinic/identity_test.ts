import assert from "node:assert/strict";
import { newUid } from "../../src/dicom/uid.ts";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("Who somebody is in the clinic's database and at the box", async (t) => {
  await using server = await PostgresServer.start();

  await t.step(
    "a booking given to somebody else after its images: new UIDs, unsent, and the study stays with the first",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book();
      await clinic.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES ('P2', 'Asha', 'Rao', '1988-02-29', 'Female', now())`;
      await using box = await ClinicBox.start({ url: clinic.url });
      const before = await box.until("the booking is here", () => box.store.appointments.find(id));
      box.store.worklistItems.send(id, null, "reception");
      box.store.worklistItems.seen([id], "US1");
      const { studyInstanceUid } = before;
      const first = { patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid };
      await box.receive(first);
      await box.untilDelivered();

      await clinic.sql`UPDATE appointments SET patient_id = 'P2' WHERE id = ${id}`;
      const after = await box.until("the booking is Asha's", () => {
        const found = box.store.appointments.get(id);
        return found.patient.id === "P2" && found;
      });
      assert.notEqual(after.studyInstanceUid, studyInstanceUid);
      assert.notEqual(after.accessionNumber, before.accessionNumber);
      assert.deepEqual([after.status, after.sentAt, after.images], ["scheduled", null, 0]);
      assert.deepEqual(after.reasons.map(({ code }) => code), ["given-to-another"]);
      assert.deepEqual(
        box.store.worklistItems.between(undefined, undefined, ""),
        [],
        "nobody is on the worklist unsent",
      );

      // the clinic's row still has the number that the machine saw: it is not taken over for her
      box.store.worklistItems.send(id, null, "reception");
      await box.until("the clinic has the new number", async () => {
        const [row] = await clinic.sql`SELECT accession_number FROM appointments WHERE id = ${id}`;
        return row!.accession_number === after.accessionNumber;
      });
      await box.receive({ patientId: "P2", patientName: "Rao^Asha", studyInstanceUid: after.studyInstanceUid });
      // a late image of the first
      await box.receive(first, { number: 2 });
      const study = box.store.studies.find(studyInstanceUid)!;
      assert.deepEqual([study.patientId, study.appointmentId, study.series[0]!.instances.length], ["P1", null, 2]);
      assert.equal(box.store.appointments.get(id).images, 1);
      await box.untilDelivered();
      const rows = await clinic.sql`SELECT study_instance_uid, patient_id FROM dicom_studies ORDER BY patient_id`;
      assert.deepEqual(rows.map((row) => ({ ...row })), [
        { study_instance_uid: studyInstanceUid, patient_id: "P1" },
        { study_instance_uid: after.studyInstanceUid, patient_id: "P2" },
      ]);
    },
  );

  await t.step(
    "a report of another patient under a study is told to the clinic as that patient's, or waits",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book();
      await using box = await ClinicBox.start({ url: clinic.url });
      const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
      await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
      await box.receive({ patientId: "MIX-B", patientName: "Doe^Jane", studyInstanceUid }, { number: 2 });
      await box.until("the other study waits for a patient", () => box.link.queue().parked === 1);
      const images = await box.until("her own is told", async () => {
        const found = await clinic.sql`
          SELECT patient_id, count(*)::int AS images FROM dicom_images i
          JOIN dicom_series e ON e.id = i.series_id JOIN dicom_studies s ON s.id = e.study_id GROUP BY patient_id`;
        return found.length > 0 && found;
      });
      assert.deepEqual(images.map((row) => ({ ...row })), [{ patient_id: "P1", images: 1 }]);

      await clinic.book({ patientId: "MIX-B", firstName: "Jane", lastName: "Doe", birthDate: null });
      await box.untilDelivered();
      const [row] = await clinic.sql`
      SELECT patient_id, attention FROM dicom_images i JOIN dicom_series e ON e.id = i.series_id
      JOIN dicom_studies s ON s.id = e.study_id WHERE attention <> ''`;
      assert.equal(row!.patient_id, "MIX-B");
      assert.match(row!.attention, /of another patient and is kept apart/);
    },
  );

  await t.step("duplicates merged after images: the studies go along, and the old patient can be deleted", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book({ patientId: "DUP" });
    const kept = await clinic.book({ patientId: "P1", day: 1 });
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.until("the other is here", () => box.store.appointments.find(kept));
    await box.receive({ patientId: "DUP", patientName: "Sharma^Priya", studyInstanceUid });
    await box.untilDelivered();

    // as the clinic's program merges two: in one transaction, without waiting for a box
    await clinic.sql.begin(async (sql) => {
      await sql`UPDATE appointments SET patient_id = 'P1' WHERE patient_id = 'DUP'`;
      await sql`DELETE FROM patients WHERE id = 'DUP'`;
    });
    const patientOf = async () =>
      (await clinic.sql`SELECT patient_id FROM dicom_studies WHERE study_instance_uid = ${studyInstanceUid}`)[0]!
        .patient_id;
    assert.equal(await patientOf(), "P1");
    await box.until("the box knows", () => box.store.studies.summary(studyInstanceUid)!.patientId === "P1");
    const after = box.store.appointments.get(id);
    assert.deepEqual([after.patient.id, after.studyInstanceUid, after.images], ["P1", studyInstanceUid, 1]);
    // the machine still has the old id
    await box.receive({ patientId: "DUP", patientName: "Sharma^Priya", studyInstanceUid }, { number: 2 });
    assert.deepEqual([box.store.appointments.get(id).images, box.store.appointments.get(id).attention], [2, ""]);
    await box.untilDelivered();
    assert.equal(await patientOf(), "P1");

    // of somebody else the deletion is refused: their images would be another's
    const other = await clinic.book({ patientId: "P7", firstName: "Asha", lastName: "Rao", birthDate: "1988-02-29" });
    const theirs = await box.until("that is here too", () => box.store.appointments.find(other));
    await box.receive({ patientId: "P7", patientName: "Rao^Asha", studyInstanceUid: theirs.studyInstanceUid });
    await box.untilDelivered();
    await assert.rejects(
      clinic.sql.begin(async (sql) => {
        await sql`UPDATE appointments SET patient_id = 'P1' WHERE patient_id = 'P7'`;
        await sql`DELETE FROM patients WHERE id = 'P7'`;
      }),
      /foreign key/,
    );
  });

  await t.step("a name corrected long after the scan reaches the box, and what is told of its studies", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book({ lastName: "Sarma" });
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    const { sopInstanceUid } = await box.receive({ patientId: "P1", patientName: "Sarma^Priya", studyInstanceUid });
    await clinic.sql`UPDATE appointments SET date = current_date - 40 WHERE id = ${id}`;
    await box.until(
      "the booking is long past",
      () => box.store.appointments.get(id).date < box.store.studies.summary(studyInstanceUid)!.studyDate,
    );
    await clinic.sql`UPDATE patients SET last_name = 'Sharma' WHERE id = 'P1'`;
    const study = await box.until("the correction is here", () => {
      const found = box.store.studies.summary(studyInstanceUid)!;
      return found.patientName === "Sharma^Priya" && found;
    });
    assert.equal(study.decidedBy, "clinic");
    assert.equal(box.store.corrections.of(sopInstanceUid)!.patientName, "Sharma^Priya");
  });

  await t.step("two boxes, alone for a while, never give the same ids, and nobody becomes somebody else", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.make({ url: clinic.url });
    await using other = await ClinicBox.make({ url: clinic.url });
    const boris = box.walkIn({ firstName: "Boris", lastName: "Iyer" });
    const anna = other.walkIn({ firstName: "Anna", lastName: "Rao" });
    assert.notEqual(boris.patient.id, anna.patient.id);
    assert.notEqual(boris.accessionNumber, anna.accessionNumber);
    for (const one of [box, other]) {
      one.link.start();
      await one.untilDelivered();
      await one.untilInSync();
    }
    for (const one of [box, other]) {
      await one.until("both walk-ins are known", () => one.store.appointments.onDay(boris.date).length === 2);
      const names = one.store.appointments.onDay(boris.date).map(({ patient }) => patient.firstName);
      assert.deepEqual(names.sort(), ["Anna", "Boris"]);
    }
  });

  await t.step(
    "a clinic's database that was brought back gives a walk-in's number to somebody else: the walk-in stays",
    async () => {
      await using clinic = await FlaskClinic.create(server, { integerIds: true });
      await using box = await ClinicBox.start({ url: clinic.url });
      const walkIn = box.walkIn({ firstName: "Bela", lastName: "Das" });
      await box.untilDelivered();
      await box.untilInSync();
      // the clinic's own tables are from before, and their counters with them; the box's schema is not
      const [{ appointment_id: number }] = await clinic.sql`SELECT appointment_id FROM sonodesk.box_appointments` as [
        { appointment_id: string },
      ];
      await clinic.sql.unsafe(`
      UPDATE patients SET first_name = 'Carl', last_name = 'Menon', birth_date = '1950-03-01', gender = 'Male';
      UPDATE appointments SET doctor = 'Somebody else' WHERE id = ${number}`);
      await box.until(
        "Carl's booking is here",
        () => box.store.appointments.find(number)?.patient.lastName === "Menon",
      );
      const { firstName, lastName } = box.store.patients.find(walkIn.patient.id)!;
      assert.deepEqual([firstName, lastName], ["Bela", "Das"]);
      assert.equal(box.store.appointments.get(walkIn.id).patient.id, walkIn.patient.id);
    },
  );

  await t.step(
    "a clinic's database that was brought back books somebody else under an id: what was moved there by hand says so",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book({ birthDate: "1990-05-17" });
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.until("the booking is here", () => box.store.appointments.find(id));
      const { sopInstanceUid } = await box.receive({ patientId: "X7", patientName: "Menon^Ria" });
      box.store.decisions.move([sopInstanceUid], { appointmentId: id }, { by: "anna", reason: "typed wrongly" });
      await box.untilDelivered();
      await clinic.sql`UPDATE patients SET first_name = 'Asha', last_name = 'Rao', birth_date = '1971-01-01'`;
      await box.until("the booking is Asha's", () => box.store.appointments.get(id).patient.firstName === "Asha");
      const { studyInstanceUid } = box.store.instances.find(sopInstanceUid)!;
      assert.deepEqual(
        box.store.studies.find(studyInstanceUid)!.reasons.map(({ code, sopInstanceUid: uid }) => [code, uid]).sort(),
        [["id-of-another-now", null], ["names-another-patient", sopInstanceUid]],
      );
      // a machine may have had it for the one of before
      assert.ok(box.store.appointments.get(id).reasons.some(({ code }) => code === "given-to-another"));
      assert.equal(box.store.corrections.of(sopInstanceUid)!.patientName, "Sharma^Priya", "it leaves as was decided");
      await box.untilDelivered();
      const [row] = await clinic.sql`SELECT attention FROM dicom_images`;
      assert.match(row!.attention, /names another patient/);
    },
  );

  await t.step(
    "a record whose surname and birth date change at once may be somebody else's: a person looks",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book({ birthDate: "1990-05-17" });
      await using box = await ClinicBox.start({ url: clinic.url });
      const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
      await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
      await clinic.sql`UPDATE patients SET last_name = 'Rao', birth_date = '1971-01-01'`;
      await box.until("the booking is a Rao's", () => box.store.appointments.get(id).patient.lastName === "Rao");
      assert.equal(box.store.studies.summary(studyInstanceUid)!.patientName, "Sharma^Priya");
      const codes = box.store.studies.find(studyInstanceUid)!.reasons.map(({ code }) => code);
      assert.deepEqual(codes.sort(), ["appointment-given-away", "id-of-another-now", "names-another-patient"]);
      const now = box.store.appointments.get(id);
      assert.deepEqual([now.images, now.reasons.map(({ code }) => code)], [0, ["given-to-another"]]);
      assert.notEqual(now.studyInstanceUid, studyInstanceUid, "what a machine has seen for the one is not the other's");
    },
  );

  await t.step(
    "an image that comes again as one of a study that nobody is known of is the first patient's no more in the clinic",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book();
      await using box = await ClinicBox.start({ url: clinic.url });
      const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
      const { sopInstanceUid } = await box.receive({ patientId: "", patientName: "Sharma", studyInstanceUid });
      await box.untilDelivered();
      const attention = async () => (await clinic.sql`SELECT attention FROM dicom_images`)[0]!.attention;
      assert.equal(await attention(), "");
      const nobodys = { patientId: "", patientName: "Sharma", studyInstanceUid: newUid() };
      await box.receive(nobodys);
      await box.until("it waits for its patient", () => box.link.queue().parked > 0);
      await box.receive(nobodys, { sopInstanceUid, sha256: "another" });
      assert.notEqual(box.store.instances.find(sopInstanceUid)!.studyInstanceUid, studyInstanceUid);
      await box.until("the clinic hears of it", async () => /Taken from this patient/.test(await attention()));
    },
  );

  await t.step(
    "a record of the same name whose sex changes as its birth date becomes known may be somebody else's",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book({ birthDate: null, gender: "Male" });
      await using box = await ClinicBox.start({ url: clinic.url });
      const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
      await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
      await clinic.sql`UPDATE patients SET gender = 'Female', birth_date = '1990-05-17'`;
      await box.until("the booking is a woman's", () => box.store.appointments.get(id).patient.gender === "Female");
      const codes = box.store.studies.find(studyInstanceUid)!.reasons.map(({ code }) => code);
      assert.deepEqual(codes.sort(), ["appointment-given-away", "id-of-another-now"]);
    },
  );

  await t.step(
    "what only bears an id leaves its patient's rows once their birth date is known to be another",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await clinic.book({ birthDate: null, day: 1 });
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.until("the patient is known", () => box.store.patients.find("P1"));
      const said = { patientId: "P1", patientName: "Sharma^Priya", patientBirthDate: "1985-12-31" };
      const { studyInstanceUid } = await box.receive(said);
      await box.untilDelivered();
      const attention = async () => (await clinic.sql`SELECT attention FROM dicom_images`)[0]!.attention;
      assert.equal(await attention(), "");
      await clinic.sql`UPDATE patients SET birth_date = '1969-07-20'`;
      await box.until("the study waits for somebody to look", () => box.link.queue().parked > 0);
      assert.equal(box.store.studies.summary(studyInstanceUid)!.appointmentId, null);
      await box.until("the clinic's row says so", async () => /Taken from this patient/.test(await attention()));
    },
  );

  await t.step("a booking given to an id that the box has for somebody else keeps none of its studies", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book();
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
    await box.untilDelivered();
    await clinic.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES ('K5', 'Carl', 'Menon', '1950-03-01', 'Male', now())`;
    box.walkIn({ firstName: "Bela", lastName: "Das" }, "K5");
    const bookingOf = async () => (await clinic.sql`SELECT appointment_id FROM dicom_studies`)[0]!.appointment_id;
    assert.equal(await bookingOf(), id);
    await clinic.sql`UPDATE appointments SET patient_id = 'K5' WHERE id = ${id}`;
    await box.until("the row is told as a problem", () => box.store.scheduleProblems.count() === 1);
    await box.until("the booking has the study no longer", async () => await bookingOf() === null);
  });

  await t.step(
    "a correction of somebody who has no booking any more reaches the box and the clinic's rows",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book({ lastName: "Sarma", birthDate: null });
      await using box = await ClinicBox.start({ url: clinic.url });
      const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
      await box.receive({ patientId: "P1", patientName: "Sarma^Priya", studyInstanceUid });
      const stray = await box.receive({ patientId: "P1", patientName: "Sarma^Priya", patientBirthDate: "1985-12-31" });
      box.store.decisions.unmatch(stray.studyInstanceUid, { by: "anna", reason: "another's" });
      await box.untilDelivered();
      await clinic.sql`DELETE FROM appointments`;
      await box.until(
        "the booking is gone",
        () => box.store.clinicBookings.inClinic("2000-01-01", "9999-12-31").length === 0,
      );
      await clinic.sql`UPDATE patients SET last_name = 'Sharma', birth_date = '1990-05-17'`;
      await box.until(
        "the correction is here",
        () => box.store.studies.summary(studyInstanceUid)!.patientName === "Sharma^Priya",
      );
      await box.until("the other study is nobody's there", async () => {
        const [row] = await clinic
          .sql`SELECT attention FROM dicom_images WHERE sop_instance_uid = ${stray.sopInstanceUid}`;
        return /Taken from this patient/.test(row!.attention);
      });
    },
  );

  await t.step(
    "a walk-in under an id that is somebody else's after the clinic's database came back stays who they are",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      const id = await clinic.book({ patientId: "P2", birthDate: null });
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.until("the booking is here", () => box.store.appointments.find(id));
      const walkIn = box.store.transaction(() =>
        box.store.appointments.add({
          patient: { ...box.store.patients.find("P2")! },
          ...{
            doctor: "",
            department: "",
            description: "",
            date: new Date().toISOString().slice(0, 10),
            time: "11:15:00",
          },
        }, "box")
      );
      await box.untilDelivered();
      await box.until("the clinic's schedule has it", () => box.store.clinicBookings.isInClinic(walkIn.id));
      // the copy was from before: neither of the two was there, and the id is given anew
      await clinic.sql.begin(async (sql) => {
        await sql`DELETE FROM sonodesk.box_appointments`;
        await sql`DELETE FROM sonodesk.box_patients`;
        await sql`DELETE FROM appointments WHERE id::text <> ${id}`;
        await sql`UPDATE patients SET first_name = 'Asha', last_name = 'Rao', birth_date = '1990-05-18' WHERE id = 'P2'`;
      });
      await box.until("the booking is Asha's", () => box.store.appointments.get(id).patient.firstName === "Asha");
      const { patient, reasons } = box.store.appointments.get(walkIn.id);
      assert.deepEqual([patient.firstName, patient.lastName], ["Priya", "Sharma"]);
      assert.notEqual(patient.id, "P2");
      assert.deepEqual(reasons.map(({ code }) => code), ["id-of-another-now"]);
    },
  );

  await t.step(
    "a walk-in under a typed id stays who they are when the clinic's patient of that id gets their first name",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await clinic.book({ patientId: "P2", firstName: "Asha", lastName: "Müller", day: 40 });
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.untilInSync();
      const walkIn = box.store.transaction(() =>
        box.store.appointments.add({
          patient: { id: "P2", firstName: "Jane", lastName: "Doe", birthDate: null, gender: "", phone: "" },
          ...{ doctor: "", department: "", description: "" },
          ...{ date: new Date().toISOString().slice(0, 10), time: "11:15:00" },
        }, "box")
      );
      await box.receive({ patientId: "P2", patientName: "Doe^Jane", studyInstanceUid: walkIn.studyInstanceUid });
      await clinic.sql`UPDATE patients SET first_name = 'Jane'`;
      await clinic.book({ patientId: "P2" });
      await box.until("the clinic's booking is told to be unusable", () => box.store.scheduleProblems.all().length > 0);
      await box.until(
        "the walk-in waits",
        () => box.store.outbox.state(`appointment:${walkIn.id}`, "appointment booked") === "parked",
      );
      const { patient } = box.store.appointments.get(walkIn.id);
      assert.deepEqual([patient.firstName, patient.lastName], ["Jane", "Doe"]);
      const rows = await clinic.sql`SELECT patient_id FROM dicom_studies`;
      assert.equal(rows.length, 0, "the clinic has no image of hers under another's id");
    },
  );

  await t.step(
    "a study whose first object is cut short, and another clearly somebody else's, is not the clinic's",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await clinic.book({ patientId: "P1", firstName: "Priya", lastName: "Doe", birthDate: null, day: 1 });
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.until("the patient is known", () => box.store.patients.find("P1"));
      const { studyInstanceUid } = await box.receive({ patientId: "P1", patientName: "Doe" });
      await box.receive({ patientId: "P1", patientName: "Doe^Jane", studyInstanceUid }, { number: 2 });
      await box.until("the study waits for somebody to look", () => box.link.queue().parked > 0);
      const rows = await clinic.sql`SELECT patient_id FROM dicom_studies`;
      assert.deepEqual([...rows], []);
    },
  );

  await t.step(
    "a number that another box made is not taken over: a machine there may have it for somebody else",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using other = await ClinicBox.start({ url: clinic.url });
      const walkIn = other.walkIn({ firstName: "Jane", lastName: "Doe" });
      other.store.worklistItems.send(walkIn.id, null, "reception");
      await other.untilDelivered();
      const [row] = await clinic.sql`SELECT id::text, accession_number FROM appointments`;
      assert.equal(row!.accession_number, walkIn.accessionNumber);
      await clinic.sql`
      INSERT INTO patients (id, first_name, last_name, birth_date, gender, created_at)
      VALUES ('P9', 'Ria', 'Rao', '1971-01-01', 'Male', now())`;
      await clinic.sql`UPDATE appointments SET patient_id = 'P9'`;
      await using box = await ClinicBox.start({ url: clinic.url });
      const booked = await box.until("the booking is here", () => box.store.appointments.find(row!.id));
      assert.equal(booked.patient.id, "P9");
      assert.notEqual(booked.accessionNumber, walkIn.accessionNumber);
    },
  );

  await t.step("a booking given to another of the same name: images that name no id stay with the first", async () => {
    await using clinic = await FlaskClinic.create(server);
    const id = await clinic.book({ patientId: "P1", firstName: "Jane", lastName: "Doe", birthDate: null });
    await clinic.book({ patientId: "P2", firstName: "Jane", lastName: "Doe", birthDate: "1990-05-17", day: 1 });
    await using box = await ClinicBox.start({ url: clinic.url });
    const { accessionNumber } = await box.until("the booking is here", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    const { studyInstanceUid } = await box.receive({ patientId: "", patientName: "Doe^Jane", accessionNumber });
    assert.equal(box.store.studies.summary(studyInstanceUid)!.appointmentId, id);
    await clinic.sql`UPDATE appointments SET patient_id = 'P2' WHERE id = ${id}`;
    await box.until("the booking is the other's", () => box.store.appointments.get(id).patient.id === "P2");
    assert.equal(box.store.studies.summary(studyInstanceUid)!.appointmentId, null);
    assert.equal(box.store.appointments.get(id).images, 0);
  });

  await t.step("a walk-in is corrected in the clinic's program, without any booking: the box follows", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const { patient, studyInstanceUid } = box.walkIn({ firstName: "Bela", lastName: "Das" });
    await box.receive({ patientId: patient.id, patientName: "Das^Bela", studyInstanceUid });
    await box.untilDelivered();
    await clinic.sql`DELETE FROM appointments`;
    await clinic.sql`UPDATE patients SET last_name = 'Dass'`;
    await box.until("the correction is here", () => box.store.patients.find(patient.id)!.lastName === "Dass");
    assert.equal(box.store.studies.summary(studyInstanceUid)!.patientName, "Dass^Bela");
  });

  await t.step(
    "a walk-in that is corrected while the box is alone is told to the clinic as they are known then",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.make({ url: clinic.url });
      const { patient } = box.walkIn({ firstName: "Bela", lastName: "Daas" });
      const fields = { lastName: "Das", birthDate: "1969-07-20" };
      box.store.personDecisions.correct(patient.id, fields, { by: "anna", reason: "mistyped" });
      box.link.start();
      await box.untilDelivered();
      await box.untilInSync();
      const [row] = await clinic.sql`SELECT last_name, birth_date::text FROM patients`;
      assert.deepEqual([row!.last_name, row!.birth_date], ["Das", "1969-07-20"]);
      const { lastName, birthDate } = box.store.patients.find(patient.id)!;
      assert.deepEqual({ lastName, birthDate }, fields);
    },
  );
});
