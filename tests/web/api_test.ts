import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { BOX, TestBox, today } from "../support/web_box.ts";

const BOOKING = {
  patient: { id: "P-7", firstName: "Asha", lastName: "Rao", birthDate: "1990-05-17", gender: "Female" },
  doctor: "Meera Iyer",
  department: "Radiology",
  date: today(),
  time: "09:30",
};

async function assertProblem(answer: Response, status: number): Promise<{ detail: string }> {
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const problem = await answer.json();
  assert.equal(answer.status, status, problem.detail);
  assert.equal(problem.status, status);
  assert.equal(typeof problem.title, "string");
  assert.equal(typeof problem.detail, "string");
  return problem;
}

Deno.test("Appointments: booked, listed on their day, sent and recalled", async () => {
  const box = await TestBox.start({ box: () => ({ ...BOX, admission: "pairing" }) });
  const cookie = await box.signIn("receptionist");
  const added = await box.fetch("/api/appointments", { cookie, body: { ...BOOKING, study: "Abdomen" } });
  assert.equal(added.status, 201);
  const appointment = await added.json();
  assert.equal(added.headers.get("location"), `/api/appointments/${appointment.id}`);
  assert.equal(appointment.time, "09:30:00");
  assert.equal(appointment.description, "Abdomen");
  assert.equal(appointment.status, "scheduled");
  assert.match(appointment.accessionNumber, /^SD\d{6}[A-Z][0-9A-Z]{3}\d{4}$/);
  assert.match(appointment.studyInstanceUid, /^2\.25\.\d+$/);

  const list = await (await box.fetch(`/api/appointments?date=${today()}`, { cookie })).json();
  assert.deepEqual(list.map(({ id }: { id: string }) => id), [appointment.id]);
  assert.deepEqual(await (await box.fetch(`/api/appointments?date=2001-01-01`, { cookie })).json(), []);

  const act = (verb: string, body?: unknown) =>
    box.fetch(`/api/appointments/${appointment.id}/${verb}`, { cookie, method: "POST", body });
  const sent = await (await act("send")).json();
  assert.equal(sent.status, "sent");
  assert.equal(typeof sent.sentAt, "string");
  box.store.worklistItems.seen([appointment.id], "US-2");
  const seen = await (await box.fetch(`/api/appointments/${appointment.id}`, { cookie })).json();
  assert.equal(seen.status, "seen by machine");
  assert.deepEqual(seen.steps.map(({ status }: { status: string }) => status), [
    "scheduled",
    "sent",
    "seen by machine",
  ]);
  assert.equal((await (await act("recall")).json()).status, "scheduled");
  const problem = await assertProblem(await act("recall"), 409);
  assert.match(problem.detail, /^Cannot recall/);
  await assertProblem(await act("send", { machineId: "nowhere" }), 404);
  const waiting = box.store.machines.heard("STRANGER", "10.0.0.9")!;
  await assertProblem(await act("send", { machineId: waiting.id }), 409);
  box.store.appointments.record(appointment.id, "scan started", say("begun-on", { machine: "US-1" }));
  await assertProblem(await act("send"), 409);
  await box.stop();
});

Deno.test("Appointments: optional fields may be null or absent, ids are made where none is given", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const book = async (patient: object, more = {}) => {
    const answer = await box.fetch("/api/appointments", { cookie, body: { ...BOOKING, ...more, patient } });
    return { status: answer.status, body: await answer.json() };
  };
  const bare = await book({ lastName: "Devi", firstName: null, birthDate: null, gender: null });
  assert.equal(bare.status, 201, bare.body.detail);
  assert.match(bare.body.patient.id, /^W\d{6}[A-Z][0-9A-Z]{3}\d{4}$/);
  assert.equal(bare.body.patient.gender, "");
  assert.equal(bare.body.patient.birthDate, null);
  const next = await book({ lastName: "Devi" });
  assert.notEqual(next.body.patient.id, bare.body.patient.id);
  assert.equal((await book({ id: 42, lastName: "Bose" })).body.patient.id, "42");
  await box.stop();
});

