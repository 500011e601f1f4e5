import type { Sentence } from "../sentences.ts";
import { type Wait, waitOf } from "./appointment_ages.ts";
import type { AppointmentStatus } from "./appointment_status.ts";
import type { Reason } from "./attention.ts";
import type { Row } from "./database.ts";
import { type Patient, PATIENT_COLUMNS, patientOf, type Source } from "./patients.ts";

/** A booking. `date` YYYY-MM-DD and `time` HH:MM:SS are the clinic's wall clock; the counts are of what came back. */
export interface Appointment {
  /** The clinic's id, or one that the box made. */
  id: string;
  /** Whose it is now. */
  patient: Patient;
  /** As on the worklist. */
  doctor: string;
  /** As on the worklist. */
  department: string;
  /** For the machine; "" for none. */
  description: string;
  /** YYYY-MM-DD, on the clinic's wall clock. */
  date: string;
  /** HH:MM:SS, on the clinic's wall clock. */
  time: string;
  /** Accession Number (0008,0050). */
  accessionNumber: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** As `nextStatus` has decided. */
  status: AppointmentStatus;
  /** ISO 8601. */
  statusChangedAt: string;
  /** Who made the booking. */
  source: Source;
  /** The clinic's program made the booking: there it is changed, moved and cancelled. */
  ofClinic: boolean;
  /** Since when they are here, ISO 8601; null where nobody said so. */
  arrivedAt: string | null;
  /** Reception has marked it so. */
  urgent: boolean;
  /** For whoever scans; it goes to the machine. */
  note: string;
  /** The machine that it is meant for until it is sent; null for any. */
  plannedMachineId: string | null;
  /** The machine that it was sent to; null for any, and where it is on no list. */
  machineId: string | null;
  /** ISO 8601. */
  sentAt: string | null;
  /** When a machine was shown it, ISO 8601; null while none was. */
  seenAt: string | null;
  /** AE title of that machine. */
  seenBy: string | null;
  /** Received images of its studies. */
  images: number;
  /** Measured values of its studies. */
  measurements: number;
  /** When its latest object came, ISO 8601; null where none has. */
  lastImageAt: string | null;
  /** What it waits for, and from when on that is too long; null where it waits for nothing. */
  wait: Wait | null;
  /** Objects that the machine says it made, and how many of them have not come. */
  made: number;
  /** Objects that a machine says it made and that have not come. */
  missing: number;
  /** Why the machine stopped since it was sent, "" without a reason; null where it did not, or began again. */
  stopped: string | null;
  /** A machine has opened the examination again after it had ended it, and has not ended it since. */
  reopened: boolean;
  /** Why a person should look, in English: its own reasons and those of its studies; "" when all is well. */
  attention: string;
  /** Why somebody should look at it. */
  reasons: Reason[];
  /** Other appointments that were scanned together with this one. */
  scannedWith: string[];
}

/** The studies of an appointment: those filed under it, and those made for it and others together. */
export const STUDIES_OF = `
  SELECT study_instance_uid FROM studies WHERE studies.appointment_id = appointments.id
  UNION SELECT study_instance_uid FROM study_appointments WHERE study_appointments.appointment_id = appointments.id`;

