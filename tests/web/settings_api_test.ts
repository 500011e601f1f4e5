import assert from "node:assert/strict";
import { readConfig } from "../../src/settings/config.ts";
import { SettingsInForce } from "../../src/settings/effective_settings.ts";
import { BOX, TestBox } from "../support/web_box.ts";

async function ask(box: TestBox, path: string, options: Parameters<TestBox["fetch"]>[1] = {}) {
  const answer = await box.fetch(path, options);
  const text = await answer.text();
  return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) };
}

Deno.test("Settings: environment over stored over defaults; some hold at once, some at restart", async () => {
  const box = await TestBox.start();
  const stored = box.store.settings;
  const inForce = (environment: Record<string, string>) =>
    new SettingsInForce(readConfig(environment), environment, stored, (_name, why) => box.lines.push(why));
  const settings = inForce({ SONODESK_LOCK_SECONDS: "30" });
  assert.equal(settings.current.name, "Sonodesk");
  assert.deepEqual(settings.change("SONODESK_NAME", "Sunrise"), { before: null, after: "Sunrise" });
  assert.equal(settings.current.name, "Sunrise");
  settings.change("SONODESK_AE_TITLE", "SUNRISE");
  assert.equal(settings.current.aeTitle, "STORESCP", "at restart");
  assert.equal(inForce({}).current.aeTitle, "SUNRISE");
  assert.equal(inForce({ SONODESK_AE_TITLE: "FIXED" }).current.aeTitle, "FIXED");
  assert.throws(() => settings.change("SONODESK_LOCK_SECONDS", "60"), /is set in the box's environment/);
  assert.throws(() => settings.change("SONODESK_AE_TITLE", "far too long for an AE"), /1 to 16 plain characters/);
  assert.throws(() => settings.change("SONODESK_ADMIN_PASSWORD", "x"), /there is no such setting here/);
  stored.set("SONODESK_WORKLIST_DAYS", "soon");
  assert.equal(inForce({}).current.worklistDays, 7);
  assert.match(box.lines.join(), /SONODESK_WORKLIST_DAYS=soon/);
  await box.stop();
});

Deno.test("Settings: pairing opens for a while, also where only known machines may connect", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  await ask(box, "/api/settings", { cookie, method: "PATCH", body: { SONODESK_ADMISSION: "closed" } });
  assert.equal(box.settings.admission, "closed");
  const { json } = await ask(box, "/api/pairing", { cookie, body: { minutes: 10 } });
  assert.ok(Date.parse(json.pairingUntil) > Date.now() + 9 * 60_000);
  assert.equal(box.settings.admission, "pairing");
  assert.equal((await ask(box, "/api/pairing", { cookie, method: "DELETE" })).status, 204);
  assert.equal(box.settings.admission, "closed");
  box.store.settings.set("pairing until", new Date(Date.now() - 1).toISOString());
  assert.equal(box.settings.admission, "closed", "ended by itself");
  const fixed = new SettingsInForce(
    readConfig({ SONODESK_ADMISSION: "closed" }),
    { SONODESK_ADMISSION: "closed" },
    box.store.settings,
    () => {},
  );
  assert.throws(() => fixed.openPairing(10), /SONODESK_ADMISSION=closed, change it there/);
  await box.stop();
});