Deno.test("Appointments: a second one with the same id or accession number is refused", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const book = (more: object) => box.fetch("/api/appointments", { cookie, body: { ...BOOKING, ...more } });
  assert.equal((await book({ id: "A-1", accessionNumber: "ACC1" })).status, 201);
  await assertProblem(await book({ id: "A-1" }), 409);
  await assertProblem(await book({ id: "A-2", accessionNumber: "ACC1" }), 409);
  await box.stop();
});

Deno.test("Appointments: booking a patient again makes them nobody else, and what the clinic says of them stays", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const priya = { id: "P1", firstName: "Priya", lastName: "Sharma", birthDate: "1990-05-17", gender: "Female" };
  const fromClinic = { ...priya, phone: "" };
  const booked = { id: "7", doctor: "", department: "", description: "", date: today(), time: "10:00:00" };
  const { appointments, patients } = box.store;
  box.store.clinicBookings.followClinic({
    ...booked,
    patient: fromClinic,
    accessionNumber: undefined,
    cancelled: false,
  });
  const book = async (patient: object) => {
    const answer = await box.fetch("/api/appointments", { cookie, body: { ...BOOKING, patient } });
    return { status: answer.status, body: await answer.json() };
  };
  // chosen before the clinic corrected something
  const again = await book({ ...priya, lastName: "Sharmma", birthDate: "1991-05-17", phone: "98450" });
  assert.deepEqual([again.status, again.body.patient], [201, { ...priya, phone: "98450" }]);
  const wrong = await book({ id: "P1", firstName: "Rahul", lastName: "Verma" });
  assert.equal(wrong.status, 409);
  assert.match(wrong.body.detail, /^Cannot add the appointment: patient id P1 is of somebody with another name/);
  // the clinic keeps no phone, which is none that it takes away
  const corrected = { ...fromClinic, lastName: "Sharma-Rao" };
  box.store.clinicBookings.followClinic({
    ...booked,
    patient: corrected,
    accessionNumber: undefined,
    cancelled: false,
  });
  assert.deepEqual({ ...patients.find("P1") }, { ...corrected, phone: "98450" });

  // one of the box is corrected here, and every appointment of theirs has changed
  const asha = await book({ firstName: "Asha", lastName: "Roa" });
  const { id } = asha.body.patient;
  const heard: string[] = [];
  box.store.changes.subscribe((change) => heard.push(change.id));
  assert.equal((await book({ id, firstName: "Asha", lastName: "Rao" })).body.patient.lastName, "Rao");
  assert.ok(heard.includes(asha.body.id));
  assert.equal((await book({ id, firstName: "Bela", lastName: "Das" })).status, 409);
  assert.equal(appointments.get(asha.body.id).patient.lastName, "Rao");

  // what is not told is as it was, and a man is not a woman of the same name
  const told = { id, firstName: "Asha", lastName: "Rao", birthDate: "1988-02-29", gender: "Female" };
  assert.equal((await book(told)).status, 201);
  const { birthDate, gender } = (await book({ id, firstName: "Asha", lastName: "Rao" })).body.patient;
  assert.deepEqual([birthDate, gender], ["1988-02-29", "Female"]);
  assert.equal((await book({ ...told, gender: "Male" })).status, 409);
  // nor is who was born on another day, of whom the images would be told then
  const younger = await book({ ...told, birthDate: "1988-03-01" });
  assert.equal(younger.status, 409);
  assert.match(younger.body.detail, /patient id \S+ is of somebody born on 1988-02-29, correct that patient/);
  assert.equal(patients.find(id)!.birthDate, "1988-02-29");
  await box.stop();
});

