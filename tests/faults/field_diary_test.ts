import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { strFromU8, unzipSync } from "fflate";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP as MPPS, MODALITY_WORKLIST_FIND } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { writePData } from "../../src/dimse/write_pdu.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { VirtualMachine } from "../../src/simulator/machine.ts";
import { Box } from "../support/box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { remote, send } from "../support/sender.ts";
import { type UltrasoundFields, ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";
import { answersOf, answersTo, associate, findCommand, worklistContext } from "../support/worklist_client.ts";

/** A box with a machine US1 that is known. */
async function withMachine() {
  const box = await Box.start();
  const { id } = box.store.machines.add({ aeTitle: "US1", name: "Logiq", admitted: true });
  const diary = () => box.store.machineOddities.of(id).map(({ kind, detail, count }) => `${kind} ${detail} ${count}`);
  const noted = (...wanted: string[]) =>
    until(() => `the diary has ${wanted.join(", ")}, but: ${diary().join(", ")}`, () => {
      const all = diary();
      return wanted.every((one) => all.includes(one)) && all;
    });
  return { box, id, diary, noted };
}

/** An admin at the box's pages, by the API. */
async function admin(box: Box) {
  await addPerson(box, "owner", "admin");
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}/api`;
  const ask = (path: string, method: string, body?: unknown, cookie = "") =>
    fetch(address + path, {
      method,
      headers: { cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const login = await ask("/session", "POST", { username: "owner", password: PASSWORD });
  await login.body?.cancel();
  const cookie = login.headers.get("set-cookie")!.split(";")[0]!;
  return async (path: string, method = "GET", body?: unknown) => {
    const answer = await ask(path, method, body, cookie);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${strFromU8(bytes)}`);
    return bytes;
  };
}

/** An object whose letters are in Unicode, and which says something else of them, or nothing. */
function declaring(charset: string, fields: UltrasoundFields) {
  const object = ultrasoundObject(fields);
  Buffer.from(object.data.buffer).write(charset.padEnd("ISO_IR 192".length), object.data.indexOf(0x49), "latin1");
  return object;
}

Deno.test("letters without a character set are counted, the set that they are in is proposed, and one tap sets it", async () => {
  const { box, id, noted } = await withMachine();
  await using _ = box;
  const object = () => declaring("", { patientName: "Şükrü^Ayşe" });
  await send(box.storagePort, object(), "US1");
  await send(box.storagePort, object(), "US1");
  await noted("charset-undeclared ISO_IR 192 2");
  const ask = await admin(box);
  const diary = async () => JSON.parse(strFromU8(await ask(`/machines/${id}/diary`)));
  const [entry] = await diary();
  assert.deepEqual(entry.setting, { name: "characterSet", value: "ISO_IR 192", inForce: false });
  assert.match(entry.forMaker, /without Specific Character Set/);
  assert.match(entry.standard, /PS3\.5 6\.1\.2\.3/);
  assert.ok(entry.firstAt <= entry.lastAt);

  await ask(`/machines/${id}`, "PATCH", { [entry.setting.name]: entry.setting.value });
  assert.equal((await diary())[0].setting.inForce, true);
  assert.equal(box.store.machines.find(id)!.characterSet, "ISO_IR 192");
  await ask(`/machines/${id}/diary`, "DELETE");
  assert.deepEqual(await diary(), []);
});

Deno.test("letters of Western Europe that are undeclared propose ISO_IR 100, and those that are none of what is declared say so", async () => {
  const { box, noted } = await withMachine();
  await using _ = box;
  const undeclared = ultrasoundObject({
    texts: [[Tag.SpecificCharacterSet, "CS", "ISO_IR 100"], [Tag.StudyDescription, "LO", "Gefäße"]],
  });
  Buffer.from(undeclared.data.buffer).write(" ".repeat(10), undeclared.data.indexOf(0x49), "latin1");
  assert.equal((await send(box.storagePort, undeclared, "US1")).status, 0);
  const otherwise = declaring("ISO_IR 100", { patientName: "日本^太郎" });
  assert.equal((await send(box.storagePort, otherwise, "US1")).status, 0);
  await noted("charset-undeclared ISO_IR 100 1", "charset-wrong  1");
});