/** Selects the columns that `appointmentOf` takes. */
export const SELECT_APPOINTMENTS = `
  SELECT appointments.id, doctor, department, appointments.description, appointments.date, appointments.time,
    appointments.accession_number AS accessionNumber, appointments.study_instance_uid AS studyInstanceUid, status,
    status_changed_at AS statusChangedAt, appointments.source,
    arrived_at AS arrivedAt, urgent, note, planned_machine_id AS plannedMachineId,
    worklist_items.machine_id AS machineId, worklist_items.sent_at AS sentAt,
    worklist_items.seen_at AS seenAt, worklist_items.seen_by AS seenBy,
    (SELECT count(*) FROM (${STUDIES_OF}) AS theirs JOIN series USING (study_instance_uid)
        JOIN instances USING (series_instance_uid)
      WHERE instances.frames > 0) AS images,
    (SELECT max(instances.received_at) FROM (${STUDIES_OF}) AS theirs JOIN series USING (study_instance_uid)
        JOIN instances USING (series_instance_uid)) AS lastImageAt,
    (SELECT count(*) FROM (${STUDIES_OF}) AS theirs JOIN measurements USING (study_instance_uid)
      WHERE NOT EXISTS (SELECT 1 FROM reports
        WHERE reports.sop_instance_uid = measurements.sop_instance_uid AND replaced_by IS NOT NULL)) AS measurements,
    (SELECT count(DISTINCT made.sop_instance_uid)
      FROM procedure_steps JOIN procedure_step_instances AS made ON step_uid = procedure_steps.sop_instance_uid
      WHERE procedure_steps.appointment_id = appointments.id) AS made,
    (SELECT count(DISTINCT made.sop_instance_uid) FROM procedure_steps JOIN procedure_step_instances AS made
        ON step_uid = procedure_steps.sop_instance_uid
      WHERE procedure_steps.appointment_id = appointments.id AND NOT EXISTS (
        SELECT 1 FROM instances WHERE instances.sop_instance_uid = made.sop_instance_uid)) AS missing,
    (SELECT CASE WHEN procedure_steps.status = 'DISCONTINUED' AND ended_at >= coalesce(worklist_items.sent_at, '')
        THEN reason END
      FROM procedure_steps WHERE procedure_steps.appointment_id = appointments.id
      ORDER BY started_at DESC LIMIT 1) AS stopped,
    EXISTS (SELECT 1 FROM procedure_steps AS going WHERE going.appointment_id = appointments.id
        AND going.status = 'IN PROGRESS' AND EXISTS (SELECT 1 FROM procedure_steps AS ended
          WHERE ended.appointment_id = appointments.id AND ended.status <> 'IN PROGRESS'
            AND ended.started_at <= going.started_at)) AS reopened,
    ${PATIENT_COLUMNS}
  FROM appointments JOIN patients ON patients.id = appointments.patient_id
    LEFT JOIN worklist_items ON worklist_items.appointment_id = appointments.id`;

/** A row selected with `SELECT_APPOINTMENTS`. */
export function appointmentOf(row: Row): Omit<Appointment, "reasons" | "attention" | "scannedWith"> {
  const facts = {
    status: row.status as AppointmentStatus,
    statusChangedAt: row.statusChangedAt as string,
    sentAt: row.sentAt as string | null,
    seenAt: row.seenAt as string | null,
    lastImageAt: row.lastImageAt as string | null,
    date: row.date as string,
  };
  return {
    ...facts,
    wait: waitOf(facts),
    id: row.id as string,
    patient: patientOf(row),
    doctor: row.doctor as string,
    department: row.department as string,
    description: row.description as string,
    time: row.time as string,
    accessionNumber: row.accessionNumber as string,
    studyInstanceUid: row.studyInstanceUid as string,
    source: row.source as Source,
    ofClinic: row.source === "clinic",
    arrivedAt: row.arrivedAt as string | null,
    urgent: row.urgent === 1,
    note: row.note as string,
    plannedMachineId: row.plannedMachineId as string | null,
    machineId: row.machineId as string | null,
    seenBy: row.seenBy as string | null,
    images: row.images as number,
    measurements: row.measurements as number,
    made: row.made as number,
    missing: row.missing as number,
    stopped: row.stopped as string | null,
    reopened: row.reopened === 1,
  };
}

/** A booking before the box has it; an id and an accession number are made where none is given. */
export type NewAppointment =
  & Pick<Appointment, "patient" | "doctor" | "department" | "description" | "date" | "time">
  & Partial<Pick<Appointment, "id" | "accessionNumber">>;

/** One step of an appointment's way: when it came about and why. */
export interface AppointmentStep {
  /** What it became. */
  status: AppointmentStatus;
  /** ISO 8601. */
  at: string;
  /** Why, in English. */
  cause: string;
  /** The cause by its code; not of one that another version wrote. */
  coded?: Sentence | undefined;
}
