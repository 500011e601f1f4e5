/** Service classes other than storage (PS3.4). */
export const VERIFICATION = "1.2.840.10008.1.1";
/** PS3.4 K.6.1. */
export const MODALITY_WORKLIST_FIND = "1.2.840.10008.5.1.4.31";
/** PS3.4 F.7. */
export const MODALITY_PERFORMED_PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3";
/** PS3.4 F.8. */
export const MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE = "1.2.840.10008.3.1.2.3.4";
/** PS3.4 J.3.5. */
export const STORAGE_COMMITMENT_PUSH_MODEL = "1.2.840.10008.1.20.1";
/** The one instance of the push model (PS3.4 J.3.5). */
export const PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1";

/** Encapsulated PDF Storage (PS3.4 B.5). */
export const ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1";

/** Query/Retrieve by root and operation (PS3.4 C.6). */
export const QUERY_RETRIEVE = {
  patientRoot: {
    find: "1.2.840.10008.5.1.4.1.2.1.1",
    move: "1.2.840.10008.5.1.4.1.2.1.2",
    get: "1.2.840.10008.5.1.4.1.2.1.3",
  },
  studyRoot: {
    find: "1.2.840.10008.5.1.4.1.2.2.1",
    move: "1.2.840.10008.5.1.4.1.2.2.2",
    get: "1.2.840.10008.5.1.4.1.2.2.3",
  },
} as const;

/** The storage SOP classes that ultrasound machines send, with their names (PS3.4 B.5); the retired ones are sent too. */
export const STORAGE_CLASSES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image"],
  ["1.2.840.10008.5.1.4.1.1.6", "Ultrasound Image (retired)"],
  ["1.2.840.10008.5.1.4.1.1.6.2", "Enhanced US Volume"],
  ["1.2.840.10008.5.1.4.1.1.6.3", "Photoacoustic Image"],
  ["1.2.840.10008.5.1.4.1.1.3.1", "Ultrasound Multi-frame Image"],
  ["1.2.840.10008.5.1.4.1.1.3", "Ultrasound Multi-frame Image (retired)"],
  ["1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image"],
  ["1.2.840.10008.5.1.4.1.1.7.1", "Multi-frame Single Bit Secondary Capture Image"],
  ["1.2.840.10008.5.1.4.1.1.7.2", "Multi-frame Grayscale Byte Secondary Capture Image"],
  ["1.2.840.10008.5.1.4.1.1.7.3", "Multi-frame Grayscale Word Secondary Capture Image"],
  ["1.2.840.10008.5.1.4.1.1.7.4", "Multi-frame True Color Secondary Capture Image"],
  ["1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR"],
  ["1.2.840.10008.5.1.4.1.1.88.22", "Enhanced SR"],
  ["1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR"],
  ["1.2.840.10008.5.1.4.1.1.88.34", "Comprehensive 3D SR"],
  ["1.2.840.10008.5.1.4.1.1.88.35", "Extensible SR"],
  ["1.2.840.10008.5.1.4.1.1.88.59", "Key Object Selection Document"],
  ["1.2.840.10008.5.1.4.1.1.11.1", "Grayscale Softcopy Presentation State"],
  ["1.2.840.10008.5.1.4.1.1.11.2", "Color Softcopy Presentation State"],
  [ENCAPSULATED_PDF, "Encapsulated PDF"],
  ["1.2.840.10008.5.1.4.1.1.77.1.4.1", "Video Photographic Image"],
  ["1.2.840.10008.5.1.4.1.1.66", "Raw Data"],
]);

/** What is under the root of storage and asks, or moves (PS3.4 U, GG, HH, PS3.6 A): inventories, repositories, protocol approvals. */
const NO_STORAGE: ReadonlySet<string> = new Set([
  ...["200.4", "200.5", "200.6", "201.2", "201.3", "201.4", "201.5", "201.6"].map((end) =>
    `1.2.840.10008.5.1.4.1.1.${end}`
  ),
]);

/**
 * Whether the storage SCP takes objects of this class: any class under the standard's storage root, and any private
 * one (not under DICOM's own root), since machines send their own beside the images.
 */
export function isStorageClass(uid: string): boolean {
  // some machines put a zero before a part, which no UID has
  if (!/^\d+(\.\d+)+$/.test(uid) || uid.length > 64 || NO_STORAGE.has(uid)) return false;
  return uid.startsWith("1.2.840.10008.5.1.4.1.1.") || !uid.startsWith("1.2.840.10008.");
}

/** Whether an object of this class is a structured report whose content may hold measurements. */
export function isReportClass(uid: string): boolean {
  return uid.startsWith("1.2.840.10008.5.1.4.1.1.88.") && uid !== "1.2.840.10008.5.1.4.1.1.88.59";
}
