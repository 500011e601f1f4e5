import type { Appointment as StoredAppointment } from "../../store/appointment.ts";
import type { AppointmentStep } from "../../store/appointments.ts";
import type { Reason as StoredReason } from "../../store/attention.ts";
import type { Patient as StoredPatient } from "../../store/patients.ts";
import type { PerformedStep, UnscheduledStep } from "../../store/procedure_steps.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import type { Verbs } from "../../store/appointment_changes.ts";
import type { SentClaim } from "../claim.ts";

export type { AppointmentStep, PerformedStep, UnscheduledStep };
export type Patient = StoredPatient;
export type Reason = StoredReason;

/** `nameKey` is the same for all who share the words of a name; "" without any. */
export interface Appointment extends StoredAppointment {
  nameKey: string;
}

/** With its way so far, what machines said they did for it, and what can be done with it now. */
export interface AppointmentDetails extends Appointment {
  verbs: Verbs;
  steps: AppointmentStep[];
  performed: PerformedStep[];
}

/** `nameAlert`: another one of the list has the same name. */
export interface FoundPatient extends Patient {
  nameAlert: boolean;
}

/** What one must know before one changes who somebody is. */
export interface Person extends Patient {
  otherIds: string[];
  mergedInto: string | null;
  /** The clinic's database does not have them: they are put right here. */
  correctedHere: boolean;
  appointments: StoredAppointment[];
  studies: StudySummary[];
}

/** A reason to look, with what it is about. */
export interface AttentionItem extends Reason {
  /** Of its object; null where it is about none. */
  frames: number | null;
  claim: SentClaim | null;
  study: StudySummary | undefined;
  /** Of an object that was kept apart: the study under whose UID it came. */
  beside: StudySummary | undefined;
  appointment: StoredAppointment | undefined;
}
