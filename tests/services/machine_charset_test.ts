import assert from "node:assert/strict";
import { encodeText } from "../../src/dicom/charset.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP as MPPS, QUERY_RETRIEVE } from "../../src/dicom/sop_class.ts";
import {
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
} from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { CommandField } from "../../src/dimse/command.ts";
import { writePData } from "../../src/dimse/write_pdu.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { container, number, report } from "../dicom/report/trees.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { remote, send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE } from "../support/ultrasound_object.ts";
import { answersOf, associate, findCommand } from "../support/worklist_client.ts";

const NAME = "Король^Юрий";

/** A data set as a machine writes it that has ISO_IR 144 and declares nothing. */
function undeclared(dataset: Dataset, syntax: TransferSyntax): Uint8Array<ArrayBuffer> {
  return new Uint8Array(writeDataset(dataset, syntax, (text) => encodeText(text, "ISO_IR 144")!));
}

async function boxWithMachine(): Promise<Box> {
  const box = await Box.start();
  box.store.machines.add({ aeTitle: "US1", name: "US 1", characterSet: "ISO_IR 144", admitted: true });
  return box;
}

function patient(dataset = new Dataset()): Dataset {
  return dataset.setText(Tag.PatientName, "PN", NAME).setText(Tag.PatientID, "LO", "P1");
}

Deno.test("a machine on record with ISO_IR 144 that declares nothing finds by its own letters", async () => {
  await using box = await boxWithMachine();
  box.send({
    patient: { id: "P2", firstName: "Юрий", lastName: "Король", birthDate: null, gender: "Male", phone: "" },
  });
  box.send();
  const { peer } = await associate(box, "US1");
  await using _ = peer;
  const identifier = everything().setText(Tag.PatientName, "PN", "Король*");
  identifier.delete(Tag.SpecificCharacterSet);
  await peer.send(
    writePData(1, true, findCommand(1), 16384),
    writePData(1, false, undeclared(identifier, IMPLICIT_LITTLE_ENDIAN), 16384),
  );
  const { answers } = await answersOf(peer);
  assert.deepEqual(answers.map((answer) => answer.text("PatientName")), [NAME]);
  const [query] = box.store.worklistQueries.latest("US1", 1);
  assert.match(query!.keys.join(), /Король/, "what it asked for is kept in its letters");
});

Deno.test("a machine on record with ISO_IR 144 that declares nothing is read in it: its procedure step", async () => {
  await using box = await boxWithMachine();
  const requestor = await Requestor.connect(remote(box.worklistPort, "US1"), [
    { abstractSyntax: MPPS, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  const sopInstanceUid = newUid();
  const step = patient().setText(Tag.PerformedProcedureStepStatus, "CS", "IN PROGRESS")
    .setText(Tag.PerformedProcedureStepDescription, "LO", "УЗИ");
  const { command } = await requestor.request(
    requestor.accepted(MPPS)[0]!.id,
    CommandField.N_CREATE,
    new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MPPS).setText(
      Tag.AffectedSOPInstanceUID,
      "UI",
      sopInstanceUid,
    ),
    undeclared(step, IMPLICIT_LITTLE_ENDIAN),
  );
  await requestor.release();
  assert.equal(command.number("Status"), 0);
  assert.equal(box.store.procedureSteps.find(sopInstanceUid)!.patientName, NAME);
});

Deno.test("a machine on record with ISO_IR 144 that declares nothing is read in it: image, report and every view", async () => {
  await using box = await boxWithMachine();
  const study = newUid();
  const objects = {
    image: patient().setText(Tag.SOPClassUID, "UI", ULTRASOUND_IMAGE),
    report: patient(report(
      "DCM:125000:Отчёт",
      container("DCM:121070:Заключение", number("99X:1:Длина", "12", "UCUM:mm:мм")),
    )),
  };
  for (const [name, dataset] of Object.entries(objects)) {
    const sopInstanceUid = newUid();
    dataset.setText(Tag.SOPInstanceUID, "UI", sopInstanceUid).setText(Tag.StudyInstanceUID, "UI", study)
      .setText(Tag.SeriesInstanceUID, "UI", newUid());
    const { status, comment } = await send(box.storagePort, {
      sopClassUid: dataset.text("SOPClassUID"),
      ...{ sopInstanceUid, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid },
      data: undeclared(dataset, EXPLICIT_LITTLE_ENDIAN),
    }, "US1");
    assert.equal(status, 0, `${name}: ${comment}`);
    const [stored] = box.store.catalogue.instances({ sopInstanceUids: [sopInstanceUid] });
    assert.equal(stored!.patientName, NAME, name);
    const [metadata] = await DicomWebClient.of(box).json(
      `/studies/${study}/series/${stored!.seriesInstanceUid}/instances/${sopInstanceUid}/metadata`,
    );
    assert.deepEqual(metadata["00100010"].Value, [{ Alphabetic: NAME }], name);
  }
  await box.until("the report has been read", () => box.store.reports.ofStudy(study).length === 1);
  assert.deepEqual(box.store.measurements.ofStudy(study).map(({ name }) => name), ["Длина"]);
});

Deno.test("a query for studies from a machine on record with ISO_IR 144 is read in it", async () => {
  await using box = await boxWithMachine();
  const sopInstanceUid = newUid();
  const image = patient().setText(Tag.SOPClassUID, "UI", ULTRASOUND_IMAGE)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid).setText(Tag.StudyInstanceUID, "UI", newUid());
  await send(box.storagePort, {
    sopClassUid: ULTRASOUND_IMAGE,
    ...{ sopInstanceUid, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid },
    data: undeclared(image, EXPLICIT_LITTLE_ENDIAN),
  }, "US1");
  const abstractSyntax = QUERY_RETRIEVE.studyRoot.find;
  const { peer } = await associate(box, "US1", [
    { id: 1, abstractSyntax, transferSyntaxes: [IMPLICIT_LITTLE_ENDIAN.uid] },
  ]);
  await using _ = peer;
  const identifier = new Dataset().setText(Tag.QueryRetrieveLevel, "CS", "STUDY")
    .setText(Tag.PatientName, "PN", "*Юрий").setText(Tag.StudyInstanceUID, "UI", "");
  await peer.send(
    writePData(1, true, findCommand(1, abstractSyntax), 16384),
    writePData(1, false, undeclared(identifier, IMPLICIT_LITTLE_ENDIAN), 16384),
  );
  const { answers } = await answersOf(peer);
  assert.deepEqual(answers.map((answer) => answer.text("PatientName")), [NAME]);
});
