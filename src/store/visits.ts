import { STUDIES_OF } from "./appointment.ts";
import type { AppointmentStatus } from "./appointment_status.ts";
import type { Database } from "./database.ts";

/** A day somebody was here or will be: a booking, or a study that no booking is known for. */
export interface Visit {
  /** YYYY-MM-DD; "" where a study does not say. */
  date: string;
  /** HH:MM:SS, on the clinic's wall clock. */
  time: string;
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** "" for images without a booking. */
  status: AppointmentStatus | "";
  /** Of the booking, or of the study. */
  description: string;
  /** As on the worklist. */
  doctor: string;
  /** Received. */
  images: number;
  /** Measured values. */
  measurements: number;
  /** Study Instance UIDs. */
  studies: string[];
}

/** How many appointments a day has. Cancelled ones and those who did not come are in `off` alone. */
export interface DayCount {
  /** YYYY-MM-DD, on the clinic's wall clock. */
  date: string;
  /** Booked, those that are off among them. */
  appointments: number;
  /** Not yet sent to a machine. */
  toSend: number;
  /** Done. */
  completed: number;
  /** Cancelled, or nobody came. */
  off: number;
}

/** When somebody was here and will be: days as YYYY-MM-DD, null where there is none. */
export interface VisitDays {
  /** Appointments until today that stand. */
  visits: number;
  /** YYYY-MM-DD; null for none. */
  lastVisit: string | null;
  /** YYYY-MM-DD; null for none. */
  nextVisit: string | null;
}

const COUNTS = `
  (SELECT count(*) FROM series JOIN instances USING (series_instance_uid)
    WHERE series.study_instance_uid IN (SELECT value FROM json_each(studies)) AND instances.frames > 0) AS images,
  (SELECT count(*) FROM measurements
    WHERE measurements.study_instance_uid IN (SELECT value FROM json_each(studies))
      AND NOT EXISTS (SELECT 1 FROM reports
        WHERE reports.sop_instance_uid = measurements.sop_instance_uid AND replaced_by IS NOT NULL)) AS measurements`;

/** Who was here when, over all days: read from the tables of appointments and studies, owner of none. */
export class Visits {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The visits of a person, the latest first.
   *
   * @param patientIds all of their ids
   * @param studies UIDs of the studies that are theirs; those of an appointment are told with it
   */
  ofPatient(patientIds: readonly string[], studies: readonly string[], most: number): Visit[] {
    return this.#database.all<Omit<Visit, "studies"> & { studies: string }>(
      `WITH visit AS (
         SELECT date, time, id AS appointmentId, status, description, doctor, (SELECT json_group_array(study_instance_uid)
             FROM (${STUDIES_OF})) AS studies
           FROM appointments WHERE patient_id IN (SELECT value FROM json_each($ids))
         UNION ALL
         SELECT study_date, study_time, NULL, '', description, '', json_array(study_instance_uid) FROM studies
           WHERE study_instance_uid IN (SELECT value FROM json_each($studies)) AND appointment_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM study_appointments
               WHERE study_appointments.study_instance_uid = studies.study_instance_uid))
       SELECT date, time, appointmentId, status, description, doctor, studies, ${COUNTS}
       FROM visit ORDER BY date DESC, time DESC LIMIT $most`,
      { $ids: JSON.stringify(patientIds), $studies: JSON.stringify(studies), $most: most },
    ).map((row) => ({ ...row, studies: JSON.parse(row.studies) }));
  }

  /** When somebody was here, and when they will be, by their own id and those that were merged into it. */
  daysOf(patientIds: readonly string[], today: string): VisitDays {
    return this.#database.get<VisitDays & Record<string, never>>(
      `SELECT count(*) FILTER (WHERE date <= $today) AS visits, max(date) FILTER (WHERE date <= $today) AS lastVisit,
         min(date) FILTER (WHERE date > $today) AS nextVisit
       FROM appointments WHERE patient_id IN (SELECT value FROM json_each($ids))
         AND status NOT IN ('cancelled', 'no show')`,
      { $ids: JSON.stringify(patientIds), $today: today },
    )!;
  }

  /** Each day from one to another, both included, that has an appointment. */
  perDay(from: string, to: string): DayCount[] {
    return this.#database.all<DayCount & Record<string, never>>(
      `SELECT date, count(*) FILTER (WHERE status NOT IN ('cancelled', 'no show')) AS appointments,
         count(*) FILTER (WHERE status = 'scheduled') AS toSend,
         count(*) FILTER (WHERE status = 'completed') AS completed,
         count(*) FILTER (WHERE status IN ('cancelled', 'no show')) AS off
       FROM appointments WHERE date BETWEEN $from AND $to GROUP BY date ORDER BY date`,
      { $from: from, $to: to },
    );
  }
}
