import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP as MPPS } from "../../src/dicom/sop_class.ts";
import { IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { isUid, newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { Completion } from "../../src/operations/completion.ts";
import { Box } from "../support/box.ts";
import { remote, send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

/** A machine that speaks of its steps. */
async function machine(box: Box) {
  const requestor = await Requestor.connect(remote(box.worklistPort, "US1"), [
    { abstractSyntax: MPPS, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const contextId = requestor.accepted(MPPS)[0]!.id;
  const ask = async (field: number, command: Dataset, data?: Dataset) => {
    const answer = await requestor.request(
      contextId,
      field,
      command,
      data && new Uint8Array(writeDataset(data, IMPLICIT_LITTLE_ENDIAN)),
    );
    const { command: response } = answer;
    return {
      status: response.number("Status")!,
      comment: response.text("ErrorComment"),
      errorId: response.number("ErrorID"),
      uid: response.text("AffectedSOPInstanceUID"),
      data: answer.data.length > 0 ? readDataset(answer.data, IMPLICIT_LITTLE_ENDIAN).dataset : undefined,
    };
  };
  const requested = (uid: string) =>
    new Dataset().setText(Tag.RequestedSOPClassUID, "UI", MPPS).setText(Tag.RequestedSOPInstanceUID, "UI", uid);
  return {
    create: (data: Dataset, uid?: string) => {
      const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MPPS);
      if (uid !== undefined) command.setText(Tag.AffectedSOPInstanceUID, "UI", uid);
      return ask(CommandField.N_CREATE, command, data);
    },
    set: (uid: string, data: Dataset) => ask(CommandField.N_SET, requested(uid), data),
    get: (uid: string, tags: number[] = []) => {
      const pairs = tags.flatMap((tag) => [tag >>> 16, tag & 0xffff]);
      const list = new Dataset().setUnsignedShort(Tag.AttributeIdentifierList, ...pairs);
      return ask(
        CommandField.N_GET,
        requested(uid).add({ ...list.element(Tag.AttributeIdentifierList)!, vr: "AT" }),
      );
    },
    release: () => requestor.release(),
  };
}

function begun(studyInstanceUid: string, patientId = "P1"): Dataset {
  return new Dataset()
    .setText(Tag.PatientName, "PN", "Sharma^Priya")
    .setText(Tag.PatientID, "LO", patientId)
    .setText(Tag.PerformedProcedureStepID, "SH", "1")
    .setText(Tag.PerformedProcedureStepStatus, "CS", "IN PROGRESS")
    .setItems(Tag.ScheduledStepAttributesSequence, [
      new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid),
    ]);
}

function ended(status: string, made: string[]): Dataset {
  const image = (uid: string) =>
    new Dataset().setText(Tag.ReferencedSOPClassUID, "UI", ULTRASOUND_IMAGE).setText(
      Tag.ReferencedSOPInstanceUID,
      "UI",
      uid,
    );
  return new Dataset()
    .setText(Tag.PerformedProcedureStepStatus, "CS", status)
    .setItems(Tag.PerformedSeriesSequence, [
      new Dataset().setText(Tag.SeriesInstanceUID, "UI", newUid()).setItems(
        Tag.ReferencedImageSequence,
        made.map(image),
      ),
    ]);
}

Deno.test("a step from its beginning to its end: the appointment follows, and what is missing is counted until it comes", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const created = await us1.create(begun(sent.studyInstanceUid));
  assert.equal(created.status, Status.SUCCESS);
  assert.ok(isUid(created.uid), "without a UID of the machine's, the box makes one");
  assert.equal(box.store.appointments.get(sent.id).status, "in progress");

  const objects = [1, 2].map((shade) => ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid, shade }));
  await send(box.storagePort, objects[0]!);
  const completed = await us1.set(created.uid, ended("COMPLETED", objects.map(({ sopInstanceUid }) => sopInstanceUid)));
  assert.equal(completed.status, Status.SUCCESS);
  const after = box.store.appointments.get(sent.id);
  assert.deepEqual([after.status, after.made, after.missing], ["completed", 2, 1]);
  await send(box.storagePort, objects[1]!);
  assert.equal(box.store.appointments.get(sent.id).missing, 0);

  const again = await us1.set(created.uid, ended("COMPLETED", []));
  assert.equal(again.status, Status.PROCESSING_FAILURE);
  assert.equal(again.errorId, 0xa710, "may no longer be updated (PS3.4 Table F.7.2-3)");
  const whole = await us1.get(created.uid);
  assert.equal(whole.data!.text("PerformedProcedureStepStatus"), "COMPLETED");
  assert.equal(whole.data!.text("PatientName"), "Sharma^Priya");
  const part = await us1.get(created.uid, [Tag.PerformedProcedureStepStatus]);
  assert.ok(part.data!.has(Tag.PerformedProcedureStepStatus) && !part.data!.has(Tag.PatientName));
  await us1.release();
});

Deno.test("a discontinued step says why, and the patient waits again", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const { uid } = await us1.create(begun(sent.studyInstanceUid), newUid());
  const reason = new Dataset().setText(Tag.CodeMeaning, "LO", "Patient refused to continue");
  await us1.set(
    uid,
    ended("DISCONTINUED", []).setItems(Tag.PerformedProcedureStepDiscontinuationReasonCodeSequence, [reason]),
  );
  assert.equal(box.store.appointments.get(sent.id).status, "seen by machine");
  assert.equal(box.store.appointments.steps(sent.id).at(-1)!.cause, "stopped on US1: Patient refused to continue");
  await us1.release();
});

