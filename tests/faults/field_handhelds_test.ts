import assert from "node:assert/strict";
import { dicomJson } from "../../src/dicom/dicom_json.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { newApiToken } from "../../src/web/sign_ins.ts";
import { hashPassword } from "../../src/web/password.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { answersTo } from "../support/worklist_client.ts";

/*
 * Handhelds that speak HTTP alone: the worklist by MWL-RS and procedure steps by MPPS-RS (PS3.18 14 and 15). What they
 * may see and do is what the machine of their record may by DIMSE.
 */

const WORKLIST = "/modality-scheduled-procedure-steps";
const JSON_TYPE = "application/dicom+json";

/** A handheld with a token that is called as its AE title. */
function handheld(box: Box, name: string, readOnly = false): DicomWebClient {
  if (!box.store.users.any()) {
    box.store.users.add({ username: "admin", displayName: "", role: "admin", passwordHash: "none" });
  }
  const { token, tokenHash } = newApiToken();
  const rights = { role: "doctor", readOnly, purpose: readOnly ? "reading" : "images" } as const;
  box.store.apiTokens.add({ ...{ name, createdBy: "admin", expiresAt: null }, ...rights }, tokenHash);
  return new DicomWebClient(box.appliance.ports.webPort, token);
}

const machine = (box: Box, aeTitle: string, more = {}) =>
  box.store.machines.add({ aeTitle, name: aeTitle, room: "1", admitted: true, ...more });

const patient = (id: string, lastName: string, firstName: string) => ({
  ...{ id, firstName, lastName, birthDate: "1990-05-17", gender: "Female", phone: "" },
});

async function listed(client: DicomWebClient, query: string) {
  const answer = await client.fetch(`${WORKLIST}?${query}`, JSON_TYPE);
  const text = await answer.text();
  assert.ok([200, 204].includes(answer.status), `${query}: ${answer.status} ${text}`);
  // deno-lint-ignore no-explicit-any
  const items: any[] = text === "" ? [] : JSON.parse(text);
  assert.equal(answer.status, items.length === 0 ? 204 : 200);
  return { items, ids: items.map((item) => item["00100020"].Value[0]), warning: answer.headers.get("warning") };
}

async function refused(answering: Promise<Response>, status: number, why: RegExp): Promise<void> {
  const answer = await answering;
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.match(text, why);
}

