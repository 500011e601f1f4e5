import assert from "node:assert/strict";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { findInCatalogue } from "../../src/services/query.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Box } from "../support/box.ts";
import { signIn } from "../support/desk.ts";
import { peerTest } from "../support/peers.ts";
import { fixtureReport, scanned } from "../support/scanned_study.ts";
import { readObject } from "../support/samples.ts";
import { send } from "../support/sender.ts";
import { PeerServer } from "../support/servers.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** The fixtures' report as one of somebody else's under a study. Returns its SOP Instance UID. */
async function sendForeignReport(box: Box, studyInstanceUid: string): Promise<string> {
  const sopInstanceUid = newUid();
  const tree = fixtureReport()
    .setText(Tag.PatientID, "LO", "MIX-B")
    .setText(Tag.PatientName, "PN", "DOE^JANE")
    .setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid);
  const { status } = await send(box.storagePort, {
    ...{ sopInstanceUid, sopClassUid: tree.text("SOPClassUID"), transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid },
    data: new Uint8Array(writeDataset(tree, EXPLICIT_LITTLE_ENDIAN)),
  });
  assert.equal(status, 0);
  await box.until("the report was read", () => {
    const study = box.store.instances.find(sopInstanceUid)!.studyInstanceUid;
    return box.store.reports.ofStudy(study).some((report) => report.sopInstanceUid === sopInstanceUid);
  });
  return sopInstanceUid;
}

Deno.test("a report of another patient under this patient's study: its values are nowhere under this patient's name", async () => {
  await using box = await Box.start();
  const doctor = await signIn(box, "doctor");
  const { appointmentId, studyInstanceUid } = await scanned(box);
  const before = await doctor.json(`/api/appointments/${appointmentId}`);
  const foreign = await sendForeignReport(box, studyInstanceUid);

  const after = await doctor.json(`/api/appointments/${appointmentId}`);
  assert.deepEqual([after.images, after.measurements], [before.images, before.measurements]);
  assert.deepEqual(after.reasons.map(({ code }: { code: string }) => code), ["another-patient"]);
  const study = await doctor.json(`/api/studies/${studyInstanceUid}`);
  assert.match(study.attention, /of another patient and is kept apart: the images say patient id MIX-B/);
  const named = (text: string) => text.includes("MIX-B") || text.includes(foreign);
  for (const end of ["measurements", "measurements.csv", "measurements.fhir.json"]) {
    assert.equal(named(await (await doctor.ask(`/api/studies/${studyInstanceUid}/${end}`)).text()), false, end);
  }

  const [own, ...more] = await doctor.json("/api/studies?patientId=MIX-B");
  assert.deepEqual([own.patientId, own.appointmentId, more.length], ["MIX-B", null, 0]);
  assert.equal(own.series[0].instances[0].reasons[0].code, "another-patient");
  const csv = await (await doctor.ask(`/api/studies/${own.studyInstanceUid}/measurements.csv`)).text();
  assert.ok(csv.includes("MIX-B") && !csv.includes("SD-1001"), "it goes out under its own identity");
  assert.ok(csv.includes("attention=another-patient"), "with its flag");
  const outline = await doctor.json(`/dicom-web/studies/${own.studyInstanceUid}/metadata`);
  assert.equal(outline[0]["0020000D"].Value[0], own.studyInstanceUid, "one study, one patient, also for programs");
  assert.equal(outline[0]["00100020"].Value[0], "MIX-B");
  const file = await doctor.ask(`/api/instances/${foreign}/file`);
  assert.equal(file.status, 200);
});