Deno.test("objects: sent again, changed under their UID, without a study, with a UID that is none, in a study of the machine's own", async () => {
  const { box, noted } = await withMachine();
  await using _ = box;
  const { accessionNumber } = box.send();
  const object = ultrasoundObject();
  for (let n = 0; n < 3; n++) await send(box.storagePort, object, "US1");
  await send(box.storagePort, ultrasoundObject({ sopInstanceUid: object.sopInstanceUid, shade: 3 }), "US1");
  await send(box.storagePort, ultrasoundObject({ seriesInstanceUid: "1.02.3", studyInstanceUid: "" }), "US1");
  const studyInstanceUid = newUid();
  for (let n = 0; n < 2; n++) {
    await send(box.storagePort, ultrasoundObject({ accessionNumber, studyInstanceUid }), "US1");
  }
  await noted(
    ...["object-repeated  2", "object-changed  1", "uid-missing StudyInstanceUID 1"],
    ...["uid-malformed SeriesInstanceUID 1", "study-uid-own  1"],
  );
});

Deno.test("queries: VRs that are wrong or unknown, keys nobody has, an odd length, out of order, no day, refused", async () => {
  const { box, id, noted } = await withMachine();
  await using _ = box;
  const find = async (elements: readonly (readonly [tag: number, vr: string, value: string])[]) => {
    const { peer } = await associate(box, "US1", worklistContext(EXPLICIT_LITTLE_ENDIAN.uid));
    await using _ = peer;
    const bytes = elements.flatMap(([tag, vr, value]) => {
      const number = (value: number) => [value & 0xff, value >>> 8 & 0xff];
      const text = [...new TextEncoder().encode(value)];
      const length = ["UN", "SQ", "OB"].includes(vr) ? [0, 0, ...number(text.length), 0, 0] : number(text.length);
      return [...number(tag >>> 16), ...number(tag), ...new TextEncoder().encode(vr), ...length, ...text];
    });
    await peer.send(
      writePData(1, true, findCommand(1), 16384),
      writePData(1, false, Uint8Array.from(bytes), 16384),
    );
    await answersOf(peer, EXPLICIT_LITTLE_ENDIAN);
  };
  await find([[Tag.PatientName, "LO", "RAO*"], [Tag.PatientID, "UN", "P1"], [Tag.PatientWeight, "DS", ""]]);
  await find([[Tag.PatientID, "LO", "P12"], [Tag.PatientName, "PN", ""]]);
  await find([[Tag.PatientBirthDate, "DA", "17.5.1990 "]]);
  await noted(
    ...["vr-wrong PatientName LO 1", "vr-unknown PatientID 1", "odd-length PatientID 1", "out-of-order PatientName 1"],
    ...["query-without-date  2", "query-refused key-no-range 1"],
  );
  const ask = await admin(box);
  const entries = JSON.parse(strFromU8(await ask(`/machines/${id}/diary`)));
  const withoutDate = entries.find(({ kind }: { kind: string }) => kind === "query-without-date");
  assert.deepEqual(withoutDate.setting, { name: "dateWindow", value: 1, inForce: false });
  await answersTo(box, "US1", everything().setText(Tag.ScheduledProcedureStepStartDate, "DA", ""));
});