Deno.test("Audit: every change has before and after, is found by filters, and can be taken back while nothing changed since", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const latest = async (query = "") => (await ask(box, `/api/audit${query}`, { cookie })).json.events[0];
  const undo = async (id: number) => (await ask(box, `/api/audit/${id}/undo`, { cookie, method: "POST" })).status;

  await ask(box, "/api/settings", { cookie, method: "PATCH", body: { SONODESK_NAME: "Sunrise" } });
  const setting = await latest();
  assert.equal(setting.action, "setting changed");
  assert.deepEqual(setting.detail, { before: { SONODESK_NAME: null }, after: { SONODESK_NAME: "Sunrise" } });
  assert.equal(setting.actor, "admin");
  assert.equal(await undo(setting.id), 204);
  assert.equal(box.settings.current.name, "Sonodesk");
  assert.equal(await undo(setting.id), 409, "once");

  const machine = box.store.machines.add({ aeTitle: "US-2", name: "Voluson", characterSet: "ISO_IR 100" });
  const path = `/api/machines/${machine.id}`;
  await ask(box, path, { cookie, method: "PATCH", body: { room: "3", dateWindow: 2 } });
  const changed = await latest("?action=machine%20changed");
  await ask(box, path, { cookie, method: "PATCH", body: { room: "4" } });
  assert.equal(await undo(changed.id), 409, "changed since");
  await ask(box, path, { cookie, method: "DELETE" });
  const removed = await latest();
  assert.equal(await undo(removed.id), 204);
  const back = box.store.machines.find(machine.id)!;
  assert.deepEqual([back.room, back.dateWindow, back.characterSet, back.name], ["4", 2, "ISO_IR 100", "Voluson"]);

  box.addUser("meera", "doctor");
  const { id } = box.store.users.findByUsername("meera")!;
  await ask(box, `/api/users/${id}`, { cookie, method: "PATCH", body: { role: "receptionist" } });
  assert.equal(await undo((await latest()).id), 204);
  assert.equal(box.store.users.find(id)!.role, "doctor");
  assert.equal(await undo((await latest("?action=signed%20in")).id), 409, "what was done cannot be undone");

  assert.equal((await latest("?words=voluson&action=machine%20removed")).subject, `machine ${machine.id}`);

  const post = async (path: string, body: unknown) => (await ask(box, path, { cookie, body })).json;
  const added = await post("/api/machines", { aeTitle: "US-9", name: "By mistake" });
  assert.equal(await undo((await latest()).id), 204);
  assert.equal(box.store.machines.find(added.id), undefined);
  const guest = await post("/api/users", { username: "guest", password: "a guest of today", role: "admin" });
  assert.equal(await undo((await latest()).id), 204);
  assert.equal(box.store.users.find(guest.id)!.disabled, true);
  const pacs = await post("/api/destinations", { aeTitle: "PACS", address: "10.0.0.9", port: 104, name: "Archive" });
  const addedEvent = await latest();
  await ask(box, `/api/destinations/${pacs.id}`, { cookie, method: "PATCH", body: { port: 11112 } });
  assert.equal(await undo(addedEvent.id), 409, "it has been changed since");
  assert.equal(await undo((await latest()).id), 204);
  assert.equal(box.store.destinations.find(pacs.id)!.port, 104);
  await ask(box, `/api/destinations/${pacs.id}`, { cookie, method: "DELETE" });
  assert.equal(await undo((await latest()).id), 204);
  assert.deepEqual(box.store.destinations.find(pacs.id)!.name, "Archive");
  const { token } = await post("/api/tokens", { name: "Flask", role: "doctor", readOnly: true, lastDay: null });
  assert.equal(await undo((await latest()).id), 204);
  const asProgram = await box.fetch("/api/studies", { headers: { authorization: `Bearer ${token}` } });
  assert.equal(asProgram.status, 401, "the token is of no use any more");
  assert.equal((await ask(box, "/api/audit?date=2001-01-01", { cookie })).json.events.length, 0);
  assert.equal((await ask(box, "/api/audit?actor=nobody", { cookie })).json.events.length, 0);
  assert.equal((await ask(box, "/api/audit?date=yesterday", { cookie })).status, 400);
  await box.stop();
});

