import assert from "node:assert/strict";
import type { AuditEvent, AuditPage } from "../../src/web/contract/people.ts";
import { TestBox, today } from "../support/web_box.ts";

async function auditOf(box: TestBox, cookie: string, query = ""): Promise<AuditPage> {
  return await (await box.fetch(`/api/audit${query}`, { cookie })).json();
}

const of = ({ events }: AuditPage, action: string) => events.find((event) => event.action === action)!;

Deno.test("Audit: what was done is told by the names of patients, machines and people, and found by them", async () => {
  const box = await TestBox.start();
  const { store } = box;
  const cookie = await box.signIn("admin");
  store.users.change(store.users.findByUsername("admin")!.id, { displayName: "Dr. Meera Iyer" });
  const machine = store.machines.add({ aeTitle: "US1", name: "Voluson E8", admitted: true });
  const booked = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { time: "10:20:00" });
  const { studyInstanceUid } = booked;
  await box.fetch(`/api/appointments/${booked.id}/send`, { cookie, body: { machineId: machine.id } });
  await box.fetch(`/api/machines/${machine.id}`, { cookie, method: "PATCH", body: { room: "2" } });
  const uid = await box.receive({ studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  store.audit.add("admin", "instance downloaded", uid);
  await box.fetch(`/api/studies/${studyInstanceUid}/match`, { cookie, method: "DELETE", body: { reason: "another" } });

  const page = await auditOf(box, cookie);
  const sent = of(page, "appointment sent");
  assert.deepEqual(sent.about, { kind: "appointment", name: "Asha Rao", day: today(), time: "10:20" });
  assert.deepEqual(sent.names, { [machine.id]: "Voluson E8" });
  assert.deepEqual(of(page, "machine changed").about, { kind: "machine", name: "Voluson E8" });
  assert.deepEqual(of(page, "instance downloaded").about, { kind: "object", name: "Rao Asha", day: today() });
  assert.deepEqual(of(page, "match undone").about, { kind: "study", name: "Rao Asha", day: today() });
  assert.equal(page.people.admin, "Dr. Meera Iyer");

  const found = await auditOf(box, cookie, "?words=rao");
  assert.deepEqual(new Set(found.events.map(({ action }) => action)), new Set(["appointment sent", "match undone"]));
  assert.equal(of(await auditOf(box, cookie, "?words=voluson"), "machine changed").subject, `machine ${machine.id}`);

  await box.fetch(`/api/machines/${machine.id}`, { cookie, method: "DELETE" });
  const gone = await auditOf(box, cookie);
  assert.equal(of(gone, "machine removed").about!.name, "Voluson E8", "as it was called when it went");
  await box.fetch(`/api/audit/${of(gone, "machine removed").id}/undo`, { cookie, method: "POST" });
  assert.equal(of(await auditOf(box, cookie), "undone").about!.name, "Voluson E8");
  await box.stop();
});

Deno.test("Audit: a study that only bears somebody's id is not found by their name", async () => {
  const box = await TestBox.start();
  const { store } = box;
  const cookie = await box.signIn("admin");
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const [hers, anothers] = ["1.2.3.4.1", "1.2.3.4.2"];
  await box.receive({ studyInstanceUid: hers, patientId: "P-1", patientName: "Rao^Asha" });
  await box.receive({ studyInstanceUid: anothers, patientId: "P-1", patientName: "Patil^Beena" });
  for (const uid of [hers, anothers]) store.audit.add("admin", "measurements downloaded", `study ${uid}`);
  const { events } = await auditOf(box, cookie, "?words=asha");
  assert.deepEqual(events.map(({ subject }) => subject), [`study ${hers}`]);
  const [latest] = (await auditOf(box, cookie)).events;
  assert.deepEqual([latest!.subject, latest!.about!.name], [`study ${anothers}`, "Patil Beena"]);
  await box.stop();
});

Deno.test("Audit: a program that looks after boxes reads what was done, and nobody's name", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const booked = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  await box.fetch(`/api/appointments/${booked.id}/send`, { cookie, body: { machineId: null } });
  const body = { name: "fleet", role: "admin", purpose: "fleet", readOnly: true, lastDay: null, address: "" };
  const { token } = await (await box.fetch("/api/tokens", { cookie, body })).json();
  const answer = await box.fetch("/api/audit?words=Rao", { headers: { authorization: `Bearer ${token}` } });
  const { events, people } = await answer.json();
  assert.deepEqual([answer.status, events, people], [200, [], {}]);
  const all = await box.fetch("/api/audit", { headers: { authorization: `Bearer ${token}` } });
  const text = await all.text();
  assert.equal(/Asha|Rao/.test(text), false);
  const told: AuditEvent[] = JSON.parse(text).events;
  assert.ok(told.some(({ action }) => action === "appointment sent"));
  assert.ok(told.every(({ about, names }) => about === undefined && names === undefined));
  await box.stop();
});