Deno.test("MWL-RS: a handheld finds what its machine finds by C-FIND, word for word, and reception sees that it has", async () => {
  await using box = await Box.start();
  const own = machine(box, "HAND1");
  box.send({ patient: patient("P1", "Sharma", "Priya") });
  box.send({ patient: patient("P2", "山田", "太郎"), date: "2026-11-23" }, own.id);
  const client = handheld(box, "HAND1");
  const byWeb = await listed(client, "");
  assert.equal(box.store.worklistQueries.latest("HAND1", 1)[0]!.answers, 2, "kept as a machine's query is");
  for (const appointment of box.store.appointments.onDay("2026-11-22")) {
    assert.equal(appointment.status, "seen by machine");
  }
  const byDimse = await answersTo(box, "HAND1", everything().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192"));
  assert.deepEqual(byWeb.items, byDimse.answers.map((answer) => JSON.parse(JSON.stringify(dicomJson(answer)))));

  const asked: [query: string, ids: string[]][] = [
    // PS3.18 B.36
    ["00400100.00400002=20261122&00400100.00080060=US&limit=20&offset=0&includefield=all", ["P1"]],
    ["ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate=20261123-", ["P2"]],
    ["ScheduledProcedureStepSequence.ScheduledStationAETitle=HAND1", ["P1", "P2"]],
    ["ScheduledProcedureStepSequence.ScheduledStationAETitle=OTHER", ["P1"]],
    ["Modality=CT", []],
    ["Modality=US&PatientID=P2", ["P2"]],
    ["PatientName=shar*", ["P1"]],
    ["PatientName=Sh%C3%A0rma*", []],
    ["PatientName=Sh%C3%A0rma*&fuzzymatching=true", ["P1"]],
    ["00100020=P*", ["P1", "P2"]],
  ];
  for (const [query, ids] of asked) assert.deepEqual((await listed(client, query)).ids, ids, query);
});

Deno.test("MWL-RS: its machine's record holds: own list only, days, the number of answers, admission", async () => {
  await using box = await Box.start({ admission: "pairing" });
  const [own, other] = [machine(box, "HAND1", { ownListOnly: true }), machine(box, "US2")];
  const waiting = machine(box, "HAND2", { admitted: false });
  box.send({ patient: patient("P1", "Sharma", "Priya") });
  box.send({ patient: patient("P2", "Rao", "Asha") }, other.id);
  const client = handheld(box, "HAND1");
  assert.deepEqual((await listed(client, "")).ids, ["P1"]);
  box.store.machines.change(own.id, { ownListOnly: false, answerLimit: 1 });
  await refused(client.fetch(WORKLIST, JSON_TYPE), 413, /2 answers/);
  box.store.machines.change(own.id, { answerLimit: null, dateWindow: 0 });
  assert.deepEqual((await listed(client, "")).ids, [], "booked for another day than today");
  await refused(handheld(box, waiting.aeTitle).fetch(WORKLIST, JSON_TYPE), 403, /waits to be admitted/);
});

Deno.test("MWL-RS: who is no machine sees the worklist, and nobody is told that a machine has", async () => {
  await using box = await Box.start();
  box.send({ patient: patient("P1", "Sharma", "Priya") });
  const viewer = handheld(box, "a viewer", true);
  assert.deepEqual((await listed(viewer, "")).ids, ["P1"]);
  assert.deepEqual(box.store.appointments.onDay("2026-11-22").map(({ status }) => status), ["sent"]);

  const { webPort } = box.appliance.ports;
  const passwordHash = await hashPassword("correct horse battery staple");
  for (const role of ["doctor", "receptionist"] as const) {
    box.store.users.add({ username: role, displayName: "", role, passwordHash });
    const session = await fetch(`http://127.0.0.1:${webPort}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: role, password: "correct horse battery staple" }),
    });
    await session.body?.cancel();
    const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
    const answer = await fetch(`${viewer.address}${WORKLIST}`, { headers: { cookie } });
    assert.equal(answer.status, role === "doctor" ? 200 : 403);
    await answer.body?.cancel();
  }
  const nobody = await fetch(`${viewer.address}${WORKLIST}`);
  assert.deepEqual([nobody.status, nobody.headers.get("www-authenticate")], [401, 'Bearer realm="sonodesk"']);
  await nobody.body?.cancel();
});

Deno.test("MWL-RS: pages of answers, keys that cannot be matched, and what is no query", async () => {
  await using box = await Box.start();
  machine(box, "HAND1");
  for (const n of [1, 2, 3]) box.send({ patient: patient(`P${n}`, "Sharma", "Priya"), time: `10:0${n}:00` });
  const client = handheld(box, "HAND1");
  const page = await listed(client, "limit=1&offset=1");
  assert.deepEqual(page.ids, ["P2"]);
  assert.match(page.warning!, /1 additional results/);
  // as by C-FIND, which answers FF01
  const unknown = await listed(client, "EthnicGroup=any");
  assert.deepEqual([unknown.ids.length, /were not matched on/.test(unknown.warning!)], [3, true]);
  const unusable = await listed(client, "PregnancyStatus=1");
  assert.deepEqual([unusable.ids, /Nothing can be found by/.test(unusable.warning!)], [[], true]);
  const included = await listed(client, "includefield=EthnicGroup,PatientAge");
  assert.equal(included.items[0]["00102160"].vr, "SH");
  await refused(client.fetch(`${WORKLIST}?00400100.00400002=tomorrow`, JSON_TYPE), 400, /Cannot search/);
  await refused(client.fetch(`${WORKLIST}?a-b=1`, JSON_TYPE), 400, /no attribute/);
  await refused(client.fetch(`${WORKLIST}?limit=many`, JSON_TYPE), 400, /whole number/);
  await refused(client.fetch(WORKLIST, "application/dicom+xml"), 406, /dicom\+json/);
});

/** What PS3.18 B.37 begins a step with. */
const begun = (studyInstanceUid: string, patientId = "P1") => ({
  "00080005": { vr: "CS", Value: ["ISO_IR 100"] },
  "00100010": { vr: "PN", Value: [{ Alphabetic: "Sharma^Priya", Ideographic: "山田^太郎" }] },
  "00100020": { vr: "LO", Value: [patientId] },
  "00400242": { vr: "SH", Value: ["HANDHELD"] },
  "00400252": { vr: "CS", Value: ["IN PROGRESS"] },
  "00400253": { vr: "SH", Value: ["1"] },
  "00400270": {
    vr: "SQ",
    Value: [{ "0020000D": { vr: "UI", Value: [studyInstanceUid] }, "00400009": { vr: "SH", Value: ["PS-ID-23"] } }],
  },
});

const ended = (status: string, made: readonly string[] = []) => ({
  "00400250": { vr: "DA", Value: ["20261122"] },
  "00400252": { vr: "CS", Value: [status] },
  "00400340": {
    vr: "SQ",
    Value: [{
      "0020000E": { vr: "UI", Value: [newUid()] },
      "00081140": {
        vr: "SQ",
        Value: made.map((uid) => ({
          "00081150": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.6.1"] },
          "00081155": { vr: "UI", Value: [uid] },
        })),
      },
    }],
  },
});

const say = (client: DicomWebClient, path: string, body: unknown, type = JSON_TYPE) =>
  client.fetch(`/modality-performed-procedure-steps/${path}`, JSON_TYPE, {
    method: "POST",
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

Deno.test("MPPS-RS: a handheld's step from its beginning to its end, in either edition's way, and what is repeated", async () => {
  await using box = await Box.start();
  machine(box, "HAND1");
  const sent = box.send();
  const client = handheld(box, "HAND1");
  const uid = newUid();
  const step = begun(sent.studyInstanceUid);
  const created = await say(client, uid, step);
  assert.deepEqual([created.status, await created.text()], [201, ""]);
  assert.equal(created.headers.get("location"), `${client.address}/modality-performed-procedure-steps/${uid}`);
  assert.equal(box.store.appointments.get(sent.id).status, "in progress");
  assert.equal(box.store.procedureSteps.find(uid)!.aeTitle, "HAND1");
  assert.equal((await say(client, uid, step)).status, 201, "the answer was lost, and it is said again");
  await refused(say(client, uid, begun(sent.studyInstanceUid, "P2")), 409, /with this UID/);

  const files = [1, 2].map((shade) => ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid, shade }));
  assert.equal((await client.store([files[0]!.data])).status, 200);
  assert.equal(box.store.instances.latestUnder(files[0]!.sopInstanceUid)!.receivedFrom, "HAND1");
  const end = ended("COMPLETED", files.map(({ sopInstanceUid }) => sopInstanceUid));
  assert.equal((await say(client, `${uid}/update`, { "00400280": { vr: "ST", Value: ["so far well"] } })).status, 200);
  assert.equal((await say(client, `${uid}?update`, end)).status, 200);
  const after = box.store.appointments.get(sent.id);
  assert.deepEqual([after.status, after.made, after.missing], ["completed", 2, 1]);
  assert.equal((await say(client, `${uid}?update`, end)).status, 200, "said again");
  await refused(say(client, `${uid}?update`, ended("DISCONTINUED")), 409, /no longer be updated/);

  const [whole] = await client.json(`/modality-performed-procedure-steps/${uid}?includefield=all`);
  assert.deepEqual(whole["00100010"].Value, [{ Alphabetic: "Sharma^Priya", Ideographic: "山田^太郎" }]);
  assert.equal(whole["00400280"].Value[0], "so far well");
  const [part] = await client.json(`/modality-performed-procedure-steps/${uid}?includefield=00100010,00400252,NoSuch`);
  assert.deepEqual(Object.keys(part), ["00080005", "00100010", "00400252"]);
});

Deno.test("MPPS-RS: another's step, one that is not there, and what is no step", async () => {
  await using box = await Box.start();
  machine(box, "HAND1");
  const sent = box.send();
  const [client, other, reader] = [handheld(box, "HAND1"), handheld(box, "US2"), handheld(box, "HAND1", true)];
  const uid = newUid();
  assert.equal((await say(client, uid, begun(sent.studyInstanceUid))).status, 201);
  await refused(say(other, `${uid}?update`, ended("COMPLETED")), 403, /HAND1's/);
  await refused(say(reader, `${uid}?update`, ended("COMPLETED")), 403, /only read/);
  await refused(say(client, `${newUid()}?update`, ended("COMPLETED")), 404, /no procedure step/);
  await refused(client.fetch(`/modality-performed-procedure-steps/${newUid()}`, JSON_TYPE), 404, /no procedure step/);
  await refused(say(client, "1.2.x", begun(sent.studyInstanceUid)), 400, /names no SOP Instance UID/);
  const fresh = newUid();
  await refused(say(client, fresh, {}), 400, /PerformedProcedureStepStatus is missing/);
  await refused(say(client, fresh, { ...begun("1.2.3"), ...ended("COMPLETED") }), 400, /begins IN PROGRESS/);
  await refused(say(client, fresh, "<xml/>", "application/dicom+xml"), 415, /dicom\+json/);
  const deep = (levels: number): unknown => levels === 0 ? {} : { "00400270": { vr: "SQ", Value: [deep(levels - 1)] } };
  const many = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, n) => [(0x00190000 + n).toString(16).padStart(8, "0"), { vr: "LO" }]),
  );
  const malformed: [body: unknown, why: RegExp][] = [
    ["{", /Cannot read the attributes/],
    ["[1,2]", /is an object/],
    [{ PatientName: { vr: "PN" } }, /eight hexadecimal digits/],
    [{ "00100010": { vr: "PN", Value: "x" } }, /no array/],
    [{ "00100010": { vr: "PN", Value: [{ Alphabetic: 7 }] } }, /no text/],
    [{ "00280010": { vr: "US", Value: [70_000] } }, /no number/],
    [{ "00100010": { vr: "PN", BulkDataURI: "http://192.0.2.1/" } }, /elsewhere/],
    [{ "00100010": { vr: "PN", Value: ["x".repeat(70_000)] } }, /longer than its VR/],
    [deep(300), /nested too deep/],
    [many, /more than 30000 elements/],
  ];
  for (const [body, why] of malformed) await refused(say(client, fresh, body), 400, why);
  await refused(say(client, fresh, " ".repeat(5 * 1024 * 1024)), 413, /4096/);
  assert.equal(box.store.procedureSteps.find(fresh), undefined);
  assert.equal(box.store.appointments.get(sent.id).status, "in progress");
});
