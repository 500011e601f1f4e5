import assert from "node:assert/strict";
import postgres from "postgres";
import { ClinicBox } from "./clinic_box.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { debianPrograms, PostgresServer } from "./postgres_server.ts";

Deno.test("Two boxes on one clinic's database, each with a role of its own", async (t) => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  await clinic.sql.unsafe(`CREATE ROLE box_east LOGIN PASSWORD 'east' IN ROLE sonodesk;
    CREATE ROLE box_west LOGIN PASSWORD 'west' IN ROLE sonodesk`);
  const east = { url: server.url(clinic.name, "box_east", "east") };
  const west = { url: server.url(clinic.name, "box_west", "west") };

  await t.step("both have every booking, and what each does is told once and says by which", async () => {
    const id = await clinic.book();
    await using one = await ClinicBox.start(east);
    await using other = await ClinicBox.start(west);
    for (const box of [one, other]) {
      await box.until("the booking is here", () => box.store.appointments.find(id));
      assert.equal((await box.link.test()).ok, true);
    }
    one.store.worklistItems.send(id, null, "reception");
    other.store.audit.add("anna", "machine changed", "machine 1", {});
    for (const box of [one, other]) await box.untilDelivered();
    const steps = await clinic.sql`SELECT box_id FROM sonodesk.appointment_steps WHERE status = 'sent'`;
    assert.deepEqual(steps.map(({ box_id }) => box_id), [one.store.settings.boxId()]);
    const [audited] = await clinic.sql`SELECT box_id FROM sonodesk.audit_events WHERE action = 'machine changed'`;
    assert.equal(audited!.box_id, other.store.settings.boxId());
  });

  await t.step("a role that is locked out is told so at its box, and the other works on", async () => {
    await using one = await ClinicBox.start(east);
    await using other = await ClinicBox.start(west);
    for (const box of [one, other]) await box.until("it is in sync", () => box.link.status().state === "in sync");
    await clinic.sql.unsafe(`ALTER ROLE box_east NOLOGIN;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'box_east'`);
    await one.until("it says so", () => /does not let Sonodesk in/.test(one.link.status().failure));
    const id = await clinic.book({ time: "11:00" });
    await other.until("the other has the booking", () => other.store.appointments.find(id));
    await clinic.sql.unsafe(`ALTER ROLE box_east LOGIN`);
    await one.until("it has it, too", () => one.store.appointments.find(id));
  });

  await t.step("each has its own branch where the clinic's function says so", async () => {
    await clinic.sql.unsafe(`ALTER TABLE appointments ADD COLUMN branch text`);
    await clinic.sql.unsafe(`
      CREATE OR REPLACE FUNCTION sonodesk.bookings(first_day date, last_day date, ids text[])
      RETURNS TABLE (appointment_id text, patient_id text, first_name text, last_name text, birth_date text, gender text,
        doctor text, department text, date text, "time" text, status text, accession_number text)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
        SELECT a.id::text, a.patient_id::text, p.first_name::text, p.last_name::text, p.birth_date::text, p.gender::text,
          a.doctor::text, a.department::text, a.date::text, a.time::text, a.status::text, a.accession_number::text
        FROM appointments a JOIN patients p ON p.id = a.patient_id
        WHERE 'box_' || a.branch = session_user
          AND (ids IS NULL AND a.date BETWEEN first_day AND last_day OR a.id::text = ANY (ids))
      $$`);
    const ofEast = await clinic.book({ time: "12:00" });
    const ofWest = await clinic.book({ time: "13:00" });
    await clinic.sql`UPDATE appointments SET branch = CASE WHEN id = ${ofEast} THEN 'east' ELSE 'west' END`;
    await using one = await ClinicBox.start(east);
    await using other = await ClinicBox.start(west);
    await one.until("its booking is here", () => one.store.appointments.find(ofEast));
    await other.until("its booking is here", () => other.store.appointments.find(ofWest));
    assert.equal(one.store.appointments.find(ofWest), undefined);
    assert.equal(other.store.appointments.find(ofEast), undefined);
  });
});

Deno.test("The clinic's database as a standby: the box says so, loses nothing, and goes on once it is promoted", async () => {
  await using primary = await PostgresServer.start({ programs: debianPrograms() });
  const clinic = await FlaskClinic.create(primary);
  const id = await clinic.book();
  await using box = await ClinicBox.start({ url: clinic.url });
  await box.until("the booking is here", () => box.store.appointments.find(id));
  await box.untilDelivered();
  await using standby = await primary.standby();
  const there = standby.url(clinic.name, "sonodesk", "box");
  assert.match((await box.link.test(there)).detail, /standby|cannot be written/);
  const later = await clinic.book({ time: "11:00" });
  const sql = postgres(standby.url(clinic.name), { max: 1, onnotice: () => {} });
  await box.until("the standby has it, too", async () => (await sql`SELECT FROM appointments WHERE id = ${later}`)[0]);
  await clinic.sql.end();

  await box.restart({ url: there });
  box.store.worklistItems.send(id, null, "reception");
  await box.until("it says so", () => box.link.status().failureCoded?.code === "clinic-read-only");
  assert.match(box.link.status().failure, /it is a standby/);
  assert.ok(box.store.outbox.counts().waiting > 0);
  await primary.kill();
  await sql`SELECT pg_promote()`;
  await box.until("it is told", () => box.store.outbox.counts().waiting === 0, 60);
  await box.until("what was booked meanwhile is here", () => box.store.appointments.find(later), 60);
  assert.equal((await sql`SELECT FROM sonodesk.appointment_steps WHERE status = 'sent'`).length, 1);
  await sql.end();
});
