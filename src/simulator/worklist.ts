/** One scheduled procedure step, as the machine reads it from a worklist answer. Values as in DICOM. */
export interface WorklistItem {
  patientName: string;
  patientId: string;
  patientBirthDate: string;
  patientSex: string;
  accessionNumber: string;
  referringPhysicianName: string;
  /** Empty when the worklist gave none. */
  studyInstanceUid: string;
  requestedProcedureId: string;
  description: string;
  stepId: string;
}

/** What the machine asks for. */
interface WorklistQuery {
  modality: string;
  /** DA, YYYYMMDD, or a range. */
  date: string;
  /** Left out: steps for any station. */
  stationAeTitle?: string;
}

const CODE = { CodeValue: "", CodingSchemeDesignator: "", CodingSchemeVersion: "", CodeMeaning: "" };

/**
 * The identifier of the machine's C-FIND (PS3.4 Table K.6-1): matching on modality, date and perhaps station, and mostly
 * empty return keys with codes nested in sequences, as real machines send it.
 */
export function worklistIdentifier(query: WorklistQuery): Record<string, unknown> {
  return {
    SpecificCharacterSet: "ISO_IR 192",
    AccessionNumber: "",
    ReferringPhysicianName: "",
    ReferencedStudySequence: [{ ReferencedSOPClassUID: "", ReferencedSOPInstanceUID: "" }],
    PatientName: "",
    PatientID: "",
    PatientBirthDate: "",
    PatientSex: "",
    PatientAge: "",
    PatientWeight: "",
    MedicalAlerts: "",
    Allergies: "",
    PregnancyStatus: "",
    StudyInstanceUID: "",
    RequestingPhysician: "",
    RequestedProcedureDescription: "",
    RequestedProcedureCodeSequence: [CODE],
    RequestedProcedureID: "",
    RequestedProcedurePriority: "",
    ScheduledProcedureStepSequence: [{
      Modality: query.modality,
      ScheduledStationAETitle: query.stationAeTitle ?? "",
      ScheduledProcedureStepStartDate: query.date,
      ScheduledProcedureStepStartTime: "",
      ScheduledPerformingPhysicianName: "",
      ScheduledProcedureStepDescription: "",
      ScheduledProtocolCodeSequence: [CODE],
      ScheduledProcedureStepID: "",
      ScheduledStationName: "",
      ScheduledProcedureStepLocation: "",
    }],
  };
}

/** Reads a worklist answer; what is missing becomes an empty text. */
export function worklistItem(answer: Record<string, unknown>): WorklistItem {
  const step = firstItem(answer.ScheduledProcedureStepSequence);
  return {
    patientName: personName(answer.PatientName),
    patientId: text(answer.PatientID),
    patientBirthDate: text(answer.PatientBirthDate),
    patientSex: text(answer.PatientSex),
    accessionNumber: text(answer.AccessionNumber),
    referringPhysicianName: personName(answer.ReferringPhysicianName),
    studyInstanceUid: text(answer.StudyInstanceUID),
    requestedProcedureId: text(answer.RequestedProcedureID),
    description: text(answer.RequestedProcedureDescription) || text(step.ScheduledProcedureStepDescription),
    stepId: text(step.ScheduledProcedureStepID),
  };
}

function firstItem(sequence: unknown): Record<string, unknown> {
  const item = Array.isArray(sequence) ? sequence[0] : sequence;
  return typeof item === "object" && item !== null ? item as Record<string, unknown> : {};
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join("\\");
  return value === undefined || value === null ? "" : String(value).replace(/[\0 ]+$/, "");
}

/** A PN value as it is on the wire, from the library's `[{ Alphabetic, Ideographic, Phonetic }]`. */
function personName(value: unknown): string {
  const name = Array.isArray(value) ? value[0] : value;
  if (typeof name !== "object" || name === null) return text(name);
  const { Alphabetic, Ideographic, Phonetic } = name as Record<string, unknown>;
  return [Alphabetic, Ideographic, Phonetic].map(text).join("=").replace(/=+$/, "");
}
