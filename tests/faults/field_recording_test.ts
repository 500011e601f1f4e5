import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { unzipSync } from "fflate";
import { gunzipSync } from "node:zlib";
import { Dataset } from "../../src/dicom/dataset.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP as MPPS } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { APPLICATION_CONTEXT, ownUserInformation, PduType } from "../../src/dimse/pdu.ts";
import { readAssociateRequest } from "../../src/dimse/read_pdu.ts";
import { writeAssociateRequest, writePData } from "../../src/dimse/write_pdu.ts";
import { isMessage, readRecording, type Recording, unpacked } from "../../src/dimse/recording.ts";
import { replay } from "../../src/dimse/replay.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { runProgram } from "../support/program.ts";
import { fixtures, readObject, samples } from "../support/samples.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { remote, send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";
import { answersOf, associate, findCommand, worklistContext } from "../support/worklist_client.ts";

const TODAY = localDate(new Date());
const PERSON = {
  ...{ id: "SD-4711-X", firstName: "Bhagyashree", lastName: "Venkataraman", birthDate: "1987-03-29" },
  ...{ gender: "Female", phone: "" },
};
/** What must stand in no recording, in whatever form it was sent. */
const SECRETS = [
  ...["Bhagyashree", "Venkataraman", "VENKATARAMAN", "SD-4711-X", "19870329", "1987.03.29", "ACC-90210", "Wolkenstein"],
  ...["hydronephrosis", "PRIVATE-NOTE-77", "Sunrise Clinic", "शर्मा", "山田", "PIXELS-OF-SOMEBODY"],
];

/** A box with a machine US1 whose next association is to be recorded. */
async function recordingBox(aeTitle = "US1") {
  const box = await Box.start();
  const { id } = box.store.machines.add({ aeTitle, name: "Logiq", admitted: true });
  box.store.machineRecordings.want(id, "owner");
  const recorded = async (): Promise<Recording> => {
    await until("the association is recorded", () => box.store.machineRecordings.of(id)?.recordedAt ?? undefined);
    return readRecording(box.store.machineRecordings.content(id)!);
  };
  return { box, id, recorded };
}

/** Every byte that a recording holds, as it would be read by whoever opens it. */
function bytesOf(recording: Recording): Buffer {
  return Buffer.concat([
    Buffer.from(JSON.stringify(recording)),
    Buffer.from(recording.request, "base64"),
    Buffer.from(recording.accept, "base64"),
    ...recording.events.filter(isMessage).flatMap(({ command, data }) => [
      Buffer.from(command, "base64"),
      ...(data === undefined ? [] : [unpacked(data, 1e9)]),
    ]),
  ]);
}

function assertNothingOf(secrets: readonly string[], recording: Recording): void {
  const bytes = bytesOf(recording);
  for (const secret of secrets) {
    for (const encoding of ["utf8", "utf16le", "latin1"] as const) {
      assert.ok(!bytes.includes(Buffer.from(secret, encoding)), `${secret} stands in the recording`);
    }
  }
}

/** Plays a recording by the command, as its maker would. */
async function playedBy(recording: Recording, box: Box): Promise<{ code: number; text: string }> {
  const file = await Deno.makeTempFile({ prefix: "sonodesk-recording-", suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify(recording));
    return await runProgram(["replay", file, "--port", box.worklistPort], {});
  } finally {
    await Deno.remove(file);
  }
}

const dicomDate = (date: string) => date.replaceAll("-", "");

peerTest(
  "findscu is recorded without a name, an id or a date of birth, and a box with other patients answers the same",
  [
    "findscu",
  ],
  async () => {
    const { box, recorded } = await recordingBox();
    await using _ = box;
    box.send({ patient: PERSON, date: TODAY, accessionNumber: "ACC-90210" });
    const keys = [
      ...["PatientName=", "PatientID=", "PatientBirthDate=", "PatientSex=", "AccessionNumber=", "StudyInstanceUID="],
      "ScheduledProcedureStepSequence[0].Modality=US",
      `ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=${dicomDate(TODAY)}`,
    ].flatMap((key) => ["-k", key]);
    const { code, text } = await run("findscu", ["-v", "-W", "-aet", "US1", ...keys, "127.0.0.1", box.worklistPort]);
    assert.equal(code, 0, text);
    const recording = await recorded();
    assertNothingOf(SECRETS, recording);
    assertNothingOf([dicomDate(TODAY)], recording);

    await using fresh = await Box.start();
    fresh.send({ date: TODAY });
    const played = await playedBy(recording, fresh);
    assert.deepEqual([played.code, /1 requests, answered as before/.test(played.text)], [0, true], played.text);
    await using empty = await Box.start();
    const otherwise = await playedBy(recording, empty);
    assert.equal(otherwise.code, 1);
    assert.match(otherwise.text, /C-FIND \(message 1\) had 1 answers, and has 0 now/);
  },
);

