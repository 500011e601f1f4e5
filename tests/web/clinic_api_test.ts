import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { ClinicLink, URL_SETTING } from "../../src/clinic/clinic_link.ts";
import { Store } from "../../src/store/store.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { TestBox } from "../support/web_box.ts";
import { until } from "../support/until.ts";

const SECRET = "postgresql://sonodesk:very-secret@127.0.0.1:1/clinic";

async function ask(box: TestBox, path: string, options: Parameters<TestBox["fetch"]>[1] = {}) {
  const answer = await box.fetch(path, options);
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, text, json: isJson ? JSON.parse(text) : undefined };
}

Deno.test("Clinic's database: its address is kept, shown without the password, and taken back", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const put = (url: unknown) => ask(box, "/api/clinic", { cookie, method: "PUT", body: { url } });

  const off = (await ask(box, "/api/clinic", { cookie })).json;
  assert.deepEqual([off.state, off.addressFrom, off.missing, off.scheduleProblems], ["off", "nobody", null, []]);
  for (const url of ["mysql://here", "postgresql://127.0.0.1/clinic", 5]) assert.equal((await put(url)).status, 400);
  assert.equal(box.store.settings.get(URL_SETTING), undefined);

  box.clinic.start();
  assert.equal((await put(SECRET)).json.addressFrom, "stored");
  assert.equal(box.store.settings.get(URL_SETTING), SECRET);
  const away = await until("the server is away", async () => {
    const { text, json } = await ask(box, "/api/clinic", { cookie });
    assert.ok(!text.includes("very-secret"));
    return json.state === "away" && json;
  });
  assert.equal(away.address, "sonodesk@127.0.0.1:1/clinic");
  assert.equal(away.missing, null);
  assert.match(away.sentence, /Nothing answers/);

  await put(null);
  assert.equal(box.store.settings.get(URL_SETTING), undefined);
  await until("it is off", () => box.clinic.status().state === "off");
  const events = box.store.audit.list({ action: "clinic database changed" }, 10);
  assert.deepEqual(events.map(({ detail }) => detail), [
    { before: "sonodesk@127.0.0.1:1/clinic", after: null },
    { before: null, after: "sonodesk@127.0.0.1:1/clinic" },
  ]);
  assert.ok(!JSON.stringify((await ask(box, "/api/audit", { cookie })).json).includes("very-secret"));
  assert.ok(!box.lines.join().includes("very-secret"));
  await box.stop();
});

Deno.test("Clinic's database: an address from the environment is not changed here; nothing is run without one", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const refused = await ask(box, "/api/clinic/install", { cookie, body: {} });
  assert.equal(refused.status, 409);
  assert.match(refused.json.detail, /enter one first/);
  assert.equal((await ask(box, "/api/clinic/install", { cookie, body: { url: "nonsense" } })).status, 400);
  const tested = (await ask(box, "/api/clinic/test", { cookie, body: {} })).json;
  assert.deepEqual([tested.ok, tested.missing], [false, []]);
  const sql = await ask(box, "/api/clinic/sql", { cookie });
  assert.match(sql.text, /CREATE .*FUNCTION sonodesk\.bookings/);
  await box.stop();

  // a link as the appliance makes it where the environment has the address; it needs a store of its own
  const other = new Store(":memory:");
  const fixed = await TestBox.start({ clinic: new ClinicLink(other, { url: SECRET }) });
  const answer = await ask(fixed, "/api/clinic", {
    cookie: await fixed.signIn("admin"),
    method: "PUT",
    body: { url: SECRET },
  });
  assert.equal(answer.status, 409);
  assert.match(answer.json.detail, /environment/);
  assert.equal(fixed.store.settings.get(URL_SETTING), undefined);
  await fixed.stop();
  other.close();
});

Deno.test("Clinic's database: connected, put right, bookings in, what is refused is parked and tried again", async () => {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server, { installed: false });
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  box.clinic.start();

  const tested = (await ask(box, "/api/clinic/test", { cookie, body: { url: clinic.ownerUrl } })).json;
  assert.equal(tested.ok, false);
  assert.match(tested.detail, /lacks/);
  await ask(box, "/api/clinic", { cookie, method: "PUT", body: { url: clinic.ownerUrl } });
  const lacking = await until("it says what is lacking", async () => {
    const { json } = await ask(box, "/api/clinic", { cookie });
    return json.state === "needs mending" && json.missing && json;
  });
  assert.ok(lacking.missing.some(({ what }: { what: string }) => what === "the schema sonodesk"));

  await clinic.book();
  await clinic.book({ patientId: "P2", firstName: "", lastName: "" });
  assert.equal((await ask(box, "/api/clinic/install", { cookie, body: {} })).status, 200);
  assert.equal(box.store.audit.list({ action: "clinic database mended" }, 1).length, 1);
  const well = await until("the schedule is read", async () => {
    const { json } = await ask(box, "/api/clinic", { cookie });
    return json.readAt !== null && json.missing?.length === 0 && json.scheduleProblems.length > 0 && json;
  });
  assert.match(well.scheduleProblems[0].reason, /name/);
  assert.ok(box.store.patients.find("P1"));

  const study = { studyInstanceUid: "1.2.3", patientId: "NOBODY", patientName: "No^Body" };
  await box.receive(study);
  const queue = await until("something waits for a person", async () => {
    const { json } = await ask(box, "/api/clinic/queue", { cookie });
    return json.parkedAggregates.length > 0 && json;
  });
  assert.deepEqual([queue.parkedAggregates[0].aggregate, queue.parkedAggregates[0].needs], [
    "study:1.2.3",
    "a patient",
  ]);
  const retry = "/api/clinic/queue/study%3A1.2.3/retry";
  assert.equal((await ask(box, retry, { cookie, method: "POST" })).status, 200);
  assert.equal((await ask(box, "/api/clinic/queue/study%3A9/retry", { cookie, method: "POST" })).status, 404);
  assert.equal(box.store.audit.list({ action: "clinic queue tried again" }, 1)[0]!.subject, "study:1.2.3");
  await box.stop();
});