Deno.test("steps: repeated, written otherwise, what may not be changed, unknown, without a UID, after their end, opened again", async () => {
  const { box, noted } = await withMachine();
  await using _ = box;
  const { studyInstanceUid } = box.send();
  const requestor = await Requestor.connect(remote(box.worklistPort, "US1"), [
    { abstractSyntax: MPPS, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const { id } = requestor.accepted(MPPS)[0]!;
  const bytes = (data: Dataset) => new Uint8Array(writeDataset(data, EXPLICIT_LITTLE_ENDIAN));
  const begun = (status: string) =>
    new Dataset().setText(Tag.PatientID, "LO", "P1").setText(Tag.PatientName, "PN", "Sharma^Priya")
      .setText(Tag.PerformedProcedureStepStatus, "CS", status)
      .setItems(Tag.ScheduledStepAttributesSequence, [
        new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid),
      ]);
  const create = async (data: Dataset, uid?: string) => {
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MPPS);
    if (uid !== undefined) command.setText(Tag.AffectedSOPInstanceUID, "UI", uid);
    await requestor.request(id, CommandField.N_CREATE, command, bytes(data));
  };
  const set = async (uid: string, data: Dataset) => {
    const command = new Dataset().setText(Tag.RequestedSOPClassUID, "UI", MPPS)
      .setText(Tag.RequestedSOPInstanceUID, "UI", uid);
    await requestor.request(id, CommandField.N_SET, command, bytes(data));
  };
  const ended = (status: string) => new Dataset().setText(Tag.PerformedProcedureStepStatus, "CS", status);
  const uid = newUid();
  await create(begun("In Progress"), uid);
  await create(begun("In Progress"), uid);
  await set(uid, ended("IN PROGRESS").setText(Tag.PatientID, "LO", "P1"));
  await set(uid, ended("COMPLETED"));
  await set(uid, ended("COMPLETED"));
  await set(uid, ended("DISCONTINUED"));
  await set(newUid(), ended("COMPLETED"));
  await create(begun("IN PROGRESS"));
  await requestor.release();
  await noted(
    ...["step-status-written  2", "step-repeated  2", "step-fixed-changed PatientID 1", "step-unknown  1"],
    ...["step-changed-after-end  1", "step-without-uid  1", "step-reopened  1"],
  );
});

Deno.test("associations: not released, by another title, ids that are even, classes of its own, pieces of nothing, no protocol", async () => {
  const { box, noted } = await withMachine();
  await using _ = box;
  const syntaxes = [EXPLICIT_LITTLE_ENDIAN.uid];
  const own = "1.3.46.670589.2.5.1.1";
  const { peer } = await associate(box, "US1", [
    { id: 1, abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: syntaxes },
    { id: 2, abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: syntaxes },
    { id: 3, abstractSyntax: own, transferSyntaxes: syntaxes },
  ]);
  const data = writeDataset(new Dataset().setText(Tag.PatientID, "LO", "NOBODY"), EXPLICIT_LITTLE_ENDIAN);
  await peer.send(
    writePData(1, true, findCommand(1), 16384),
    writePData(1, false, data, 16384, false),
    "04 00 00000006 00000002 01 02",
  );
  await answersOf(peer, EXPLICIT_LITTLE_ENDIAN);
  peer.close();
  const called = await Requestor.connect({ ...remote(box.worklistPort, "US1"), calledAeTitle: "PACS" }, [
    { abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: syntaxes },
  ]);
  await called.release();
  const { peer: broken } = await associate(box, "US1");
  await broken.send("09 00 00000004 00000000");
  await broken.pdu();
  broken.close();
  await noted(
    ...["not-released  1", "called-otherwise  1", "context-id  1", "class-of-its-own  1", "empty-pieces  1"],
    "protocol-broken  1",
  );
});

Deno.test("of what a machine sends the diary and the support file have no value, however much of it is odd", async () => {
  const { box, id, diary, noted } = await withMachine();
  await using _ = box;
  const secrets = ["Şahin", "SD-4711", "A-4711", "19900517", "Zehra"];
  await send(
    box.storagePort,
    declaring("", {
      ...{ patientName: "Şahin^Zehra", patientId: "SD-4711", accessionNumber: "A-4711" },
      texts: [[Tag.PatientBirthDate, "DA", "19900517"]],
    }),
    "US1",
  );
  const keys = (from: number) => {
    const identifier = new Dataset().setText(Tag.PatientName, "PN", "Zehra*").setText(Tag.PatientID, "LO", "SD-4711");
    for (let n = 0; n < 70; n++) identifier.setText(0x00191000 + from + n, "LO" as Vr, "A-4711");
    return identifier;
  };
  for (const from of [0, 70, 140]) await answersTo(box, "US1", keys(from));
  await noted("charset-undeclared ISO_IR 192 1", "query-without-date  3");
  assert.equal(diary().filter((one) => one.startsWith("key-unsupported")).length, 10);
  const all = diary().join("\n");
  const ask = await admin(box);
  const zip = unzipSync(await ask("/diagnostics"));
  const support = strFromU8(zip["oddities.json"]!);
  assert.match(support, /"charset-undeclared"/);
  for (const secret of secrets) {
    assert.ok(!all.includes(secret), secret);
    assert.ok(!strFromU8(await ask(`/machines/${id}/diary`)).includes(secret), secret);
    for (const [name, bytes] of Object.entries(zip)) {
      assert.ok(!strFromU8(bytes).includes(secret), `${secret} in ${name}`);
    }
  }
});

Deno.test("what was corrected of a picture that somebody opens is counted, once for each object", async () => {
  const { box, noted, diary } = await withMachine();
  await using _ = box;
  await addPerson(box, "anna", "doctor");
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}/api`;
  const login = await fetch(`${address}/session`, {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify({ username: "anna", password: PASSWORD }),
  });
  await login.body?.cancel();
  const headers = { cookie: login.headers.get("set-cookie")!.split(";")[0]! };
  const open = async (uid: string) => {
    const answer = await fetch(`${address}/instances/${uid}/description`, { headers });
    assert.equal(answer.status, 200, await answer.text());
  };
  // rows that the pixels do not reach
  const short = ultrasoundObject({ pixels: 64 * 64 });
  const rows = short.data.findIndex((_, at, all) =>
    [0x28, 0, 0x10, 0, 0x55, 0x53].every((byte, n) => all[at + n] === byte)
  );
  short.data[rows + 8] = 65;
  const whole = ultrasoundObject();
  for (const object of [short, whole]) {
    assert.equal((await send(box.storagePort, object, "US1")).status, 0);
    await open(object.sopInstanceUid);
    await open(object.sopInstanceUid);
  }
  await noted("picture-short  1");
  assert.deepEqual(diary(), ["picture-short  1"]);
});

Deno.test("a title that is no machine's, and the box's own test, have no diary; one that is removed takes its own along", async () => {
  const { box, id, noted } = await withMachine();
  await using _ = box;
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid: "" }), "US1");
  await noted("uid-missing StudyInstanceUID 1");
  box.store.machines.remove(id);
  assert.deepEqual(box.store.machineOddities.of(id), []);
  await box.store.machineOddities.add([
    { aeTitle: "NOBODY", kind: "odd-length", detail: "", count: 1, firstAt: "2026-01-01", lastAt: "2026-01-01" },
  ]);
});

Deno.test("a machine that does everything right has an empty diary: the virtual one, through a whole examination", async () => {
  const { box, diary } = await withMachine();
  await using _ = box;
  box.send({ date: localDate(new Date()) });
  const { worklistPort, storagePort } = box.appliance.ports;
  const summary = await new VirtualMachine({
    ...{ host: "127.0.0.1", worklistPort, storagePort, callingAeTitle: "US1", modality: "US" },
    ...{ worklistAeTitle: "STORESCP", storageAeTitle: "STORESCP", once: true, pollSeconds: 1, scanSeconds: 0.1 },
    log: () => {},
  }).run();
  assert.deepEqual([summary.examined, summary.failures], [1, []]);
  // what was noted would be written by now
  await new Promise((resolve) => setTimeout(resolve, 6000));
  assert.deepEqual(diary(), []);
});
