import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { code, set } from "../dicom/report/trees.ts";
import { Status } from "../../src/dimse/command.ts";
import { Snapshot } from "../../src/store/snapshot.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "../support/box.ts";
import { run } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { DatabaseSync } from "node:sqlite";

const UID_OF_BOTH = newUid();

Deno.test("the same object again: success, and nothing changes", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const before = box.store.instances.find(object.sopInstanceUid);
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
  assert.deepEqual(box.store.instances.find(object.sopInstanceUid), before);
  assert.equal(box.store.instanceFiles.versions(object.sopInstanceUid).length, 1);
});

Deno.test("other bytes under the same UID: both are kept, the newer one leads, the audit says so", async () => {
  await using box = await Box.start();
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()];
  const first = ultrasoundObject({ studyInstanceUid, seriesInstanceUid, shade: 10 });
  const second = ultrasoundObject({
    studyInstanceUid,
    seriesInstanceUid,
    shade: 20,
    sopInstanceUid: first.sopInstanceUid,
  });
  await send(box.storagePort, first);
  const old = box.store.instances.find(first.sopInstanceUid)!;
  assert.equal((await send(box.storagePort, second)).status, Status.SUCCESS);
  const versions = box.store.instanceFiles.versions(first.sopInstanceUid);
  assert.equal(versions.length, 2);
  const data = versions.map(({ path, dataOffset }) =>
    Deno.readFileSync(box.appliance.archive.pathOf(path)).subarray(dataOffset)
  );
  assert.ok(Buffer.from(second.data).equals(data[0]!), "the newer one leads");
  assert.ok(Buffer.from(first.data).equals(data[1]!), "the first one's bytes are untouched");
  assert.equal(versions[1]!.path, old.path);
  assert.ok(
    box.store.audit.latest(5).some(({ action, subject }) =>
      action === "instance superseded" && subject === first.sopInstanceUid
    ),
  );
  assert.equal((await send(box.storagePort, first)).status, Status.SUCCESS, "the older bytes again change nothing");
  assert.equal(box.store.instanceFiles.versions(first.sopInstanceUid).length, 2);
});

Deno.test("two senders of the same UID at once: one version each, no more and no less", async () => {
  await using box = await Box.start();
  const sopInstanceUid = newUid();
  const objects = [1, 2, 3, 4].map((shade) => ultrasoundObject({ sopInstanceUid, shade: shade % 2, pixels: 64 * 500 }));
  // two of them are the same but for their random study; make them equal in pairs
  objects[2] = objects[0]!;
  objects[3] = objects[1]!;
  const answers = await Promise.all(objects.map((object) => send(box.storagePort, object)));
  assert.deepEqual(answers.map(({ status }) => status), [0, 0, 0, 0]);
  assert.equal(box.store.instanceFiles.versions(sopInstanceUid).length, 2);
});

Deno.test("images match by study, else accession number, else request, else patient and date; else they wait unmatched", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const cases: [Parameters<typeof ultrasoundObject>[0], string | null, string][] = [
    [{ studyInstanceUid: sent.studyInstanceUid }, sent.id, "study instance uid"],
    [{ accessionNumber: sent.accessionNumber }, sent.id, "accession number"],
    [{ studyDate: "20250101", scheduledStepId: sent.accessionNumber }, sent.id, "request"],
    [{ studyDate: "20250101", scheduledStepId: "1" }, null, ""],
    [{ patientId: "NOBODY", patientName: "Else^Anna", scheduledStepId: sent.accessionNumber }, null, ""],
    [{ studyDate: "20261122" }, sent.id, "patient id and date"],
    [{ studyDate: "20250101" }, null, ""],
    [{ patientId: "NOBODY" }, null, ""],
  ];
  for (const [fields, appointmentId, matchedBy] of cases) {
    const studyInstanceUid = fields?.studyInstanceUid ?? newUid();
    await send(box.storagePort, ultrasoundObject({ ...fields, studyInstanceUid }));
    const study = box.store.studies.find(studyInstanceUid)!;
    assert.equal(study.appointmentId, appointmentId, JSON.stringify(fields));
    assert.equal(study.matchedBy, matchedBy);
    assert.equal(study.attention === "", appointmentId !== null, study.attention);
  }
  assert.equal(box.store.appointments.get(sent.id).status, "images received");
  assert.equal(box.store.appointments.get(sent.id).images, 4);
});

