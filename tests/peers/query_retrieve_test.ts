import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { QUERY_RETRIEVE } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { MOST_CANDIDATES } from "../../src/services/catalogue_query.ts";
import { CommandField, RESPONSE, Status, writeCommand } from "../../src/dimse/command.ts";
import { APPLICATION_CONTEXT, ownUserInformation } from "../../src/dimse/pdu.ts";
import { readAssociateAccept, readAssociateRequest } from "../../src/dimse/read_pdu.ts";
import {
  writeAssociateAccept,
  writeAssociateRequest,
  writePData,
  writeReleaseResponse,
} from "../../src/dimse/write_pdu.ts";
import { DEFAULT_BOUNDS, Guard } from "../../src/dimse/guard.ts";
import { DicomListener } from "../../src/dimse/listener.ts";
import { findInCatalogue } from "../../src/services/query.ts";
import { QueryRetrieve } from "../../src/services/query_retrieve.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { Box } from "../support/box.ts";
import { OrthancPeer } from "../support/orthanc.ts";
import { Pacs } from "../support/pacs.ts";
import { peerTest, run } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { remote, send, type SentObject } from "../support/sender.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { freePort } from "../support/servers.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

const WORKSTATION = { aeTitle: "WS", name: "Workstation", address: "127.0.0.1", admitted: true };

/** A box with two patients of this test and all fixtures, and a workstation that may ask. */
async function filled(port: string | number = 104) {
  const box = await Box.start();
  box.store.machines.add({ ...WORKSTATION, port: Number(port) });
  const studyInstanceUid = newUid();
  const seriesInstanceUid = newUid();
  const sharma = { patientId: "P1", patientName: "Sharma^Priya", studyInstanceUid, seriesInstanceUid };
  const objects = [1, 2, 3].map((shade) => ultrasoundObject({ ...sharma, shade, studyDate: "20261120" }));
  const rao = ultrasoundObject({ patientId: "P2", patientName: "Rao^Asha", studyDate: "20261121" });
  for (const object of [...objects, rao]) await send(box.storagePort, object);
  return { box, studyInstanceUid, seriesInstanceUid, objects, rao };
}

/** The files in a folder, by SOP Instance UID. */
function got(folder: string) {
  return new Map(
    [...Deno.readDirSync(folder)].map(({ name }) => {
      const object = readObject(`${folder}/${name}`);
      return [object.sopInstanceUid, object];
    }),
  );
}

