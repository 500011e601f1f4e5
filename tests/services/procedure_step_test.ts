import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import {
  MODALITY_PERFORMED_PROCEDURE_STEP as MPPS,
  MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE as RETRIEVE,
} from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { isUid, newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { Completion } from "../../src/services/completion.ts";
import { Box } from "../support/box.ts";
import { remote, send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

/** A machine that speaks of its steps. */
async function machine(box: Box, { aeTitle = "US1", abstractSyntax = MPPS } = {}) {
  const requestor = await Requestor.connect(remote(box.worklistPort, aeTitle), [
    { abstractSyntax, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const contextId = requestor.accepted(abstractSyntax)[0]!.id;
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
  assert.equal(box.store.appointments.get(sent.id).stopped, "Patient refused to continue", "as the kiosk says it");
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
  assert.equal((await us1.create(begun(sent.studyInstanceUid, "P2"), uid)).status, Status.DUPLICATE_SOP_INSTANCE);
  assert.equal((await us1.set(newUid(), ended("COMPLETED", []))).status, Status.NO_SUCH_SOP_INSTANCE);
  assert.equal((await us1.set(uid, ended("PAUSED", []))).status, Status.INVALID_ATTRIBUTE_VALUE);
  assert.equal((await us1.get(newUid())).status, Status.NO_SUCH_SOP_INSTANCE);
  assert.equal(box.store.appointments.get(sent.id).status, "in progress", "nothing of that moved the appointment");
  const us2 = await machine(box, { aeTitle: "US2" });
  assert.equal((await us2.set(uid, ended("COMPLETED", []))).status, Status.NOT_AUTHORIZED, "it is another's step");
  assert.equal((await us2.get(uid)).status, Status.SUCCESS);
  await us2.release();
  const asking = await machine(box, { abstractSyntax: RETRIEVE });
  assert.equal((await asking.create(begun(newUid()))).status, Status.UNRECOGNIZED_OPERATION);
  assert.equal((await asking.set(uid, ended("COMPLETED", []))).status, Status.UNRECOGNIZED_OPERATION);
  assert.equal((await asking.get(uid)).data!.text("PerformedProcedureStepStatus"), "IN PROGRESS");
  await asking.release();
  await us1.release();
});

Deno.test("what a step began with is not changed by N-SET, and a machine that repeats it is not refused", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const { uid } = await us1.create(begun(sent.studyInstanceUid));
  const another = begun(newUid(), "P9").setText(Tag.PatientName, "PN", "Rao^Asha").setText(
    Tag.PerformedProcedureStepDescription,
    "LO",
    "Growth",
  ).setText(Tag.PerformedProcedureStepStatus, "CS", "");
  assert.equal((await us1.set(uid, another)).status, Status.SUCCESS);
  const { data } = await us1.get(uid);
  assert.deepEqual(
    ["PatientID", "PatientName", "PerformedProcedureStepStatus", "PerformedProcedureStepDescription"].map((name) =>
      data!.text(name as "PatientID")
    ),
    ["P1", "Sharma^Priya", "IN PROGRESS", "Growth"],
  );
  assert.equal(
    data!.items("ScheduledStepAttributesSequence")[0]!.text("StudyInstanceUID"),
    sent.studyInstanceUid,
  );
  assert.equal((await us1.set(uid, ended("COMPLETED", []))).status, Status.SUCCESS);
  assert.equal(box.store.appointments.get(sent.id).status, "completed");
  await us1.release();
});

Deno.test("a machine that lost an answer says the same again and is not refused; what it says otherwise is", async () => {
  await using box = await Box.start();
  const { studyInstanceUid } = box.send();
  const [uid, other] = [newUid(), newUid()];
  const us1 = await machine(box);
  const first = () => begun(studyInstanceUid).setText(Tag.PerformedProcedureStepStatus, "CS", "In Progress");
  assert.equal((await us1.create(first(), uid)).status, Status.SUCCESS);
  const again = await us1.create(first(), uid);
  assert.deepEqual([again.status, again.uid], [Status.SUCCESS, uid]);
  assert.equal((await us1.create(begun(studyInstanceUid, "P2"), uid)).status, Status.DUPLICATE_SOP_INSTANCE);
  assert.equal(box.store.procedureSteps.find(uid)!.patientId, "P1");
  const us2 = await machine(box, { aeTitle: "US2" });
  assert.equal((await us2.create(first(), uid)).status, Status.DUPLICATE_SOP_INSTANCE, "another machine's");
  await us2.release();

  const end = ended("COMPLETED", [newUid()]).setText(0x00091001, "LO", "private").setText(0x00090010, "LO", "MAKER")
    .add({ tag: 0x00090000, vr: "UL", value: Uint8Array.of(99, 0, 0, 0) })
    .setText(Tag.PatientName, "PN", "SHARMA^P"); // which is passed over, the first time and the second
  assert.equal((await us1.set(uid, end)).status, Status.SUCCESS);
  assert.equal((await us1.set(uid, end)).status, Status.SUCCESS);
  assert.equal((await us1.create(first(), uid)).status, Status.SUCCESS, "the first answer may be the lost one");
  assert.equal(box.store.procedureSteps.find(uid)!.status, "COMPLETED");
  const differs = await us1.set(uid, ended("COMPLETED", [newUid()]));
  assert.deepEqual([differs.status, differs.errorId], [Status.PROCESSING_FAILURE, 0xa710]);
  assert.equal((await us1.set(uid, ended("DISCONTINUED", []))).status, Status.PROCESSING_FAILURE);
  assert.equal((await us1.set(other, end)).status, Status.NO_SUCH_SOP_INSTANCE);
  await us1.release();

  const retrieving = await machine(box, { abstractSyntax: RETRIEVE });
  const { data } = await retrieving.get(uid, [0x00091001]);
  assert.ok(data!.has(0x00091001) && data!.has(0x00090010), "it keeps its maker");
  assert.equal((await retrieving.get(uid)).data!.has(0x00090000), false, "a group length of other bytes");
  await retrieving.release();
});

Deno.test("a list of what was made takes the place of the one before, and an object in two steps' lists counts once", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const counts = () => {
    const { made, missing } = box.store.appointments.get(sent.id);
    return [made, missing];
  };
  const { uid } = await us1.create(begun(sent.studyInstanceUid));
  const kept = ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid });
  await us1.set(uid, ended("IN PROGRESS", [kept.sopInstanceUid, newUid()]));
  assert.deepEqual(counts(), [2, 2]);
  await send(box.storagePort, kept);
  assert.deepEqual(counts(), [2, 1]);
  // one picture was deleted at the machine
  await us1.set(uid, ended("IN PROGRESS", [kept.sopInstanceUid]));
  assert.deepEqual(counts(), [1, 0]);
  await us1.set(uid, new Dataset().setText(Tag.PerformedProcedureStepStatus, "CS", "COMPLETED"));
  assert.deepEqual(counts(), [1, 0], "nothing new said leaves the list as it was");
  const second = await us1.create(begun(sent.studyInstanceUid));
  const missing = newUid();
  await us1.set(second.uid, ended("IN PROGRESS", [kept.sopInstanceUid, missing]));
  const third = await us1.create(begun(sent.studyInstanceUid));
  await us1.set(third.uid, ended("COMPLETED", [missing]));
  assert.deepEqual(counts(), [2, 1]);
  await us1.release();
});