Deno.test("images of another patient under an appointment's study are never filed under it", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const { studyInstanceUid } = sent;
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid, patientId: "P9", patientName: "Rao^Asha" }));
  const study = box.store.studies.find(studyInstanceUid)!;
  assert.equal(study.appointmentId, null);
  assert.equal(study.suggestedAppointmentId, sent.id);
  assert.match(study.attention, /the images say patient id P9, the appointment says P1/);
  assert.equal(box.store.appointments.get(sent.id).status, "sent");
});

Deno.test("one image of another patient within a matched study asks for a look and does not count", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const { studyInstanceUid } = sent;
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid }));
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid, patientName: "Rao^Asha" }));
  const appointment = box.store.appointments.get(sent.id);
  assert.equal(appointment.images, 1);
  assert.match(appointment.attention, /of another patient/);
});

Deno.test("a machine that uses a series UID again for another patient's study does not mix the two", async () => {
  await using box = await Box.start();
  const other = { id: "P2", firstName: "Anna", lastName: "Else", birthDate: "", gender: "", phone: "" };
  const first = box.send();
  const second = box.send({ patient: other });
  const seriesInstanceUid = newUid();
  const objects = [
    ultrasoundObject({ studyInstanceUid: first.studyInstanceUid, seriesInstanceUid }),
    ultrasoundObject({
      ...{ studyInstanceUid: second.studyInstanceUid, seriesInstanceUid, patientId: "P2", patientName: "Else^Anna" },
    }),
    ultrasoundObject({
      ...{ studyInstanceUid: second.studyInstanceUid, seriesInstanceUid, patientId: "P2", patientName: "Else^Anna" },
    }),
  ];
  for (const object of objects) await send(box.storagePort, object);
  const owners = objects.map(({ sopInstanceUid }) => box.store.instances.find(sopInstanceUid)!.appointmentId);
  assert.deepEqual(owners, [first.id, second.id, second.id]);
  assert.deepEqual([first, second].map(({ id }) => box.store.appointments.get(id).images), [1, 2]);
  const [series, ...more] = box.store.studies.find(second.studyInstanceUid)!.series;
  assert.equal(more.length, 0);
  assert.equal(series!.instances.length, 2);
});

