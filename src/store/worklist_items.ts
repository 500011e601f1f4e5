import { say } from "../sentences.ts";
import type { Appointments } from "./appointments.ts";
import { type AppointmentStatus, isOff } from "./appointment_status.ts";
import { reasonAgainst } from "./appointment_verbs.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import { NotPossible } from "./not_possible.ts";
import { type Patient, PATIENT_COLUMNS, patientOf } from "./patients.ts";

/** A scheduled procedure step that reception has sent, with all that an answer to a machine needs. */
export interface WorklistItem {
  /** Whose item it is. */
  appointmentId: string;
  /** null for any machine. */
  machineId: string | null;
  /** null for any machine. */
  machineAeTitle: string | null;
  /** "" for any machine. */
  machineName: string;
  /** "" for none. */
  machineRoom: string;
  /** Modality (0008,0060). */
  modality: string;
  /** Scheduled Procedure Step ID (0040,0009). */
  stepId: string;
  /** YYYY-MM-DD, on the clinic's wall clock. */
  date: string;
  /** HH:MM:SS, on the clinic's wall clock. */
  time: string;
  /** Who is to be scanned. */
  patient: Patient;
  /** As on the worklist. */
  doctor: string;
  /** As on the worklist. */
  department: string;
  /** "" for none. */
  description: string;
  /** Accession Number (0008,0050). */
  accessionNumber: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** For Requested Procedure Priority (0040,1003). */
  urgent: boolean;
  /** For whoever scans; "" for none. */
  note: string;
  /** Of the appointment. */
  status: AppointmentStatus;
  /** ISO 8601. */
  sentAt: string;
  /** When a machine was shown it, ISO 8601; null while none was. */
  seenAt: string | null;
}

/** What was sent before this was sent while the box's clock was not right yet, and is not taken for old. */
export const CLOCK_NOT_SET = "2024";

const SELECT = `
  SELECT appointments.id AS appointmentId, worklist_items.machine_id AS machineId, machines.ae_title AS machineAeTitle,
    coalesce(machines.name, '') AS machineName, coalesce(machines.room, '') AS machineRoom,
    coalesce(machines.modality, 'US') AS modality, status, step_id AS stepId, worklist_items.date, worklist_items.time,
    doctor, department, description, accession_number AS accessionNumber, study_instance_uid AS studyInstanceUid,
    urgent, note, sent_at AS sentAt, seen_at AS seenAt, ${PATIENT_COLUMNS}
  FROM worklist_items
    JOIN appointments ON appointments.id = worklist_items.appointment_id
    JOIN patients ON patients.id = appointments.patient_id
    LEFT JOIN machines ON machines.id = worklist_items.machine_id`;

/** Owner of the table `worklist_items`. */
export class WorklistItems {
  readonly #database: Database;
  readonly #appointments: Appointments;

  /** @internal `Store` makes it. */
  constructor(database: Database, appointments: Appointments) {
    this.#database = database;
    this.#appointments = appointments;
  }

