import { say, type Sentence } from "../sentences.ts";
import { differencesOf } from "../dicom/identity.ts";
import { newUid } from "../dicom/uid.ts";
import type { Appointment, NewAppointment } from "./appointment.ts";
import { isOff } from "./appointment_status.ts";
import type { Appointments } from "./appointments.ts";
import type { Attention } from "./attention.ts";
import { type Database, timestamp } from "./database.ts";
import { mayBeSomebodyElse, type Patient, type Patients, personOf } from "./patients.ts";

/** A booking as the clinic's schedule has it now. Ids are the box's own where the box made the booking. */
export interface ClinicBooking extends NewAppointment {
  /** The clinic's id of it, or the box's own where the box made it. */
  id: string;
  /** The clinic says that it is off. */
  cancelled: boolean;
}

/** What came of a booking that the clinic's schedule has. */
export type Followed = "added" | "changed" | "given to another" | "unchanged";

/** Appointments as the clinic's schedule has them: they follow it, and what a machine has seen stays whose it was. */
export class ClinicBookings {
  readonly #database: Database;
  readonly #appointments: Appointments;
  readonly #patients: Patients;
  readonly #attention: Attention;

  /** @internal `Store` makes it. */
  constructor(database: Database, appointments: Appointments, patients: Patients, attention: Attention) {
    this.#database = database;
    this.#appointments = appointments;
    this.#patients = patients;
    this.#attention = attention;
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
      const known = this.#appointments.find(booking.id);
      const holder = booking.accessionNumber
        ? this.#appointments.findByAccessionNumber(booking.accessionNumber)
        : undefined;
      const isFree = holder === undefined || holder.id === booking.id;
      const isTaken = this.#appointments.isRetired("", booking.accessionNumber ?? "") ||
        this.#isOfAnotherBox(booking.accessionNumber ?? "");
      const offered = isFree && !isTaken ? booking.accessionNumber : undefined;
      if (known === undefined) {
        if (booking.cancelled) return "unchanged";
        this.#appointments.add({ ...booking, accessionNumber: offered }, "clinic");
        this.#markInClinic(booking.id);
        return "added";
      }
      this.#markInClinic(booking.id);
      let changed = this.#appointments.correctPatient(booking.patient, "clinic");
      const given = this.isAnothers(known.patient, booking.patient) && this.wasSeen(known);
      const onList = known.status !== "scheduled" && !isOff(known.status);
      let accessionNumber = offered && !onList ? offered : known.accessionNumber;
      if (given) accessionNumber = this.#retire(known, offered, say("given-by-clinic"));
      changed = this.#database.run(
            `UPDATE appointments SET patient_id = $patientId, doctor = $doctor, department = $department, date = $date,
           time = $time, accession_number = $accessionNumber, updated_at = $now,
           arrived_at = CASE date WHEN $date THEN arrived_at END
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
        this.#appointments.record(booking.id, "cancelled", say("cancelled-by-clinic"));
        changed = true;
      } else if (!booking.cancelled && known.status === "cancelled" && this.#clinicCancelled(booking.id)) {
        this.#appointments.record(booking.id, "reinstated", say("booked-again-by-clinic"));
        changed = true;
      } else if (known.status === "no show" && (known.date !== booking.date || known.time !== booking.time)) {
        this.#appointments.record(booking.id, "came after all", say("booked-again-by-clinic"));
      }
      if (changed) this.#database.announce({ noun: "appointment", id: booking.id });
      return given ? "given to another" : changed ? "changed" : "unchanged";
    });
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
  wasSeen({ id }: Appointment): boolean {
    return this.#database.get(
      `SELECT 1 FROM appointment_steps
       WHERE appointment_id = $id AND status NOT IN ('scheduled', 'cancelled', 'no show') LIMIT 1`,
      { $id: id },
    ) !== undefined;
  }

  /**
   * The identity that a machine has seen stays with the person it was seen for: the appointment gets another Study
   * Instance UID and accession number, is unsent, and a person is told.
   *
   * @returns the new accession number: the one that the clinic gives now, where that is another
   */
  #retire(known: Appointment, offered: string | undefined, cause: Sentence): string {
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
    const number = offered !== undefined && offered !== known.accessionNumber
      ? offered
      : this.#appointments.newAccessionNumber(known.date);
    this.#database.run(`UPDATE appointments SET study_instance_uid = $uid, accession_number = $number WHERE id = $id`, {
      ...{ $id: known.id, $uid: newUid(), $number: number },
    });
    this.#appointments.record(known.id, "given to another patient", cause);
    this.#attention.add({ appointmentId: known.id }, "given-to-another", { machine: known.seenBy ?? "" });
    return number;
  }

  /**
   * An appointment's patient is somebody else now: what a machine has seen for the former is not used for them. Part of
   * the transaction of the caller, as above.
   *
   * @param cause as its steps tell it
   * @returns false where no machine has seen it
   */
  giveToAnother(id: string, cause: Sentence = say("given-by-clinic")): boolean {
    const known = this.#appointments.get(id);
    if (!this.wasSeen(known)) return false;
    this.#retire(known, undefined, cause);
    this.#database.announce({ noun: "appointment", id });
    return true;
  }

  /** The clinic has deleted the booking. Part of the transaction of the caller, as above. */
  deletedByClinic(id: string): void {
    this.#database.transaction(() => {
      this.#database.run(`UPDATE appointments SET in_clinic = 0 WHERE id = $id`, { $id: id });
      this.#appointments.record(id, "cancelled", say("deleted-by-clinic"));
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
    const theirs = which.map((id) => this.#appointments.get(id)).filter(({ source }) => source === "box");
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

  /** The clinic can take back what it cancelled itself; whoever cancels at the box leaves another cause. */
  #clinicCancelled(id: string): boolean {
    const code = this.#appointments.steps(id).at(-1)?.coded?.code;
    return code === "cancelled-by-clinic" || code === "deleted-by-clinic";
  }

  /** Another box made a number, for somebody whom only that one knows: a machine may have it. */
  #isOfAnotherBox(accessionNumber: string): boolean {
    const mark = /^SD\d{6}([0-9A-HJKMNP-TV-Z]{4})\d{4}$/.exec(accessionNumber)?.[1];
    return mark !== undefined && mark !== this.#patients.boxMark;
  }
}