Deno.test("a machine that uses an image's UID again for another patient does not replace the first one's image", async () => {
  await using box = await Box.start();
  const other = { id: "P2", firstName: "Anna", lastName: "Else", birthDate: "", gender: "", phone: "" };
  const [first, second] = [box.send(), box.send({ patient: other })];
  const object = ultrasoundObject({ studyInstanceUid: first.studyInstanceUid, shade: 1 });
  await send(box.storagePort, object);
  assert.equal(box.store.appointments.get(first.id).attention, "");
  const again = ultrasoundObject({
    ...{ sopInstanceUid: object.sopInstanceUid, studyInstanceUid: second.studyInstanceUid },
    ...{ patientId: "P2", patientName: "Else^Anna", shade: 2 },
  });
  for (let times = 0; times < 2; times++) assert.equal((await send(box.storagePort, again)).status, 0);
  assert.deepEqual([first, second].map(({ id }) => box.store.appointments.get(id).images), [1, 1]);
  assert.match(box.store.appointments.get(first.id).attention, /used the UID of this image again for another patient/);
  assert.match(box.store.appointments.get(second.id).attention, /used the UID of another patient's image again/);
  assert.equal(box.store.instances.find(object.sopInstanceUid)!.appointmentId, first.id);
  assert.equal(box.store.instanceFiles.versions(object.sopInstanceUid).length, 2, "both are kept, the second once");
});

Deno.test("an object that comes again as one of another study of the same patient: a person looks at both", async () => {
  await using box = await Box.start();
  const [first, second] = [box.send(), box.send()];
  const object = ultrasoundObject({ studyInstanceUid: first.studyInstanceUid });
  await send(box.storagePort, object);
  const { sopInstanceUid } = object;
  await send(box.storagePort, ultrasoundObject({ sopInstanceUid, studyInstanceUid: second.studyInstanceUid }));
  assert.match(box.store.appointments.get(first.id).attention, /come again as one of another study/);
  assert.match(box.store.appointments.get(second.id).attention, /come again as one of this study/);
  assert.equal(box.store.instanceFiles.versions(sopInstanceUid).length, 2, "both are kept");
});

Deno.test("names that a machine has cut, shouted or transliterated are the same person's", async () => {
  await using box = await Box.start();
  const sent = box.send({
    patient: { id: "P7", firstName: "प्रिया", lastName: "शर्मा", birthDate: null, gender: "", phone: "" },
  });
  for (const patientName of ["SHARMA^PRIYA", "Sharma Priya", "SHARMA", "शर्मा^प्रिया", "?????^??????"]) {
    const { studyInstanceUid } = sent;
    await send(box.storagePort, ultrasoundObject({ studyInstanceUid, patientId: "P7", patientName }));
    assert.equal(box.store.appointments.get(sent.id).attention, "", patientName);
  }
  assert.equal(box.store.appointments.get(sent.id).images, 5);
});

Deno.test("after a start: half files are gone, files without rows have one, rows without files are damage", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-start-" });
  const objects = [ultrasoundObject(), ultrasoundObject()];
  let paths: string[];
  {
    const box = await Box.start({ data: folder });
    for (const object of objects) await send(box.storagePort, object);
    paths = objects.map(({ sopInstanceUid }) => box.store.instances.find(sopInstanceUid)!.path);
    await box.appliance.stop();
  }
  const archive = `${folder}/archive`;
  Deno.writeTextFileSync(`${archive}/incoming/half.part`, "half a file");
  // the first one's file has lost its row, as if the power had failed between the two; the second's file is gone
  {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(`${folder}/sonodesk.sqlite`);
    database.prepare(`DELETE FROM instances WHERE path = ?`).run(paths[0]!);
    database.close();
  }
  Deno.utimeSync(`${archive}/${paths[0]}`, 0, 0);
  Deno.removeSync(`${archive}/${paths[1]}`);
  Deno.writeTextFileSync(`${archive}/studies/stray.dcm`, "no object");
  Deno.utimeSync(`${archive}/studies/stray.dcm`, 0, 0);

  await using box = await Box.start({ data: folder });
  await box.until("the damage is known", () => box.store.instanceFiles.damagedCount() === 1);
  assert.deepEqual([...Deno.readDirSync(`${archive}/incoming`)], []);
  assert.equal(box.store.instances.find(objects[0]!.sopInstanceUid)?.path, paths[0]);
  assert.ok(box.store.instances.find(objects[1]!.sopInstanceUid), "its row stays, marked");
});

Deno.test("a file that the power cut left without a row, and that the machine has sent again: the object is there once", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const { archive } = box.appliance;
  const { path } = box.store.instances.find(object.sopInstanceUid)!;
  const orphan = path.replace(/\.dcm$/, ".2.dcm");
  Deno.copyFileSync(archive.pathOf(path), archive.pathOf(orphan));
  const found = await archive.reconcile(new AbortController().signal);
  assert.deepEqual(found, { indexed: 0, repeated: 1, older: 0, unreadable: 0, missing: 0 });
  assert.deepEqual(box.store.instanceFiles.versions(object.sopInstanceUid).map((version) => version.path), [path]);
  assert.throws(() => Deno.statSync(archive.pathOf(orphan)), Deno.errors.NotFound);
});

