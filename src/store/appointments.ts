import { inEnglish, type Kept, kept, Refused, say, type Sentence } from "../sentences.ts";
import { withPlainDigits } from "../dicom/written_text.ts";
import { newUid } from "../dicom/uid.ts";
import {
  type Appointment,
  appointmentOf,
  type AppointmentStep,
  type NewAppointment,
  SELECT_APPOINTMENTS,
  STUDIES_OF,
} from "./appointment.ts";
import { type AppointmentEvent, type AppointmentStatus, nextStatus } from "./appointment_status.ts";
import { bookingForClinic, changeForClinic } from "./booking_payloads.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import type { Outbox } from "./outbox.ts";
import { type Attention, inWords } from "./attention.ts";
import { ScannedTogether } from "./scanned_together.ts";
import {
  isAnotherPerson,
  isBoxMadePatientId,
  type Patient,
  PATIENT_COLUMNS,
  patientOf,
  type Patients,
  type Source,
} from "./patients.ts";

/** Days for which somebody who was sent, and of whom nothing more was heard, stays on the board. */
const DAYS_UNDER_WAY = 7;

/** Owner of the tables `appointments`, `appointment_steps` and `retired_identities`. */
export class Appointments {
  readonly #database: Database;
  readonly #patients: Patients;
  readonly #outbox: Outbox;
  readonly #attention: Attention;
  readonly #scannedTogether: ScannedTogether;