Deno.test("Studies: a match is taken back; the appointment is where it was, the study waits for a person again", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  box.store.worklistItems.send(appointment.id, null, "reception");
  const { studyInstanceUid } = appointment;
  await box.receive({ studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  assert.equal(box.store.appointments.get(appointment.id).status, "images received");
  const match = `/api/studies/${studyInstanceUid}/match`;
  const undone = await ask(box, match, { cookie, method: "DELETE", body: { reason: "another Asha Rao" } });
  assert.equal(undone.json.appointmentId, null);
  assert.match(undone.json.attention, /receptionist took these images/);
  const after = box.store.appointments.get(appointment.id);
  assert.deepEqual([after.status, after.images], ["sent", 0]);
  assert.equal((await ask(box, match, { cookie, method: "DELETE", body: {} })).status, 409);
  const [event] = box.store.audit.list({ action: "match undone" }, 1);
  assert.equal(event!.detail.reason, "another Asha Rao");
  await box.receive({ studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  assert.equal(box.store.studies.find(studyInstanceUid)!.appointmentId, null, "another image does not match it again");
  const again = await ask(box, match, { cookie, body: { appointmentId: appointment.id, reason: "it is her" } });
  assert.equal(again.json.appointmentId, appointment.id);
  await box.stop();
});

Deno.test("Patients: found by parts of name, id and phone as one types; signs are no wildcards", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" }, { patient: { phone: "98450 12345" } });
  box.book({ id: "P-2", firstName: "Ashok", lastName: "Rao" });
  const find = async (words: string) => {
    const { json } = await ask(box, `/api/patients?search=${encodeURIComponent(words)}`, { cookie });
    return json.map(({ id }: { id: string }) => id).sort();
  };
  assert.deepEqual(await find("ash"), ["P-1", "P-2"]);
  assert.deepEqual(await find("rao asha"), ["P-1"]);
  assert.deepEqual(await find("12345"), ["P-1"]);
  assert.deepEqual(await find("%"), []);
  assert.deepEqual(await find("_sha"), []);
  assert.deepEqual(await find("'; DROP TABLE patients; --"), []);
  assert.equal((await ask(box, "/api/patients", { cookie })).status, 400);
  await box.stop();
});

Deno.test("Storage: what is free, what the images take", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  await box.receive({ studyInstanceUid: "1.2.3", patientId: "P-1", patientName: "Rao^Asha" });
  const { json } = await ask(box, "/api/storage", { cookie });
  assert.deepEqual([json.free, json.floor, json.size, json.count], [40e9, 2e9, 64e9, 1]);
  assert.equal(json.bytes, json.bytesOfMonth);
  assert.ok(json.bytes > 0);
  await box.stop();
});

Deno.test("Screen: the density of the box's own panel is kept by the box, and told to that panel only", async () => {
  const box = await TestBox.start({
    box: () => ({ ...BOX, pixelsPerMillimetre: 4.6 }),
  });
  const cookie = await box.signIn("receptionist");
  const put = (headers: Record<string, string> = {}) =>
    ask(box, "/api/screen", { cookie, method: "PUT", headers, body: { pixelsPerMillimetre: 4.6 } });
  assert.equal((await put({ "x-forwarded-for": "10.0.0.7" })).status, 403);
  assert.equal((await put()).status, 200);
  assert.equal(box.store.settings.get("pixels per millimetre"), "4.6");
  assert.equal((await ask(box, "/api/box")).json.pixelsPerMillimetre, 4.6);
  const outside = await ask(box, "/api/box", { headers: { "x-forwarded-for": "10.0.0.7" } });
  assert.equal(outside.json.pixelsPerMillimetre, undefined);
  await box.stop();
});

Deno.test("Settings: a secret is kept and never shown again, not in the audit either", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const name = "SONODESK_BACKUP_S3_SECRET";
  const change = async (value: string | null) => {
    const answer = await box.fetch("/api/settings", { cookie, method: "PATCH", body: { [name]: value } });
    assert.equal(answer.status, 200);
    return (await answer.json()).find((setting: { name: string }) => setting.name === name);
  };
  const shown = await change("hush-hush");
  assert.deepEqual([shown.value, shown.secret, shown.source], ["", "set", "stored"]);
  assert.equal(box.settings.current.backupS3Secret, "hush-hush");
  assert.deepEqual((await change("hush-again")).secret, "set");
  const audited = async () => await (await box.fetch("/api/audit?action=setting+changed", { cookie })).json();
  const { events } = await audited();
  assert.equal(events.length, 2, "that it was replaced is in the audit");
  assert.equal(events.some(({ undoable }: { undoable: boolean }) => undoable), false);
  assert.equal(JSON.stringify(events).includes("hush"), false);
  const gone = await change(null);
  assert.deepEqual([gone.secret, gone.source], ["not set", "default"]);
  assert.equal(box.settings.current.backupS3Secret, undefined);
  for (const path of ["/api/settings", "/api/audit", "/api/log"]) {
    assert.equal((await (await box.fetch(path, { cookie })).text()).includes("hush"), false, path);
  }
  await box.stop();
});
