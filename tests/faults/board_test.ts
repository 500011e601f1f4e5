import assert from "node:assert/strict";
import { say } from "../../src/sentences.ts";
import { patientOf } from "../../src/clinic/schedule_row.ts";
import type { Appointment } from "../../src/web/contract/appointments.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { type Desk, signIn } from "../support/desk.ts";
import { peerTest, run, utf8 } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** Reception's day as it goes wrong: each case named after what happened. */

const KEYS = [
  "AccessionNumber",
  "PatientName",
  "PatientBirthDate",
  "PatientID",
  "StudyInstanceUID",
  "RequestedProcedurePriority",
  "RequestedProcedureComments",
  "RequestedProcedureDescription",
  "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate",
];

/** What a machine's list shows: each answer's attributes by keyword. */
async function listOf(box: Box, aeTitle = "US-2"): Promise<Record<string, string>[]> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-find-" });
  try {
    const keys = KEYS.flatMap((key) => ["-k", key]);
    const options = ["-v", "-W", "-X", "-od", folder, "-aet", aeTitle, ...keys];
    const { code, text } = await run("findscu", [...options, "127.0.0.1", box.worklistPort]);
    assert.equal(code, 0, text);
    const answers: Record<string, string>[] = [];
    for (const { name } of [...Deno.readDirSync(folder)].sort((a, b) => a.name.localeCompare(b.name))) {
      const dump = utf8((await run("dcmdump", [`${folder}/${name}`])).text);
      answers.push(Object.fromEntries(
        [...dump.matchAll(/^\s*\([0-9a-f,]+\) \w\w (?:\[(.*?)\s*\]|\(no value available\))\s+#.*? (\w+)$/gm)]
          .map(([, value, keyword]) => [keyword, value ?? ""]),
      ));
    }
    return answers;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function walkIn(box: Box, more: Record<string, unknown> = {}, desk?: Desk) {
  const reception = desk ?? await signIn(box, "receptionist");
  const answer = await reception.post("/api/appointments", {
    patient: { firstName: "Pirya", lastName: "Sharma", birthDate: "1990-05-17", gender: "Female", ...more },
    description: "Obstetric scan",
  });
  const booked = await answer.json();
  const change = async (method: string, what: string, body: unknown = {}) => {
    const changed = await reception.post(`/api/appointments/${booked.id}${what}`, body, method);
    return { status: changed.status, json: await changed.json() };
  };
  return { booked, change, reception };
}

/** What a machine makes for a booking, under the first name that it had then. */
function scanOf({ studyInstanceUid, accessionNumber, patient }: Appointment, firstName: string) {
  return ultrasoundObject({
    studyInstanceUid,
    accessionNumber,
    patientId: patient.id,
    patientName: `Sharma^${firstName}`,
  });
}

peerTest("A typo that is on the machine already is right when it asks again", ["findscu", "dcmdump"], async () => {
  await using box = await Box.start();
  const { booked, change } = await walkIn(box);
  await change("POST", "/send");
  assert.deepEqual((await listOf(box)).map(({ PatientName }) => PatientName), ["Sharma^Pirya"]);
  const edited = await change("PATCH", "", {
    patient: { firstName: "Priya", birthDate: "1991-05-17" },
    person: "same",
    description: "Fetal growth",
  });
  assert.deepEqual([edited.status, edited.json.status], [200, "sent"]);
  const [item, ...others] = await listOf(box);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [item!.PatientName, item!.PatientBirthDate, item!.PatientID, item!.StudyInstanceUID, item!.AccessionNumber],
    ["Sharma^Priya", "19910517", booked.patient.id, booked.studyInstanceUid, booked.accessionNumber],
  );
  assert.equal(item!.RequestedProcedureDescription, "Fetal growth");
  assert.equal(box.store.appointments.get(booked.id).status, "seen by machine");
});

peerTest(
  "The desk wrote the sister over her sister: the machine's copy stays the first's, the second has other UIDs",
  ["findscu", "dcmdump"],
  async () => {
    await using box = await Box.start();
    const { booked, change } = await walkIn(box, { firstName: "Rita" });
    await change("POST", "/send");
    const [rita] = await listOf(box);
    const asked = await change("PATCH", "", { patient: { firstName: "Gita" } });
    assert.deepEqual([asked.status, asked.json.code], [409, "same-or-another"]);
    const { json: gita } = await change("PATCH", "", { patient: { firstName: "Gita" }, person: "another" });
    assert.deepEqual([gita.status, await listOf(box)], ["scheduled", []], "nobody is on the list unsent");
    await change("POST", "/send");
    const [item] = await listOf(box);
    assert.equal(item!.PatientName, "Sharma^Gita");
    for (const name of ["PatientID", "StudyInstanceUID", "AccessionNumber"]) assert.notEqual(item![name], rita![name]);

    // what the machine sends under its old copy is Rita's
    assert.equal((await send(box.storagePort, scanOf(booked, "Rita"))).status, 0);
    const study = box.store.studies.summary(booked.studyInstanceUid);
    assert.deepEqual([study?.appointmentId, box.store.appointments.get(booked.id).images], [null, 0]);
  },
);

peerTest("Urgent, and a note: the machine reads both, and no more once they are taken back", [
  "findscu",
  "dcmdump",
], async () => {
  await using box = await Box.start();
  const { change } = await walkIn(box);
  await change("POST", "/send");
  assert.deepEqual(marksOf(await listOf(box)), [["ROUTINE", ""]]);
  await change("PUT", "/urgent");
  await change("PUT", "/note", { note: "Wheelchair; भरा मूत्राशय" });
  assert.deepEqual(marksOf(await listOf(box)), [["HIGH", "Wheelchair; भरा मूत्राशय"]]);
  await change("DELETE", "/urgent");
  await change("DELETE", "/note");
  assert.deepEqual(marksOf(await listOf(box)), [["ROUTINE", ""]]);
});

peerTest(
  "Cancelled, not come, moved to another day: no machine shows the patient",
  ["findscu", "dcmdump"],
  async () => {
    await using box = await Box.start();
    const { change } = await walkIn(box);
    for (
      const [method, what, body, back] of [
        ["PUT", "/cancelled", {}, "DELETE"],
        ["PUT", "/no-show", {}, "DELETE"],
        ["POST", "/move", { date: "2031-01-02" }, undefined],
      ] as const
    ) {
      await change("POST", "/send");
      assert.equal((await listOf(box)).length, 1, `before ${what}`);
      assert.equal((await change(method, what, body)).status, 200);
      assert.deepEqual(await listOf(box), [], what);
      if (back !== undefined) assert.equal((await change(back, what)).json.status, "scheduled");
    }
  },
);

Deno.test("Images that the machine made under the typo are the patient's, with nobody to look", async () => {
  await using box = await Box.start();
  const { booked, change } = await walkIn(box);
  await change("POST", "/send");
  box.store.worklistItems.seen([booked.id], "US-2");
  await change("PATCH", "", { patient: { firstName: "Priya" }, person: "same" });
  assert.equal((await send(box.storagePort, scanOf(booked, "Pirya"))).status, 0);
  const scanned = box.store.appointments.get(booked.id);
  assert.deepEqual([scanned.images, scanned.status, scanned.reasons], [1, "images received", []]);
  const after = await change("PATCH", "", { patient: { lastName: "Sharma Rao" } });
  assert.deepEqual([after.json.images, after.json.reasons], [1, []], "and of who is corrected later");
  assert.equal((await change("PUT", "/cancelled")).json.code, "has-images");
});

Deno.test("Sent, and no machine asks; at the machine, and no image; images, and no end: each says since when", async () => {
  await using box = await Box.start();
  const { booked, change } = await walkIn(box);
  const waitNow = async () => (await change("PUT", "/urgent")).json.wait?.code;
  assert.equal(await waitNow(), undefined);
  const { json: sent } = await change("POST", "/send");
  assert.deepEqual([sent.wait.code, sent.wait.since], ["no-machine-asked", sent.sentAt]);
  assert.equal(Date.parse(sent.wait.lateAt) - Date.parse(sent.wait.since), 15 * 60_000);
  box.store.worklistItems.seen([booked.id], "US-2");
  assert.equal(await waitNow(), "no-image");
  assert.equal((await send(box.storagePort, scanOf(booked, "Pirya"))).status, 0);
  const { wait, lastImageAt } = box.store.appointments.get(booked.id);
  assert.deepEqual([wait?.code, wait?.since], ["no-end", lastImageAt]);
  assert.equal((await change("POST", "/complete")).json.wait, null);
});

Deno.test("A name that shows nothing: no blank row, from reception or from the clinic", async () => {
  await using box = await Box.start();
  const reception = await signIn(box, "receptionist");
  for (const name of ["\u200b", "\u200d\u200c", "\u3164", "\u2800 \u00ad"]) {
    const answer = await reception.post("/api/appointments", { patient: { lastName: name } });
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).detail, /patient\.lastName must not be empty/);
    assert.throws(() => patientOf({ patientId: "7", firstName: name, lastName: name, birthDate: null, gender: null }), {
      message: "the patient has no name",
    });
  }
  const { change } = await walkIn(box, {}, reception);
  const edited = await change("PATCH", "", { patient: { firstName: "\u200b", lastName: "\u200b" } });
  assert.equal(edited.status, 400);
});