Deno.test("a safety flag lost by order: a second reason stands beside the first, and a match settles only what it is about", async () => {
  await using box = await Box.start();
  const doctor = await signIn(box, "doctor");
  const sent = box.send();
  const { studyInstanceUid } = sent;
  // somebody mistyped the name, then a picture of somebody else came under the same study
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid, patientName: "Sarma^Priye" }));
  const other = ultrasoundObject({ studyInstanceUid, patientId: "P9", patientName: "Rao^Asha" });
  await send(box.storagePort, other);
  const codes = async () => (await doctor.json("/api/attention")).map(({ code }: { code: string }) => code).sort();
  assert.deepEqual(await codes(), ["another-patient", "patient-differs", "patient-differs"]);

  const matched = await doctor.post(`/api/studies/${studyInstanceUid}/match`, {
    ...{ appointmentId: sent.id, reason: "asked the sonographer" },
  });
  assert.equal(matched.status, 200);
  assert.deepEqual(
    await codes(),
    ["another-patient", "patient-differs"],
    "the other patient's picture is still to be seen to",
  );
  const appointment = await doctor.json(`/api/appointments/${sent.id}`);
  assert.equal(appointment.images, 1);
  assert.match(appointment.attention, /of another patient and is kept apart/);
  const foreign = box.store.instances.find(other.sopInstanceUid)!.studyInstanceUid;
  const shown = await doctor.json(`/api/studies/${foreign}`);
  assert.match(shown.series[0].instances[0].attention, /another patient/, "every view of the object has its reason");

  const [{ id }] = (await doctor.json("/api/attention")).filter(({ code }: { code: string }) =>
    code === "another-patient"
  );
  assert.equal((await doctor.post(`/api/attention/${id}/settle`, { reason: "it is Asha's" })).status, 204);
  assert.equal((await doctor.json(`/api/appointments/${sent.id}`)).attention, "");
});

Deno.test("a study UID that is none is acknowledged, and then everything is done with it", async () => {
  await using box = await Box.start();
  const doctor = await signIn(box, "doctor");
  const sent = box.send();
  for (const studyInstanceUid of ["1.2.840.113619.2.01.55", "1", `1.2.${"3".repeat(66)}`]) {
    const object = ultrasoundObject({ studyInstanceUid, patientId: "P7", patientName: "Else^Anna" });
    assert.equal((await send(box.storagePort, object)).status, 0);
    const at = `/api/studies/${studyInstanceUid}`;
    for (const path of [at, `${at}/measurements`, `${at}/measurements.csv`, `/dicom-web/studies/${studyInstanceUid}`]) {
      const answer = await doctor.ask(path);
      assert.equal(answer.status, 200, path);
      await answer.body?.cancel();
    }
    for (const end of ["thumbnail", "frames/1", "file", "description"]) {
      const answer = await doctor.ask(`/api/instances/${object.sopInstanceUid}/${end}`);
      assert.equal(answer.status, 200, end);
      await answer.body?.cancel();
    }
    assert.equal((await doctor.post(`${at}/match`, { appointmentId: sent.id, reason: "hers" })).status, 200);
  }
});

for (const sopInstanceUid of ["1.2.840.113619.2.01.56", `1.3.${"4".repeat(66)}`]) {
  Deno.test(`an object whose own UID is none (${sopInstanceUid.slice(0, 24)}) is acknowledged and can be opened`, async () => {
    await using box = await Box.start();
    const doctor = await signIn(box, "doctor");
    assert.equal((await send(box.storagePort, ultrasoundObject({ sopInstanceUid }))).status, 0);
    for (const end of ["thumbnail", "frames/1", "file", "description"]) {
      const answer = await doctor.ask(`/api/instances/${sopInstanceUid}/${end}`);
      assert.equal(answer.status, 200, end);
      await answer.body?.cancel();
    }
  });
}

Deno.test("nobody in particular: C-FIND at patient level does not make one patient of all without an id", async () => {
  await using box = await Box.start();
  const names = ["Rao^Asha", "Das^Bela", "Iyer^Chitra", "Nair^Devi", "Shah^Esha"];
  for (const patientName of [...names, "Rao^Asha", "", ""]) {
    await send(box.storagePort, ultrasoundObject({ patientId: "", patientName }));
  }
  const identifier = new Dataset()
    .setText(Tag.QueryRetrieveLevel, "CS", "PATIENT")
    .setText(Tag.PatientID, "LO", "")
    .setText(Tag.PatientName, "PN", "");
  const found: string[] = [];
  for await (const one of findInCatalogue(box.store.catalogue, identifier, "PATIENT")) {
    found.push(one.text("PatientName"));
  }
  assert.deepEqual(found.sort(), ["", "", ...names].sort());
});