Deno.test("the rules of the steps and their statuses", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const uid = newUid();
  const without = begun(sent.studyInstanceUid);
  without.delete(Tag.PerformedProcedureStepStatus);
  assert.equal((await us1.create(without, uid)).status, Status.MISSING_ATTRIBUTE);
  const ending = begun(sent.studyInstanceUid).setText(Tag.PerformedProcedureStepStatus, "CS", "COMPLETED");
  assert.equal((await us1.create(ending, uid)).status, Status.INVALID_ATTRIBUTE_VALUE);
  assert.equal((await us1.create(begun(sent.studyInstanceUid), uid)).status, Status.SUCCESS);
  assert.equal((await us1.create(begun(sent.studyInstanceUid), uid)).status, Status.DUPLICATE_SOP_INSTANCE);
  assert.equal((await us1.set(newUid(), ended("COMPLETED", []))).status, Status.NO_SUCH_SOP_INSTANCE);
  assert.equal((await us1.set(uid, ended("PAUSED", []))).status, Status.INVALID_ATTRIBUTE_VALUE);
  assert.equal((await us1.get(newUid())).status, Status.NO_SUCH_SOP_INSTANCE);
  assert.equal(box.store.appointments.get(sent.id).status, "in progress", "nothing of that moved the appointment");
  await us1.release();
});

Deno.test("a step that was not scheduled, or is of another patient, is kept as unscheduled", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  await us1.create(begun(newUid()));
  await us1.create(begun(sent.studyInstanceUid, "P9"));
  assert.equal(box.store.procedureSteps.unscheduled(10).length, 2);
  assert.equal(box.store.appointments.get(sent.id).status, "sent");
  await us1.release();
});

Deno.test("a machine that never speaks of its steps: completed once its images have been quiet", async () => {
  await using box = await Box.start();
  const sent = box.send();
  await send(box.storagePort, ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid }));
  const completion = new Completion(box.store, 30);
  completion.look(new Date(Date.now() + 29 * 60_000));
  assert.equal(box.store.appointments.get(sent.id).status, "images received");
  completion.look(new Date(Date.now() + 31 * 60_000));
  assert.equal(box.store.appointments.get(sent.id).status, "completed");
  assert.equal(box.store.appointments.steps(sent.id).at(-1)!.cause, "no image came for 30 minutes");
});