Deno.test("At midnight whoever is at a machine stays on today's board, until it is done", async () => {
  await using box = await Box.start();
  const reception = await signIn(box, "receptionist");
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toLocaleDateString("sv-SE");
  const patient = (id: string) => ({ ...APPOINTMENT.patient, id });
  const sent = box.send({ date: day(-1), patient: patient("P1") });
  const done = box.send({ date: day(-1), patient: patient("P2") });
  box.store.appointments.record(done.id, "completed", say("completed-by", { who: "Dr. Nair" }));
  box.store.appointments.add({ ...APPOINTMENT, date: day(-1), patient: patient("P3") }, "box");
  const old = box.send({ date: day(-30), patient: patient("P4") });
  const todays = box.store.appointments.add({ ...APPOINTMENT, date: day(0), patient: patient("P5") }, "box");
  const ids = async (path: string) => (await reception.json(path)).map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids("/api/appointments"), [sent.id, todays.id]);
  assert.deepEqual(await ids(`/api/appointments?date=${day(0)}`), [sent.id, todays.id]);
  assert.deepEqual(await ids(`/api/appointments?date=${day(-30)}`), [old.id]);
  await reception.post(`/api/appointments/${sent.id}/complete`, {});
  assert.deepEqual(await ids("/api/appointments"), [todays.id]);
});

function marksOf(items: Record<string, string>[]) {
  return items.map((item) => [item.RequestedProcedurePriority, item.RequestedProcedureComments]);
}