Deno.test("Appointments: each wrong field is named in words", async (t) => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const wrong: [name: string, body: unknown, field: RegExp][] = [
    ["no patient", { ...BOOKING, patient: undefined }, /patient is missing/],
    ["patient is text", { ...BOOKING, patient: "Rao" }, /patient must be an object/],
    ["no name", { ...BOOKING, patient: { id: "1" } }, /patient\.lastName must not be empty/],
    ["a name that shows nothing", { ...BOOKING, patient: { id: "1", lastName: "\u200b" } }, /must not be empty/],
    ["a day that does not exist", { ...BOOKING, date: "2026-02-30" }, /date must be a date such as/],
    ["no time of day", { ...BOOKING, time: "25:00" }, /time must be a time such as/],
    ["born tomorrow", { ...BOOKING, patient: { ...BOOKING.patient, birthDate: "2999-01-01" } }, /birthDate/],
    ["PN over 64", {
      ...BOOKING,
      patient: { ...BOOKING.patient, lastName: "a".repeat(40), firstName: "b".repeat(40) },
    }, /patient\.lastName and the first name must be at most 63/],
    ["LO over 64", { ...BOOKING, patient: { ...BOOKING.patient, id: "1".repeat(65) } }, /patient\.id .*64/],
    ["SH over 16", { ...BOOKING, accessionNumber: "1".repeat(17) }, /accessionNumber must be at most 16/],
    ["backslash", { ...BOOKING, description: "a\\b" }, /description must not contain a backslash/],
    ["line break", { ...BOOKING, doctor: "a\nb" }, /doctor must not contain/],
    ["a list", [], /body|patient/],
    ["null", "null", /body/],
    ["no JSON", "{", /not valid JSON/],
  ];
  for (const [name, body, expected] of wrong) {
    await t.step(name, async () => {
      const problem = await assertProblem(await box.fetch("/api/appointments", { cookie, body }), 400);
      assert.match(problem.detail, expected);
    });
  }
  assert.deepEqual(box.store.appointments.onDay(today()), []);
  await box.stop();
});

Deno.test("API: refusals are problems: unknown route, wrong method, too large, not JSON, bad query", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  await assertProblem(await box.fetch("/api/nothing", { cookie }), 404);
  await assertProblem(await box.fetch("/nothing", { cookie }), 404);
  const wrongMethod = await box.fetch("/api/appointments", { cookie, method: "DELETE" });
  assert.equal(wrongMethod.headers.get("allow"), "GET, POST");
  await assertProblem(wrongMethod, 405);
  const large = { ...BOOKING, description: "x".repeat(70_000) };
  await assertProblem(await box.fetch("/api/appointments", { cookie, body: large }), 413);
  await assertProblem(
    await box.fetch("/api/appointments", { cookie, body: "a=1", headers: { "content-type": "text/plain" } }),
    415,
  );
  await assertProblem(await box.fetch("/api/appointments?date=tomorrow", { cookie }), 400);
  await assertProblem(await box.fetch("/api/studies?unmatched=maybe", { cookie }), 400);
  await assertProblem(await box.fetch("/api/studies/not-a-uid", { cookie }), 404);
  await assertProblem(await box.fetch("/api/appointments/none/send", { cookie, method: "POST" }), 404);
  await box.stop();
});

Deno.test("API: a body larger than allowed is cut off though its length is not announced", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      if (sent > 200) controller.close();
      else controller.enqueue(new Uint8Array(4096).fill(32));
    },
  });
  const answer = await fetch(`${box.address}/api/appointments`, {
    method: "POST",
    headers: { cookie, "content-type": "application/json" },
    body: endless,
  });
  await assertProblem(answer, 413);
  await box.stop();
});

Deno.test("API: an error inside becomes a problem without its reason, which the log has without the patient", async () => {
  const box = await TestBox.start({
    health: () => {
      throw new Error("the disk is on fire");
    },
  });
  const cookie = await box.signIn("receptionist");
  const problem = await assertProblem(await box.fetch("/healthz?patientId=P-7", { cookie }), 500);
  assert.equal(problem.detail.includes("fire"), false);
  assert.ok(box.lines.some((line) => line.includes("the disk is on fire") && line.includes("/healthz")));
  assert.equal(box.lines.some((line) => line.includes("P-7")), false);
  await box.stop();
});