Deno.test("a restart of the box in every moment of a step changes nothing of it", async () => {
  const data = await Deno.makeTempDir({ prefix: "sonodesk-box-" });
  let box = await Box.start({ data });
  const sent = box.send();
  const object = ultrasoundObject({ studyInstanceUid: sent.studyInstanceUid });
  const late = newUid();
  const restarted = async () => {
    await box.appliance.stop();
    box = await Box.start({ data });
    return box.store.appointments.get(sent.id);
  };
  const asUs1 = async <T>(work: (us1: Awaited<ReturnType<typeof machine>>) => Promise<T>) => {
    const us1 = await machine(box);
    const result = await work(us1);
    await us1.release();
    return result;
  };
  const { uid } = await asUs1((us1) => us1.create(begun(sent.studyInstanceUid)));
  assert.equal((await restarted()).status, "in progress");
  assert.equal(
    (await asUs1((us1) => us1.create(begun(sent.studyInstanceUid, "P2"), uid))).status,
    0x0111,
    "it is there",
  );
  await asUs1((us1) => us1.set(uid, ended("IN PROGRESS", [object.sopInstanceUid, late])));
  let after = await restarted();
  assert.deepEqual([after.status, after.made, after.missing], ["in progress", 2, 2]);
  await send(box.storagePort, object);
  after = await restarted();
  assert.deepEqual([after.status, after.made, after.missing], ["images received", 2, 1]);
  await asUs1((us1) => us1.set(uid, ended("COMPLETED", [object.sopInstanceUid])));
  after = await restarted();
  assert.deepEqual([after.status, after.made, after.missing], ["completed", 1, 0]);
  const again = await asUs1((us1) => us1.set(uid, ended("DISCONTINUED", [])));
  assert.deepEqual([again.status, again.errorId], [Status.PROCESSING_FAILURE, 0xa710]);
  const { data: kept } = await asUs1((us1) => us1.get(uid));
  assert.equal(kept!.text("PerformedProcedureStepStatus"), "COMPLETED");
  assert.equal(kept!.text("PatientName"), "Sharma^Priya");
  await box[Symbol.asyncDispose]();
});

