import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import type { SentObject } from "./sender.ts";

export const COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33";

/** A code written `scheme:value:meaning`. */
export function code(written: string): Dataset {
  const [scheme, value, ...meaning] = written.split(":");
  return new Dataset().setText(Tag.CodeValue, "SH", value!).setText(Tag.CodingSchemeDesignator, "SH", scheme!)
    .setText(Tag.CodeMeaning, "LO", meaning.join(":"));
}

/** A content item; its concept is written `scheme:value:meaning`. */
export function item(relationship: string, valueType: string, concept: string): Dataset {
  return new Dataset().setText(Tag.RelationshipType, "CS", relationship).setText(Tag.ValueType, "CS", valueType)
    .setItems(Tag.ConceptNameCodeSequence, [code(concept)]);
}

export function coded(relationship: string, concept: string, value: string): Dataset {
  return item(relationship, "CODE", concept).setItems(Tag.ConceptCodeSequence, [code(value)]);
}

export function text(relationship: string, concept: string, value: string): Dataset {
  return item(relationship, "TEXT", concept).setText(Tag.TextValue, "UT", value);
}

/** A value in centimetres. */
export function number(concept: string, value: string, children: Dataset[] = []): Dataset {
  const measured = new Dataset().setItems(Tag.MeasurementUnitsCodeSequence, [code("UCUM:cm:centimeter")])
    .setText(Tag.NumericValue, "DS", value);
  return item("CONTAINS", "NUM", concept).setItems(Tag.MeasuredValueSequence, [measured])
    .setItems(Tag.ContentSequence, children);
}

export function container(concept: string, children: Dataset[]): Dataset {
  return item("CONTAINS", "CONTAINER", concept).setItems(Tag.ContentSequence, children);
}

/** An OB-GYN Ultrasound Procedure Report (PS3.16 TID 5000) of that content. */
export function fetalReport(content: Dataset[], studyInstanceUid = newUid()): Dataset {
  return new Dataset().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.SOPClassUID, "UI", COMPREHENSIVE_SR)
    .setText(Tag.SOPInstanceUID, "UI", newUid())
    .setText(Tag.StudyDate, "DA", "20261122")
    .setText(Tag.Modality, "CS", "SR")
    .setText(Tag.PatientName, "PN", "Sharma^Priya")
    .setText(Tag.PatientID, "LO", "P1")
    .setText(Tag.PatientSex, "CS", "F")
    .setText(Tag.StudyInstanceUID, "UI", studyInstanceUid)
    .setText(Tag.SeriesInstanceUID, "UI", newUid())
    .setText(Tag.ValueType, "CS", "CONTAINER")
    .setItems(Tag.ConceptNameCodeSequence, [code("DCM:125000:OB-GYN Ultrasound Procedure Report")])
    .setItems(Tag.ContentTemplateSequence, [new Dataset().setText(Tag.TemplateIdentifier, "CS", "5000")])
    .setItems(Tag.ContentSequence, content);
}

/** A data set as an object to send, in Explicit VR Little Endian. */
export function asObject(dataset: Dataset): SentObject {
  return {
    sopClassUid: dataset.text("SOPClassUID"),
    sopInstanceUid: dataset.text("SOPInstanceUID"),
    transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid,
    data: new Uint8Array(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN)),
  };
}