peerTest("findscu finds patients, studies, series and images by their keys", ["findscu"], async () => {
  const { box, studyInstanceUid, seriesInstanceUid, objects } = await filled();
  await using _box = box;
  const find = async (root: "-P" | "-S", level: string, ...keys: string[]) => {
    const { code, text } = await run("findscu", [
      ...["-v", root, "-aet", "WS", "-k", `QueryRetrieveLevel=${level}`],
      ...keys.flatMap((key) => ["-k", key]),
      ...["127.0.0.1", box.storagePort],
    ]);
    assert.equal(code, 0, text);
    assert.match(text, /Received Final Find Response \(Success\)/);
    return text.split("Find Response:").slice(1).filter((part) => /Pending/.test(part.slice(0, 40)));
  };
  assert.equal((await find("-P", "PATIENT", "PatientName")).length, 2);
  const [patient] = await find("-P", "PATIENT", "PatientName=sharma*", "PatientID", "NumberOfPatientRelatedStudies");
  assert.match(patient!, /\[P1\s*\].*PatientID/);
  assert.match(patient!, /\[1\s*\].*NumberOfPatientRelatedStudies/);
  assert.equal((await find("-S", "STUDY", "StudyInstanceUID")).length, 2);
  const [study, ...others] = await find(
    ...["-S", "STUDY", "StudyDate=20261119-20261120", "StudyInstanceUID", "ModalitiesInStudy"] as const,
    ...["NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "RetrieveAETitle", "StudyID"],
  );
  assert.equal(others.length, 0);
  assert.ok(study!.includes(studyInstanceUid));
  assert.match(study!, /\[US\].*ModalitiesInStudy/);
  assert.match(study!, /\[1\s*\].*NumberOfStudyRelatedSeries/);
  assert.match(study!, /\[3\s*\].*NumberOfStudyRelatedInstances/);
  assert.match(study!, /\[STORESCP\].*RetrieveAETitle/);
  assert.equal((await find("-S", "STUDY", "ModalitiesInStudy=CT")).length, 0);
  const [series] = await find("-S", "SERIES", `StudyInstanceUID=${studyInstanceUid}`, "SeriesInstanceUID", "Modality");
  assert.ok(series!.includes(seriesInstanceUid));
  const images = await find("-S", "IMAGE", `SeriesInstanceUID=${seriesInstanceUid}`, "SOPInstanceUID");
  assert.equal(images.length, 3);
  for (const { sopInstanceUid } of objects) assert.ok(images.some((image) => image.includes(sopInstanceUid)));
});

peerTest("movescu gets a study at its own port, every object as it came", ["movescu"], async () => {
  const port = freePort();
  const { box, studyInstanceUid, objects } = await filled(port);
  await using _box = box;
  for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-moved-" });
  const move = (...keys: string[]) =>
    run("movescu", [
      ...["-v", "-S", "-aet", "WS", "-aem", "WS", "+P", port, "+B", "+xa"],
      ...keys.flatMap((key) => ["-k", key]),
      ...["127.0.0.1", box.storagePort],
    ], { cwd: folder }); // with +B it does not heed -od
  const { code, text } = await move("QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studyInstanceUid}`);
  assert.equal(code, 0, text);
  assert.equal(got(folder).size, 3, text);
  for (const { sopInstanceUid, data } of objects) {
    assert.ok(Buffer.from(got(folder).get(sopInstanceUid)!.data).equals(Buffer.from(data)));
  }
  const compressed = readObject(fixtures().find(({ name }) => name === "us_cine_jpeg.dcm")!.path);
  const again = await move("QueryRetrieveLevel=IMAGE", `SOPInstanceUID=${compressed.sopInstanceUid}`);
  assert.equal(again.code, 0, again.text);
  const moved = got(folder).get(compressed.sopInstanceUid)!;
  assert.equal(moved.transferSyntaxUid, compressed.transferSyntaxUid);
  assert.ok(Buffer.from(moved.data).equals(compressed.data));
  await Deno.remove(folder, { recursive: true });
});

peerTest("getscu gets a study on its own association", ["getscu"], async () => {
  const { box, studyInstanceUid, objects } = await filled();
  await using _box = box;
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-got-" });
  const { code, text } = await run("getscu", [
    ...["-v", "-S", "-aet", "WS", "-od", folder, "+B"],
    ...["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${studyInstanceUid}`],
    ...["127.0.0.1", box.storagePort],
  ]);
  assert.equal(code, 0, text);
  assert.equal(got(folder).size, 3, text);
  for (const { sopInstanceUid, data } of objects) {
    assert.ok(Buffer.from(got(folder).get(sopInstanceUid)!.data).equals(Buffer.from(data)));
  }
  await Deno.remove(folder, { recursive: true });
});

peerTest("getscu gets what is compressed also where it takes nothing compressed", ["getscu"], async () => {
  const { box } = await filled();
  await using _box = box;
  for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-got-" });
  for (const { path, name } of fixtures()) {
    const { sopInstanceUid, transferSyntaxUid } = readObject(path);
    // it proposes each class with all uncompressed syntaxes in one context, and no other
    const { code, text } = await run("getscu", [
      ...["-v", "-S", "-aet", "WS", "-od", folder, "+B"],
      ...["-k", "QueryRetrieveLevel=IMAGE", "-k", `SOPInstanceUID=${sopInstanceUid}`, "127.0.0.1", box.storagePort],
    ]);
    assert.equal(code, 0, text);
    const there = got(folder).get(sopInstanceUid);
    assert.ok(there, `${name} ${text}`);
    const uncompressed = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"];
    assert.ok(uncompressed.includes(there.transferSyntaxUid), name);
    if (uncompressed.includes(transferSyntaxUid)) assert.equal(there.transferSyntaxUid, transferSyntaxUid);
  }
  await Deno.remove(folder, { recursive: true });
});

peerTest("Orthanc asks the box and has a study moved to itself", ["Orthanc"], async () => {
  const { box, studyInstanceUid } = await filled();
  await using _box = box;
  await using orthanc = await OrthancPeer.start(box.storagePort);
  box.store.machines.add({ ...WORKSTATION, aeTitle: "ORTHANC", port: orthanc.port });
  const { ID } = await orthanc.post("/modalities/box/query", {
    Level: "Study",
    Query: { PatientName: "SHARMA*", StudyInstanceUID: "" },
  });
  const answers: string[] = await orthanc.get(`/queries/${ID}/answers`);
  assert.equal(answers.length, 1);
  await orthanc.post(`/queries/${ID}/answers/0/retrieve`, {});
  assert.equal((await orthanc.get("/instances")).length, 3);
  const [study] = await orthanc.get("/studies?expand");
  assert.equal(study.MainDicomTags.StudyInstanceUID, studyInstanceUid);
});

Deno.test("Query/Retrieve: statuses of what cannot be answered", async () => {
  const { box, studyInstanceUid, objects } = await filled(freePort());
  await using _box = box;
  const { find, move, get } = QUERY_RETRIEVE.studyRoot;
  const ask = async (sopClassUid: string, field: number, identifier: Dataset, caller = "WS", destination = "") => {
    const requestor = await Requestor.connect(remote(box.storagePort, caller), [
      { abstractSyntax: sopClassUid, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
    ]);
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
      .setUnsignedShort(Tag.Priority, 0);
    if (destination !== "") command.setText(Tag.MoveDestination, "AE", destination);
    const { command: response } = await requestor.request(
      requestor.accepted(sopClassUid)[0]!.id,
      field,
      command,
      new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN)),
    );
    await requestor.release();
    return {
      status: response.number("Status"),
      completed: response.number("NumberOfCompletedSuboperations"),
      failed: response.number("NumberOfFailedSuboperations"),
    };
  };
  const commentOf = async (identifier: Dataset) => {
    const { get: abstractSyntax } = QUERY_RETRIEVE.studyRoot;
    const requestor = await Requestor.connect(remote(box.storagePort, "WS"), [
      { abstractSyntax, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
    ]);
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", abstractSyntax)
      .setUnsignedShort(Tag.Priority, 0);
    const { command: response } = await requestor.request(
      requestor.accepted(abstractSyntax)[0]!.id,
      CommandField.C_GET,
      command,
      new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN)),
    );
    await requestor.release();
    return response.text("ErrorComment");
  };
  const at = (level: string) => new Dataset().setText(Tag.QueryRetrieveLevel, "CS", level);
  const study = at("STUDY").setText(Tag.StudyInstanceUID, "UI", studyInstanceUid);
  const { C_FIND, C_MOVE, C_GET } = CommandField;
  assert.equal((await ask(find, C_FIND, study, "STRANGER")).status, Status.NOT_AUTHORIZED);
  assert.equal((await ask(find, C_FIND, new Dataset().setText(Tag.PatientID, "LO", ""))).status, 0xa900);
  assert.equal((await ask(find, C_FIND, at("PATIENT"))).status, 0xa900, "the study root has no patients");
  assert.equal((await ask(find, C_FIND, at("STUDY").setText(Tag.StudyDate, "DA", "today"))).status, 0xa900);
  assert.equal((await ask(find, C_MOVE, study)).status, Status.UNRECOGNIZED_OPERATION);
  assert.equal((await ask(move, C_MOVE, at("STUDY"), "WS", "WS")).status, 0xa900, "no unique key");
  assert.equal((await ask(move, C_MOVE, study, "WS", "ELSEWHERE")).status, Status.MOVE_DESTINATION_UNKNOWN);
  assert.deepEqual(
    await ask(move, C_MOVE, study, "WS", "WS"),
    { status: 0xa702, completed: 0, failed: 3 },
    "it is down",
  );
  assert.deepEqual(
    await ask(get, C_GET, study),
    { status: 0xa702, completed: 0, failed: 3 },
    "a peer that is no provider of storage on its association gets nothing",
  );
  assert.match(await commentOf(study), /^WS takes no Ultrasound Image in Explicit VR Little Endian/);
  const ofPatient = (patientId: string) => at("PATIENT").setText(Tag.PatientID, "LO", patientId);
  const { move: moveOfPatient, get: getOfPatient } = QUERY_RETRIEVE.patientRoot;
  for (const pattern of ["*", "P*", "P?"]) {
    // were it taken for a pattern, its objects would be counted as failed
    for (const [sopClassUid, field] of [[moveOfPatient, C_MOVE], [getOfPatient, C_GET]] as const) {
      const answer = await ask(sopClassUid, field, ofPatient(pattern), "WS", "WS");
      assert.deepEqual(answer, { status: 0, completed: 0, failed: 0 }, `a retrieval knows no wildcards: ${pattern}`);
    }
  }
  assert.equal((await ask(moveOfPatient, C_MOVE, ofPatient("P1"), "WS", "WS")).failed, 3);
  assert.equal((await ask(moveOfPatient, C_MOVE, ofPatient(""), "WS", "WS")).status, 0xa900);
  const nothing = at("STUDY").setText(Tag.StudyInstanceUID, "UI", newUid());
  assert.deepEqual(await ask(move, C_MOVE, nothing, "WS", "WS"), { status: 0, completed: 0, failed: 0 });
  assert.equal(objects.length, 3);
});

peerTest("C-GET: a peer that cancels, and one that vanishes, end it, and the box goes on", ["echoscu"], async () => {
  const { box, studyInstanceUid } = await filled();
  await using _box = box;
  const sopClassUid = QUERY_RETRIEVE.studyRoot.get;
  const begin = async () => {
    const peer = await ScriptedPeer.connect(box.storagePort);
    await peer.send(writeAssociateRequest({
      ...remote(box.storagePort, "WS"),
      applicationContext: APPLICATION_CONTEXT,
      contexts: [sopClassUid, ULTRASOUND_IMAGE].map((abstractSyntax, index) => ({
        ...{ id: index * 2 + 1, abstractSyntax, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
      })),
      user: ownUserInformation(16384, [{ sopClassUid: ULTRASOUND_IMAGE, scu: false, scp: true }]),
    }));
    const accept = readAssociateAccept((await peer.pdu())!.body);
    assert.deepEqual(accept.user.roles, [{ sopClassUid: ULTRASOUND_IMAGE, scu: false, scp: true }]);
    const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
      .setUnsignedShort(Tag.CommandField, CommandField.C_GET)
      .setUnsignedShort(Tag.MessageID, 5);
    const identifier = new Dataset().setText(Tag.QueryRetrieveLevel, "CS", "STUDY")
      .setText(Tag.StudyInstanceUID, "UI", studyInstanceUid);
    await peer.send(
      writePData(1, true, writeCommand(command, true), 0),
      writePData(1, false, new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN)), 0),
    );
    const { command: store } = await peer.message();
    assert.equal(store.number("CommandField"), CommandField.C_STORE);
    return { peer, store };
  };
  const cancelling = await begin();
  const cancel = new Dataset().setUnsignedShort(Tag.CommandField, CommandField.C_CANCEL)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, 5);
  const stored = new Dataset().setUnsignedShort(Tag.CommandField, CommandField.C_STORE | RESPONSE)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, cancelling.store.number("MessageID")!)
    .setUnsignedShort(Tag.Status, Status.SUCCESS);
  await cancelling.peer.send(
    writePData(1, true, writeCommand(cancel, false), 0),
    writePData(3, true, writeCommand(stored, false), 0),
  );
  let { command: last } = await cancelling.peer.message();
  while (last.number("Status") === Status.PENDING) ({ command: last } = await cancelling.peer.message());
  assert.equal(last.number("Status"), Status.CANCEL);
  assert.equal(last.number("NumberOfCompletedSuboperations"), 1);
  cancelling.peer.close();
  (await begin()).peer.close();
  assert.equal((await run("echoscu", ["127.0.0.1", box.storagePort])).code, 0);
});

