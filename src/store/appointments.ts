import { differencesOf } from "../dicom/identity.ts";
import { sexOf } from "../dicom/patient_sex.ts";
import { newUid } from "../dicom/uid.ts";
import { type AppointmentEvent, type AppointmentStatus, nextStatus } from "./appointment_status.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import type { Outbox } from "./outbox.ts";
import { type Attention, inWords, type Reason } from "./attention.ts";
import {
  isBoxMadePatientId,
  mayBeSomebodyElse,
  type Patient,
  PATIENT_COLUMNS,
  patientOf,
  type Patients,
  personOf,
  type Source,
} from "./patients.ts";

/** A booking. `date` YYYY-MM-DD and `time` HH:MM:SS are the clinic's wall clock; the counts are of what came back. */
export interface Appointment {
  id: string;
  patient: Patient;
  doctor: string;
  department: string;
  description: string;
  date: string;
  time: string;
  accessionNumber: string;
  studyInstanceUid: string;
  status: AppointmentStatus;
  statusChangedAt: string;
  source: Source;
  machineId: string | null;
  sentAt: string | null;
  seenAt: string | null;
  seenBy: string | null;
  images: number;
  measurements: number;
  /** Objects that the machine says it made, and how many of them have not come. */
  made: number;
  missing: number;
  /** Why the machine stopped since it was sent, "" without a reason; null where it did not, or began again. */
  stopped: string | null;
  /** Why a person should look, in English: its own reasons and those of its studies; "" when all is well. */
  attention: string;
  reasons: Reason[];
  /** Other appointments that were scanned together with this one. */
  scannedWith: string[];
}

export interface NewAppointment {
  id?: string;
  patient: Patient;
  doctor: string;
  department: string;
  description: string;
  date: string;
  time: string;
  accessionNumber?: string;
}

/** A booking as the clinic's schedule has it now. Ids are the box's own where the box made the booking. */
export interface ClinicBooking extends NewAppointment {
  id: string;
  cancelled: boolean;
}

/** What came of a booking that the clinic's schedule has. */
export type Followed = "added" | "changed" | "given to another" | "unchanged";

/** Causes that the clinic can take back; a person at the box who cancels gives another one. */
const CANCELLED_BY_CLINIC = "cancelled by the clinic";
const GIVEN_BY_CLINIC = "booked for somebody else by the clinic";
const DELETED_BY_CLINIC = "deleted in the clinic's database";

/** One step of an appointment's way: when it came about and why. */
export interface AppointmentStep {
  status: AppointmentStatus;
  at: string;
  cause: string;
}

/** The studies of an appointment: those filed under it, and those made for it and others together. */
const STUDIES_OF = `
  SELECT study_instance_uid FROM studies WHERE studies.appointment_id = appointments.id
  UNION SELECT study_instance_uid FROM study_appointments WHERE study_appointments.appointment_id = appointments.id`;

const SELECT = `
  SELECT appointments.id, doctor, department, appointments.description, appointments.date, appointments.time,
    appointments.accession_number AS accessionNumber, appointments.study_instance_uid AS studyInstanceUid, status,
    status_changed_at AS statusChangedAt, appointments.source,
    worklist_items.machine_id AS machineId, worklist_items.sent_at AS sentAt,
    worklist_items.seen_at AS seenAt, worklist_items.seen_by AS seenBy,
    (SELECT count(*) FROM (${STUDIES_OF}) AS theirs JOIN series USING (study_instance_uid)
        JOIN instances USING (series_instance_uid)
      WHERE instances.frames > 0) AS images,
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
    ${PATIENT_COLUMNS}
  FROM appointments JOIN patients ON patients.id = appointments.patient_id
    LEFT JOIN worklist_items ON worklist_items.appointment_id = appointments.id`;

/** Owner of the tables `appointments`, `appointment_steps` and `retired_identities`. */
export class Appointments {
  readonly #database: Database;
  readonly #patients: Patients;
  readonly #outbox: Outbox;
  readonly #attention: Attention;

