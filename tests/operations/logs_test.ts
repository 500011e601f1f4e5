import assert from "node:assert/strict";
import { format } from "node:util";
import { demoClinic } from "../../src/demo_clinic.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { startLogging } from "../../src/logging.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { readConfig } from "../../src/settings/config.ts";
import { NightlyBackup } from "../../src/backup/nightly_backup.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { Pacs, pacsAt } from "../support/pacs.ts";
import { freePort } from "../support/servers.ts";
import { traceIn } from "../support/patient_traces.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

Deno.test("a whole demo day, with everything that goes wrong in one, leaves no patient in any log line", async () => {
  const lines: string[] = [];
  await startLogging("debug", "json", (line) => lines.push(line));
  const { log, info, debug, warn, error } = console;
  const printed = { log, info, debug, warn, error };
  // what is printed past the log is looked at too
  for (const name of Object.keys(printed) as (keyof typeof printed)[]) {
    console[name] = (...said: unknown[]) => lines.push(format(...said));
  }
  const backups = await Deno.makeTempDir({ prefix: "sonodesk-logs-" });
  try {
    await using server = await PostgresServer.start();
    await using clinic = await FlaskClinic.create(server, { integerIds: true });
    await using box = await Box.start({ clinicDatabaseUrl: clinic.url });
    const today = localDate(new Date());
    for (const { study, patient, time, ...appointment } of demoClinic(today)) {
      const booked = { ...appointment, time: `${time}:00`, patient: { ...patient, phone: "" }, description: study };
      box.store.worklistItems.send(box.store.appointments.add(booked, "demo").id, null, "reception");
    }
    const machine = new VirtualMachine({
      host: "127.0.0.1",
      worklistPort: Number(box.worklistPort),
      storagePort: Number(box.storagePort),
      scanSeconds: 0,
      once: true,
    });
    const { examined, failures } = await machine.run();
    assert.deepEqual([examined, failures], [demoClinic(today).length, []]);
    await dayOfTroubles(box);
    await troublesOfOthers(box, server, clinic, backups);
  } finally {
    await Deno.remove(backups, { recursive: true });
    Object.assign(console, printed);
    await startLogging("error", "text");
  }
  const leaks = lines.map((line) => [traceIn(line), line]).filter(([trace]) => trace !== undefined);
  assert.deepEqual(leaks, []);
  const ends = lines.filter((line) => /association .+ from .*VIRTUAL-US/.test(line));
  assert.ok(ends.length > 18 * 2, `${ends.length} lines of associations`);
  assert.ok(lines.some((line) => line.includes("refused with")), "something was refused");
  assert.ok(lines.some((line) => line.includes("A request failed")), "some request failed");
  for (
    const part of ["set aside", "the clinic's database: ", "backed up: ", "the nightly backup failed", "is not reached"]
  ) {
    assert.ok(lines.some((line) => line.includes(part)), `nothing was said of: ${part}`);
  }
  assert.ok(lines.some((line) => /"requestId":"[0-9a-f]{8}"/.test(line)), "requests have ids");
  // the test itself can fail
  assert.equal(traceIn('{"message":"sent शर्मा to the machine"}'), "शर्मा");
  assert.ok(traceIn("Sharma^Priya") && traceIn('"SD-1001"'));
});