Deno.test("a file without a row, of an object that has come since with other bytes, stays and does not lead", async () => {
  await using box = await Box.start();
  const [first, second] = [1, 2].map((shade) => ultrasoundObject({ shade, sopInstanceUid: UID_OF_BOTH }));
  await send(box.storagePort, first!);
  const { archive } = box.appliance;
  const { path } = box.store.instances.find(UID_OF_BOTH)!;
  const orphan = path.replace(/\.dcm$/, ".9.dcm");
  await send(box.storagePort, second!);
  {
    using database = new DatabaseSync(`${box.folder}/sonodesk.sqlite`);
    database.exec("DELETE FROM superseded_instances");
  }
  Deno.renameSync(archive.pathOf(path), archive.pathOf(orphan));
  const found = await archive.reconcile(new AbortController().signal);
  assert.deepEqual([found.older, found.indexed], [1, 0]);
  const leading = box.store.instances.find(UID_OF_BOTH)!;
  assert.ok(
    Buffer.from(second!.data).equals(Deno.readFileSync(archive.pathOf(leading.path)).subarray(leading.dataOffset)),
  );
  assert.ok(Deno.statSync(archive.pathOf(orphan)).isFile);
});

Deno.test("earlier versions are checked too", async () => {
  await using box = await Box.start();
  const first = ultrasoundObject({ shade: 1 });
  await send(box.storagePort, first);
  await send(box.storagePort, ultrasoundObject({ shade: 2, sopInstanceUid: first.sopInstanceUid }));
  const { archive } = box.appliance;
  const [, earlier] = box.store.instanceFiles.versions(first.sopInstanceUid);
  assert.deepEqual((await archive.checkIntegrity()).damaged, []);
  Deno.removeSync(archive.pathOf(earlier!.path));
  assert.deepEqual((await archive.checkIntegrity()).damaged.map(({ path }) => path), [earlier!.path]);
  assert.equal(box.store.instanceFiles.damagedCount(), 1);
  assert.equal((await archive.reconcile(new AbortController().signal)).missing, 1);
});

Deno.test("verify: finds a changed byte and a missing file, names them, and exits with 1; whole again, it is content", async () => {
  await using box = await Box.start();
  const objects = [ultrasoundObject(), ultrasoundObject(), ultrasoundObject()];
  for (const object of objects) await send(box.storagePort, object);
  const verify = () =>
    run(Deno.execPath(), ["run", "-A", "--no-check", new URL("../../main.ts", import.meta.url).pathname, "verify"], {
      env: { SONODESK_DATA: box.folder },
    });
  const whole = await verify();
  assert.equal(whole.code, 0, whole.text);
  assert.match(whole.text, /3 files, 0 MB: all whole/);

  const path = box.appliance.archive.pathOf(box.store.instances.find(objects[0]!.sopInstanceUid)!.path);
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  Deno.writeFileSync(path, bytes);
  Deno.removeSync(box.appliance.archive.pathOf(box.store.instances.find(objects[1]!.sopInstanceUid)!.path));
  const damaged = await verify();
  assert.equal(damaged.code, 1);
  assert.match(damaged.text, /\.dcm: The file's bytes are not those that came/);
  assert.match(damaged.text, /\.dcm: The file is missing/);
  assert.match(damaged.text, /3 files, 0 MB: 2 damaged/);
  assert.equal(box.store.instanceFiles.damagedCount(), 2);

  bytes[bytes.length - 1]! ^= 1;
  Deno.writeFileSync(path, bytes);
  await verify();
  assert.equal(box.store.instanceFiles.damagedCount(), 1);
});

Deno.test("a store of a newer version is refused, and left as it is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-newer-" });
  const { DatabaseSync } = await import("node:sqlite");
  new Store(`${folder}/sonodesk.sqlite`).close();
  const database = new DatabaseSync(`${folder}/sonodesk.sqlite`);
  database.exec("PRAGMA user_version = 9999");
  database.close();
  assert.throws(
    () => new Store(`${folder}/sonodesk.sqlite`),
    /Cannot open the store .+ it has schema 9999 and this version of Sonodesk knows up to \d+, start the newer version/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the retention rule removes only what is old and the clinic has, and nothing calls that damage", async () => {
  await using box = await Box.start();
  const [told, untold] = [ultrasoundObject(), ultrasoundObject()];
  for (const object of [told, untold]) await send(box.storagePort, object);
  const database = new (await import("node:sqlite")).DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  const study = box.store.instances.find(told.sopInstanceUid)!.studyInstanceUid;
  database.prepare(`UPDATE outbox SET delivered_at = created_at WHERE aggregate = ?`).run(`study:${study}`);
  database.close();
  const { archive } = box.appliance;
  const never = new AbortController().signal;
  const fileOf = (uid: string) => archive.pathOf(box.store.instances.find(uid)!.path);
  assert.equal(await archive.applyRetention(30, new Date(), never), 0, "too young");
  const later = new Date(Date.now() + 31 * 86_400_000);
  assert.equal(await archive.applyRetention(30, later, never), 1);
  assert.throws(() => Deno.statSync(fileOf(told.sopInstanceUid)), Deno.errors.NotFound);
  assert.ok(Deno.statSync(fileOf(untold.sopInstanceUid)).isFile, "the clinic does not have it yet");
  assert.deepEqual((await archive.checkIntegrity()).damaged, []);

  assert.ok([...box.store.outbox.forgetBeyond(0)].length > 0); // what a box without a clinic's database does when too much waits
  assert.equal(box.store.outbox.depth(), 0);
  assert.equal(await archive.applyRetention(30, later, never), 0, "forgotten is not told");
  assert.ok(Deno.statSync(fileOf(untold.sopInstanceUid)).isFile);
});