peerTest("findscu's keys with a name, an id and a birth date are replaced, and still find whom they found", [
  "findscu",
], async () => {
  const { box, recorded } = await recordingBox();
  await using _ = box;
  const { studyInstanceUid } = box.send({ patient: PERSON, date: TODAY });
  const keys = ["PatientName=Venkataraman*", "PatientID=SD-4711-X", "PatientBirthDate=19870329", "StudyInstanceUID="]
    .flatMap((key) => ["-k", key]);
  await run("findscu", ["-W", "-aet", "US1", ...keys, "127.0.0.1", box.worklistPort]);
  const recording = await recorded();
  assertNothingOf([...SECRETS, studyInstanceUid], recording);
  const [asked, answered] = recording.events.filter(isMessage).map(({ data }) =>
    data && readDataset(unpacked(data, 1e6), EXPLICIT_LITTLE_ENDIAN).dataset
  );
  assert.match(asked!.text("PatientName"), /^[A-Z][a-z]{11}\*$/);
  assert.ok(answered!.text("PatientName").startsWith(asked!.text("PatientName").slice(0, -1)));
  assert.equal(answered!.text("PatientID"), asked!.text("PatientID"));
  assert.equal(answered!.text("PatientBirthDate"), asked!.text("PatientBirthDate"));
  assert.match(asked!.text("PatientBirthDate"), /^19\d{6}$/);
});

peerTest("storescu is recorded without names, private text or pixels, and a fresh box takes it as this one did", [
  "storescu",
], async () => {
  const { box, recorded } = await recordingBox();
  await using _ = box;
  const texts: [number, Vr, string][] = [
    [Tag.PatientBirthDate, "DA", "19870329"],
    [Tag.InstitutionName, "LO", "Sunrise Clinic"],
    [Tag.ReferringPhysicianName, "PN", "Wolkenstein^Käthe"],
    [Tag.StudyDescription, "LO", "hydronephrosis"],
    [0x00090010, "LO", "GEMS_ULTRA_1"],
    [0x00091001, "LT", "PRIVATE-NOTE-77 of Venkataraman"],
    [0x00290010, "LO", "OF VENKATARAMAN"],
    [0x00291001, "UT", "शर्मा 山田 1987.03.29"],
    [Tag.Manufacturer, "LO", "GE"],
  ];
  const object = ultrasoundObject({
    ...{ patientName: "Venkataraman^Bhagyashree", patientId: "SD-4711-X", accessionNumber: "ACC-90210", texts },
  });
  const pixels = Buffer.from("PIXELS-OF-SOMEBODY ".repeat(200)).subarray(0, 3000);
  object.data.set(pixels, object.data.length - pixels.length);
  const file = `${box.folder}/object.dcm`;
  const meta = writeFileMeta({ ...object, sourceAeTitle: "US1" });
  await Deno.writeFile(file, Buffer.concat([meta, object.data]));
  const { code, text } = await run("storescu", ["-v", "-aet", "US1", "127.0.0.1", box.storagePort, file]);
  assert.equal(code, 0, text);
  const recording = await recorded();
  assertNothingOf([...SECRETS, object.sopInstanceUid], recording);
  const whole = bytesOf(recording).toString("latin1");
  assert.ok(whole.includes("GEMS_ULTRA_1"), "who made the private attributes is kept");
  assert.ok(whole.includes("MONOCHROME2") && whole.includes("ISO_IR 192"), "so is how the message is made");

  await using fresh = await Box.start();
  const played = await playedBy(recording, fresh);
  assert.equal(played.code, 0, played.text);
  const [study] = fresh.store.studies.list({});
  assert.match(study!.patientName, /^[A-Z][a-z]{11}\^[A-Z][a-z]{10}$/);
  assert.equal(study!.studyDate.slice(0, 4), String(new Date().getFullYear()), "dates are moved back");
});

