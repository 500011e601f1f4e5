import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";

export const ULTRASOUND_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1";

export interface UltrasoundFields {
  sopInstanceUid?: string;
  studyInstanceUid?: string;
  seriesInstanceUid?: string;
  patientId?: string;
  patientName?: string;
  accessionNumber?: string;
  studyDate?: string;
  /** What Request Attributes Sequence (0040,0275) has for the step's id. */
  scheduledStepId?: string;
  /** Length of the pixel data, bytes, in rows of 64; what is more than 65,535 rows is simply there. */
  pixels?: number;
  /** What every pixel is. */
  shade?: number;
  /** Further attributes. */
  texts?: readonly (readonly [tag: number, vr: Vr, text: string])[];
}

/** A small greyscale ultrasound image as an object to send, in Explicit VR Little Endian. */
export function ultrasoundObject(fields: UltrasoundFields = {}) {
  const sopInstanceUid = fields.sopInstanceUid ?? newUid();
  const pixels = fields.pixels ?? 64 * 64;
  const dataset = new Dataset()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.SOPClassUID, "UI", ULTRASOUND_IMAGE)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid)
    .setText(Tag.StudyDate, "DA", fields.studyDate ?? "20261122")
    .setText(Tag.AccessionNumber, "SH", fields.accessionNumber ?? "")
    .setText(Tag.Modality, "CS", "US")
    .setText(Tag.PatientName, "PN", fields.patientName ?? "Sharma^Priya")
    .setText(Tag.PatientID, "LO", fields.patientId ?? "P1")
    .setText(Tag.StudyInstanceUID, "UI", fields.studyInstanceUid ?? newUid())
    .setText(Tag.SeriesInstanceUID, "UI", fields.seriesInstanceUid ?? newUid())
    .setText(Tag.InstanceNumber, "IS", "1")
    .setUnsignedShort(Tag.SamplesPerPixel, 1)
    .setText(Tag.PhotometricInterpretation, "CS", "MONOCHROME2")
    .setUnsignedShort(Tag.Rows, Math.min(65_535, pixels / 64))
    .setUnsignedShort(Tag.Columns, 64)
    .setUnsignedShort(Tag.BitsAllocated, 8)
    .setUnsignedShort(Tag.BitsStored, 8)
    .setUnsignedShort(Tag.HighBit, 7)
    .setUnsignedShort(Tag.PixelRepresentation, 0)
    .add({ tag: Tag.PixelData, vr: "OB", value: new Uint8Array(pixels).fill(fields.shade ?? 128) });
  for (const [tag, vr, text] of fields.texts ?? []) dataset.setText(tag, vr, text);
  if (fields.scheduledStepId !== undefined) {
    const request = new Dataset().setText(Tag.ScheduledProcedureStepID, "SH", fields.scheduledStepId);
    dataset.setItems(Tag.RequestAttributesSequence, [request]);
  }
  return {
    sopClassUid: ULTRASOUND_IMAGE,
    sopInstanceUid,
    transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
    data: new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)),
  };
}