Deno.test("Studies: by day, patient, accession number, appointment's day and unmatched", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("doctor");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const study = { studyInstanceUid: appointment.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" };
  await box.receive(study, { accessionNumber: "ACC9" });
  await box.receive({ studyInstanceUid: "1.2.3", patientId: "X", patientName: "Unknown^Person" });
  const uids = async (query: string) => {
    const answer = await box.fetch(`/api/studies?${query}`, { cookie });
    return (await answer.json()).map((study: { studyInstanceUid: string }) => study.studyInstanceUid);
  };
  assert.deepEqual((await uids(`date=${today()}`)).sort(), ["1.2.3", study.studyInstanceUid].sort());
  assert.deepEqual(await uids("patientId=P-1"), [study.studyInstanceUid]);
  assert.deepEqual(await uids("accessionNumber=ACC9"), [study.studyInstanceUid]);
  assert.deepEqual(await uids(`appointmentDate=${today()}`), [study.studyInstanceUid]);
  assert.deepEqual(await uids("unmatched=true"), ["1.2.3"]);
  assert.deepEqual(await uids("unmatched=false"), [study.studyInstanceUid]);
  const one = await (await box.fetch("/api/studies/1.2.3", { cookie })).json();
  assert.equal(one.appointmentId, null);
  assert.equal(one.series[0].instances[0].frames, 1);
  assert.deepEqual(one.measurements, []);
  await box.stop();
});

type Listed = { nameKey: string; patient: { id: string } };

Deno.test("Appointments: those of one name share a key, in the list, alone, and in the events", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const one = box.book({ id: "P-1", firstName: "Priya", lastName: "Sharma" });
  box.book({ id: "P-2", firstName: "SHARMA", lastName: "priya" });
  box.book({ id: "P-3", firstName: "प्रिया", lastName: "शर्मा" });
  box.book({ id: "P-4", firstName: "Priya", lastName: "Rao" });
  const listed = await (await box.fetch("/api/appointments", { cookie })).json();
  const byPatient = listed.sort((a: Listed, b: Listed) => a.patient.id.localeCompare(b.patient.id));
  const keys = byPatient.map(({ nameKey }: Listed) => nameKey);
  assert.deepEqual([keys[0] === keys[1], keys[0] === keys[2], keys[0] === keys[3]], [true, true, false]);
  assert.notEqual(keys[0], "");
  const alone = await (await box.fetch(`/api/appointments/${one.id}`, { cookie })).json();
  const sent = await (await box.fetch(`/api/appointments/${one.id}/send`, { cookie, body: {} })).json();
  assert.deepEqual([alone.nameKey, sent.nameKey], [keys[0], keys[0]]);
  await box.stop();
});