Deno.test("a file that the retention rule removes while files are verified is no damage", async () => {
  await using box = await Box.start();
  for (let n = 0; n < 3; n++) await send(box.storagePort, ultrasoundObject());
  const database = new (await import("node:sqlite")).DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  database.exec("PRAGMA busy_timeout = 5000; UPDATE outbox SET delivered_at = created_at");
  database.close();
  const { archive } = box.appliance;
  const later = new Date(Date.now() + 31 * 86_400_000);
  // slow enough that it has listed what is there, and not read it
  const verifying = archive.checkIntegrity({ bytesPerSecond: 5_000 });
  assert.equal(await archive.applyRetention(30, later, new AbortController().signal), 3);
  assert.deepEqual((await verifying).damaged, []);
  assert.equal(box.store.instanceFiles.damagedCount(), 0);
});

Deno.test("the retention rule removes earlier versions too, and a backup asks for none of what it removed", async () => {
  await using box = await Box.start();
  const { archive } = box.appliance;
  const [sopInstanceUid, studyInstanceUid, seriesInstanceUid] = [newUid(), newUid(), newUid()];
  for (const shade of [1, 2]) {
    await send(box.storagePort, ultrasoundObject({ sopInstanceUid, studyInstanceUid, seriesInstanceUid, shade }));
  }
  const paths = box.store.instanceFiles.versions(sopInstanceUid).map(({ path }) => path);
  assert.equal(paths.length, 2);
  const taken = paths.reduce((bytes, path) => bytes + Deno.statSync(archive.pathOf(path)).size, 0);
  assert.equal(box.store.instanceFiles.totals().bytes, taken, "earlier versions take room too");
  const database = new (await import("node:sqlite")).DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  database.exec("PRAGMA busy_timeout = 5000; UPDATE outbox SET delivered_at = created_at");
  database.close();
  const later = new Date(Date.now() + 31 * 86_400_000);
  assert.equal(await archive.applyRetention(30, later, new AbortController().signal), 2);
  for (const path of paths) assert.throws(() => Deno.statSync(archive.pathOf(path)), Deno.errors.NotFound);
  assert.deepEqual((await archive.checkIntegrity()).damaged, []);
  const { count, bytes } = box.store.instanceFiles.totals();
  assert.deepEqual([count, bytes], [0, 0], "what is gone takes no room");
  using snapshot = new Snapshot(`${box.folder}/sonodesk.sqlite`);
  assert.deepEqual([...snapshot.files()], []);
});