Deno.test("Users: whoever comes from the clinic's database is shown as such and not changed here", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const asha = box.store.users.add(
    { username: "asha", displayName: "", role: "receptionist", passwordHash: "pbkdf2:sha256:1$a$b" },
    "clinic",
  );
  const users = (await ask(box, "/api/users", { cookie })).json as { username: string; source: string }[];
  assert.deepEqual(users.map(({ username, source }) => [username, source]).sort(), [
    ["admin", "box"],
    ["asha", "clinic"],
  ]);
  const changed = await ask(box, `/api/users/${asha.id}`, { cookie, method: "PATCH", body: { role: "admin" } });
  assert.equal(changed.status, 409);
  assert.match(changed.json.detail, /clinic's database/);
  assert.equal(box.store.users.find(asha.id)!.role, "receptionist");
  await box.stop();
});

Deno.test("Procedure steps: what machines scan without a booking is listed, for everybody who is signed in", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const list = "/api/procedure-steps?unscheduled=true";
  assert.deepEqual((await ask(box, list, { cookie })).json, []);
  box.store.procedureSteps.begin({
    ...{ sopInstanceUid: "1.2.9", appointmentId: null, studyInstanceUid: "1.2.8", aeTitle: "US-2" },
    ...{ status: "IN PROGRESS", patientId: "P-9", patientName: "Das^Bela", reason: "", attributes: new Uint8Array() },
  });
  const { json: [{ startedAt, ...step }] } = await ask(box, list, { cookie });
  assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < 60_000);
  assert.deepEqual(step, {
    ...{ sopInstanceUid: "1.2.9", studyInstanceUid: "1.2.8", aeTitle: "US-2", status: "IN PROGRESS", reason: "" },
    ...{ patientId: "P-9", patientName: "Das^Bela", endedAt: null, made: 0, missing: 0 },
  });
  assert.equal((await ask(box, "/api/procedure-steps", { cookie })).status, 400);
  assert.equal((await ask(box, list, {})).status, 401);
  await box.stop();
});

Deno.test("Appointments: what a machine says it made and did; a person completes what no machine does", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const path = `/api/appointments/${appointment.id}`;
  const { studyInstanceUid } = appointment;
  box.store.worklistItems.send(appointment.id, null, "reception");
  const step = {
    sopInstanceUid: "1.2.9",
    appointmentId: appointment.id,
    studyInstanceUid,
    aeTitle: "US-2",
    status: "IN PROGRESS" as const,
    patientId: "P-1",
    patientName: "Rao^Asha",
    reason: "",
    attributes: new Uint8Array(),
  };
  box.store.procedureSteps.begin(step);
  assert.equal((await ask(box, path, { cookie })).json.status, "in progress");
  const came = await box.receive({ studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  const made = [came, "1.2.10"].map((sopInstanceUid) => ({
    sopInstanceUid,
    sopClassUid: "1.2.840.10008.5.1.4.1.1.6.1",
  }));
  box.store.procedureSteps.update({ ...step, status: "DISCONTINUED", reason: "Patient left" }, made);
  const { json } = await ask(box, path, { cookie });
  assert.deepEqual([json.made, json.missing, json.stopped], [2, 1, "Patient left"]);
  const [{ startedAt: _from, endedAt: _to, ...performed }] = json.performed;
  assert.deepEqual(performed, {
    aeTitle: "US-2",
    status: "DISCONTINUED",
    reason: "Patient left",
    made: 2,
    missing: 1,
  });
  box.store.procedureSteps.begin({ ...step, sopInstanceUid: "1.2.11" });
  assert.equal((await ask(box, path, { cookie })).json.stopped, null, "it has begun again");

  const completed = await ask(box, `${path}/complete`, { cookie, method: "POST" });
  assert.equal(completed.json.status, "completed");
  assert.equal(box.store.appointments.steps(appointment.id).at(-1)!.cause, "completed by receptionist");
  await ask(box, `${path}/complete`, { cookie, method: "POST" });
  assert.equal(box.store.audit.list({ action: "appointment completed" }, 9).length, 1, "once");
  const other = box.book({ id: "P-2", firstName: "Ravi", lastName: "Rao" });
  box.store.appointments.record(other.id, "cancelled", say("cancelled-by", { who: "anna" }));
  assert.equal((await ask(box, `/api/appointments/${other.id}/complete`, { cookie, method: "POST" })).status, 409);
  assert.equal((await ask(box, "/api/appointments/none/complete", { cookie, method: "POST" })).status, 404);
  await box.stop();
});
