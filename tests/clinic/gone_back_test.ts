import assert from "node:assert/strict";
import { readAddress } from "../../src/clinic/address.ts";
import { ScheduleReader } from "../../src/clinic/schedule.ts";
import { ClinicSession } from "../../src/clinic/session.ts";
import { ClinicBox, measurement } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

const sharma = { patientId: "P1", patientName: "Sharma^Priya" };

/** All that the box has told, as the clinic's program would read it; without the ids that the database gives. */
async function told(clinic: FlaskClinic) {
  const rows = async (query: string) => (await clinic.sql.unsafe(query)).map((row) => ({ ...row }));
  return {
    studies: await rows(`SELECT study_instance_uid, patient_id, appointment_id FROM dicom_studies ORDER BY 1`),
    images: await rows(`
      SELECT sop_instance_uid, file_path, attention, study_instance_uid FROM dicom_images i
        JOIN dicom_series r ON r.id = series_id JOIN dicom_studies s ON s.id = study_id ORDER BY 1`),
    values: await rows(`
      SELECT sop_instance_uid, position, measurement_type, value::text, code, context FROM measurements ORDER BY 1, 2`),
    steps: await rows(`SELECT appointment_id, status, at FROM sonodesk.appointment_steps ORDER BY at, id`),
    audit: await rows(`SELECT action, subject FROM sonodesk.audit_events WHERE actor = 'reception' ORDER BY id`),
    sent: await rows(`SELECT id, mwl_sent, accession_number FROM appointments ORDER BY id`),
    patients: await rows(`SELECT first_name, last_name FROM patients ORDER BY 1, 2`),
  };
}

