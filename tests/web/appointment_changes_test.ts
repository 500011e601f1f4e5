import { say } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import { TestBox, today } from "../support/web_box.ts";

/** A box with a walk-in, and reception that asks it. */
async function desk() {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await box.fetch(path, { cookie, method, body });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) };
  };
  const { json: booked, status } = await ask("POST", "/api/appointments", {
    patient: { firstName: "Pirya", lastName: "Sharma", birthDate: "1990-05-17", gender: "Female", phone: "9876543210" },
    doctor: "Meera Iyer",
    description: "Fetal growth scan",
  });
  assert.equal(status, 201);
  const change = (method: string, what: string, body?: unknown) =>
    ask(method, `/api/appointments/${booked.id}${what}`, body);
  return { box, ask, booked, change, [Symbol.asyncDispose]: () => box.stop() };
}

Deno.test("Walk-in: without a date it is the box's today, whatever a tablet's clock says", async () => {
  await using at = await desk();
  assert.equal(at.booked.date, today());
  assert.match(at.booked.time, /^\d\d:\d\d:00$/);
});

Deno.test("Marks: arrived, urgent, note, no show and cancelled are set twice like once, and each is taken back", async () => {
  await using at = await desk();
  const { change, box, booked } = at;
  const first = (await change("PUT", "/arrived")).json.arrivedAt;
  assert.ok(Math.abs(Date.now() - Date.parse(first)) < 60_000);
  assert.equal((await change("PUT", "/arrived")).json.arrivedAt, first, "the first knows since when");
  assert.equal((await change("PUT", "/urgent")).json.urgent, true);
  assert.equal((await change("PUT", "/urgent")).json.urgent, true);
  assert.equal((await change("PUT", "/note", { note: "Diabetic, full bladder" })).json.note, "Diabetic, full bladder");
  assert.equal((await change("DELETE", "/note")).json.note, "");
  assert.equal((await change("DELETE", "/urgent")).json.urgent, false);
  assert.equal((await change("DELETE", "/arrived")).json.arrivedAt, null);
  assert.equal((await change("PUT", "/no-show")).json.status, "no show");
  assert.equal((await change("PUT", "/no-show")).json.status, "no show");
  const refused = await change("POST", "/send", {});
  assert.deepEqual([refused.status, /a no-show/.test(refused.json.detail)], [409, true]);
  const late = (await change("PUT", "/arrived")).json;
  assert.deepEqual([late.status, late.arrivedAt !== null], ["scheduled", true], "late, and here");
  assert.equal((await change("PUT", "/cancelled")).json.status, "cancelled");
  assert.equal((await change("PUT", "/cancelled")).json.status, "cancelled");
  const noted = await change("PUT", "/note", { note: "x" });
  assert.deepEqual([noted.status, noted.json.code], [409, "cancelled"]);
  assert.equal((await change("DELETE", "/cancelled")).json.status, "scheduled");
  assert.equal((await change("DELETE", "/cancelled")).json.status, "scheduled");
  const actions = box.store.audit.list({ words: booked.id }, 50).map(({ action }) => action);
  assert.deepEqual(actions, [
    "appointment reinstated",
    "appointment cancelled",
    "appointment marked arrived",
    "appointment marked no show",
    "appointment unmarked arrived",
    "appointment unmarked urgent",
    "appointment noted",
    "appointment noted",
    "appointment marked urgent",
    "appointment marked arrived",
    "appointment added",
  ], "what was so already is no event");
});