peerTest("what a person moves leaves corrected, and the stored bytes stay", ["storescp"], async () => {
  await using box = await Box.start();
  await using pacs = await PeerServer.start("storescp", (port, folder) => ["+xa", "+B", "-od", folder, port]);
  const [doctor, admin] = [await signIn(box, "doctor"), await signIn(box, "admin")];
  const asha = { id: "P9", firstName: "Asha", lastName: "Rao", birthDate: "1988-02-29", gender: "Female", phone: "" };
  const [sent, hers] = [box.send(), box.send({ patient: asha })];
  const { studyInstanceUid } = sent;
  // the machine was still on Priya when Asha lay down: two of three pictures are Asha's
  const objects = [1, 2, 3].map((shade) => ultrasoundObject({ studyInstanceUid, shade }));
  for (const object of objects) await send(box.storagePort, object);
  const moved = objects.slice(1).map(({ sopInstanceUid }) => sopInstanceUid);
  const answer = await doctor.post(`/api/studies/${studyInstanceUid}/move`, {
    ...{ sopInstanceUids: moved, appointmentId: hers.id, reason: "scanned under the wrong patient" },
  });
  assert.equal(answer.status, 200);
  const after = await answer.json();
  assert.deepEqual([after.studyInstanceUid, after.patientId, after.appointmentId], [
    hers.studyInstanceUid,
    "P9",
    hers.id,
  ]);
  assert.deepEqual([sent, hers].map(({ id }) => box.store.appointments.get(id).images), [1, 2]);

  const fields = { aeTitle: "PACS", address: "127.0.0.1", port: Number(pacs.port) };
  const { id } = await (await admin.post("/api/destinations", fields)).json();
  await admin.post(`/api/destinations/${id}/older`, {});
  await box.until("all are there", () => box.store.destinations.queueLength(id).sent === 3);
  const received = new Map(
    [...Deno.readDirSync(pacs.folder)].filter(({ isFile }) => isFile).map(({ name }) => {
      const { sopInstanceUid, data } = readObject(`${pacs.folder}/${name}`);
      return [sopInstanceUid, readDataset(data, EXPLICIT_LITTLE_ENDIAN, { until: Tag.PixelData }).dataset];
    }),
  );
  for (const { sopInstanceUid } of objects) {
    const dataset = received.get(sopInstanceUid)!;
    const isHers = moved.includes(sopInstanceUid);
    assert.equal(dataset.text("PatientID"), isHers ? "P9" : "P1");
    assert.equal(dataset.text("PatientName"), isHers ? "Rao^Asha" : "Sharma^Priya");
    assert.equal(dataset.text("StudyInstanceUID"), isHers ? hers.studyInstanceUid : studyInstanceUid);
    const [original] = dataset.items("OriginalAttributesSequence");
    const before = original?.items("ModifiedAttributesSequence")[0];
    assert.equal(before?.text("PatientID"), isHers ? "P1" : undefined);
    const stored = await (await doctor.ask(`/api/instances/${sopInstanceUid}/file`)).bytes();
    const { dataOffset } = readFileMeta(stored);
    const sentData = objects.find((object) => object.sopInstanceUid === sopInstanceUid)!.data;
    assert.deepEqual(stored.subarray(dataOffset), sentData, "what is stored never changes");
  }
  const corrected = await (await doctor.ask(`/api/instances/${moved[0]}/file?corrected=1`)).bytes();
  const { meta, dataOffset } = readFileMeta(corrected);
  const { dataset } = readDataset(corrected.subarray(dataOffset), transferSyntaxOf(meta.transferSyntaxUid)!, {
    until: Tag.PixelData,
  });
  assert.equal(dataset.text("PatientID"), "P9");

  // taken back
  const { events: [event] } = await admin.json("/api/audit?action=objects%20moved");
  assert.equal((await admin.post(`/api/audit/${event.id}/undo`, {})).status, 204);
  assert.deepEqual([sent, hers].map(({ id }) => box.store.appointments.get(id).images), [3, 0]);
});