Deno.test("Studies: whose an object names itself and who sent it stays told, whatever is decided about it", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("doctor");
  const booked = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const uid = await box.receive({
    studyInstanceUid: "1.2.3",
    patientId: "T-9",
    patientName: "Roa^Asha",
    patientSex: "F",
  });
  const claim = {
    ...{ patientId: "T-9", patientName: "Roa^Asha", patientBirthDate: "1990-05-17", patientSex: "F", machine: "US-2" },
  };
  const get = async (path: string) => (await box.fetch(path, { cookie })).json();
  const [waiting] = await get("/api/attention");
  assert.deepEqual([waiting.code, waiting.study.studyInstanceUid], ["no-appointment", "1.2.3"]);
  box.store.decisions.match("1.2.3", booked.id, { by: "doctor", reason: "mistyped" });
  const study = await get("/api/studies/1.2.3");
  assert.equal(study.patientId, "P-1");
  assert.deepEqual(study.claim, claim);
  assert.deepEqual(study.series[0].instances[0].claim, claim);
  assert.deepEqual((await get(`/api/studies?appointmentId=${booked.id}`))[0].claim, claim);

  await box.receive({ studyInstanceUid: booked.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" });
  const odd = await box.receive({ studyInstanceUid: booked.studyInstanceUid, patientId: "P-7", patientName: "Khan" });
  const apart = (await get("/api/attention")).find((one: { sopInstanceUid: string }) => one.sopInstanceUid === odd);
  assert.deepEqual([apart.claim.patientId, apart.claim.machine], ["P-7", "US-2"]);
  assert.notEqual(uid, odd);
  await box.stop();
});

Deno.test("Studies: an unmatched one is matched by hand, once, with a reason that stays", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  await box.receive({ studyInstanceUid: "1.2.3", patientId: "P-l", patientName: "Rao^Asha" });
  await box.receive({ studyInstanceUid: "1.2.3", patientId: "P-l", patientName: "Rao^Asha" });
  const match = (body: unknown, uid = "1.2.3") => box.fetch(`/api/studies/${uid}/match`, { cookie, body });
  await assertProblem(await match({ appointmentId: appointment.id }), 400);
  await assertProblem(await match({ appointmentId: appointment.id, reason: " " }), 400);
  await assertProblem(await match({ appointmentId: "nobody", reason: "Mistyped" }), 404);
  await assertProblem(await match({ appointmentId: appointment.id, reason: "Mistyped" }, "1.2.4"), 404);
  const matched = await match({ appointmentId: appointment.id, reason: "Mistyped" });
  assert.equal(matched.status, 200);
  assert.equal((await matched.json()).appointmentId, appointment.id);
  const after = box.store.appointments.get(appointment.id);
  assert.deepEqual([after.status, after.images, after.attention], ["images received", 2, ""]);
  const [event] = box.store.audit.latest(1);
  assert.equal(event!.action, "study matched");
  assert.equal(event!.detail.reason, "Mistyped");
  await assertProblem(await match({ appointmentId: appointment.id, reason: "Again" }), 409);
  await box.stop();
});

Deno.test("Instances: thumbnail, frames from 1, the file as it came; 304 for who has the picture", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("doctor");
  const uid = await box.receive({ studyInstanceUid: "1.2.3", patientId: "X", patientName: "X" }, { frames: 3 });
  const thumbnail = await box.fetch(`/api/instances/${uid}/thumbnail`, { cookie });
  assert.equal(thumbnail.headers.get("content-type"), "image/jpeg");
  assert.deepEqual([...new Uint8Array(await thumbnail.arrayBuffer()).slice(0, 3)], [0xff, 0xd8, 0xff]);
  const again = await box.fetch(`/api/instances/${uid}/thumbnail`, {
    cookie,
    headers: { "if-none-match": thumbnail.headers.get("etag")! },
  });
  assert.equal(again.status, 304);
  const frame = await box.fetch(`/api/instances/${uid}/frames/3?size=640`, { cookie });
  assert.equal(frame.status, 200);
  await frame.arrayBuffer();
  for (const n of ["0", "4", "-1", "1.5", "x"]) {
    await assertProblem(await box.fetch(`/api/instances/${uid}/frames/${n}`, { cookie }), 404);
  }
  await assertProblem(await box.fetch(`/api/instances/${uid}/frames/1?size=0`, { cookie }), 400);
  const file = await box.fetch(`/api/instances/${uid}/file`, { cookie });
  assert.equal(file.headers.get("content-type"), "application/dicom");
  assert.equal(await file.text(), `the bytes of ${uid}`);
  await assertProblem(await box.fetch("/api/instances/1.2.3.4/file", { cookie }), 404);
  const report = await box.receive({ studyInstanceUid: "1.2.3", patientId: "X", patientName: "X" }, { frames: 0 });
  await assertProblem(await box.fetch(`/api/instances/${report}/thumbnail`, { cookie }), 404);
  await box.stop();
});