  /** @internal `Store` makes it. */
  constructor(database: Database, patients: Patients, outbox: Outbox, attention: Attention) {
    this.#database = database;
    this.#patients = patients;
    this.#outbox = outbox;
    this.#attention = attention;
    this.#scannedTogether = new ScannedTogether(database);
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
      const accessionNumber = appointment.accessionNumber || this.newAccessionNumber(appointment.date);
      if (this.find(id)) throw new AppointmentTaken(say("appointment-id-taken", { id }));
      if (this.findByAccessionNumber(accessionNumber)) {
        throw new AppointmentTaken(say("accession-number-taken", { accessionNumber }));
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
      this.#addStep(id, "scheduled", now, say(source === "clinic" ? "booked-by-clinic" : "booked-here"));
      if (source === "box") {
        this.#outbox.add(`appointment:${id}`, "appointment booked", bookingForClinic(this.get(id), this.#sourceOf));
      }
      this.#database.announce({ noun: "appointment", id });
      return this.get(id);
    });
  }

  /** One by its id. */
  find(id: string): Appointment | undefined {
    return this.#findBy("id", id);
  }

  /** The one that a study was booked as. */
  findByStudyInstanceUid(uid: string): Appointment | undefined {
    return this.#findBy("study_instance_uid", uid);
  }

  /** The one that has the number now. */
  findByAccessionNumber(accessionNumber: string): Appointment | undefined {
    return this.#findBy("accession_number", accessionNumber);
  }

  #findBy(column: "id" | "study_instance_uid" | "accession_number", value: string): Appointment | undefined {
    const row = this.#database.get(`${SELECT_APPOINTMENTS} WHERE appointments.${column} = $value`, { $value: value });
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

  /**
   * One that is known to be there.
   *
   * @throws Error when there is no such appointment
   */
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
    return this.#listOf(
      `${SELECT_APPOINTMENTS} WHERE appointments.date BETWEEN $from AND $to
       ORDER BY appointments.date, appointments.time, appointments.id`,
      { $from: from, $to: to },
    );
  }

  /**
   * A day's appointments with those of the days before that are still under way: sent, at a machine, or with images and
   * no end. By day and time.
   */
  onBoard(date: string): Appointment[] {
    const before = new Date(Date.parse(`${date}T00:00:00Z`) - DAYS_UNDER_WAY * 86_400_000).toISOString().slice(0, 10);
    const left = this.#listOf(
      `${SELECT_APPOINTMENTS} WHERE appointments.date >= $before AND appointments.date < $date
         AND status IN ('sent', 'seen by machine', 'in progress', 'images received')
       ORDER BY appointments.date, appointments.time, appointments.id`,
      { $before: before, $date: date },
    );
    return [...left, ...this.onDay(date)];
  }

  /** Those whose accession number begins so, without regard to case, the latest first. */
  byAccessionNumber(beginning: string, most: number): Appointment[] {
    const asked = withPlainDigits(beginning).trim();
    if (!/^[\x21-\x7e]{3,16}$/.test(asked)) return [];
    const begins = (name: string) =>
      `appointments.accession_number >= ${name} AND appointments.accession_number < ${name} || '~'`;
    return this.#listOf(
      `${SELECT_APPOINTMENTS} WHERE ${["$typed", "$upper", "$lower"].map(begins).join(" OR ")}
       ORDER BY appointments.date DESC, appointments.time DESC LIMIT $most`,
      { $typed: asked, $upper: asked.toUpperCase(), $lower: asked.toLowerCase(), $most: most },
    );
  }

  /** A patient's appointments on a day, except cancelled ones. */
  ofPatientOn(patientId: string, date: string): Appointment[] {
    return this.#listOf(
      `${SELECT_APPOINTMENTS} WHERE appointments.patient_id = $patientId AND appointments.date = $date AND status <> 'cancelled'
       ORDER BY appointments.time`,
      { $patientId: patientId, $date: date },
    );
  }

  /** All appointments of a person under any of their ids, the latest first, at most 100. */
  ofPatient(patientIds: readonly string[]): Appointment[] {
    return this.#listOf(
      `${SELECT_APPOINTMENTS} WHERE appointments.patient_id IN (SELECT value FROM json_each($ids))
       ORDER BY appointments.date DESC, appointments.time DESC LIMIT 100`,
      { $ids: JSON.stringify(patientIds) },
    );
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

  /** Its way so far, the first step first. */
  steps(id: string): AppointmentStep[] {
    return this.#database.all<Omit<AppointmentStep, "coded"> & Kept>(
      `SELECT status, at, cause, coded FROM appointment_steps WHERE appointment_id = $id ORDER BY id`,
      { $id: id },
    ).map((row) => ({ ...row, coded: kept(row) }));
  }

  /**
   * Something happened to the appointment: its status follows `nextStatus`, with time and cause, and the outbox
   * hears of it. An event that leaves the status as it is only announces the change.
   */
  record(id: string, event: AppointmentEvent, cause: Sentence): void {
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
          ...{ appointmentId: id, status, at: now, cause: inEnglish(cause), accessionNumber: row.accessionNumber },
        });
      }
      this.#database.announce({ noun: "appointment", id });
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

  /** The patient of a new appointment. @throws AppointmentTaken when somebody else has their id */
  #savePatient(patient: Patient, source: Source): void {
    const known = source === "box" ? this.#patients.find(patient.id) : undefined;
    // of the clinic's own patients the clinic says it, whatever was known when they were chosen
    const differs = known?.birthDate != null && patient.birthDate !== null && known.birthDate !== patient.birthDate;
    if (differs && !this.isTheClinics(known.id)) {
      throw new AppointmentTaken(
        say("patient-id-of-another-birth-date", { patientId: patient.id, birthDate: known.birthDate! }),
      );
    }
    if (known !== undefined && isAnotherPerson(known, patient)) {
      throw new AppointmentTaken(say("patient-id-of-another-name", { patientId: patient.id }));
    }
    this.correctPatient(known === undefined ? patient : this.#withWhatIsKnown(known, patient), source);
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

  /**
   * Whether a patient is put right at this box: it registered them, and the clinic has made no booking for them. A walk-in
   * that the clinic's schedule has by now is the box's still, under an id of its own making.
   */
  isCorrectedHere(patientId: string): boolean {
    if (!isBoxMadePatientId(patientId) || this.#patients.sourceOf(patientId) === "clinic") {
      return !this.isTheClinics(patientId);
    }
    return this.#database.get(
      `SELECT 1 FROM appointments WHERE patient_id = $patientId AND in_clinic = 1 AND source = 'clinic' LIMIT 1`,
      { $patientId: patientId },
    ) === undefined;
  }

  /** An appointment is somebody else's. Part of a transaction. */
  belongTo(id: string, patientId: string): void {
    const values = { $id: id, $patientId: patientId, $now: timestamp() };
    this.#database.run(`UPDATE appointments SET patient_id = $patientId, updated_at = $now WHERE id = $id`, values);
    this.#database.announce({ noun: "appointment", id });
  }

  /**
   * A walk-in was changed here: what the clinic has of it by now follows, in what is other than before. Part of a
   * transaction.
   */
  tellClinicOfChange(id: string, before: Appointment): void {
    const change = before.source === "box" ? changeForClinic(before, this.get(id), this.#sourceOf) : undefined;
    if (change !== undefined) this.#outbox.add(`appointment:${id}`, "appointment changed", change);
  }

  readonly #sourceOf = (patientId: string) => this.#patients.sourceOf(patientId);

  #addStep(id: string, status: AppointmentStatus, at: string, cause: Sentence): void {
    this.#database.run(
      `INSERT INTO appointment_steps (appointment_id, status, at, cause, coded) VALUES ($id, $status, $at, $cause, $coded)`,
      { $id: id, $status: status, $at: at, $cause: inEnglish(cause), $coded: JSON.stringify(cause) },
    );
  }

  /**
   * The next free number of a day: SD, the day, the box, a count. The 16 characters that an SH allows; two boxes never
   * give the same.
   */
  newAccessionNumber(date: string): string {
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

  /** Most of a list need no look, and were scanned alone: which do not is asked once for all. */
  #listOf(sql: string, values: Record<string, string | number>): Appointment[] {
    const rows = this.#database.all(sql, values);
    const ids = JSON.stringify(rows.map(({ id }) => id));
    const odd = this.#attention.appointmentsWithReasons(ids);
    const together = this.#scannedTogether.among(ids);
    return rows.map((row) => {
      const id = row.id as string;
      const reasons = odd.has(id) ? this.#attention.ofAppointment(id) : [];
      const scannedWith = together.has(id) ? this.#scannedTogether.with(id) : [];
      return { ...appointmentOf(row), reasons, attention: inWords(reasons), scannedWith };
    });
  }

  #appointmentOf(row: Row): Appointment {
    const id = row.id as string;
    const reasons = this.#attention.ofAppointment(id);
    return { ...appointmentOf(row), reasons, attention: inWords(reasons), scannedWith: this.#scannedTogether.with(id) };
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

  /**
   * Takes over what is said of a patient; every appointment of theirs has changed then. Part of a transaction.
   *
   * @param whole all is told: without a phone there is none any more
   * @returns whether anything changed
   */
  correctPatient(patient: Patient, source: Source, whole = false): boolean {
    if (!this.#patients.save(patient, source, whole)) return false;
    const theirs = this.#database.all<{ id: string }>(`SELECT id FROM appointments WHERE patient_id = $id`, {
      $id: patient.id,
    });
    for (const { id } of theirs) this.#database.announce({ noun: "appointment", id });
    return true;
  }
}

/** The id or accession number of a new appointment belongs to another one, or its patient's id to somebody else. */
export class AppointmentTaken extends Refused {}