/** Records objects that have one file. */
async function recordMany(box: Box, first: SentObject, count: number, sopClassUid: (n: number) => string) {
  const { path, size, sha256, dataOffset, transferSyntaxUid } = box.store.instances.find(first.sopInstanceUid)!;
  const study = {
    ...{ studyInstanceUid: newUid(), patientId: "P7", patientName: "Das^Bela", patientBirthDate: "" },
    ...{ patientSex: "", accessionNumber: "", studyDate: "2026-11-22", studyTime: "", description: "" },
  };
  const series = { seriesInstanceUid: newUid(), modality: "US", number: 1, description: "", bodyPart: "" };
  await Promise.all(Array.from({ length: count }, (_, n) => {
    const one = path.replace(/\.dcm$/, `.${n}.dcm`);
    Deno.linkSync(box.appliance.archive.pathOf(path), box.appliance.archive.pathOf(one));
    return box.store.instances.record({
      ...{ sopInstanceUid: `1.2.3.${n}`, sopClassUid: sopClassUid(n), transferSyntaxUid, number: n, frames: 1 },
      ...{ study, series, file: { path: one, size, sha256, dataOffset }, receivedFrom: "US1" },
    });
  }));
  return study.studyInstanceUid;
}

peerTest("C-FIND: of more than is looked at the first are answered, and A700 says that those are not all", [
  "findscu",
], async () => {
  const { box, rao } = await filled();
  await using _box = box;
  await recordMany(box, rao, MOST_CANDIDATES, () => ULTRASOUND_IMAGE);
  const find = (...keys: string[]) =>
    run("findscu", [
      ...["-v", "-S", "-aet", "WS", "-k", "QueryRetrieveLevel=IMAGE", ...keys.flatMap((key) => ["-k", key])],
      ...["127.0.0.1", box.storagePort],
    ]);
  const ofRao = box.store.instances.find(rao.sopInstanceUid)!.studyInstanceUid;
  const none = await find("SOPInstanceUID", "Modality=CT");
  assert.match(none.text, /Final Find Response \(Refused: OutOfResources\)/i);
  const one = await find("SOPInstanceUID", "Modality=CT", `StudyInstanceUID=${ofRao}`);
  assert.match(one.text, /Final Find Response \(Success\)/);
  // and what else there is to do is done meanwhile
  const turns: number[] = [];
  const timer = setInterval(() => turns.push(looking), 0);
  let looking = 0;
  const identifier = new Dataset().setText(Tag.Modality, "CS", "CT");
  for await (const _ of findInCatalogue(box.store.catalogue, identifier, "IMAGE")) looking += 1;
  clearInterval(timer);
  assert.equal(looking, 0);
  assert.ok(turns.length >= 10, `${turns.length} turns for others`);
});