Deno.test("A typo in a walk-in is put right, before it was sent and after, and undone from the audit", async () => {
  await using at = await desk();
  const { change, ask, box, booked } = at;
  const put = (await change("PATCH", "", { patient: { firstName: "Priya" } })).json;
  assert.deepEqual([put.patient.firstName, put.patient.id], ["Priya", booked.patient.id], "nobody has seen it yet");
  await change("POST", "/send", {});
  const birth = (await change("PATCH", "", { patient: { birthDate: "1990-05-18" }, doctor: "Asha Rao" })).json;
  assert.deepEqual(
    [birth.patient.birthDate, birth.doctor, birth.status, birth.studyInstanceUid],
    ["1990-05-18", "Asha Rao", "sent", booked.studyInstanceUid],
  );
  box.store.worklistItems.seen([booked.id], "US-2");
  const unsure = await change("PATCH", "", { patient: { firstName: "Prija" } });
  assert.deepEqual([unsure.status, unsure.json.code], [409, "same-or-another"]);
  const same = (await change("PATCH", "", { patient: { firstName: "Prija" }, person: "same" })).json;
  assert.deepEqual([same.patient.id, same.studyInstanceUid], [booked.patient.id, booked.studyInstanceUid]);
  assert.equal(same.status, "sent", "the machine has the old name until it asks again");
  const other = (await change("PATCH", "", { patient: { firstName: "Gita" }, person: "another" })).json;
  assert.notEqual(other.patient.id, booked.patient.id);
  assert.notEqual(other.studyInstanceUid, booked.studyInstanceUid);
  assert.notEqual(other.accessionNumber, booked.accessionNumber);
  assert.equal(other.status, "scheduled");
  const admin = await box.signIn("admin");
  const [event] = box.store.audit.list({ action: "appointment edited" }, 1);
  const undone = await box.fetch(`/api/audit/${event!.id}/undo`, { cookie: admin, method: "POST" });
  assert.equal(undone.status, 204, await undone.text());
  const back = (await ask("GET", `/api/appointments/${booked.id}`)).json;
  assert.equal(back.patient.id, booked.patient.id);
});

Deno.test("A namesake is another person where reception says so, once however often it is said", async () => {
  await using at = await desk();
  const { change, booked, box } = at;
  await change("POST", "/send", {});
  box.store.worklistItems.seen([booked.id], "US-2");
  const { firstName, lastName } = booked.patient;
  const said = { patient: { firstName, lastName }, person: "another", patientWas: booked.patient.id };
  const other = (await change("PATCH", "", said)).json;
  assert.notEqual(other.patient.id, booked.patient.id);
  assert.notEqual(other.studyInstanceUid, booked.studyInstanceUid);
  const again = (await change("PATCH", "", said)).json;
  assert.deepEqual([again.patient.id, again.studyInstanceUid], [other.patient.id, other.studyInstanceUid]);
  const late = await change("PATCH", "", { ...said, patient: { firstName: "Gita" } });
  assert.equal(late.status, 409, "it is not whose it was any more");
  const back = (await change("PATCH", "", { patientId: booked.patient.id })).json;
  assert.equal(back.patient.id, booked.patient.id);
});

Deno.test("To another day: it is on no list until it is sent there; to another machine: it is on that one's", async () => {
  await using at = await desk();
  const { change, box } = at;
  const machine = box.store.machines.add({
    ...{ aeTitle: "US-3", name: "Voluson", room: "3", address: "", port: null, modality: "US", admitted: true },
  });
  assert.equal((await change("POST", "/move", { machineId: machine.id })).json.plannedMachineId, machine.id);
  assert.equal((await change("POST", "/send", {})).json.machineId, machine.id, "to the one that it is meant for");
  assert.equal((await change("POST", "/move", { machineId: null })).json.machineId, null, "to any");
  const moved = (await change("POST", "/move", { machineId: machine.id })).json;
  assert.deepEqual([moved.machineId, moved.status], [machine.id, "sent"]);
  assert.equal((await change("POST", "/move", { machineId: "none" })).status, 404);
  const later = (await change("POST", "/move", { date: "2030-01-02", time: "०९:३०" })).json;
  assert.deepEqual([later.date, later.time, later.status, later.sentAt], [
    "2030-01-02",
    "09:30:00",
    "scheduled",
    null,
  ]);
});