Deno.test("the retention rule removes all that is old in one night, and not what came again meanwhile", async () => {
  await using box = await Box.start();
  const { archive } = box.appliance;
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const database = new (await import("node:sqlite")).DatabaseSync(`${box.folder}/sonodesk.sqlite`);
  database.exec(`PRAGMA busy_timeout = 5000; UPDATE outbox SET delivered_at = created_at;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO instances (sop_instance_uid, series_instance_uid, sop_class_uid, transfer_syntax_uid, number, frames,
      path, size, sha256, data_offset, patient_id, patient_name, attention, received_at, received_from)
    SELECT sop_instance_uid || '.' || i, series_instance_uid, sop_class_uid, transfer_syntax_uid, number, frames,
      path || i, size, sha256, data_offset, patient_id, patient_name, attention, received_at, received_from
    FROM instances, n`);
  database.close();
  const { path } = box.store.instances.find(object.sopInstanceUid)!;
  for (let i = 1; i <= 2500; i++) Deno.writeTextFileSync(archive.pathOf(`${path}${i}`), "");
  const later = new Date(Date.now() + 31 * 86_400_000);
  assert.equal(box.store.instanceFiles.markRemoved({ ...object, path: "of an earlier version" }), false);
  const ended = AbortSignal.abort();
  assert.equal(await archive.applyRetention(30, later, ended), 0);
  assert.equal(await archive.applyRetention(30, later, new AbortController().signal), 2501);
  assert.deepEqual([...Deno.readDirSync(archive.pathOf(path.slice(0, path.lastIndexOf("/"))))], []);
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS, "it may come again");
  assert.ok(Deno.statSync(archive.pathOf(box.store.instances.find(object.sopInstanceUid)!.path)).isFile);
});

Deno.test("what an image itself says was measured is read after a start, where the box was ended before it could", async () => {
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  const object = ultrasoundObject();
  const { dataset } = readDataset(object.data, EXPLICIT_LITTLE_ENDIAN);
  const heartRate = new Dataset().setText(Tag.ValueType, "CS", "NUMERIC").setText(Tag.NumericValue, "DS", "72")
    .setItems(Tag.ConceptNameCodeSequence, [code("LN:8867-4:Heart rate")])
    .setItems(Tag.MeasurementUnitsCodeSequence, [code("UCUM:{H.B.}/min:beats per minute")]);
  set(dataset, "AcquisitionContextSequence", heartRate);
  object.data = new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN));
  const measured = (box: Box) =>
    box.until("it is read", () => {
      const instance = box.store.instances.find(object.sopInstanceUid)!;
      const values = box.store.measurements.ofStudy(instance.studyInstanceUid).map(({ value }) => value);
      return values.length > 0 && values;
    });
  const before = await Box.start({ data });
  await send(before.storagePort, object);
  assert.deepEqual(await measured(before), ["72"]);
  await before.appliance.stop();
  // as it is where the box ends in between
  const database = new (await import("node:sqlite")).DatabaseSync(`${data}/sonodesk.sqlite`);
  database.exec("DELETE FROM measurements");
  database.close();
  await using box = await Box.start({ data });
  assert.deepEqual(await measured(box), ["72"]);
});

Deno.test("an object whose file is gone is taken again when the machine sends it, and is whole from then on", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const { archive } = box.appliance;
  const gone = box.store.instances.find(object.sopInstanceUid)!.path;
  Deno.removeSync(archive.pathOf(gone));
  assert.equal((await archive.checkIntegrity()).damaged.length, 1);
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
  const instance = box.store.instances.find(object.sopInstanceUid)!;
  assert.notEqual(instance.path, gone, "the lost file's name stays its own");
  const stored = Deno.readFileSync(archive.pathOf(instance.path)).subarray(instance.dataOffset);
  assert.ok(Buffer.from(object.data).equals(stored));
  assert.deepEqual((await archive.checkIntegrity()).damaged, []);
  assert.equal(box.store.instanceFiles.damagedCount(), 0);
});