Deno.test("Machines: each shows how its latest commitment and step went", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  box.store.machines.add({ aeTitle: "US-1", name: "Voluson" });
  box.store.machines.add({ aeTitle: "US-2", name: "Wipro" });
  const references = ["1.2.3", "1.2.4"].map((sopInstanceUid) => ({ sopInstanceUid, sopClassUid: "1.2" }));
  const { id } = box.store.commitments.request("US-1", "1.9", references, new Date());
  box.store.commitments.found(id, new Map([["1.2.3", 0], ["1.2.4", 0x112]]));
  box.store.commitments.reported(id);
  const machines = await (await box.fetch("/api/machines", { cookie })).json();
  // deno-lint-ignore no-explicit-any
  const shown = machines.map(({ name, lastCommitment, lastStepAt }: any) => [
    ...[name, lastCommitment?.committed, lastCommitment?.objects, lastCommitment?.reportedAt !== null, lastStepAt],
  ]);
  assert.deepEqual(shown, [["Voluson", 1, 2, true, null], ["Wipro", undefined, undefined, true, null]]);
  await box.stop();
});

Deno.test("Machines: added, admitted, changed, verified, removed, each with its trace", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const added = await box.fetch("/api/machines", { cookie, body: { aeTitle: "VOLUSON1", room: "2", port: 104 } });
  assert.equal(added.status, 201);
  const machine = await added.json();
  assert.equal(machine.name, "VOLUSON1");
  assert.equal(machine.admitted, true);
  await assertProblem(await box.fetch("/api/machines", { cookie, body: { aeTitle: "VOLUSON1" } }), 409);
  await assertProblem(await box.fetch("/api/machines", { cookie, body: { aeTitle: "A\\B" } }), 400);
  await assertProblem(await box.fetch("/api/machines", { cookie, body: { aeTitle: "X", port: 70000 } }), 400);

  const waiting = box.store.machines.heard("LOGIQ", "10.0.0.7")!;
  const path = `/api/machines/${waiting.id}`;
  const admitted = await box.fetch(path, { cookie, method: "PATCH", body: { admitted: true, name: "Room 3" } });
  assert.deepEqual(
    [admitted.status, (await admitted.json()).admitted, box.store.machines.find(waiting.id)!.address],
    [200, true, "10.0.0.7"],
  );
  await assertProblem(await box.fetch(path, { cookie, method: "PATCH", body: { aeTitle: "VOLUSON1" } }), 409);
  const verified = await box.fetch(`${path}/verify`, { cookie, method: "POST" });
  assert.deepEqual(await verified.json(), { ok: true, detail: "Room 3 answered" });
  assert.equal((await box.fetch(path, { cookie, method: "DELETE" })).status, 204);
  await assertProblem(await box.fetch(path, { cookie, method: "DELETE" }), 404);
  const actions = box.store.audit.latest(10).map(({ action }) => action);
  assert.deepEqual(actions.slice(0, 3), ["machine removed", "machine changed", "machine added"]);
  await box.stop();
});

Deno.test("Machines: an admin says from where a machine may call, beside or in place of where it did", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const { id } = box.store.machines.add({ aeTitle: "US1", name: "US1", address: "10.0.0.8", admitted: true });
  const path = `/api/machines/${id}/origins`;
  const calls = (value: string) => box.store.machineOrigins.set(id, { kind: "address", value }, "asked", true);
  const answer = async (value: string, allow: string) => {
    const answered = await box.fetch(path, { cookie, body: { kind: "address", value, allow } });
    assert.equal(answered.status, 200);
    const listed = await (await box.fetch("/api/machines", { cookie })).json();
    assert.deepEqual(await answered.json(), listed[0].origins);
    return listed[0].origins.map(({ state, value }: Record<string, string>) => `${state} ${value}`).sort();
  };
  for (const value of ["10.0.0.9", "10.0.0.10", "10.0.0.11"]) calls(value);
  assert.deepEqual((await answer("10.0.0.11", "no")).slice(-1), ["refused 10.0.0.11"]);
  assert.deepEqual((await answer("10.0.0.9", "also")).slice(0, 2), ["allowed 10.0.0.8", "allowed 10.0.0.9"]);
  assert.equal(box.store.machines.find(id)!.address, "10.0.0.8");
  assert.deepEqual(await answer("10.0.0.10", "instead"), ["allowed 10.0.0.10", "refused 10.0.0.11"]);
  assert.equal(box.store.machines.find(id)!.address, "10.0.0.10", "and it is called there");
  assert.equal(box.store.audit.latest(1)[0]!.action, "machine origin changed");
  const body = { kind: "address", value: "10.0.0.77", allow: "also" };
  await assertProblem(await box.fetch(path, { cookie, body }), 404);
  const reception = await box.signIn("receptionist");
  await assertProblem(await box.fetch(path, { cookie: reception, body }), 403);
  await box.stop();
});

