import assert from "node:assert/strict";
import { ClinicBox, measurement } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

const sharma = { patientId: "P1", patientName: "Sharma^Priya" };

Deno.test("What happens at the box reaches the clinic", async (t) => {
  await using server = await PostgresServer.start();

  await t.step("an appointment's way, its study, series, images and measurements, and the audit", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    const appointment = await box.until("the booking is here", () => box.store.appointments.find(id));
    box.store.worklistItems.send(id, null, "reception");
    const { studyInstanceUid } = appointment;
    const scan = { ...sharma, studyInstanceUid };
    const { sopInstanceUid } = await box.receive(scan, { number: 3, path: "studies/a.dcm" });
    const report = await box.receive(scan, { frames: 0 });
    box.store.measurements.replace(studyInstanceUid, report.sopInstanceUid, [
      measurement("Estimated Weight", "4.2141821355915"),
      measurement("Head Circumference", "150"),
    ]);
    box.store.audit.add("reception", "appointment sent", `appointment ${id}`, { machineId: null });
    await box.untilDelivered();

    const steps = await clinic
      .sql`SELECT status FROM sonodesk.appointment_steps WHERE appointment_id = ${id} ORDER BY id`;
    assert.deepEqual(steps.map(({ status }) => status), ["sent", "images received"]);
    const [status] = await clinic.sql`SELECT status FROM sonodesk.appointment_status WHERE appointment_id = ${id}`;
    assert.equal(status!.status, "images received");
    const [study] = await clinic.sql`
      SELECT patient_id, study_date::text, study_description, appointment_id FROM dicom_studies`;
    assert.deepEqual({ ...study }, {
      patient_id: "P1",
      study_date: new Date().toISOString().slice(0, 10),
      study_description: "Growth",
      appointment_id: id,
    });
    const [series] = await clinic.sql`SELECT modality, series_description, body_part FROM dicom_series`;
    assert.deepEqual({ ...series }, { modality: "US", series_description: "Fetus", body_part: "UTERUS" });
    const images = await clinic.sql`SELECT sop_instance_uid, file_path, thumbnail_path, image_number FROM dicom_images`;
    assert.deepEqual(images.map((row) => ({ ...row })), [{
      sop_instance_uid: sopInstanceUid,
      file_path: "studies/a.dcm",
      thumbnail_path: `/api/instances/${sopInstanceUid}/thumbnail`,
      image_number: 3,
    }]);
    const values = await clinic.sql`
      SELECT measurement_type, value::text, unit, body_part, notes, context FROM measurements ORDER BY position`;
    assert.deepEqual({ ...values[0] }, {
      measurement_type: "Estimated Weight",
      value: "4.2141821355915",
      unit: "g",
      body_part: "Fetus",
      notes: "fetus: A",
      context: { fetus: "A" },
    });
    const [audit] = await clinic.sql`SELECT actor, action, detail FROM sonodesk.audit_events WHERE actor = 'reception'`;
    assert.deepEqual({ ...audit }, { actor: "reception", action: "appointment sent", detail: { machineId: null } });

    // a report that comes anew with less in it leaves nothing of the old one
    box.store.measurements.replace(studyInstanceUid, report.sopInstanceUid, [measurement("Estimated Weight", "5")]);
    await box.untilDelivered();
    assert.deepEqual((await clinic.sql`SELECT value::text FROM measurements`).map(({ value }) => value), ["5"]);
    await box.receive(scan, { sopInstanceUid: report.sopInstanceUid, frames: 0 });
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM measurements`).length, 0, "a superseded report's values are withdrawn");
  });

  for (const integerIds of [false, true]) {
    await t.step(`walk-ins of days without the clinic, once (${integerIds ? "integer" : "text"} ids)`, async () => {
      await using clinic = await FlaskClinic.create(server, { integerIds });
      await using box = await ClinicBox.make({ url: clinic.url });
      // as versions gave them whose ids did not carry their box
      const oldId = "W2611220001";
      const asha = box.walkIn({ firstName: "Asha", lastName: "Rao" }, oldId);
      box.store.worklistItems.send(asha.id, null, "reception");
      const sent = { patientId: asha.patient.id, patientName: "Rao^Asha", studyInstanceUid: asha.studyInstanceUid };
      await box.receive(sent);
      // the same patient again, under the id the box gave
      const again = box.walkIn({ firstName: "Asha", lastName: "Rao" }, asha.patient.id);
      // another box has given the same id to somebody else, and would not today
      await using other = await ClinicBox.make({ url: clinic.url });
      const bela = other.walkIn({ firstName: "Bela", lastName: "Das" }, oldId);
      assert.notEqual(other.store.patients.newId("2026-11-22"), box.store.patients.newId("2026-11-22"));

      box.link.start();
      await box.untilDelivered();
      other.link.start();
      await other.untilDelivered();
      await box.untilInSync();
      await box.restart();
      await box.untilInSync();

      const patients = await clinic
        .sql`SELECT id::text, first_name, birth_date::text FROM patients ORDER BY first_name`;
      assert.deepEqual(patients.map(({ first_name, birth_date }) => [first_name, birth_date]), [
        ["Asha", "1988-02-29"],
        ["Bela", "1988-02-29"],
      ]);
      const booked = await clinic.sql`
        SELECT patient_id::text AS patient, mwl_sent, accession_number FROM appointments ORDER BY id`;
      assert.deepEqual(booked.map(({ patient }) => patient), [patients[0]!.id, patients[0]!.id, patients[1]!.id]);
      assert.deepEqual(booked.map(({ mwl_sent }) => mwl_sent), [true, false, false]);
      const [study] = await clinic.sql`SELECT patient_id::text AS patient FROM dicom_studies`;
      assert.equal(study!.patient, patients[0]!.id);

      // what the clinic has of them is known here as the same, and nobody has become somebody else
      for (const [one, walkIn] of [[box, asha], [other, bela]] as const) {
        const { firstName, lastName } = one.store.patients.find(walkIn.patient.id)!;
        assert.deepEqual([firstName, lastName], [walkIn.patient.firstName, walkIn.patient.lastName]);
      }
      assert.equal(box.store.appointments.onDay(asha.date).length, 3);
      assert.equal(box.store.appointments.get(asha.id).patient.id, asha.patient.id);
      const [row] = await clinic.sql`
        UPDATE appointments SET time = '15:00' WHERE id = (SELECT max(id) FROM appointments WHERE patient_id::text = ${
        patients[0]!.id
      }) RETURNING id`;
      assert.ok(row);
      await box.until("the clinic's change is here", () => box.store.appointments.get(again.id).time === "15:00:00");
      await clinic.sql`DELETE FROM appointments WHERE id = ${row.id}`;
      await box.until("it is cancelled", () => box.store.appointments.get(again.id).status === "cancelled");
    });
  }

  await t.step("a poisoned event stops only its own aggregate, until somebody says try again", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    await clinic.book();
    await box.until("the booking is here", () => box.store.patients.find("P1"));
    const bad = await box.receive({ patientId: "P1", patientName: "Sharma^Priya" });
    box.store.measurements.replace(bad.studyInstanceUid, bad.sopInstanceUid, [measurement("Weight", "1e200000")]);
    await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid: bad.studyInstanceUid }, {
      number: 2,
    });
    const good = await Promise.all(
      Array.from({ length: 30 }, () => box.receive({ patientId: "P1", patientName: "Sharma^Priya" })),
    );
    await box.until(
      "all but the poisoned study are there",
      async () => (await clinic.sql`SELECT FROM dicom_images`).length === good.length + 1,
    );
    await box.until("it is parked", () => box.link.queue().parked === 1);
    const [parked] = box.link.queue().parkedAggregates;
    assert.equal(parked!.aggregate, `study:${bad.studyInstanceUid}`);
    assert.match(parked!.reason, /22003.*overflows numeric/);
    assert.equal(parked!.events, 2, "what came behind it waits");
    assert.match(box.link.status().sentence, /2 waiting since \d\d:\d\d; 1 needs a person's look/);

    // an event that makes no sense at all is refused as well, not tried for ever
    box.store.transaction(() => box.store.outbox.add("study:1.2", "measurements", { measurements: 7 }));
    box.store.transaction(() => box.store.outbox.add("study:1.3", "an event of the future", {}));
    await box.until("they are parked", () => box.link.queue().parked === 3);

    await clinic.sql`ALTER TABLE measurements ALTER value TYPE text`;
    await clinic.sql`ALTER TABLE measurements ALTER value DROP NOT NULL`;
    await clinic.sql`ALTER TABLE measurements ALTER value TYPE numeric USING NULL`;
    assert.equal(box.link.retry(parked!.aggregate), true);
    await box.until(
      "it was tried and parked again",
      () =>
        box.link.queue().parkedAggregates.some(({ aggregate, attempts }) =>
          aggregate === parked!.aggregate && attempts === 2
        ),
    );
    assert.equal(box.link.retry("study:9.9.9"), false);
  });

  await t.step("a study with values that DICOM does not allow reaches the clinic all the same", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    await clinic.book();
    await box.until("the booking is here", () => box.store.patients.find("P1"));
    const odd = { ...sharma, accessionNumber: "2026-11-26/000000017" };
    await box.receive(odd, { number: 20_261_126_101_500, bodyPart: "L".repeat(100) });
    await box.untilDelivered();
    const [row] = await clinic.sql`
      SELECT accession_number, body_part, image_number
      FROM dicom_studies s JOIN dicom_series e ON e.study_id = s.id JOIN dicom_images i ON i.series_id = e.id`;
    assert.deepEqual({ ...row }, { accession_number: null, body_part: "L".repeat(64), image_number: null });
  });

  await t.step(
    "a study that was told before its booking could be has the clinic's appointment once it can",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await clinic.book();
      await box.until("the patient is known", () => box.store.patients.find("P1"));
      await clinic.sql`ALTER TABLE appointments ADD CONSTRAINT no_walk_ins CHECK (doctor <> 'Meera Iyer') NOT VALID`;
      const walkIn = box.walkIn({ firstName: "Priya", lastName: "Sharma" }, "P1");
      await box.until("the booking is parked", () => box.link.queue().parked === 1);
      await box.receive({ ...sharma, studyInstanceUid: walkIn.studyInstanceUid });
      await box.until("the study is told", async () => (await clinic.sql`SELECT FROM dicom_studies`).length === 1);
      await clinic.sql`ALTER TABLE appointments DROP CONSTRAINT no_walk_ins`;
      assert.equal(box.link.retry(box.link.queue().parkedAggregates[0]!.aggregate), true);
      await box.untilDelivered();
      const [study] = await clinic.sql`
      SELECT a.doctor FROM dicom_studies s JOIN appointments a ON a.id::text = s.appointment_id`;
      assert.equal(study?.doctor, "Meera Iyer", "it is the clinic's id, not the box's");
    },
  );

  await t.step("a study waits for a patient whom the clinic then enters: it goes on without a tap", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    await box.receive({ patientId: "P9", patientName: "Rao^Anna", patientBirthDate: "1990-05-17" });
    await box.until("it waits", () => box.link.queue().parked === 1);
    await clinic.sql`INSERT INTO patients (id, first_name, last_name, birth_date, created_at)
      VALUES ('P9', 'Anna', 'Rao', '1990-05-17', now())`;
    await box.untilDelivered(10);
    assert.equal((await clinic.sql`SELECT patient_id FROM dicom_studies`)[0]!.patient_id, "P9");
  });

  await t.step("a study of a patient whom the clinic does not know goes on when it is matched", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    await box.until("the booking is here", () => box.store.appointments.find(id));
    const typo = await box.receive({ patientId: "P11", patientName: "Sharma^Priya" });
    const stranger = await box.receive({ patientId: "P1", patientName: "Kumar^Ravi" });
    await box.until(
      "both need a patient",
      () => box.link.queue().parkedAggregates.filter(({ needs }) => needs === "a patient").length === 2,
    );
    assert.equal((await clinic.sql`SELECT FROM dicom_studies`).length, 0, "nothing under the wrong patient");

    box.store.decisions.match(typo.studyInstanceUid, id, { by: "reception", reason: "seen" });
    const study = await box.until(
      "it is there",
      async () => (await clinic.sql`SELECT study_instance_uid, patient_id, appointment_id FROM dicom_studies`)[0],
    );
    assert.deepEqual({ ...study }, {
      study_instance_uid: typo.studyInstanceUid,
      patient_id: "P1",
      appointment_id: id,
    });
    await box.until("only the other waits", () => box.link.queue().parked === 1);
    assert.equal(box.link.queue().parkedAggregates[0]!.aggregate, `study:${stranger.studyInstanceUid}`);
  });

  await t.step(
    "a study that was filed while its booking was parked has the clinic's appointment once that is made",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await clinic.book();
      await box.until("the patient is here", () => box.store.patients.find("P1"));
      await clinic.sql`ALTER TABLE appointments ADD CONSTRAINT no_walk_ins CHECK (time <> '11:15')`;
      const { id, studyInstanceUid } = box.walkIn({ firstName: "Priya", lastName: "Sharma" }, "P1");
      await box.until("the booking is parked", () => box.link.queue().parked === 1);
      await box.receive({ patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid });
      const filed = async () => (await clinic.sql`SELECT appointment_id AS id FROM dicom_studies`)[0]?.id;
      await box.until("the study is filed", filed);
      await clinic.sql`ALTER TABLE appointments DROP CONSTRAINT no_walk_ins`;
      assert.equal(box.link.retry(`appointment:${id}`), true);
      await box.until("it is booked", () => box.link.queue().parked === 0);
      await box.untilDelivered();
      const [booked] = await clinic.sql`SELECT id::text FROM appointments WHERE time = '11:15'`;
      assert.equal(await filed(), booked!.id);
    },
  );

  await t.step(
    "while one lane waits for a row, the other does not look again and again for what that one has",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await clinic.book();
      await box.until("the booking is here", () => box.store.patients.find("P1"));
      await box.untilDelivered();
      let release = () => {};
      const released = new Promise<void>((resolve) => release = resolve);
      const locking = clinic.sql.begin(async (sql) => {
        await sql`LOCK TABLE dicom_studies IN ACCESS EXCLUSIVE MODE`;
        await released;
      });
      await box.receive(sharma);
      const isWaitedFor = async () =>
        (await clinic.sql`SELECT FROM pg_locks JOIN pg_class c ON c.oid = relation
        WHERE NOT granted AND relname = 'dicom_studies'`).length > 0;
      await box.until("it is held for a while", () => box.store.outbox.nextDue() !== undefined);
      await box.until("it is tried again", isWaitedFor);
      const { outbox } = box.store;
      let looks = 0;
      const nextBatch = outbox.nextBatch.bind(outbox);
      outbox.nextBatch = (...given) => (looks += 1, nextBatch(...given));
      box.store.audit.add("box", "counted", "the other lane has this to tell");
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const counted = looks;
      release();
      await locking;
      await box.untilDelivered();
      assert.ok(counted < 50, `${counted} looks`);
    },
  );

  await t.step("the clinic's database remembers events for longer than any backup, and not for ever", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.make({ url: clinic.url });
    const boxId = box.store.settings.get("box id")!;
    await clinic.sql`
      INSERT INTO sonodesk.applied_events
      SELECT gen_random_uuid(), id, now() - days * interval '1 day'
      FROM (VALUES (${boxId}), ('another box')) AS boxes (id), (VALUES (500), (300)) AS ages (days)`;
    box.link.start();
    const left = async () =>
      (await clinic.sql`SELECT box_id, applied_at < now() - interval '400 days' AS old FROM sonodesk.applied_events
        WHERE applied_at < now() - interval '1 day' ORDER BY 1, 2`).map(({ box_id, old }) => [box_id === boxId, old]);
    await box.until("the oldest of this box is gone", async () => (await left()).length === 3);
    assert.deepEqual((await left()).filter(([own]) => own), [[true, false]]);
  });

  await t.step("delivered events do not stay for ever, waiting ones do", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    for (let n = 0; n < 10; n++) box.store.audit.add("box", "counted", String(n));
    await box.untilDelivered();
    await box.link.stop();
    box.store.audit.add("box", "counted", "later");
    assert.ok(box.store.outbox.prune("9999", 5) === 5 && box.store.outbox.prune("9999", 5) === 5);
    assert.equal(box.store.outbox.prune("9999", 5), 0);
    assert.equal(box.store.outbox.counts().waiting, 1);
    await box.restart();
    await box.untilDelivered();
    assert.equal((await clinic.sql`SELECT FROM sonodesk.audit_events`).length, 11);
  });
});