  /**
   * Puts an appointment on the worklist of a machine, or of any (`machineId` null). Sending it again moves it to the
   * machine named last.
   *
   * @param cause as the appointment's way tells it
   * @throws NotPossible when the appointment's status forbids it
   */
  send(appointmentId: string, machineId: string | null, by: string, cause = say("sent-by", { who: by })): void {
    this.#database.transaction(() => {
      const appointment = this.#appointments.get(appointmentId);
      const refusal = reasonAgainst("send", appointment.status);
      if (refusal) throw new NotPossible(refusal);
      this.#database.run(
        `INSERT INTO worklist_items (appointment_id, machine_id, step_id, date, time, sent_at, sent_by)
         VALUES ($id, $machineId, $stepId, $date, $time, $now, $by)
         ON CONFLICT (appointment_id) DO UPDATE SET machine_id = excluded.machine_id, date = excluded.date,
           time = excluded.time, sent_at = excluded.sent_at, sent_by = excluded.sent_by, seen_at = NULL, seen_by = NULL`,
        {
          $id: appointmentId,
          $machineId: machineId,
          $stepId: appointment.accessionNumber,
          $date: appointment.date,
          $time: appointment.time,
          $now: timestamp(),
          $by: by,
        },
      );
      this.#appointments.record(appointmentId, "sent to machine", cause);
      this.#database.announce({ noun: "worklist item", id: appointmentId });
    });
  }

  /**
   * Takes an appointment off the worklist. The machine may still hold a copy that it fetched before.
   *
   * @throws NotPossible when it is not on the worklist
   */
  recall(appointmentId: string, by: string): void {
    this.#database.transaction(() => {
      const removed = this.#database.run(`DELETE FROM worklist_items WHERE appointment_id = $id`, {
        $id: appointmentId,
      });
      if (removed === 0) throw new NotPossible(say("not-on-a-list"));
      this.#appointments.record(appointmentId, "recalled", say("recalled-by", { who: by }));
      this.#database.announce({ noun: "worklist item", id: appointmentId });
    });
  }

  /** An appointment leaves the list, whatever its status. Part of the transaction of the caller. */
  remove(appointmentId: string): void {
    const removed = this.#database.run(`DELETE FROM worklist_items WHERE appointment_id = $id`, { $id: appointmentId });
    if (removed > 0) this.#database.announce({ noun: "worklist item", id: appointmentId });
  }

  /**
   * The appointment has changed: its item goes to the new day and time, or leaves the list when the appointment is
   * cancelled, given to somebody else or nobody came. Part of the transaction that changed it; nothing where there is no
   * item.
   */
  follow(appointmentId: string): void {
    this.#database.transaction(() => {
      const { status, date, time, accessionNumber } = this.#appointments.get(appointmentId);
      const changed = isOff(status) || status === "scheduled"
        ? this.#database.run(`DELETE FROM worklist_items WHERE appointment_id = $id`, { $id: appointmentId })
        : this.#database.run(
          `UPDATE worklist_items SET date = $date, time = $time, step_id = $stepId
           WHERE appointment_id = $id AND (date, time, step_id) IS NOT ($date, $time, $stepId)`,
          { $id: appointmentId, $date: date, $time: time, $stepId: accessionNumber },
        );
      if (changed > 0) this.#database.announce({ noun: "worklist item", id: appointmentId });
    });
  }

  /**
   * Items that were sent since `sentSince` (a timestamp) and whose day is from `from` to `to` (YYYY-MM-DD, either may
   * be undefined), by day and time.
   */
  between(from: string | undefined, to: string | undefined, sentSince: string): WorklistItem[] {
    return this.#database.all(
      `${SELECT} WHERE worklist_items.date >= $from AND worklist_items.date <= $to
         AND (sent_at >= $sentSince OR sent_at < $clockNotSet)
       ORDER BY worklist_items.date, worklist_items.time, appointments.id`,
      { $from: from ?? "", $to: to ?? "9999-99-99", $sentSince: sentSince, $clockNotSet: CLOCK_NOT_SET },
    ).map(itemOf);
  }

  /** The items sent last, newest first. */
  latest(count: number): WorklistItem[] {
    return this.#database.all(`${SELECT} ORDER BY sent_at DESC LIMIT $count`, { $count: count }).map(itemOf);
  }

  /** The item of an appointment. */
  find(appointmentId: string): WorklistItem | undefined {
    const row = this.#database.get(`${SELECT} WHERE appointments.id = $id`, { $id: appointmentId });
    return row && itemOf(row);
  }

  /**
   * An answer with these items has left for a machine: what was not seen yet is now.
   *
   * @param sentAt when each of them had been sent, as it was answered: one that was sent anew meanwhile, perhaps to
   *   another machine, has not been seen
   */
  seen(appointmentIds: Iterable<string>, aeTitle: string, sentAt?: ReadonlyMap<string, string>): void {
    this.#database.transaction(() => {
      for (const id of appointmentIds) {
        const changed = this.#database.run(
          `UPDATE worklist_items SET seen_at = $now, seen_by = $aeTitle
           WHERE appointment_id = $id AND seen_at IS NULL AND sent_at = coalesce($sentAt, sent_at)`,
          { $id: id, $aeTitle: aeTitle, $sentAt: sentAt?.get(id) ?? null, $now: timestamp() },
        );
        if (changed > 0) this.#appointments.record(id, "seen by machine", say("fetched-by", { machine: aeTitle }));
      }
    });
  }
}

function itemOf(row: Row): WorklistItem {
  return { ...row as unknown as WorklistItem, urgent: row.urgent === 1, patient: patientOf(row) };
}
