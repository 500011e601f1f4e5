import assert from "node:assert/strict";
import { demoClinic } from "../../src/demo_clinic.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { recentLines, startLogging } from "../../src/logging.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { Box } from "../support/box.ts";
import { traceIn } from "../support/patient_traces.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { FlaskClinic } from "./flask_clinic.ts";
import { PostgresServer } from "./postgres_server.ts";

Deno.test("a day with the clinic's database, up and down and refusing, leaves no patient in a log line or in the health", async () => {
  const lines: string[] = [];
  const healths: string[] = [];
  await startLogging("debug", "json", (line) => lines.push(line));
  const printed = { info: console.info, debug: console.debug, warn: console.warn, error: console.error };
  for (const name of Object.keys(printed) as (keyof typeof printed)[]) console[name] = () => {};
  try {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server);
    await using box = await Box.start({ clinicDatabaseUrl: clinic.url });
    const link = box.appliance.clinic;
    const look = async () => {
      const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/healthz`);
      healths.push(await answer.text());
    };
    const patients = demoClinic(localDate(new Date())).slice(0, 6);
    const ids: string[] = [];
    for (const { patient } of patients) ids.push(await clinic.book({ ...patient, patientId: patient.id }));
    await clinic.book({ patientId: "SD-1099", firstName: "", lastName: "", birthDate: null }); // cannot be used
    await clinic.sql`INSERT INTO users (username, password_hash, role) VALUES ('desk', 'plain', 'wizard')`;
    for (const id of ids) {
      await box.until("the booking is here", () => box.store.appointments.find(id));
      box.store.worklistItems.send(id, null, "reception");
    }
    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort: Number(box.worklistPort),
      storagePort: Number(box.storagePort),
      scanSeconds: 0,
      once: true,
    });
    const { failures } = await machine.run();
    assert.deepEqual(failures, []);
    const delivered = () => box.until("all is delivered", () => box.store.outbox.counts().waiting === 0);
    await delivered();
    await look();

    // the clinic's own rule refuses a study, and names the patient when it does
    await clinic.sql.unsafe(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'patient % (शर्मा, Sharma) is not welcome', NEW.patient_id; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON dicom_studies FOR EACH ROW EXECUTE FUNCTION refuse();`);
    await send(
      box.storagePort,
      ultrasoundObject({ patientName: "शर्मा^प्रिया", patientId: "SD-1001", studyInstanceUid: "1.2.3" }),
    );
    await box.until("it is refused", () => box.store.outbox.counts().parked > 0);
    assert.ok(JSON.stringify(link.queue()).includes("is not welcome"), "an admin sees the database's words");
    await look();

    // an adapted view trips over a name
    await clinic.sql.unsafe(`
      CREATE VIEW sonodesk.schedule AS SELECT appointment_id, patient_id, first_name, last_name,
        CASE WHEN last_name <> '' THEN last_name::date END AS birth_date, gender, doctor, department, date, time, status,
        accession_number FROM sonodesk.bookings('-infinity', 'infinity', NULL);
      GRANT SELECT ON sonodesk.schedule TO sonodesk;`);
    await clinic.sql`NOTIFY sonodesk_schedule`;
    await box.until("the schedule cannot be read", () => link.status().state === "needs mending");
    await look();
    await clinic.sql.unsafe(`DROP VIEW sonodesk.schedule`);

    await server.kill();
    await box.until("it is away", () => link.status().state === "away");
    await send(
      box.storagePort,
      ultrasoundObject({ patientName: "Sharma^Priya", patientId: "SD-1001", studyInstanceUid: "1.2.4" }),
    );
    await look();
    await server.up();
    await clinic.reconnect();
    await box.until("it is read again", () => !["away", "connecting"].includes(link.status().state));
    await look();
  } finally {
    Object.assign(console, printed);
    await startLogging("error", "text");
  }
  const said = [...lines, ...healths, ...recentLines().map(({ message }) => message)];
  assert.deepEqual(said.map((line) => [traceIn(line), line]).filter(([trace]) => trace !== undefined), []);
  assert.ok(lines.some((line) => line.includes("is set aside")), "something was refused");
  assert.ok(lines.some((line) => line.includes("the clinic's database:")), "its failures are logged");
  assert.ok(healths.some((text) => /"clinic","status":"warning"/.test(text)), "and show in the health");
});
