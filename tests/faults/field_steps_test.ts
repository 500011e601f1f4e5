import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP as MPPS } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { Box } from "../support/box.ts";
import { remote } from "../support/sender.ts";

/** A machine that speaks of its steps in explicit little endian, so that private attributes keep their VR. */
async function speaking(box: Box, aeTitle = "US1") {
  const requestor = await Requestor.connect(remote(box.worklistPort, aeTitle), [
    { abstractSyntax: MPPS, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const { id } = requestor.accepted(MPPS)[0]!;
  const ask = async (field: number, command: Dataset, data?: Dataset) => {
    const bytes = data && new Uint8Array(writeDataset(data, EXPLICIT_LITTLE_ENDIAN));
    const answer = await requestor.request(id, field, command, bytes);
    return {
      status: answer.command.number("Status"),
      data: answer.data.length === 0 ? new Dataset() : readDataset(answer.data, EXPLICIT_LITTLE_ENDIAN).dataset,
    };
  };
  const requested = (uid: string) =>
    new Dataset().setText(Tag.RequestedSOPClassUID, "UI", MPPS).setText(Tag.RequestedSOPInstanceUID, "UI", uid);
  return {
    create: (uid: string, data: Dataset) =>
      ask(
        CommandField.N_CREATE,
        new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MPPS).setText(Tag.AffectedSOPInstanceUID, "UI", uid),
        data,
      ),
    set: (uid: string, data: Dataset) => ask(CommandField.N_SET, requested(uid), data),
    get: (uid: string, ...tags: number[]) => {
      const list = new Dataset().setUnsignedShort(
        Tag.AttributeIdentifierList,
        ...tags.flatMap((tag) => [tag >>> 16, tag & 0xffff]),
      );
      const element = { ...list.element(Tag.AttributeIdentifierList)!, vr: "AT" as const };
      return ask(CommandField.N_GET, tags.length === 0 ? requested(uid) : requested(uid).add(element));
    },
    release: () => requestor.release(),
  };
}

const begun = (studyInstanceUid: string, status = "IN PROGRESS") =>
  new Dataset()
    .setText(Tag.PatientName, "PN", "Sharma^Priya").setText(Tag.PatientID, "LO", "P1")
    .setText(Tag.PerformedProcedureStepStatus, "CS", status)
    .setItems(Tag.ScheduledStepAttributesSequence, [
      new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid),
    ]);

const ended = (status: string) => new Dataset().setText(Tag.PerformedProcedureStepStatus, "CS", status);

Deno.test("an examination that a machine opens again is in progress again, says so, and is completed again", async () => {
  await using box = await Box.start();
  const { id, studyInstanceUid } = box.send();
  const us1 = await speaking(box);
  const now = () => box.store.appointments.get(id);
  const [first, second, third] = [newUid(), newUid(), newUid()];
  await us1.create(first, begun(studyInstanceUid));
  assert.deepEqual([now().status, now().reopened], ["in progress", false]);
  await us1.set(first, ended("COMPLETED"));
  assert.deepEqual([now().status, now().reopened], ["completed", false]);

  assert.equal((await us1.create(second, begun(studyInstanceUid))).status, Status.SUCCESS);
  assert.deepEqual([now().status, now().reopened], ["in progress", true]);
  assert.equal(box.store.appointments.steps(id).at(-1)!.cause, "opened again on US1");
  await us1.set(second, ended("COMPLETED"));
  assert.deepEqual([now().status, now().reopened], ["completed", false]);

  await us1.create(third, begun(studyInstanceUid));
  await us1.set(third, ended("DISCONTINUED"));
  assert.deepEqual([now().status, now().reopened], ["completed", false], "what was done before stays done");
  await us1.release();
});

Deno.test("one that was discontinued and is begun again is opened again too", async () => {
  await using box = await Box.start();
  const { id, studyInstanceUid } = box.send();
  const us1 = await speaking(box);
  const [first, second] = [newUid(), newUid()];
  await us1.create(first, begun(studyInstanceUid));
  await us1.set(first, ended("DISCONTINUED"));
  assert.equal(box.store.appointments.get(id).status, "seen by machine");
  await us1.create(second, begun(studyInstanceUid));
  const { status, reopened, stopped } = box.store.appointments.get(id);
  assert.deepEqual([status, reopened, stopped], ["in progress", true, null]);
  await us1.release();
});

Deno.test("IN_PROGRESS and INPROGRESS are taken for what they mean, what means something else is not", async () => {
  await using box = await Box.start();
  const us1 = await speaking(box);
  const statusFor = async (written: string) => (await us1.create(newUid(), begun(newUid(), written))).status;
  for (const written of ["IN_PROGRESS", "INPROGRESS", "In  Progress"]) {
    assert.equal(await statusFor(written), Status.SUCCESS, written);
  }
  for (const written of ["STARTED", "COMPLETED", "DISCONTINUED"]) {
    assert.equal(await statusFor(written), Status.INVALID_ATTRIBUTE_VALUE, written);
  }
  assert.equal(await statusFor(" "), Status.MISSING_ATTRIBUTE);
  await us1.release();
});

Deno.test("`In Progress` and `Completed` in another case are taken, and answered as DICOM has them", async () => {
  await using box = await Box.start();
  const { id, studyInstanceUid } = box.send();
  const us1 = await speaking(box);
  const uid = newUid();
  assert.equal((await us1.create(uid, begun(studyInstanceUid, "In Progress"))).status, Status.SUCCESS);
  assert.equal(box.store.appointments.get(id).status, "in progress");
  assert.equal((await us1.set(uid, ended("Completed"))).status, Status.SUCCESS);
  assert.equal(box.store.appointments.get(id).status, "completed");
  assert.equal((await us1.get(uid)).data.text("PerformedProcedureStepStatus"), "COMPLETED");
  await us1.release();
});

Deno.test("N-GET gives no group lengths, which would be of other bytes, and private attributes with their creator", async () => {
  await using box = await Box.start();
  const { studyInstanceUid } = box.send();
  const us1 = await speaking(box);
  const uid = newUid();
  const [creator, own, groupLength] = [0x00090010, 0x00091001, 0x00400000];
  const step = begun(studyInstanceUid)
    .add({ tag: groupLength, vr: "UL", value: Uint8Array.of(200, 0, 0, 0) })
    .setText(creator, "LO", "MINDRAY PRIVATE").setText(own, "LO", "probe 3");
  assert.equal((await us1.create(uid, step)).status, Status.SUCCESS);
  const whole = (await us1.get(uid)).data;
  assert.deepEqual([whole.has(groupLength), whole.text(creator), whole.text(own)], [
    ...[false, "MINDRAY PRIVATE", "probe 3"],
  ]);
  const one = (await us1.get(uid, own)).data;
  assert.deepEqual([one.text(creator), one.text(own), one.has(Tag.PatientID)], ["MINDRAY PRIVATE", "probe 3", false]);
  await us1.release();
});