Deno.test("steps that are old, or too many, are forgotten with what they made", async () => {
  await using box = await Box.start();
  const us1 = await machine(box);
  for (let n = 0; n < 4; n++) {
    const { uid } = await us1.create(begun(newUid()));
    await us1.set(uid, ended("COMPLETED", [newUid()]));
  }
  await us1.release();
  const { procedureSteps } = box.store;
  const rows = () => {
    const { rows } = box.store.state();
    return [rows.procedure_steps, rows.procedure_step_instances];
  };
  assert.equal(procedureSteps.forget(new Date(Date.now() - 60_000), 10), 0);
  assert.equal(procedureSteps.forget(new Date(Date.now() - 60_000), 3), 1, "the oldest beyond three");
  assert.deepEqual(rows(), [3, 3]);
  assert.equal(procedureSteps.forget(new Date(Date.now() + 60_000), 10), 3);
  assert.deepEqual(rows(), [0, 0]);
});

Deno.test("a step that was not scheduled, or is of another patient, is kept as unscheduled until its study is matched", async () => {
  await using box = await Box.start();
  const sent = box.send();
  const us1 = await machine(box);
  const heard: string[] = [];
  box.store.changes.subscribe(({ noun, id }) => noun === "procedure step" && heard.push(id));
  const unscheduled = (since = new Date(Date.now() - 60_000)) => box.store.procedureSteps.unscheduled(since, 10);
  const object = ultrasoundObject({ patientId: "P7", patientName: "Nobody", studyInstanceUid: newUid() });
  const { uid } = await us1.create(begun(newUid()));
  await us1.create(begun(sent.studyInstanceUid, "P9"));
  assert.deepEqual(unscheduled().map(({ patientId }) => patientId), ["P9", "P1"]);
  assert.deepEqual(unscheduled(new Date(Date.now() + 60_000)), []);
  await us1.set(uid, ended("DISCONTINUED", [object.sopInstanceUid]));
  const { status, made, missing, endedAt } = unscheduled().at(-1)!;
  assert.deepEqual([status, made, missing, endedAt !== null], ["DISCONTINUED", 1, 1, true]);
  assert.equal(heard.filter((id) => id === uid).length, 2, "its beginning and its end were announced");
  assert.equal(box.store.appointments.get(sent.id).status, "sent");

  const walkedIn = newUid();
  const step = await us1.create(begun(walkedIn, "P8"));
  await send(
    box.storagePort,
    ultrasoundObject({ patientId: "P8", patientName: "Nobody", studyInstanceUid: walkedIn }),
  );
  assert.equal(unscheduled().length, 3);
  box.store.decisions.match(walkedIn, sent.id, { by: "reception", reason: "seen" });
  assert.equal(unscheduled().length, 2, "somebody has said whose it is");
  // and so it is known what of it has not come, and when it ends
  const lost = newUid();
  await us1.set(step.uid, ended("COMPLETED", [lost]));
  const appointment = () => box.store.appointments.get(sent.id);
  assert.deepEqual([appointment().status, appointment().made, appointment().missing], ["completed", 1, 1]);
  assert.deepEqual(box.store.procedureSteps.ofAppointment(sent.id).map(({ status }) => status), ["COMPLETED"]);
  box.store.decisions.unmatch(walkedIn, { by: "reception", reason: "" });
  assert.deepEqual([appointment().made, unscheduled().length], [0, 3], "it goes with its study");
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

Deno.test("one procedure step and one image for two scheduled steps: both appointments go their way together", async () => {
  await using box = await Box.start();
  const [first, second] = [box.send(), box.send({ time: "10:45:00", description: "Doppler" })];
  const us1 = await machine(box);
  const both = begun(first.studyInstanceUid).setItems(
    Tag.ScheduledStepAttributesSequence,
    [first, second].map(({ studyInstanceUid, accessionNumber }) =>
      new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
        .setText(Tag.AccessionNumber, "SH", accessionNumber)
    ),
  );
  const { uid } = await us1.create(both);
  const statuses = () => [first, second].map(({ id }) => box.store.appointments.get(id).status);
  assert.deepEqual(statuses(), ["in progress", "in progress"]);
  assert.deepEqual(box.store.appointments.get(second.id).scannedWith, [first.id]);

  const object = ultrasoundObject({ studyInstanceUid: first.studyInstanceUid });
  const dataset = readDataset(object.data, EXPLICIT_LITTLE_ENDIAN).dataset.setItems(
    Tag.RequestAttributesSequence,
    [first, second].map(({ accessionNumber }) =>
      new Dataset().setText(Tag.ScheduledProcedureStepID, "SH", accessionNumber)
    ),
  );
  await send(box.storagePort, { ...object, data: new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)) });
  assert.deepEqual([first, second].map(({ id }) => box.store.appointments.get(id).images), [1, 1]);
  assert.deepEqual(
    [first, second].map(({ id }) => box.store.studies.list({ appointmentId: id }).length),
    [1, 1],
    "each of them shows the study",
  );
  await us1.set(uid, ended("COMPLETED", [object.sopInstanceUid]));
  assert.deepEqual(statuses(), ["completed", "completed"]);
  assert.equal(box.store.procedureSteps.ofAppointment(second.id).length, 1);
  await us1.release();
});

Deno.test("a procedure step for two people's scheduled steps moves only the one whose patient it names", async () => {
  await using box = await Box.start();
  const other = { id: "P2", firstName: "Asha", lastName: "Rao", birthDate: "1988-02-29", gender: "Female", phone: "" };
  const [first, second] = [box.send(), box.send({ patient: other })];
  const us1 = await machine(box);
  await us1.create(
    begun(first.studyInstanceUid).setItems(
      Tag.ScheduledStepAttributesSequence,
      [first, second].map(({ studyInstanceUid }) =>
        new Dataset().setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
      ),
    ),
  );
  assert.deepEqual([first, second].map(({ id }) => box.store.appointments.get(id).status), ["in progress", "sent"]);
  await us1.release();
});