peerTest("C-MOVE: more kinds than one association has contexts for go out on several", ["movescu"], async () => {
  const pacs = new Pacs();
  await using server = await pacs.listen();
  const { box, rao } = await filled();
  await using _box = box;
  box.store.machines.add({ ...WORKSTATION, aeTitle: "PACS", port: server.port });
  const studyInstanceUid = await recordMany(box, rao, 150, (n) => `1.2.840.10008.5.1.4.1.1.9999.${n}`);
  const { code, text } = await run("movescu", [
    ...["-v", "-S", "-aet", "WS", "-aem", "PACS", "-k", "QueryRetrieveLevel=STUDY"],
    ...["-k", `StudyInstanceUID=${studyInstanceUid}`, "127.0.0.1", box.storagePort],
  ]);
  assert.equal(code, 0, text);
  assert.equal(new Set(pacs.received.map(({ sopInstanceUid }) => sopInstanceUid)).size, 150);
  assert.equal(pacs.associations, 3, "64 kinds, each as it is and uncompressed, have room on one");
  await box.until("they have ended", () => pacs.ended === 3);
});

peerTest("C-MOVE: an error of the box's own does not leave the association to the destination open", [
  "movescu",
], async () => {
  const pacs = new Pacs();
  pacs.takesCompressed = false;
  await using server = await pacs.listen();
  await using box = await Box.start();
  box.store.machines.add({ ...WORKSTATION, port: server.port });
  const compressed = readObject(fixtures().find(({ name }) => name === "us_cine_jpeg.dcm")!.path);
  await send(box.storagePort, compressed);
  const listener = new DicomListener({
    ...{ hostname: "127.0.0.1", port: 0, purpose: "a test", guard: new Guard(DEFAULT_BOUNDS), maxPduLength: 131072 },
    services: [
      new QueryRetrieve(box.store, box.appliance.archive, {
        boxAeTitle: "STORESCP",
        tls: () => Promise.reject(new Error("no TLS in this test")),
        convert: () => Promise.reject(new Error("a mistake")),
      }),
    ],
    admit: () => undefined,
    onEnd: () => {},
  });
  await listener.start();
  const { code } = await run("movescu", [
    ...["-S", "-aet", "WS", "-aem", "WS", "-k", "QueryRetrieveLevel=IMAGE"],
    ...["-k", `SOPInstanceUID=${compressed.sopInstanceUid}`, "127.0.0.1", String(listener.port)],
  ]);
  assert.notEqual(code, 0);
  await box.until("the association has ended", () => pacs.ended === 1);
  await listener.stop(0);
});