  constructor(database: Database, patients: Patients, outbox: Outbox, attention: Attention) {
    this.#database = database;
    this.#patients = patients;
    this.#outbox = outbox;
    this.#attention = attention;
  }

  /**
   * Books an appointment. It gets its Study Instance UID for good here, and an accession number where the clinic
   * gave none. A patient whom the clinic has stays as the clinic has them.
   *
   * @throws AppointmentTaken when the id or the accession number is taken, or the patient's id is another's
   */
  add(appointment: NewAppointment, source: Source): Appointment {
    return this.#database.transaction(() => {
      const id = appointment.id ?? crypto.randomUUID();
      const accessionNumber = appointment.accessionNumber || this.#newAccessionNumber(appointment.date);
      if (this.find(id)) throw new AppointmentTaken(`Cannot add appointment ${id}: there is one with this id`);
      if (this.findByAccessionNumber(accessionNumber)) {
        throw new AppointmentTaken(
          `Cannot add the appointment: accession number ${accessionNumber} is taken, give another or leave it out`,
        );
      }
      this.#savePatient(appointment.patient, source);
      const now = timestamp();
      this.#database.run(
        `INSERT INTO appointments (id, patient_id, doctor, department, description, date, time, accession_number,
           study_instance_uid, status, status_changed_at, source, created_at, updated_at)
         VALUES ($id, $patientId, $doctor, $department, $description, $date, $time, $accessionNumber,
           $studyInstanceUid, 'scheduled', $now, $source, $now, $now)`,
        {
          $id: id,
          $patientId: appointment.patient.id,
          $doctor: appointment.doctor,
          $department: appointment.department,
          $description: appointment.description,
          $date: appointment.date,
          $time: appointment.time,
          $accessionNumber: accessionNumber,
          $studyInstanceUid: newUid(),
          $source: source,
          $now: now,
        },
      );
      this.#addStep(id, "scheduled", now, source === "clinic" ? "booked by the clinic" : "booked at this box");
      if (source === "box") this.#tellClinic(id);
      this.#database.announce({ noun: "appointment", id });
      return this.get(id);
    });
  }

  find(id: string): Appointment | undefined {
    const row = this.#database.get(`${SELECT} WHERE appointments.id = $id`, { $id: id });
    return row && this.#appointmentOf(row);
  }

  /** Whose an appointment is, without all that `find` counts. */
  patientOf(id: string): Patient | undefined {
    const row = this.#database.get(
      `SELECT ${PATIENT_COLUMNS} FROM appointments JOIN patients ON patients.id = patient_id WHERE appointments.id = $id`,
      { $id: id },
    );
    return row && patientOf(row);
  }

  /** @throws Error when there is no such appointment */
  get(id: string): Appointment {
    const appointment = this.find(id);
    if (!appointment) throw new Error(`Cannot find appointment ${id}: there is none with this id`);
    return appointment;
  }

  /** A day's appointments, by time. */
  onDay(date: string): Appointment[] {
    return this.onDays(date, date);
  }

  /** The appointments from one day to another, both included, by day and time. */
  onDays(from: string, to: string): Appointment[] {
    return this.#database.all(
      `${SELECT} WHERE appointments.date BETWEEN $from AND $to
       ORDER BY appointments.date, appointments.time, appointments.id`,
      { $from: from, $to: to },
    ).map((row) => this.#appointmentOf(row));
  }

  findByStudyInstanceUid(uid: string): Appointment | undefined {
    const row = this.#database.get(`${SELECT} WHERE appointments.study_instance_uid = $uid`, { $uid: uid });
    return row && this.#appointmentOf(row);
  }

  findByAccessionNumber(accessionNumber: string): Appointment | undefined {
    const row = this.#database.get(`${SELECT} WHERE appointments.accession_number = $accessionNumber`, {
      $accessionNumber: accessionNumber,
    });
    return row && this.#appointmentOf(row);
  }

  /** A patient's appointments on a day, except cancelled ones. */
  ofPatientOn(patientId: string, date: string): Appointment[] {
    return this.#database.all(
      `${SELECT} WHERE appointments.patient_id = $patientId AND appointments.date = $date AND status <> 'cancelled'
       ORDER BY appointments.time`,
      { $patientId: patientId, $date: date },
    ).map((row) => this.#appointmentOf(row));
  }

  /** All appointments of a person under any of their ids, the latest first, at most 100. */
  ofPatient(patientIds: readonly string[]): Appointment[] {
    return this.#database.all(
      `${SELECT} WHERE appointments.patient_id IN (SELECT value FROM json_each($ids))
       ORDER BY appointments.date DESC, appointments.time DESC LIMIT 100`,
      { $ids: JSON.stringify(patientIds) },
    ).map((row) => this.#appointmentOf(row));
  }

  /**
   * Those whose images came, none since `quietSince` (a timestamp), and whose machine is not in the midst of a step:
   * what a machine that says nothing of its steps has finished.
   */
  quietSince(quietSince: string): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT appointments.id FROM appointments
       WHERE status = 'images received' AND status_changed_at < $quietSince
         AND NOT EXISTS (SELECT 1 FROM procedure_steps
           WHERE procedure_steps.appointment_id = appointments.id AND procedure_steps.status = 'IN PROGRESS')
         AND NOT EXISTS (SELECT 1 FROM (${STUDIES_OF}) AS theirs JOIN series USING (study_instance_uid)
             JOIN instances USING (series_instance_uid)
           WHERE instances.received_at >= $quietSince)`,
      { $quietSince: quietSince },
    ).map(({ id }) => id);
  }

  steps(id: string): AppointmentStep[] {
    return this.#database.all<AppointmentStep>(
      `SELECT status, at, cause FROM appointment_steps WHERE appointment_id = $id ORDER BY id`,
      { $id: id },
    );
  }

  /**
   * Something happened to the appointment: its status follows `nextStatus`, with time and cause, and the outbox
   * hears of it. An event that leaves the status as it is only announces the change.
   */
  record(id: string, event: AppointmentEvent, cause: string): void {
    this.#database.transaction(() => {
      const row = this.#database.get<{ status: AppointmentStatus; accessionNumber: string }>(
        `SELECT status, accession_number AS accessionNumber FROM appointments WHERE id = $id`,
        { $id: id },
      );
      if (!row) throw new Error(`Cannot record "${event}" for appointment ${id}: there is none with this id`);
      const status = nextStatus(row.status, event);
      if (status !== row.status) {
        const now = timestamp();
        this.#database.run(
          `UPDATE appointments SET status = $status, status_changed_at = $now, updated_at = $now WHERE id = $id`,
          { $id: id, $status: status, $now: now },
        );
        this.#addStep(id, status, now, cause);
        this.#outbox.add(`appointment:${id}`, "appointment status", {
          appointmentId: id,
          status,
          at: now,
          cause,
          accessionNumber: row.accessionNumber,
        });
      }
      this.#database.announce({ noun: "appointment", id });
    });
  }

  /**
   * The clinic's schedule has this booking: it becomes an appointment, or the one that is known follows it. A
   * cancelled booking that was never known stays unknown. What was sent keeps its accession number, because the
   * machine has it; a number that another appointment has, or that a machine has seen for somebody else, is not taken
   * over, images would go astray by it. One that is given to another person after a machine had it gets new UIDs and is
   * unsent. Part of the transaction of the caller, who lets the worklist item and the studies follow.
   *
   * @returns what came of it
   */
  followClinic(booking: ClinicBooking): Followed {
    return this.#database.transaction(() => {
      const known = this.find(booking.id);
      const holder = booking.accessionNumber ? this.findByAccessionNumber(booking.accessionNumber) : undefined;
      const isFree = holder === undefined || holder.id === booking.id;
      const isTaken = this.isRetired("", booking.accessionNumber ?? "") ||
        this.#isOfAnotherBox(booking.accessionNumber ?? "");
      const offered = isFree && !isTaken ? booking.accessionNumber : undefined;
      if (known === undefined) {
        if (booking.cancelled) return "unchanged";
        this.add({ ...booking, accessionNumber: offered }, "clinic");
        this.#markInClinic(booking.id);
        return "added";
      }
      this.#markInClinic(booking.id);
      let changed = this.#followPatient(booking.patient, "clinic");
      const given = this.isAnothers(known.patient, booking.patient) && this.#wasSeen(known);
      const onList = known.status !== "scheduled" && known.status !== "cancelled";
      let accessionNumber = offered && !onList ? offered : known.accessionNumber;
      if (given) accessionNumber = this.#retire(known, offered, GIVEN_BY_CLINIC);
      changed = this.#database.run(
            `UPDATE appointments SET patient_id = $patientId, doctor = $doctor, department = $department, date = $date,
           time = $time, accession_number = $accessionNumber, updated_at = $now
         WHERE id = $id AND (patient_id, doctor, department, date, time, accession_number) IS NOT
           ($patientId, $doctor, $department, $date, $time, $accessionNumber)`,
            {
              $id: booking.id,
              $patientId: booking.patient.id,
              $doctor: booking.doctor,
              $department: booking.department,
              $date: booking.date,
              $time: booking.time,
              $accessionNumber: accessionNumber,
              $now: timestamp(),
            },
          ) > 0 || changed;
      if (booking.cancelled && known.status !== "cancelled") {
        this.record(booking.id, "cancelled", CANCELLED_BY_CLINIC);
        changed = true;
      } else if (!booking.cancelled && known.status === "cancelled" && this.#clinicCancelled(booking.id)) {
        this.record(booking.id, "reinstated", "booked again by the clinic");
        changed = true;
      }
      if (changed) this.#database.announce({ noun: "appointment", id: booking.id });
      return given ? "given to another" : changed ? "changed" : "unchanged";
    });
  }

  /** Whether a Study Instance UID, or an accession number, was somebody's whose appointment was given to another person. */
  isRetired(studyInstanceUid: string, accessionNumber: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM retired_identities WHERE study_instance_uid = $uid
       UNION ALL SELECT 1 FROM retired_identities WHERE accession_number = $number AND accession_number <> '' LIMIT 1`,
      { $uid: studyInstanceUid, $number: accessionNumber },
    ) !== undefined;
  }

  /**
   * Whether a booking has gone to another person. One who only got another id has the same name and the same birth date:
   * of two of the same name, one without a birth date, nobody could say that they are one.
   */
  isAnothers(before: Patient, now: Patient): boolean {
    // an id may be given anew in a clinic's database that was brought back
    if (before.id === now.id) return mayBeSomebodyElse(before, now);
    if (this.#patients.otherIdsOf(before.id).includes(now.id)) return false;
    const [one, other] = [personOf(before), personOf(now)].map((person) => ({ ...person, patientId: "" }));
    return before.birthDate === null || now.birthDate === null || differencesOf(one!, other!).length > 0;
  }

  /** Whether a machine may have it: it was on a list, or something came of it. */
  #wasSeen({ id }: Appointment): boolean {
    return this.#database.get(
      `SELECT 1 FROM appointment_steps WHERE appointment_id = $id AND status NOT IN ('scheduled', 'cancelled') LIMIT 1`,
      { $id: id },
    ) !== undefined;
  }

  /**
   * The identity that a machine has seen stays with the person it was seen for: the appointment gets another Study
   * Instance UID and accession number, is unsent, and a person is told.
   *
   * @returns the new accession number: the one that the clinic gives now, where that is another
   */
  #retire(known: Appointment, offered: string | undefined, cause: string): string {
    this.#database.run(
      `INSERT INTO retired_identities (study_instance_uid, accession_number, appointment_id, patient_id, retired_at)
       VALUES ($uid, $number, $id, $patientId, $now)`,
      {
        $uid: known.studyInstanceUid,
        $number: known.accessionNumber,
        $id: known.id,
        $patientId: known.patient.id,
        $now: timestamp(),
      },
    );
    this.#database.run(`UPDATE appointments SET study_instance_uid = $uid WHERE id = $id`, {
      $id: known.id,
      $uid: newUid(),
    });
    this.record(known.id, "given to another patient", cause);
    this.#attention.add({ appointmentId: known.id }, "given-to-another", { machine: known.seenBy ?? "" });
    return offered !== undefined && offered !== known.accessionNumber ? offered : this.#newAccessionNumber(known.date);
  }

  /**
   * An appointment's patient is somebody else now: what a machine has seen for the former is not used for them. Part of
   * the transaction of the caller, as above.
   *
   * @param cause as its steps tell it
   * @returns false where no machine has seen it
   */
  giveToAnother(id: string, cause: string = GIVEN_BY_CLINIC): boolean {
    const known = this.get(id);
    if (!this.#wasSeen(known)) return false;
    this.#database.run(`UPDATE appointments SET accession_number = $number WHERE id = $id`, {
      $id: id,
      $number: this.#retire(known, undefined, cause),
    });
    this.#database.announce({ noun: "appointment", id });
    return true;
  }

  /** The clinic has deleted the booking. Part of the transaction of the caller, as above. */
  deletedByClinic(id: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE appointments SET in_clinic = 0 WHERE id = $id`, { $id: id });
      this.record(id, "cancelled", DELETED_BY_CLINIC);
    });
  }

  /** Appointments of these days that the clinic's schedule had when it was last read, and that still stand. */
  inClinic(from: string, to: string): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT id FROM appointments WHERE in_clinic = 1 AND status <> 'cancelled' AND date >= $from AND date <= $to`,
      { $from: from, $to: to },
    ).map(({ id }) => id);
  }

  /**
   * Appointments of the clinic that the box has studies of, outside some days, by id; a few hundred at a time.
   *
   * @param after only those whose ids come after this one
   */
  scannedInClinic(from: string, to: string, after: string, most: number): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT id FROM appointments WHERE in_clinic = 1 AND id > $after AND (date < $from OR date > $to)
         AND (EXISTS (SELECT 1 FROM studies WHERE studies.appointment_id = appointments.id)
           OR EXISTS (SELECT 1 FROM study_appointments WHERE study_appointments.appointment_id = appointments.id)
           OR EXISTS (SELECT 1 FROM studies WHERE studies.decided_patient_id = appointments.patient_id))
       ORDER BY id LIMIT $most`,
      { $from: from, $to: to, $after: after, $most: most },
    ).map(({ id }) => id);
  }

  /** Whether the clinic's schedule had an appointment when it was last read. */
  isInClinic(id: string): boolean {
    return this.#database.get(`SELECT 1 FROM appointments WHERE id = $id AND in_clinic = 1`, { $id: id }) !== undefined;
  }

  /**
   * Of a person's appointments those that reception made are theirs under another id, which is the box's own: the id that
   * they have is somebody else's by now. A person is told. Part of a transaction.
   *
   * @returns their ids
   */
  keepWalkIns(patient: Patient, which: readonly string[]): string[] {
    const theirs = which.map((id) => this.get(id)).filter(({ source }) => source === "box");
    const [first] = theirs;
    if (first === undefined) return [];
    const id = this.#patients.newId(first.date);
    this.#patients.save({ ...patient, id }, "box");
    for (const one of theirs) {
      this.#database.run(`UPDATE appointments SET patient_id = $to, updated_at = $now WHERE id = $id`, {
        ...{ $id: one.id, $to: id, $now: timestamp() },
      });
      this.#attention.add({ appointmentId: one.id }, "id-of-another-now", { patientId: patient.id });
      this.#database.announce({ noun: "appointment", id: one.id });
    }
    return theirs.map((one) => one.id);
  }

  #markInClinic(id: string): void {
    this.#database.run(`UPDATE appointments SET in_clinic = 1 WHERE id = $id AND in_clinic = 0`, { $id: id });
  }

  /** The patient of a new appointment. @throws AppointmentTaken when somebody else has their id */
  #savePatient(patient: Patient, source: Source): void {
    const known = source === "box" ? this.#patients.find(patient.id) : undefined;
    if (known !== undefined && isAnotherPerson(known, patient)) {
      throw new AppointmentTaken(
        `Cannot add the appointment: patient id ${patient.id} is of somebody with another name, give another or leave it out`,
      );
    }
    this.#followPatient(known === undefined ? patient : this.#withWhatIsKnown(known, patient), source);
  }

  /** What reception does not tell of somebody who is known is as it was; of the clinic's own patients all is, but the phone. */
  #withWhatIsKnown(known: Patient, told: Patient): Patient {
    if (this.isTheClinics(known.id)) return { ...known, phone: told.phone };
    return { ...told, birthDate: told.birthDate ?? known.birthDate, gender: told.gender || known.gender };
  }

  /** Whether the clinic's schedule has had this patient. */
  isTheClinics(patientId: string): boolean {
    return this.#patients.sourceOf(patientId) === "clinic" || this.#database.get(
          `SELECT 1 FROM appointments WHERE patient_id = $patientId AND in_clinic = 1 LIMIT 1`,
          { $patientId: patientId },
        ) !== undefined;
  }

  /** Takes over what is said of a patient; every appointment of theirs has changed then. */
  #followPatient(patient: Patient, source: Source): boolean {
    if (!this.#patients.save(patient, source)) return false;
    const theirs = this.#database.all<{ id: string }>(`SELECT id FROM appointments WHERE patient_id = $patientId`, {
      $patientId: patient.id,
    });
    for (const { id } of theirs) this.#database.announce({ noun: "appointment", id });
    return true;
  }

  #clinicCancelled(id: string): boolean {
    const cause = this.#database.get<{ cause: string }>(
      `SELECT cause FROM appointment_steps WHERE appointment_id = $id ORDER BY id DESC LIMIT 1`,
      { $id: id },
    )?.cause;
    return cause === CANCELLED_BY_CLINIC || cause === DELETED_BY_CLINIC;
  }

  /** A walk-in becomes a patient and an appointment of the clinic's. */
  #tellClinic(id: string): void {
    const { patient, ...appointment } = this.get(id);
    this.#outbox.add(`appointment:${id}`, "appointment booked", {
      appointmentId: id,
      patient: { ...patient, source: this.#patients.sourceOf(patient.id), boxMade: isBoxMadePatientId(patient.id) },
      doctor: appointment.doctor,
      department: appointment.department,
      date: appointment.date,
      time: appointment.time,
      accessionNumber: appointment.accessionNumber,
    });
  }

  #addStep(id: string, status: AppointmentStatus, at: string, cause: string): void {
    this.#database.run(
      `INSERT INTO appointment_steps (appointment_id, status, at, cause) VALUES ($id, $status, $at, $cause)`,
      { $id: id, $status: status, $at: at, $cause: cause },
    );
  }

  /**
   * The next free number of a day: SD, the day, the box, a count. The 16 characters that an SH allows; two boxes never
   * give the same.
   */
  #newAccessionNumber(date: string): string {
    const day = `SD${date.slice(2).replaceAll("-", "")}${this.#patients.boxMark}`;
    const row = this.#database.get<{ last: string | null }>(
      `SELECT max(number) AS last FROM (
         SELECT accession_number AS number FROM appointments UNION ALL SELECT accession_number FROM retired_identities)
       WHERE number GLOB $pattern`,
      { $pattern: `${day}[0-9][0-9][0-9][0-9]` },
    );
    const next = row?.last ? Number(row.last.slice(day.length)) + 1 : 1;
    return `${day}${String(next).padStart(4, "0")}`;
  }

  /** Another box made a number, for somebody whom only that one knows: a machine may have it. */
  #isOfAnotherBox(accessionNumber: string): boolean {
    const mark = /^SD\d{6}([0-9A-HJKMNP-TV-Z]{4})\d{4}$/.exec(accessionNumber)?.[1];
    return mark !== undefined && mark !== this.#patients.boxMark;
  }

  #appointmentOf(row: Row): Appointment {
    const id = row.id as string;
    const reasons = this.#attention.ofAppointment(id);
    return { ...appointmentOf(row), reasons, attention: inWords(reasons), scannedWith: this.#scannedWith(id) };
  }

  #scannedWith(id: string): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT id FROM (
         SELECT other.appointment_id AS id FROM study_appointments AS mine JOIN study_appointments AS other
           USING (study_instance_uid) WHERE mine.appointment_id = $id
         UNION SELECT studies.appointment_id FROM study_appointments AS mine JOIN studies USING (study_instance_uid)
           WHERE mine.appointment_id = $id
         UNION SELECT also.appointment_id FROM studies JOIN study_appointments AS also USING (study_instance_uid)
           WHERE studies.appointment_id = $id
         UNION SELECT other.appointment_id FROM procedure_step_appointments AS mine
           JOIN procedure_step_appointments AS other USING (step_uid) WHERE mine.appointment_id = $id
         UNION SELECT procedure_steps.appointment_id FROM procedure_step_appointments AS mine
           JOIN procedure_steps ON sop_instance_uid = step_uid WHERE mine.appointment_id = $id
         UNION SELECT also.appointment_id FROM procedure_steps JOIN procedure_step_appointments AS also
           ON step_uid = sop_instance_uid WHERE procedure_steps.appointment_id = $id)
       WHERE id IS NOT NULL AND id <> $id ORDER BY id`,
      { $id: id },
    ).map((row) => row.id);
  }

  /** Those who show an appointment look again. Part of a transaction. */
  announce(id: string): void {
    this.#database.announce({ noun: "appointment", id });
  }

  /** A person's appointments are another's now: one person under two ids. Part of a transaction. @returns which */
  repoint(fromPatientId: string, toPatientId: string, which?: readonly string[]): string[] {
    const moved = this.#database.all<{ id: string }>(
      `UPDATE appointments SET patient_id = $to, updated_at = $now WHERE patient_id = $from AND in_clinic = 0
         AND ($which IS NULL OR id IN (SELECT value FROM json_each($which))) RETURNING id`,
      { $from: fromPatientId, $to: toPatientId, $which: which ? JSON.stringify(which) : null, $now: timestamp() },
    ).map(({ id }) => id);
    for (const id of moved) this.#database.announce({ noun: "appointment", id });
    return moved;
  }

  /** What is known of a person has been corrected. Part of a transaction. @returns whether anything changed */
  correctPatient(patient: Patient, source: Source): boolean {
    return this.#followPatient(patient, source);
  }
}

/**
 * Not one whose family name was corrected: the first name is another, as a twin's is, who has the same family name and
 * birth date; or neither of the names is the same; or one is a man and the other a woman.
 */
function isAnotherPerson(one: Patient, other: Patient): boolean {
  const differ = (name: string, another: string) =>
    name !== "" && another !== "" && differencesOf(
        { patientId: "1", patientName: name },
        { patientId: "1", patientName: another },
      ).length > 0;
  const [sex, otherSex] = [sexOf(one.gender), sexOf(other.gender)];
  return differ(one.firstName, other.firstName) ||
    (one.firstName === "" || other.firstName === "") && differ(one.lastName, other.lastName) ||
    (sex !== otherSex && [sex, otherSex].every((told) => told === "M" || told === "F"));
}

/** The id or accession number of a new appointment belongs to another one, or its patient's id to somebody else. */
export class AppointmentTaken extends Error {
  override name = "AppointmentTaken";
}

function appointmentOf(row: Row): Omit<Appointment, "reasons" | "attention" | "scannedWith"> {
  return {
    id: row.id as string,
    patient: patientOf(row),
    doctor: row.doctor as string,
    department: row.department as string,
    description: row.description as string,
    date: row.date as string,
    time: row.time as string,
    accessionNumber: row.accessionNumber as string,
    studyInstanceUid: row.studyInstanceUid as string,
    status: row.status as AppointmentStatus,
    statusChangedAt: row.statusChangedAt as string,
    source: row.source as Source,
    machineId: row.machineId as string | null,
    sentAt: row.sentAt as string | null,
    seenAt: row.seenAt as string | null,
    seenBy: row.seenBy as string | null,
    images: row.images as number,
    measurements: row.measurements as number,
    made: row.made as number,
    missing: row.missing as number,
    stopped: row.stopped as string | null,
  };
}
