import assert from "node:assert/strict";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("A walk-in that is changed at the box is changed in the clinic's database", async (t) => {
  await using server = await PostgresServer.start();

  const bookingIn = async (clinic: FlaskClinic) => {
    const [row] = await clinic.sql`
      SELECT p.id AS patient, p.first_name, p.last_name, p.birth_date::text, a.doctor, a.date::text, a.time::text, a.status,
        a.accession_number
      FROM appointments a JOIN patients p ON p.id = a.patient_id`;
    return row && { ...row };
  };

  await t.step(
    "edited, moved and cancelled while the clinic has it, and it stays so when the clinic is read",
    async () => {
      await using clinic = await FlaskClinic.create(server);
      await using box = await ClinicBox.start({ url: clinic.url });
      const { id, patient } = box.walkIn({ firstName: "Pirya", lastName: "Sharma" });
      await box.untilDelivered();
      await box.until("the schedule has it", () => box.store.clinicBookings.isInClinic(id));
      const { appointmentChanges: changes, appointments } = box.store;

      changes.edit(id, { patient: { firstName: "Priya", birthDate: "1988-03-01" }, doctor: "Asha Rao" }, "anna");
      await box.untilDelivered();
      await box.untilInSync();
      const edited = (await bookingIn(clinic))!;
      assert.deepEqual([edited.first_name, edited.birth_date, edited.doctor], ["Priya", "1988-03-01", "Asha Rao"]);
      const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
      changes.move(id, { date: day, time: "16:45:00" }, "anna");
      changes.cancel(id, "anna");
      await box.untilDelivered();
      const moved = (await bookingIn(clinic))!;
      assert.deepEqual([moved.date, moved.time, moved.status], [day, "16:45:00", "cancelled"]);
      changes.reinstate(id, "anna");
      await box.untilDelivered();
      assert.equal((await bookingIn(clinic))!.status, "scheduled");

      // several readings later the box has it as it was changed
      await new Promise((resolve) => setTimeout(resolve, 700));
      const here = appointments.get(id);
      assert.deepEqual(
        [here.patient.id, here.patient.firstName, here.doctor, here.date, here.time, here.status],
        [patient.id, "Priya", "Asha Rao", day, "16:45:00", "scheduled"],
      );
      const audited = await clinic.sql`SELECT action FROM sonodesk.audit_events WHERE actor = 'anna' ORDER BY id`;
      assert.deepEqual(audited.map(({ action }) => action), [
        "appointment edited",
        "appointment moved",
        "appointment cancelled",
        "appointment reinstated",
      ]);
    },
  );

  await t.step("what the clinic's program has changed meanwhile stays, and the other way round", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const { id } = box.walkIn({ firstName: "Asha", lastName: "Rao" });
    await box.untilDelivered();
    await box.until("the schedule has it", () => box.store.clinicBookings.isInClinic(id));
    await box.link.stop();
    await clinic.sql`UPDATE appointments SET doctor = 'Dr. Gupta'`;
    box.store.appointmentChanges.edit(id, { patient: { lastName: "Roy" } }, "anna");
    await box.restart();
    await box.until("both are there", async () => {
      const there = (await bookingIn(clinic))!;
      const here = box.store.appointments.get(id);
      return there.last_name === "Roy" && there.doctor === "Dr. Gupta" && here.patient.lastName === "Roy" &&
        here.doctor === "Dr. Gupta";
    });
  });

  await t.step("somebody else: another patient in the clinic too, and another number", async () => {
    await using clinic = await FlaskClinic.create(server);
    await using box = await ClinicBox.start({ url: clinic.url });
    const { id, patient } = box.walkIn({ firstName: "Rita", lastName: "Rao" });
    box.store.worklistItems.send(id, null, "anna");
    box.store.worklistItems.seen([id], "US-1");
    await box.untilDelivered();
    const first = (await bookingIn(clinic))!;
    box.store.appointmentChanges.edit(id, { patient: { firstName: "Gita" }, person: "another" }, "anna");
    await box.untilDelivered();
    const second = (await bookingIn(clinic))!;
    assert.notEqual(second.patient, first.patient);
    const here = box.store.appointments.get(id);
    assert.deepEqual([second.first_name, second.accession_number], ["Gita", here.accessionNumber]);
    const [rita] = await clinic.sql`SELECT first_name FROM patients WHERE id = ${first.patient}`;
    assert.equal(rita!.first_name, "Rita", "the first is who she was");
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.notEqual(box.store.appointments.get(id).patient.id, patient.id);
    assert.equal(box.store.appointments.get(id).patient.firstName, "Gita");
  });

  await t.step("given to a walk-in under a typed id that is somebody else's there: it waits for a person", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`
      INSERT INTO patients (id, first_name, last_name, gender, created_at) VALUES ('P7', 'Meera', 'Gupta', 'Female', now())`;
    await using box = await ClinicBox.start({ url: clinic.url });
    const { id } = box.walkIn({ firstName: "Rita", lastName: "Rao" });
    await box.untilDelivered();
    box.walkIn({ firstName: "Meera", lastName: "Nair" }, "P7");
    const parked = () => box.link.queue().parkedAggregates;
    await box.until("her own booking waits for a person", () => parked().length === 1);
    box.store.appointmentChanges.edit(id, { patientId: "P7" }, "anna");
    await box.until("the other does too", () => parked().some(({ aggregate }) => aggregate === `appointment:${id}`));
    const [{ patient_id: patientId } = {}] = await clinic.sql`SELECT patient_id FROM appointments`;
    assert.notEqual(patientId, "P7", "Meera Gupta has no booking");
  });

  await t.step("a database without the functions: the rest goes on, and what is missing is told", async () => {
    await using clinic = await FlaskClinic.create(server);
    await clinic.sql`DROP FUNCTION sonodesk.change_appointment(text, jsonb, text)`;
    await using box = await ClinicBox.start({ url: clinic.url });
    const { id } = box.walkIn({ firstName: "Asha", lastName: "Rao" });
    await box.untilDelivered();
    await box.until("the schedule has it", () => box.store.clinicBookings.isInClinic(id));
    box.store.appointmentChanges.edit(id, { patient: { lastName: "Roy" } }, "anna");
    const other = box.walkIn({ firstName: "Meera", lastName: "Iyer" });
    await box.until("the other is there", async () => {
      const [row] = await clinic.sql`SELECT 1 FROM appointments WHERE accession_number = ${other.accessionNumber}`;
      return row !== undefined;
    });
    await clinic
      .sql`UPDATE appointments SET department = 'Radiology' WHERE accession_number <> ${other.accessionNumber}`;
    const readAt = () => box.link.status().readAt;
    for (let reading = 0; reading < 2; reading++) {
      const before = readAt();
      await box.until("the schedule is read again", () => readAt() !== before);
    }
    assert.equal(box.store.appointments.get(id).patient.lastName, "Roy", "what was read is older");
    const missing = await box.link.missing();
    assert.deepEqual(missing.map(({ what }) => what), ["the function sonodesk.change_appointment(text,jsonb,text)"]);
    await clinic.install();
    await box.until("once the SQL was run again both have both", async () => {
      const [there] = await clinic.sql`
        SELECT p.last_name, a.department FROM appointments a JOIN patients p ON p.id = a.patient_id
        WHERE a.accession_number <> ${other.accessionNumber}`;
      const { patient, department } = box.store.appointments.get(id);
      return there!.last_name === "Roy" && there!.department === "Radiology" && patient.lastName === "Roy" &&
        department === "Radiology";
    });
  });
});