Deno.test("Users: added, changed, locked out; a change ends their sessions, the last admin stays", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const added = await box.fetch("/api/users", {
    cookie,
    body: { username: "Asha", role: "receptionist", password: "eight letters" },
  });
  assert.equal(added.status, 201);
  const user = await added.json();
  assert.deepEqual(Object.keys(user), ["id", "username", "displayName", "role", "disabled", "source"]);
  await assertProblem(
    await box.fetch("/api/users", { cookie, body: { username: "asha", role: "doctor", password: "eight letters" } }),
    409,
  );
  await assertProblem(
    await box.fetch("/api/users", { cookie, body: { username: "x", role: "owner", password: "short" } }),
    400,
  );
  const signIn = (password: string) => box.fetch("/api/session", { body: { username: "asha", password } });
  const theirs = (await signIn("eight letters")).headers.get("set-cookie")!.split(";")[0]!;
  const change = (id: string, body: unknown) => box.fetch(`/api/users/${id}`, { cookie, method: "PATCH", body });
  const signedIn = async () => (await box.fetch("/api/session", { cookie: theirs })).status;
  assert.equal((await change(user.id, { displayName: "Asha R." })).status, 200);
  assert.equal(await signedIn(), 200);
  assert.equal((await change(user.id, { role: "doctor" })).status, 200);
  assert.equal(await signedIn(), 401);
  assert.equal((await change(user.id, { password: "another eight" })).status, 200);
  assert.equal((await signIn("eight letters")).status, 401);
  assert.equal((await signIn("another eight")).status, 200);
  assert.equal((await change(user.id, { disabled: true })).status, 200);
  assert.equal((await signIn("another eight")).status, 401);
  const admin = box.store.users.findByUsername("admin")!;
  for (const body of [{ role: "doctor" }, { disabled: true }]) await assertProblem(await change(admin.id, body), 409);
  assert.equal(box.store.users.find(admin.id)!.role, "admin");
  await assertProblem(await change("nobody", { disabled: true }), 404);
  const kept = JSON.stringify(box.store.audit.latest(20)) + box.lines.join();
  for (const secret of ["eight letters", "another eight", "scrypt"]) assert.equal(kept.includes(secret), false);
  await box.stop();
});

Deno.test("Box: its name before a login, its addresses and ports after; metrics tell what was answered", async () => {
  const box = await TestBox.start();
  const before = await (await box.fetch("/api/box")).json();
  assert.equal(before.name, "Sunrise Clinic");
  assert.equal(before.worklistPort, undefined);
  assert.equal(before.demoLogin.username, "reception");
  const after = await (await box.fetch("/api/box", { cookie: await box.signIn("receptionist") })).json();
  assert.equal(after.worklistPort, 11112);
  assert.equal(after.admission, "open");
  const metrics = await (await box.fetch("/metrics")).text();
  assert.match(metrics, /^sonodesk_web_answers_total\{class="2xx"\} [1-9]/m);
  assert.match(metrics, /^sonodesk_info\{version="0\.1\.0"\} 1$/m);
  await box.stop();
});