Deno.test("C-FIND: a peer that cancels has no more answers, and a C-CANCEL that comes late is passed over", async () => {
  const { box } = await filled();
  await using _box = box;
  const sopClassUid = QUERY_RETRIEVE.studyRoot.find;
  await using peer = await ScriptedPeer.connect(box.storagePort);
  await associate(peer, box, [sopClassUid]);
  const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
    .setUnsignedShort(Tag.CommandField, CommandField.C_FIND)
    .setUnsignedShort(Tag.MessageID, 9);
  const identifier = new Dataset().setText(Tag.QueryRetrieveLevel, "CS", "IMAGE").setText(Tag.SOPInstanceUID, "UI", "");
  const request = [
    writePData(1, true, writeCommand(command, true), 0),
    writePData(1, false, new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN)), 0),
  ];
  // the cancel is on the wire with the request: whether it comes in time is for the box's pace, both ends are right
  for (const cancels of [[cancelOf(9)], []]) {
    await peer.send(...request, ...cancels);
    let answers = 0;
    let { command: last } = await peer.message();
    for (; last.number("Status") === Status.PENDING; { command: last } = await peer.message()) answers += 1;
    const status = last.number("Status");
    if (cancels.length === 0 || status === Status.SUCCESS) assert.deepEqual([status, answers], [Status.SUCCESS, 4]);
    else assert.equal(status, Status.CANCEL);
  }
  await peer.send(cancelOf(9));
  await peer.send(...request);
  const { command: still } = await peer.message();
  assert.equal(still.number("Status"), Status.PENDING, "the association goes on");
});

