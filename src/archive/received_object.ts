import { isoDate, isoTime } from "../dicom/date_time.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { derivedUid } from "../dicom/uid.ts";
import type { ReadAs } from "../dicom/read_text.ts";
import type { ReceivedInstance } from "../store/received_instance.ts";

/** What the command of a C-STORE says of its object. */
export interface ObjectIdentity {
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
}

/** What the store keeps of an object, and how certain its texts are. */
interface DescribedObject extends Omit<ReceivedInstance, "file" | "receivedFrom"> {
  textReadAs?: ReadAs;
}

/** What `describeObject` reads. */
export const DESCRIBED: ReadonlySet<number> = new Set([
  ...[Tag.SOPInstanceUID, Tag.StudyInstanceUID, Tag.SeriesInstanceUID, Tag.InstanceNumber, Tag.NumberOfFrames],
  ...[Tag.Rows, Tag.Columns, Tag.PatientID, Tag.PatientName, Tag.PatientBirthDate, Tag.PatientSex],
  ...[Tag.AccessionNumber, Tag.StudyDate, Tag.StudyTime, Tag.StudyDescription, Tag.Modality, Tag.SeriesNumber],
  ...[Tag.SeriesDescription, Tag.BodyPartExamined, Tag.RequestAttributesSequence],
  ...[Tag.StudyID, Tag.ReferringPhysicianName, Tag.AcquisitionContextSequence],
]);

/** Longer than any attribute that is copied into the store may be; what machines put there is shown, not trusted. */
const MOST_TEXT = 1024;
/** Of more requests than one or two no image is made. */
const MOST_REQUEST_IDS = 8;

/**
 * What the store keeps of a received object, from its attributes.
 *
 * @throws MalformedDataset when it is not the object its command announced
 */
export function describeObject(dataset: Dataset, identity: ObjectIdentity): DescribedObject {
  const text = (attribute: Parameters<Dataset["text"]>[0]) => dataset.text(attribute).slice(0, MOST_TEXT);
  const sopInstanceUid = text("SOPInstanceUID");
  if (sopInstanceUid === "") throw new MalformedDataset("SOPInstanceUID is missing");
  if (sopInstanceUid !== identity.sopInstanceUid) {
    throw new MalformedDataset("SOPInstanceUID is not the one the command names");
  }
  // an object that names no study or series is kept all the same, alone in one of its own, for a person to look at
  const studyInstanceUid = text("StudyInstanceUID") || derivedUid(`study of ${sopInstanceUid}`);
  const seriesInstanceUid = text("SeriesInstanceUID") || derivedUid(`series of ${sopInstanceUid}`);
  const isImage = dataset.has(Tag.Rows) && dataset.has(Tag.Columns);
  const frames = dataset.number("NumberOfFrames");
  return {
    ...identity,
    number: wholeNumber(dataset.number("InstanceNumber")),
    requestIds: requestIdsOf(dataset),
    textReadAs: dataset.textReadAs,
    hasAcquisitionContext: dataset.has(Tag.AcquisitionContextSequence),
    frames: isImage ? Math.max(1, wholeNumber(frames) ?? 1) : 0,
    study: {
      studyInstanceUid,
      patientId: text("PatientID"),
      patientName: text("PatientName"),
      patientBirthDate: isoDate(text("PatientBirthDate")),
      patientSex: text("PatientSex"),
      accessionNumber: text("AccessionNumber"),
      studyDate: isoDate(text("StudyDate")),
      studyTime: isoTime(text("StudyTime")),
      description: text("StudyDescription"),
      studyId: text("StudyID"),
      referringPhysician: text("ReferringPhysicianName"),
    },
    series: {
      seriesInstanceUid,
      modality: text("Modality"),
      number: wholeNumber(dataset.number("SeriesNumber")),
      description: text("SeriesDescription"),
      bodyPart: text("BodyPartExamined"),
    },
  };
}

/**
 * What an image says of the request it was made for (Request Attributes Sequence, PS3.3 10.6): machines that leave the
 * accession number of the study empty often copy the worklist's own here.
 */
function requestIdsOf(dataset: Dataset): string[] {
  const ids = dataset.items("RequestAttributesSequence").flatMap((request) => [
    request.text("AccessionNumber"),
    request.text("ScheduledProcedureStepID"),
    request.text("RequestedProcedureID"),
  ]);
  return [...new Set(ids)].filter((id) => id !== "" && id.length <= MOST_TEXT).slice(0, MOST_REQUEST_IDS);
}

function wholeNumber(number: number | undefined): number | null {
  return number !== undefined && Number.isSafeInteger(number) ? number : null;
}