/** What goes wrong with the clinic's database, with the backup and with archives that images are forwarded to. */
async function troublesOfOthers(box: Box, server: PostgresServer, clinic: FlaskClinic, backups: string): Promise<void> {
  const { store, appliance } = box;
  await clinic.book({ patientId: "1", firstName: "Priya", lastName: "Sharma", gender: "Priya" });
  await clinic.book({ patientId: "2", firstName: "Priya", lastName: "Sharma ".repeat(12).trim() }); // too long
  await box.until("the clinic's bookings are here", () => store.appointments.find("1"));
  // ids that the clinic's database cannot hold were published all day: "SD-1001" is no integer
  await box.until("what cannot be published waits for a person", () => store.outbox.parked().length > 0);
  // Postgres tells the whole row with this
  await clinic.sql`ALTER TABLE patients ADD CONSTRAINT picky CHECK (first_name <> 'Priya') NOT VALID`;
  store.transaction(() => {
    const patient = { ...APPOINTMENT.patient, id: store.patients.newId(APPOINTMENT.date) };
    store.appointments.add({ ...APPOINTMENT, patient }, "box");
  });
  await box.until("it is refused", () => store.outbox.parked().some(({ reason }) => reason.includes("picky")));
  await server.kill();
  await box.until("the clinic's database is missed", () => appliance.clinic.status().state !== "in sync");

  const pacs = new Pacs();
  pacs.answer = () => 0xa700;
  await using listening = await pacs.listen();
  store.destinations.add(pacsAt(listening.port, { name: "refuses" }));
  store.destinations.add(pacsAt(freePort(), { name: "is not there" }));
  await send(box.storagePort, ultrasoundObject({ patientName: "Sharma^Priya", patientId: "SD-1001" }));
  await appliance.forwarding.look();

  const backUpTo = (backupFolder: string) =>
    new NightlyBackup(store, box.folder, () => ({ ...readConfig({}), backupFolder }))
      .run(new AbortController().signal);
  await backUpTo(backups); // a file is gone
  await backUpTo(`${backups}/unplugged`); // a disk that is not plugged in
}

/** What goes wrong on a day, each with a patient's name or id in it. */
async function dayOfTroubles(box: Box): Promise<void> {
  const named = { patientName: "शर्मा^प्रिया", patientId: "SD-1001" };
  await send(box.storagePort, ultrasoundObject({ ...named, studyInstanceUid: "1.2.3" })); // matches nobody
  await send(box.storagePort, ultrasoundObject({ ...named, patientId: "SD-1002", accessionNumber: "nonsense" }));
  const whole = ultrasoundObject(named);
  await send(box.storagePort, { ...whole, data: whole.data.subarray(0, whole.data.length - 4000) }); // cut off
  await send(box.storagePort, { ...whole, sopInstanceUid: "2.25.1" }); // not the one the command names
  await send(box.storagePort, { ...whole, data: whole.data.map((byte, at) => at > 200 ? byte ^ 255 : byte) });

  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  await addPerson(box, "owner", "admin");
  const login = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "owner", password: PASSWORD }),
  });
  await login.body?.cancel();
  const cookie = login.headers.get("set-cookie")!.split(";")[0]!;
  const ask = async (path: string, body?: string) => {
    const answer = await fetch(address + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { cookie, "content-type": "application/json" },
      body,
    });
    await answer.body?.cancel();
    return answer.status;
  };
  await ask("/api/patients?search=Priya%20Sharma");
  await ask("/api/studies?patientId=SD-1001");
  await ask("/api/appointments/Sharma");
  await ask("/Sharma/SD-1001");
  await ask("/api/appointments", `{"patient": {"lastName": "Sharma", "id": "SD-1001"`);
  await ask("/api/appointments", JSON.stringify({ patient: { id: "SD-1001", lastName: "Sharma" }, date: "tomorrow" }));
  await ask("/api/session", JSON.stringify({ username: "Priya Sharma", password: "SD-1001" }));
  const study = box.store.studies.list({ patientId: "SD-1003" }, { limit: 1 })[0]!;
  const instance = box.store.instances.find(study.series[0]!.instances[0]!.sopInstanceUid)!;
  Deno.removeSync(box.appliance.archive.pathOf(instance.path));
  await ask(`/api/instances/${instance.sopInstanceUid}/file`);
  await ask(`/api/instances/${instance.sopInstanceUid}/frames/1`);
  const other = box.store.instances.find(
    box.store.studies.list({ patientId: "SD-1004" }, { limit: 1 })[0]!.series[0]!
      .instances[0]!.sopInstanceUid,
  )!;
  const path = box.appliance.archive.pathOf(other.path);
  Deno.renameSync(path, `${path}.kept`);
  Deno.mkdirSync(path); // nothing that anybody foresaw
  await ask(`/api/instances/${other.sopInstanceUid}/file`);
  Deno.removeSync(path);
  Deno.renameSync(`${path}.kept`, path);
  await box.appliance.archive.checkIntegrity();
}
