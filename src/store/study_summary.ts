import type { StudyHeader } from "./received_instance.ts";

/** A study without its series and measurements. */
export interface StudySummary extends StudyHeader {
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** The one that it may be; null for none. */
  suggestedAppointmentId: string | null;
  /** By what it was matched, such as `study instance uid` or `hand`; "" for not. */
  matchedBy: string;
  /** Whose it is by decision; null where it is whose its objects say. */
  decidedPatientId: string | null;
  /** Who decided, "clinic" for the clinic's database; "" where nobody did. */
  decidedBy: string;
  /** When a person decided, ISO 8601; null for not. */
  decidedAt: string | null;
  /** ISO 8601. */
  receivedAt: string;
}

/** Columns of a `StudySummary`. */
export const STUDY_SUMMARY = `
  SELECT study_instance_uid AS studyInstanceUid, patient_id AS patientId, patient_name AS patientName,
    patient_birth_date AS patientBirthDate, patient_sex AS patientSex, accession_number AS accessionNumber,
    study_date AS studyDate, study_time AS studyTime, description, appointment_id AS appointmentId,
    suggested_appointment_id AS suggestedAppointmentId, matched_by AS matchedBy,
    decided_patient_id AS decidedPatientId, decided_by AS decidedBy, decided_at AS decidedAt, received_at AS receivedAt
  FROM studies`;

/** What of a study was decided, as it was before a decision. */
export type Decided = Pick<
  StudySummary,
  "studyInstanceUid" | "appointmentId" | "matchedBy" | "decidedPatientId" | "decidedBy"
>;

export function decidedOf(
  { studyInstanceUid, appointmentId, matchedBy, decidedPatientId, decidedBy }: StudySummary,
): Decided {
  return { studyInstanceUid, appointmentId, matchedBy, decidedPatientId, decidedBy };
}