Deno.test("A clinic's database that went back in time, or lost what it had, has it again", async (t) => {
  await using server = await PostgresServer.start();

  /** A box that has told of a scan, its values, a walk-in, and an audit's event; `between` runs in the middle of it. */
  async function afterADay(clinic: FlaskClinic, box: ClinicBox, between: () => Promise<void> = async () => {}) {
    const id = await clinic.book();
    const appointment = await box.until("the booking is here", () => box.store.appointments.find(id));
    const scan = { ...sharma, studyInstanceUid: appointment.studyInstanceUid };
    await box.receive(scan, { number: 1 });
    await box.untilDelivered();
    await between();
    box.store.worklistItems.send(id, null, "reception");
    await box.receive(scan, { number: 2 });
    const report = await box.receive(scan, { frames: 0 });
    box.store.measurements.replace(scan.studyInstanceUid, report.sopInstanceUid, [
      measurement("Estimated Weight", "4.2"),
      measurement("Head Circumference", "150"),
      measurement("Head Circumference", "150"),
    ]);
    box.walkIn({ firstName: "Anna", lastName: "Rao" });
    box.store.audit.add("reception", "appointment sent", `appointment ${id}`, {});
    await box.untilDelivered();
    return scan;
  }

  await t.step(
    "brought back from a copy of before: all that it lost is told again, once, without a person",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      let copy = "";
      await afterADay(clinic, box, async () => void (copy = await clinic.backUp()));
      const before = await told(clinic);
      await clinic.restore(copy);
      assert.equal((await told(clinic)).values.length, 0, "the copy is of before");
      await box.until("it has all again", async () => (await told(clinic)).audit.length === 1);
      await box.untilDelivered();
      assert.deepEqual(await told(clinic), before);
      const [mark] = box.store.audit.list({}, 50).filter(({ action }) => action === "clinic database went back");
      assert.ok(mark, "a person can read that it happened");
    },
  );

  await t.step("what happens while nobody has noticed yet comes behind what was lost, and nothing twice", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const copy = await clinic.backUp();
    const scan = await afterADay(clinic, box);
    const before = await told(clinic);
    await box.link.stop();
    await clinic.restore(copy);
    // the clinic's program books again what it lost
    await clinic.book();
    await box.receive(scan, { number: 3 });
    await box.restart();
    await box.untilDelivered();
    const after = await told(clinic);
    assert.equal(after.images.length, before.images.length + 1);
    assert.deepEqual(after.steps.slice(0, before.steps.length), before.steps);
    assert.deepEqual(after.values, before.values);
    assert.deepEqual(after.patients, before.patients);
    assert.deepEqual(after.sent, before.sent);
  });

  await t.step(
    "older than the box remembers its events: what is missing is found by comparing, and told again",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await afterADay(clinic, box);
      const { studies, images, values } = await told(clinic);
      await clinic.sql`DELETE FROM measurements`;
      await clinic.sql`DELETE FROM dicom_images`;
      await clinic.sql`DELETE FROM dicom_series`;
      await clinic.sql`DELETE FROM dicom_studies`;
      box.link.compare();
      await box.until("it was compared", () => box.link.status().compared ?? undefined);
      assert.deepEqual({ ...box.link.status().compared!, at: "" }, { studies: 1, toldAgain: 1, stillOther: 0, at: "" });
      await box.untilDelivered();
      const after = await told(clinic);
      assert.deepEqual({ studies: after.studies, images: after.images, values: after.values }, {
        studies,
        images,
        values,
      });
    },
  );

  await t.step("nothing is told again where nothing is missing, and what others wrote is left alone", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const { studyInstanceUid } = await afterADay(clinic, box);
    const [study] = await clinic.sql`SELECT id FROM dicom_studies WHERE study_instance_uid = ${studyInstanceUid}`;
    await clinic.sql`INSERT INTO measurements (study_id, measurement_type, value, unit)
      VALUES (${study!.id}, 'Estimated Weight', 4.2, 'g')`;
    const before = await clinic.sql`SELECT * FROM measurements ORDER BY id`;
    box.link.compare();
    await box.until("it was compared", () => box.link.status().compared ?? undefined);
    assert.equal(box.link.status().compared!.toldAgain, 0);
    assert.deepEqual(await clinic.sql`SELECT * FROM measurements ORDER BY id`, before);
  });

  await t.step(
    "a later image of a study that was lost does not wait for a person: its study comes with it",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      const scan = await afterADay(clinic, box);
      await clinic.sql`DELETE FROM measurements`;
      await clinic.sql`DELETE FROM dicom_images`;
      await clinic.sql`DELETE FROM dicom_series`;
      await clinic.sql`DELETE FROM dicom_studies`;
      const { sopInstanceUid } = await box.receive(scan, { number: 9 });
      await box.untilDelivered();
      assert.deepEqual((await told(clinic)).images.map((image) => image.sop_instance_uid), [sopInstanceUid]);
      assert.equal(box.link.queue().parked, 0);
    },
  );

  await t.step(
    "columns that a migration of the clinic's dropped are missed within a minute, and hold again what they held",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url, checkEvery: 200 });
      await afterADay(clinic, box);
      const rows = async () =>
        (await clinic.sql`SELECT * FROM measurements ORDER BY id`).map(({ updated_at: _, ...row }) => row);
      const before = await rows();
      await clinic.sql.unsafe(`ALTER TABLE measurements DROP COLUMN sop_instance_uid, DROP COLUMN position,
      DROP COLUMN code, DROP COLUMN laterality, DROP COLUMN context;
      ALTER TABLE dicom_images DROP COLUMN attention; ALTER TABLE dicom_studies DROP COLUMN appointment_id`);
      await box.until("it says so", () => box.link.status().state === "needs mending");
      assert.match(box.link.status().sentence, /lacks the column appointment_id of dicom_studies and 6 more/);
      assert.match(box.link.status().sentence, /since \d\d:\d\d/);
      await box.link.install(clinic.ownerUrl);
      await box.until("it was compared", () => box.link.status().compared ?? undefined);
      await box.untilDelivered();
      assert.deepEqual(await rows(), before, "the same rows, with the ids that they had");
      assert.equal((await told(clinic)).studies[0]!.appointment_id, "1");
      assert.equal(box.link.status().state, "in sync");
    },
  );

  await t.step("a study without values is its appointment's again, too", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const id = await clinic.book();
    const { studyInstanceUid } = await box.until("the booking is here", () => box.store.appointments.find(id));
    await box.receive({ ...sharma, studyInstanceUid });
    await box.untilDelivered();
    await clinic.sql`UPDATE dicom_studies SET appointment_id = NULL`;
    box.link.compare();
    await box.until("it was compared", () => box.link.status().compared ?? undefined);
    await box.untilDelivered();
    assert.equal((await told(clinic)).studies[0]!.appointment_id, id);
  });

  await t.step(
    "a box that is switched off each night compares once a day all the same, and knows when it did",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await afterADay(clinic, box);
      box.link.compare();
      const { at } = await box.until("it was compared", () => box.link.status().compared ?? undefined);
      await box.restart();
      assert.equal(box.link.status().compared?.at, at);
    },
  );

  await t.step("all that came since a day is told again when a person asks for it", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    await afterADay(clinic, box);
    const before = await told(clinic);
    await clinic.sql`DELETE FROM measurements`;
    assert.equal(await box.link.tellAgain("2999-01-01"), 0);
    assert.equal(await box.link.tellAgain(new Date().toISOString().slice(0, 10)), 1);
    await box.untilDelivered();
    assert.deepEqual(await told(clinic), before);
  });

  await t.step(
    "a walk-in that it lost is not taken for deleted while it is told of again, and is once the clinic deletes it",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      await box.untilInSync();
      const copy = await clinic.backUp();
      const { id } = box.walkIn({ firstName: "Anna", lastName: "Rao" });
      await box.until("it is in the clinic's schedule", () => box.store.clinicBookings.isInClinic(id));
      await box.untilDelivered();
      await box.link.stop();
      await clinic.restore(copy);
      const session = new ClinicSession(readAddress(clinic.url));
      try {
        const reader = new ScheduleReader(box.store, box.store.settings.boxId());
        box.store.outbox.deliverAgain(box.store.outbox.deliveredAfter(0, 100).map(({ sequence }) => sequence));
        await reader.read(session);
        assert.equal(box.store.appointments.get(id).status, "scheduled");
      } finally {
        session.close();
      }
      await box.restart();
      await box.untilDelivered();
      await box.untilInSync();
      assert.equal(box.store.appointments.get(id).status, "scheduled");
      await clinic.sql`DELETE FROM appointments`;
      await box.until("it is gone", () => box.store.appointments.get(id).status === "cancelled");
    },
  );

  await t.step("another database that never heard of the box is not told what the former one was told", async () => {
    await using trial = await FlaskClinic.create(server);
    await using real = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: trial.url });
    await afterADay(trial, box);
    await box.link.stop();
    await real.sql`ALTER SEQUENCE appointments_id_seq RESTART 100`;
    await real.book({ patientId: "P2", firstName: "Vera", lastName: "Braun" });
    await box.restart({ url: real.url });
    await box.until("the real booking is here", () => box.store.appointments.find("100"));
    box.walkIn({ firstName: "Ola", lastName: "Nordmann" });
    await box.untilDelivered();
    assert.deepEqual((await told(real)).patients.map(({ first_name }) => first_name), ["Ola", "Vera"]);
    await box.restart({ url: real.url });
    await box.untilInSync();
    await box.untilDelivered();
    assert.deepEqual((await told(real)).studies, []);
  });
});
