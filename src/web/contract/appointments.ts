import type { Appointment as StoredAppointment, AppointmentStep } from "../../store/appointment.ts";
import type { Reason as StoredReason } from "../../store/attention.ts";
import type { Patient as StoredPatient } from "../../store/patients.ts";
import type { PerformedStep, UnscheduledStep } from "../../store/procedure_steps.ts";
import type { StudySummary } from "../../store/study_summary.ts";
import type { Verbs } from "../../store/appointment_changes.ts";
import type { SentClaim } from "../claim.ts";

export type { AppointmentStep, PerformedStep, UnscheduledStep };
/** As the store has them. */
export type Patient = StoredPatient;
/** As the store has it. */
export type Reason = StoredReason;

/** `nameKey` is the same for all who share the words of a name; "" without any. */
export interface Appointment extends StoredAppointment {
  /** By the patient's name; "" without any. */
  nameKey: string;
}

/** With its way so far, what machines said they did for it, and what can be done with it now. */
export interface AppointmentDetails extends Appointment {
  /** What may be done with it now. */
  verbs: Verbs;
  /** Its way so far. */
  steps: AppointmentStep[];
  /** What machines say they did. */
  performed: PerformedStep[];
}

/** `nameAlert`: another one of the list has the same name. */
export interface FoundPatient extends Patient {
  /** Somebody else in the answer has a like name. */
  nameAlert: boolean;
}

/** What one must know before one changes who somebody is. */
export interface Person extends Patient {
  /** Ids that were merged into theirs. */
  otherIds: string[];
  /** The id that theirs was merged into; null for none. */
  mergedInto: string | null;
  /** The clinic's database does not have them: they are put right here. */
  correctedHere: boolean;
  /** Theirs, under all their ids. */
  appointments: StoredAppointment[];
  /** Theirs, as far as is known. */
  studies: StudySummary[];
}

/** A reason to look, with what it is about. */
export interface AttentionItem extends Reason {
  /** Of its object; null where it is about none. */
  frames: number | null;
  /** As whose the object came; null where it is about no object. */
  claim: SentClaim | null;
  /** That it is about, or is in. */
  study: StudySummary | undefined;
  /** Of an object that was kept apart: the study under whose UID it came. */
  beside: StudySummary | undefined;
  /** That it is about, or may be. */
  appointment: StoredAppointment | undefined;
}