Deno.test("C-MOVE: a peer that cancels is told what was moved, and the rest is not", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { box, studyInstanceUid } = await filled(listener.addr.port);
  await using _box = box;
  const sopClassUid = QUERY_RETRIEVE.studyRoot.move;
  await using peer = await ScriptedPeer.connect(box.storagePort);
  await associate(peer, box, [sopClassUid]);
  const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", sopClassUid)
    .setText(Tag.MoveDestination, "AE", "WS")
    .setUnsignedShort(Tag.CommandField, CommandField.C_MOVE)
    .setUnsignedShort(Tag.MessageID, 11);
  const identifier = new Dataset().setText(Tag.QueryRetrieveLevel, "CS", "STUDY")
    .setText(Tag.StudyInstanceUID, "UI", studyInstanceUid);
  await peer.send(
    writePData(1, true, writeCommand(command, true), 0),
    writePData(1, false, new Uint8Array(writeDataset(identifier, EXPLICIT_LITTLE_ENDIAN)), 0),
  );
  // the receiving side holds the first object back until the cancel is on its way
  await using receiver = await ScriptedPeer.accept(listener);
  listener.close();
  const asked = readAssociateRequest((await receiver.pdu())!.body);
  await receiver.send(writeAssociateAccept(asked, {
    contexts: asked.contexts.map(({ id, transferSyntaxes }) => ({
      ...{ id, result: 0 as const, transferSyntax: transferSyntaxes[0]! },
    })),
    user: ownUserInformation(16384),
  }));
  const { command: store } = await receiver.message();
  assert.equal(store.text("MoveOriginatorApplicationEntityTitle"), "WS");
  await peer.send(cancelOf(11));
  // it takes whatever else still comes, until it is released
  let taken = 0;
  const receiving = (async () => {
    for (let request: Dataset | undefined = store; request !== undefined;) {
      taken += 1;
      const stored = new Dataset().setUnsignedShort(Tag.CommandField, CommandField.C_STORE | RESPONSE)
        .setUnsignedShort(Tag.MessageIDBeingRespondedTo, request.number("MessageID")!)
        .setUnsignedShort(Tag.Status, Status.SUCCESS);
      await receiver.send(writePData(asked.contexts[0]!.id, true, writeCommand(stored, false), 0));
      // a release request is no message
      request = await receiver.message().then(({ command }) => command, () => undefined);
    }
    await receiver.send(writeReleaseResponse());
  })();
  let { command: last } = await peer.message();
  while (last.number("Status") === Status.PENDING) ({ command: last } = await peer.message());
  await receiving;
  assert.equal(last.number("Status"), Status.CANCEL);
  assert.equal(last.number("NumberOfCompletedSuboperations"), taken);
  assert.equal(last.number("NumberOfRemainingSuboperations"), 3 - taken);
  assert.ok(taken < 3);
});

/** C-CANCEL of a message (PS3.7 9.3.2.3). */
function cancelOf(messageId: number): Uint8Array {
  const cancel = new Dataset().setUnsignedShort(Tag.CommandField, CommandField.C_CANCEL)
    .setUnsignedShort(Tag.MessageIDBeingRespondedTo, messageId);
  return writePData(1, true, writeCommand(cancel, false), 0);
}

/** An association of the workstation's, with these classes in Explicit VR Little Endian. */
async function associate(peer: ScriptedPeer, box: Box, classes: string[]): Promise<void> {
  await peer.send(writeAssociateRequest({
    ...remote(box.storagePort, "WS"),
    applicationContext: APPLICATION_CONTEXT,
    contexts: classes.map((abstractSyntax, index) => ({
      ...{ id: index * 2 + 1, abstractSyntax, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
    })),
    user: ownUserInformation(16384),
  }));
  const { contexts } = readAssociateAccept((await peer.pdu())!.body);
  assert.ok(contexts.every(({ result }) => result === 0));
}