Deno.test("The clinic's booking: its program edits, moves and cancels; the box says so, and marks what is its own", async () => {
  await using at = await desk();
  const { box, ask } = at;
  const { id } = box.store.appointments.add({
    patient: { id: "77", firstName: "Asha", lastName: "Rao", birthDate: "1980-01-01", gender: "Female", phone: "" },
    ...{ doctor: "Meera Iyer", department: "", description: "", date: today(), time: "10:00:00" },
  }, "clinic");
  const path = `/api/appointments/${id}`;
  for (
    const [method, what, body] of [
      ["PATCH", "", { patient: { lastName: "Roy" } }],
      ["PATCH", "", { doctor: "Somebody" }],
      ["PUT", "/cancelled"],
      ["POST", "/move", { date: "2030-01-02" }],
    ] as const
  ) {
    const refused = await ask(method, path + what, body);
    assert.deepEqual([refused.status, refused.json.code], [409, "clinic-owns"], `${method} ${what}`);
    assert.match(refused.json.detail, /clinic's program/);
  }
  assert.equal((await ask("PATCH", path, { description: "Abdomen" })).json.description, "Abdomen");
  assert.equal((await ask("PUT", `${path}/arrived`)).status, 200);
  assert.equal((await ask("PUT", `${path}/no-show`)).json.status, "no show");
  const { verbs } = (await ask("GET", path)).json;
  assert.deepEqual([verbs["cancel"], verbs["unmark no show"], verbs["send"]], ["clinic-owns", "done", "no-show"]);
});

Deno.test("Another day: nobody is here on it yet, and nobody has stayed away", async () => {
  await using at = await desk();
  const { box, ask, change } = at;
  await change("PUT", "/arrived");
  assert.notEqual((await change("POST", "/move", { time: "16:30" })).json.arrivedAt, null, "later on the same day");
  assert.equal((await change("POST", "/move", { date: "2030-01-02" })).json.arrivedAt, null);

  const patient = { id: "P7", firstName: "Meera", lastName: "Nair", birthDate: "1990-05-17", gender: "", phone: "" };
  const booking = {
    ...{ id: "7", patient, doctor: "", department: "", description: "", accessionNumber: undefined },
    ...{ date: today(), time: "10:00:00", cancelled: false },
  };
  const path = "/api/appointments/7";
  const stands = () => {
    const { status, date, arrivedAt } = box.store.appointments.get("7");
    return [status, date, arrivedAt];
  };
  box.store.clinicBookings.followClinic(booking);
  await ask("PUT", `${path}/no-show`);
  box.store.clinicBookings.followClinic({ ...booking, doctor: "Meera Iyer" });
  assert.equal(stands()[0], "no show");
  box.store.clinicBookings.followClinic({ ...booking, date: "2030-01-02" });
  assert.deepEqual(stands(), ["scheduled", "2030-01-02", null]);
  await ask("PUT", `${path}/arrived`);
  box.store.clinicBookings.followClinic({ ...booking, date: "2030-01-03" });
  assert.deepEqual(stands(), ["scheduled", "2030-01-03", null]);
  await ask("PUT", `${path}/no-show`);
  const { studyInstanceUid } = box.store.appointments.get("7");
  const other = { ...patient, id: "P8", firstName: "Asha", lastName: "Rao", birthDate: "1980-01-01" };
  box.store.clinicBookings.followClinic({ ...booking, patient: other });
  const { reasons, ...given } = box.store.appointments.get("7");
  assert.deepEqual([given.studyInstanceUid, reasons], [studyInstanceUid, []], "no machine has seen it");
});

Deno.test("Done by mistake: it is where it was, with images, at the machine, on the list or not sent", async () => {
  await using at = await desk();
  const { box, change, booked } = at;
  const doneAndBack = async () => {
    assert.equal((await change("POST", "/complete")).json.status, "completed");
    const { json } = await change("DELETE", "/completed");
    assert.equal((await change("DELETE", "/completed")).json.status, json.status, "twice like once");
    return json.status;
  };
  assert.equal(await doneAndBack(), "scheduled");
  await change("POST", "/send", {});
  assert.equal(await doneAndBack(), "sent");
  box.store.worklistItems.seen([booked.id], "US-2");
  assert.equal(await doneAndBack(), "seen by machine");
  const { studyInstanceUid, patient } = booked;
  await box.receive({ studyInstanceUid, patientId: patient.id, patientName: "Sharma^Pirya" });
  assert.equal(await doneAndBack(), "images received");
});

Deno.test("Undo from the audit: each verb is taken back while things are as it left them, and no later", async (t) => {
  const machine = { name: "Voluson", room: "3", address: "", port: null, modality: "US", admitted: true };
  const verbs: [name: string, method: string, what: string, body?: unknown][] = [
    ["edit", "PATCH", "", { patient: { firstName: "Priya", phone: "" }, person: "same", description: "Abdomen" }],
    ["cancel", "PUT", "/cancelled"],
    ["no show", "PUT", "/no-show"],
    ["arrived", "PUT", "/arrived"],
    ["urgent", "PUT", "/urgent"],
    ["note", "PUT", "/note", { note: "Wheelchair" }],
    ["another day", "POST", "/move", { date: "2030-01-02", time: "08:15" }],
    ["another machine", "POST", "/move", { machineId: "US-3" }],
  ];
  for (const [name, method, what, body] of verbs) {
    await t.step(name, async () => {
      await using at = await desk();
      const { box, booked, change } = at;
      const { id: machineId } = box.store.machines.add({ ...machine, aeTitle: "US-3" });
      await change("POST", "/send", {});
      const { statusChangedAt: _, ...before } = box.store.appointments.get(booked.id);
      const changed = await change(method, what, name === "another machine" ? { machineId } : body);
      assert.equal(changed.status, 200, changed.json.detail);
      const [event] = box.store.audit.list({ words: booked.id }, 1);
      const admin = await box.signIn("admin");
      const undo = async () => {
        const answer = await box.fetch(`/api/audit/${event!.id}/undo`, { cookie: admin, method: "POST" });
        await answer.body?.cancel();
        return answer.status;
      };
      const other = name === "cancel" ? "/cancelled" : "/note";
      await change(name === "cancel" ? "DELETE" : "PUT", other, { note: "something else" });
      assert.equal(await undo(), 409, "it has been changed since");
      await change("PUT", other, { note: changed.json.note });
      assert.equal(await undo(), 204);
      const { statusChangedAt: _after, sentAt, wait: _wait, ...after } = box.store.appointments.get(booked.id);
      const { sentAt: _sentAt, wait: _waited, ...wanted } = before;
      assert.deepEqual(after, wanted);
      assert.notEqual(sentAt, null, "it is on the list again");
    });
  }
});

Deno.test("The wrong person was chosen: the booking is somebody's who is known, and the clinic's person stays as they are", async () => {
  await using at = await desk();
  const { box, booked, change, ask } = at;
  box.book({ id: "P-9", firstName: "Asha", lastName: "Rao" }, { date: "2021-01-01" });
  const theirs = (await change("PATCH", "", { patientId: "P-9" })).json;
  assert.deepEqual([theirs.patient.id, theirs.patient.lastName], ["P-9", "Rao"]);
  assert.equal((await change("PATCH", "", { patientId: "nobody" })).status, 409);
  assert.equal((await change("PATCH", "", { patientId: booked.patient.id })).json.patient.id, booked.patient.id);

  // a walk-in of somebody whom the clinic has
  box.store.appointments.add({
    patient: { id: "77", firstName: "Meera", lastName: "Das", birthDate: "1980-01-01", gender: "Female", phone: "" },
    ...{ doctor: "", department: "", description: "", date: today(), time: "10:00:00" },
  }, "clinic");
  const { json: walkIn } = await ask("POST", "/api/appointments", {
    patient: { id: "77", firstName: "Meera", lastName: "Das", birthDate: "1980-01-01", gender: "Female" },
  });
  const path = `/api/appointments/${walkIn.id}`;
  const refused = await ask("PATCH", path, { patient: { lastName: "Dash" } });
  assert.deepEqual([refused.status, refused.json.code], [409, "clinic-owns"]);
  assert.equal((await ask("PATCH", path, { patient: { phone: "98765" } })).json.patient.phone, "98765");
  assert.equal((await ask("PATCH", path, { doctor: "Asha Rao" })).json.doctor, "Asha Rao");
  const other = (await ask("PATCH", path, { patient: { firstName: "Mira" }, person: "another" })).json;
  assert.notEqual(other.patient.id, "77");
  assert.equal(box.store.patients.find("77")!.firstName, "Meera");
});

Deno.test("A correction of one visit is one of all visits, and of somebody else with visits never is", async () => {
  await using at = await desk();
  const { box, booked, change, ask } = at;
  const { json: second } = await ask("POST", "/api/appointments", { patient: booked.patient, time: "11:00" });
  const unsure = await change("PATCH", "", { patient: { firstName: "Rita" } });
  assert.deepEqual([unsure.status, unsure.json.code], [409, "same-or-another"], "she has another visit as Pirya");
  const other = await change("PATCH", "", {
    patient: { firstName: "Rahul", lastName: "Verma", birthDate: "1970-01-01" },
  });
  assert.notEqual(other.json.patient.id, booked.patient.id, "nothing but the id is the same");
  assert.equal(box.store.appointments.get(second.id).patient.firstName, "Pirya");
  const alone = await ask("PATCH", `/api/appointments/${second.id}`, { patient: { firstName: "Rita" } });
  assert.equal(alone.json.patient.id, booked.patient.id, "her only visit, and no machine has seen it");
});

Deno.test("Unusable bookings of the clinic: reception reads who and why", async () => {
  await using at = await desk();
  at.box.store.scheduleProblems.replace([
    { appointmentId: "7", date: today(), time: "", patientName: "Asha Rao", reason: say("row-time", { time: "" }) },
  ]);
  const { json } = await at.ask("GET", "/api/unusable-bookings");
  assert.deepEqual(json.map(({ patientName, reason }: Record<string, string>) => [patientName, reason]), [
    ["Asha Rao", '"" is no time of day'],
  ]);
});
