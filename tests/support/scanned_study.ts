import { Dataset } from "../../src/dicom/dataset.ts";
import { localDate } from "../../src/dicom/date_time.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import type { Role } from "../../src/store/users.ts";
import { hashPassword } from "../../src/web/password.ts";
import { joined, objectBytes, type TestObject } from "../imaging/objects.ts";
import type { Box } from "./box.ts";
import { readObject } from "./samples.ts";
import { send, type SentObject } from "./sender.ts";

const FIXTURES = new URL("../../fixtures/dicom/", import.meta.url).pathname;
/** Whose the fixtures are, and the study that they are of. */
const PATIENT = { id: "SD-1001", firstName: "Priya", lastName: "Sharma" };
const ACCESSION_NUMBER = "A2601150001";
export const PASSWORD = "correct horse battery staple";

export interface ScannedStudy {
  appointmentId: string;
  studyInstanceUid: string;
  /** SOP Instance UIDs by the fixtures' names. */
  uids: Record<"rgb" | "cine" | "rle" | "report", string>;
}

/**
 * The project's own fixtures, sent to a box as a machine sends them, under an appointment of today.
 *
 * @param name as the clinic has it, where that is another
 */
export async function scanned(box: Box, name: Partial<typeof PATIENT> = {}): Promise<ScannedStudy> {
  const appointment = box.store.appointments.add({
    patient: { ...PATIENT, ...name, birthDate: "1994-03-12", gender: "Female", phone: "" },
    doctor: "Dr. Meera Iyer",
    department: "Obstetrics",
    description: "Fetal growth scan",
    date: localDate(new Date()),
    time: new Date().toLocaleTimeString("sv-SE"),
    accessionNumber: ACCESSION_NUMBER,
  }, "demo");
  const objects = {
    rgb: readObject(`${FIXTURES}us_rgb.dcm`),
    cine: readObject(`${FIXTURES}us_cine_jpeg.dcm`),
    rle: readObject(`${FIXTURES}us_rle.dcm`),
    report: readObject(`${FIXTURES}sr_obgyn.dcm`),
  };
  for (const object of Object.values(objects)) await sendWell(box, object);
  const studyInstanceUid = box.store.instances.find(objects.rgb.sopInstanceUid)!.studyInstanceUid;
  await box.until("the report has been read", () => box.store.reports.ofStudy(studyInstanceUid).length === 1);
  return {
    appointmentId: appointment.id,
    studyInstanceUid,
    uids: {
      rgb: objects.rgb.sopInstanceUid,
      cine: objects.cine.sopInstanceUid,
      rle: objects.rle.sopInstanceUid,
      report: objects.report.sopInstanceUid,
    },
  };
}

export async function addPerson(box: Box, username: string, role: Role): Promise<void> {
  box.store.users.add({ username, displayName: "", role, passwordHash: await hashPassword(PASSWORD) });
}

/** Sends an image that is made up for a test, as one of the study. Returns its SOP Instance UID. */
export async function sendImage(box: Box, study: ScannedStudy, object: TestObject): Promise<string> {
  const bytes = objectBytes({
    ...object,
    more: (dataset) => {
      ofPatient(dataset, study.studyInstanceUid).setText(Tag.InstanceNumber, "IS", "90");
      object.more?.(dataset);
    },
  });
  const { meta, dataOffset } = readFileMeta(bytes);
  await sendWell(box, { ...meta, data: bytes.subarray(dataOffset) });
  return meta.sopInstanceUid;
}

/** Sends a report around a tree. Returns its SOP Instance UID, once it has been read or found unreadable. */
export async function sendReport(
  box: Box,
  study: ScannedStudy,
  tree: Dataset,
  predecessors: string[] = [],
): Promise<string> {
  const references = predecessors.map((uid) => new Dataset().setText(Tag.ReferencedSOPInstanceUID, "UI", uid));
  if (predecessors.length > 0) {
    const series = new Dataset().setItems(Tag.ReferencedSOPSequence, references);
    tree.setItems(Tag.PredecessorDocumentsSequence, [new Dataset().setItems(Tag.ReferencedSeriesSequence, [series])]);
  }
  const sopInstanceUid = await sendUnawaited(box, study, tree);
  await box.until(
    "the report has been read",
    () => box.store.reports.ofStudy(study.studyInstanceUid).some((report) => report.sopInstanceUid === sopInstanceUid),
  );
  return sopInstanceUid;
}

/**
 * Sends a report and does not wait until it has been read. Returns its SOP Instance UID.
 *
 * @param tree what it says, but for whose it is
 * @param more bytes that follow those of the data set, in Explicit VR Little Endian
 */
export async function sendUnawaited(
  box: Box,
  study: ScannedStudy,
  tree: Dataset,
  more = new Uint8Array(),
): Promise<string> {
  const sopInstanceUid = newUid();
  const sopClassUid = tree.text("SOPClassUID");
  ofPatient(tree, study.studyInstanceUid)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid)
    .setText(Tag.Modality, "CS", "SR")
    .setText(Tag.SeriesInstanceUID, "UI", newUid());
  const transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN.uid;
  const data = joined(writeDataset(tree, EXPLICIT_LITTLE_ENDIAN), more);
  await sendWell(box, { sopClassUid, sopInstanceUid, transferSyntaxUid, data });
  return sopInstanceUid;
}

/** The fixtures' report, to be sent as another one. */
export function fixtureReport(): Dataset {
  const { data, transferSyntaxUid } = readObject(`${FIXTURES}sr_obgyn.dcm`);
  return readDataset(data, transferSyntaxOf(transferSyntaxUid)!).dataset;
}

function ofPatient(dataset: Dataset, studyInstanceUid: string): Dataset {
  return dataset.setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.PatientName, "PN", `${PATIENT.lastName}^${PATIENT.firstName}`)
    .setText(Tag.PatientID, "LO", PATIENT.id)
    .setText(Tag.AccessionNumber, "SH", ACCESSION_NUMBER)
    .setText(Tag.StudyInstanceUID, "UI", studyInstanceUid);
}

async function sendWell(box: Box, object: SentObject): Promise<void> {
  const { status, comment } = await send(box.storagePort, object);
  if (status !== 0) throw new Error(`The box refused the object: ${status.toString(16)} ${comment}`);
}
