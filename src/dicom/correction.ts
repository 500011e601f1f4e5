import { Tag, type Vr } from "./dictionary.ts";

/**
 * Whose an object is, and which study it is of, where that is not what the object itself has. What is not given stays;
 * what is given as "" becomes empty.
 */
export interface Correction {
  /** As PN has it: `Sharma^Priya`. */
  patientName?: string;
  /** Patient ID (0010,0020). */
  patientId?: string;
  /** As DA has it: `19900517`. */
  patientBirthDate?: string;
  /** Patient's Sex (0010,0040). */
  patientSex?: "M" | "F" | "O" | "";
  /** Accession Number (0008,0050). */
  accessionNumber?: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid?: string;
  /** Series Instance UID (0020,000E). */
  seriesInstanceUid?: string;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid?: string;
  /** Studies and series by what objects have as their UIDs: references to objects that have moved follow them. */
  uidMap?: ReadonlyMap<string, string>;
  /** Who changed it on this box. */
  changedBy: string;
  /** For the Original Attributes Sequence (PS3.3 C.12.1.1.9). */
  changedAt: Date;
  /** Why (PS3.3 C.12.1): `CORRECT` where the values were wrong, `COERCE` where they were another's way of saying it. */
  reason: "CORRECT" | "COERCE";
  /** Where the former values come from, such as the AE title of the machine; "" where that is not known. */
  source: string;
}

/** The attributes that a correction changes. */
export const CORRECTED = [
  ["patientName", Tag.PatientName, "PN"],
  ["patientId", Tag.PatientID, "LO"],
  ["patientBirthDate", Tag.PatientBirthDate, "DA"],
  ["patientSex", Tag.PatientSex, "CS"],
  ["accessionNumber", Tag.AccessionNumber, "SH"],
  ["studyInstanceUid", Tag.StudyInstanceUID, "UI"],
  ["seriesInstanceUid", Tag.SeriesInstanceUID, "UI"],
  ["sopInstanceUid", Tag.SOPInstanceUID, "UI"],
] as const satisfies readonly (readonly [keyof Correction, number, Vr])[];

/** What is said of a value that another takes the place of, and would be wrong of that. All may be absent. */
export const GONE_WITH: ReadonlyMap<number, readonly number[]> = new Map([
  [Tag.PatientID, [
    Tag.IssuerOfPatientID,
    Tag.IssuerOfPatientIDQualifiersSequence,
    Tag.OtherPatientIDs,
    Tag.OtherPatientNames,
    Tag.OtherPatientIDsSequence,
  ]],
  [Tag.PatientBirthDate, [Tag.PatientBirthTime, Tag.PatientAge]],
  [Tag.AccessionNumber, [Tag.IssuerOfAccessionNumberSequence]],
]);