Deno.test("steps are recorded with their series and UIDs as others, and a fresh box answers each message as before", async () => {
  const { box, recorded } = await recordingBox();
  await using _ = box;
  const { studyInstanceUid } = box.send({ patient: PERSON, date: TODAY, accessionNumber: "ACC-90210" });
  const requestor = await Requestor.connect(remote(box.worklistPort, "US1"), [
    { abstractSyntax: MPPS, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const { id } = requestor.accepted(MPPS)[0]!;
  const bytes = (data: Dataset) => new Uint8Array(writeDataset(data, EXPLICIT_LITTLE_ENDIAN));
  const uid = newUid();
  const begun = new Dataset().setText(Tag.PatientID, "LO", "SD-4711-X")
    .setText(Tag.PatientName, "PN", "Venkataraman^Bhagyashree").setText(Tag.PatientBirthDate, "DA", "19870329")
    .setText(Tag.PerformedProcedureStepStatus, "CS", "In Progress")
    .setItems(Tag.ScheduledStepAttributesSequence, [
      new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
        .setText(Tag.AccessionNumber, "SH", "ACC-90210"),
    ]);
  const command = () => new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MPPS);
  const named = new Dataset().setText(Tag.RequestedSOPClassUID, "UI", MPPS)
    .setText(Tag.RequestedSOPInstanceUID, "UI", uid);
  const create = () =>
    requestor.request(
      id,
      CommandField.N_CREATE,
      command().setText(Tag.AffectedSOPInstanceUID, "UI", uid),
      bytes(begun),
    );
  await create();
  await create();
  const performer = new Dataset().setText(Tag.PerformingPhysicianName, "PN", "Wolkenstein^K")
    .setText(Tag.SeriesInstanceUID, "UI", newUid()).setText(Tag.SeriesDescription, "LO", "hydronephrosis");
  await requestor.request(
    ...[id, CommandField.N_SET, named] as const,
    bytes(
      new Dataset().setText(Tag.PerformedProcedureStepStatus, "CS", "COMPLETED")
        .setItems(Tag.PerformedSeriesSequence, [performer]),
    ),
  );
  await requestor.release();
  const recording = await recorded();
  assertNothingOf([...SECRETS, studyInstanceUid, uid], recording);
  const uids = recording.events.filter(isMessage).filter(({ from }) => from === "machine").map(({ command }) => {
    const { dataset } = readDataset(Buffer.from(command, "base64"), { ...EXPLICIT_LITTLE_ENDIAN, explicit: false });
    return dataset.text("AffectedSOPInstanceUID") || dataset.text("RequestedSOPInstanceUID");
  });
  assert.equal(new Set(uids).size, 1, "the same UID is the same everywhere");
  await using fresh = await Box.start();
  const options = { host: "127.0.0.1", port: Number(fresh.worklistPort) };
  assert.deepEqual(await replay(recording, options), { requests: 3, differences: [], leftOut: [] });
});

Deno.test("what is odd stays odd: framing, lengths, VRs, who made a private group", async () => {
  const { box, recorded } = await recordingBox();
  await using _ = box;
  const odd = Buffer.concat([
    Buffer.from([0x10, 0, 0x10, 0, 0x4c, 0x4f, 13, 0]), // PatientName as LO, of an odd length
    Buffer.from("Venkataraman*"),
    Buffer.from([0x10, 0, 0x20, 0, 0x55, 0x4e, 0, 0, 9, 0, 0, 0]), // PatientID as UN
    Buffer.from("SD-4711-X"),
    Buffer.from([0x09, 0, 0x10, 0, 0x4c, 0x4f, 6, 0]),
    Buffer.from("ACUSON"),
  ]);
  const { peer } = await associate(box, "US1", worklistContext(EXPLICIT_LITTLE_ENDIAN.uid));
  await using _peer = peer;
  await peer.send(
    writePData(1, true, findCommand(1), 16384),
    writePData(1, false, odd.subarray(0, 7), 16384, false),
    "04 00 00000006 00000002 01 00", // a piece of nothing
    writePData(1, false, odd.subarray(7), 16384),
  );
  await answersOf(peer, EXPLICIT_LITTLE_ENDIAN);
  peer.close();
  const recording = await recorded();
  assertNothingOf(SECRETS, recording);
  const [query] = recording.events.filter(isMessage);
  assert.deepEqual(query!.framing.map(([pdv]) => pdv![1]).slice(1), [7, 0, odd.length - 7]);
  const kept = Buffer.from(unpacked(query!.data!, 1e6));
  assert.deepEqual(kept.subarray(0, 8), odd.subarray(0, 8));
  assert.deepEqual(kept.subarray(21, 33), odd.subarray(21, 33));
  assert.deepEqual(kept.subarray(-14), odd.subarray(-14), "who made a private group is kept");
  assert.deepEqual(recording.events.at(-1), { from: "machine", ended: "close" });

  await using fresh = await Box.start();
  fresh.store.machines.add({ aeTitle: "US1", name: "US1", admitted: true });
  const options = { host: "127.0.0.1", port: Number(fresh.worklistPort) };
  assert.deepEqual((await replay(recording, options)).differences, []);
  assert.deepEqual((await replay(recording, { ...options, callingAeTitle: "OTHER" })).differences, []);
});

Deno.test("only the machine that is to be recorded is, once; what is wanted no more is not", async () => {
  const { box, id, recorded } = await recordingBox();
  await using _ = box;
  await send(box.storagePort, ultrasoundObject(), "US2");
  assert.equal(box.store.machineRecordings.of(id)!.recordedAt, null);
  await send(box.storagePort, ultrasoundObject(), "US1");
  const first = await recorded();
  assert.equal(first.events.filter(isMessage).length, 2);
  await send(box.storagePort, ultrasoundObject(), "US1");
  assert.deepEqual(await recorded(), first, "its next one is not");
  box.store.machineRecordings.want(id, "owner");
  box.store.machineRecordings.remove(id);
  await send(box.storagePort, ultrasoundObject(), "US1");
  assert.equal(box.store.machineRecordings.of(id), undefined);
});

Deno.test("samples in every transfer syntax, recorded one after the other, are taken by a fresh box as by this one", async () => {
  const all = [...fixtures(), ...samples("us"), ...samples("sr")].map(({ path }) => readObject(path))
    .filter(({ data }) => data.length < 300_000);
  const seen = new Set<string>();
  const objects = all.filter(({ sopInstanceUid }) => !seen.has(sopInstanceUid) && seen.add(sopInstanceUid)).slice(
    0,
    60,
  );
  const { box, id, recorded } = await recordingBox();
  await using _ = box;
  const pairs = [
    ...new Set(objects.map(({ sopClassUid, transferSyntaxUid }) => `${sopClassUid} ${transferSyntaxUid}`)),
  ];
  const requestor = await Requestor.connect(
    remote(box.storagePort, "US1"),
    pairs.map((pair) => ({ abstractSyntax: pair.split(" ")[0]!, transferSyntaxes: [pair.split(" ")[1]!] })),
  );
  let sent = 0;
  for (const { sopClassUid, sopInstanceUid, transferSyntaxUid, data } of objects) {
    const context = requestor.accepted(sopClassUid).find(({ transferSyntax }) =>
      transferSyntax.uid === transferSyntaxUid
    );
    if (context === undefined) continue;
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
      .setText(Tag.AffectedSOPInstanceUID, "UI", sopInstanceUid).setUnsignedShort(Tag.Priority, 0);
    await requestor.request(context.id, CommandField.C_STORE, command, new Uint8Array(data));
    sent += 1;
  }
  await requestor.release();
  const recording = await recorded();
  assert.ok(sent > 20 && recording.whole, `${sent} objects`);
  assert.ok(box.store.machineRecordings.of(id)!.size < 400_000);
  await using fresh = await Box.start();
  const { differences, requests, leftOut } = await replay(recording, {
    ...{ host: "127.0.0.1", port: Number(fresh.storagePort) },
  });
  assert.deepEqual([differences, requests + leftOut.length], [[], sent]);
  assert.ok(leftOut.every((one) => /compressed as a whole/.test(one)), leftOut.join("\n"));
});

Deno.test("a recording is part of the support file only where an admin has put it there", async () => {
  const { box, id, recorded } = await recordingBox();
  await using _ = box;
  await send(box.storagePort, ultrasoundObject(), "US1");
  await recorded();
  await addPerson(box, "owner", "admin");
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}/api`;
  const json = { "content-type": "application/json" };
  const login = await fetch(`${address}/session`, {
    ...{ method: "POST", headers: json, body: JSON.stringify({ username: "owner", password: PASSWORD }) },
  });
  await login.body?.cancel();
  const headers = { ...json, cookie: login.headers.get("set-cookie")!.split(";")[0]! };
  const names = async () => {
    const answer = await fetch(`${address}/diagnostics`, { headers });
    return Object.keys(unzipSync(new Uint8Array(await answer.arrayBuffer()))).filter((name) => /recording/.test(name));
  };
  const put = async (inSupportFile: boolean) => {
    const answer = await fetch(`${address}/machines/${id}/recording`, {
      ...{ method: "PATCH", headers, body: JSON.stringify({ inSupportFile }) },
    });
    assert.equal(answer.status, 204);
  };
  assert.deepEqual(await names(), []);
  await put(true);
  assert.deepEqual(await names(), [`recording-${id}.json.gz`]);
  await put(false);
  assert.deepEqual(await names(), []);
  const saved = await fetch(`${address}/machines/${id}/recording/file`, { headers });
  assert.equal(readRecording(new Uint8Array(await saved.arrayBuffer())).events.length, 3);
});

Deno.test("who the user is, and how they prove it, is not recorded", async () => {
  const { box, recorded } = await recordingBox();
  await using _ = box;
  const peer = await ScriptedPeer.connect(box.worklistPort);
  await using _peer = peer;
  const request = writeAssociateRequest({
    ...{ calledAeTitle: "STORESCP", callingAeTitle: "US1", applicationContext: APPLICATION_CONTEXT },
    ...{ contexts: worklistContext(), user: ownUserInformation(16384) },
  });
  const text = (value: string) => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const identity = Buffer.concat([Buffer.from([2, 0]), text("dr.wolkenstein"), text("Open-Sesame-9")]);
  const item = Buffer.concat([Buffer.from([0x58, 0, 0, identity.length]), identity]);
  // into the last item, which is the user information
  const bytes = Buffer.concat([request, item]);
  bytes.writeUInt32BE(bytes.length - 6, 2);
  const at = bytes.lastIndexOf(Buffer.from([0x50, 0, 0]));
  bytes.writeUInt16BE(bytes.readUInt16BE(at + 2) + item.length, at + 2);
  await peer.send(bytes);
  assert.equal((await peer.pdu())?.type, PduType.ASSOCIATE_AC);
  peer.close();
  const recording = await recorded();
  assertNothingOf(["wolkenstein", "Sesame"], recording);
  const kept = readAssociateRequest(Buffer.from(recording.request, "base64"));
  assert.deepEqual([kept.user.userIdentity!.primary.length, kept.user.userIdentity!.secondary.length], [14, 13]);
});

Deno.test("a long association is kept as far as there is room, and the machine notices nothing", async () => {
  const { box, id, recorded } = await recordingBox();
  await using _ = box;
  const requestor = await Requestor.connect(remote(box.storagePort, "US1"), [
    { abstractSyntax: "1.2.840.10008.5.1.4.1.1.6.1", transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const { id: context } = requestor.accepted("1.2.840.10008.5.1.4.1.1.6.1")[0]!;
  for (let n = 0; n < 4; n++) {
    const { data, sopInstanceUid, sopClassUid } = ultrasoundObject({ pixels: 8 * 1024 * 1024 });
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
      .setText(Tag.AffectedSOPInstanceUID, "UI", sopInstanceUid).setUnsignedShort(Tag.Priority, 0);
    const { command: response } = await requestor.request(context, CommandField.C_STORE, command, data);
    assert.equal(response.number("Status"), 0);
  }
  await requestor.release();
  const recording = await recorded();
  const { whole, size, messages } = box.store.machineRecordings.of(id)!;
  assert.deepEqual([whole, recording.whole, messages], [false, false, 4], "two objects and their answers");
  assert.ok(size < 100_000, `${size} bytes: pixels are none`);
  assert.equal(gunzipSync(box.store.machineRecordings.content(id)!).includes("Sharma"), false);
});

Deno.test("the command says what is wrong with a file that is no recording, and with what it is told", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, `{"format":"another"}`);
    const no = await runProgram(["replay", file], {});
    assert.deepEqual([no.code, /it is none, save it again/.test(no.text)], [2, true], no.text);
    const port = await runProgram(["replay", file, "--port", "x"], {});
    assert.deepEqual([port.code, /a port is a number/.test(port.text)], [2, true]);
  } finally {
    await Deno.remove(file);
  }
});
