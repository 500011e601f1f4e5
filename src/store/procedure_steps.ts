import { say } from "../sentences.ts";
import type { Appointments } from "./appointments.ts";
import { type Database, timestamp } from "./database.ts";

/** Performed Procedure Step Status (0040,0252). */
export type ProcedureStepStatus = "IN PROGRESS" | "COMPLETED" | "DISCONTINUED";

/** What a machine says it is doing or has done for a patient (PS3.3 C.4.13 to C.4.16). */
export interface ProcedureStep {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** The first of the appointments it was scheduled as; null: it refers to none the box knows. */
  appointmentId: string | null;
  /** The others: several scheduled steps that are performed as one. */
  alsoAppointmentIds?: readonly string[];
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** AE title. */
  aeTitle: string;
  /** Performed Procedure Step Status (0040,0252). */
  status: ProcedureStepStatus;
  /** Patient ID (0010,0020). */
  patientId: string;
  /** Patient's Name (0010,0010), components with ^. */
  patientName: string;
  /** Why it was discontinued; "" otherwise. */
  reason: string;
  /** The data set as it stands, Explicit VR Little Endian. */
  attributes: Uint8Array;
}

/** An object that a step says the machine made. */
export interface MadeInstance {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** SOP Class UID (0008,0016). */
  sopClassUid: string;
}

/** A step of an appointment, with how many objects it says it made and how many of them have not come. */
export interface PerformedStep {
  /** AE title. */
  aeTitle: string;
  /** Performed Procedure Step Status (0040,0252). */
  status: ProcedureStepStatus;
  /** Why it was discontinued; "" for none. */
  reason: string;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; null while it goes on. */
  endedAt: string | null;
  /** Objects that the machine says it made. */
  made: number;
  /** Of these. */
  missing: number;
}

/** A step that no appointment is known for, with what it says of its patient. */
export interface UnscheduledStep extends PerformedStep {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** Patient ID (0010,0020). */
  patientId: string;
  /** Patient's Name (0010,0010), components with ^. */
  patientName: string;
}

const PERFORMED = `ae_title AS aeTitle, status, reason, started_at AS startedAt, ended_at AS endedAt,
  (SELECT count(*) FROM procedure_step_instances AS made
    WHERE made.step_uid = procedure_steps.sop_instance_uid) AS made,
  (SELECT count(*) FROM procedure_step_instances AS made
    WHERE made.step_uid = procedure_steps.sop_instance_uid AND NOT EXISTS (
      SELECT 1 FROM instances WHERE instances.sop_instance_uid = made.sop_instance_uid)) AS missing`;

/** Owner of the tables `procedure_steps` and `procedure_step_instances`. */
export class ProcedureSteps {
  readonly #database: Database;
  readonly #appointments: Appointments;

  /** @internal `Store` makes it. */
  constructor(database: Database, appointments: Appointments) {
    this.#database = database;
    this.#appointments = appointments;
  }

  /** One by its SOP Instance UID. */
  find(sopInstanceUid: string): ProcedureStep | undefined {
    const step = this.#database.get<Omit<ProcedureStep, "alsoAppointmentIds"> & Record<string, never>>(
      `SELECT sop_instance_uid AS sopInstanceUid, appointment_id AS appointmentId,
         study_instance_uid AS studyInstanceUid, ae_title AS aeTitle, status, patient_id AS patientId,
         patient_name AS patientName, reason, attributes
       FROM procedure_steps WHERE sop_instance_uid = $uid`,
      { $uid: sopInstanceUid },
    );
    return step && { ...step, alsoAppointmentIds: this.#alsoOf(sopInstanceUid) };
  }

  #alsoOf(stepUid: string): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT appointment_id AS id FROM procedure_step_appointments WHERE step_uid = $uid`,
      { $uid: stepUid },
    ).map(({ id }) => id);
  }

  /**
   * A machine has begun: its appointments are in progress from now on, also where one was ended on a machine before.
   *
   * @returns whether that is so of one: it is opened again
   */
  begin(step: ProcedureStep): boolean {
    return this.#database.transaction(() => {
      const opened = new Set(appointmentsOf(step).filter((id) => this.#isEnded(id)));
      this.#database.run(
        `INSERT INTO procedure_steps (sop_instance_uid, appointment_id, study_instance_uid, ae_title, status,
           patient_id, patient_name, reason, attributes, started_at)
         VALUES ($uid, $appointmentId, $study, $aeTitle, $status, $patientId, $patientName, $reason, $attributes, $now)`,
        {
          $uid: step.sopInstanceUid,
          $appointmentId: step.appointmentId,
          $study: step.studyInstanceUid,
          $aeTitle: step.aeTitle,
          $status: step.status,
          $patientId: step.patientId,
          $patientName: step.patientName,
          $reason: step.reason,
          $attributes: step.attributes,
          $now: timestamp(),
        },
      );
      for (const id of step.alsoAppointmentIds ?? []) {
        this.#database.run(
          `INSERT INTO procedure_step_appointments (step_uid, appointment_id) VALUES ($uid, $id) ON CONFLICT DO NOTHING`,
          { $uid: step.sopInstanceUid, $id: id },
        );
      }
      for (const id of appointmentsOf(step)) {
        const machine = step.aeTitle;
        if (opened.has(id)) this.#appointments.record(id, "scan opened again", say("opened-again-on", { machine }));
        else this.#appointments.record(id, "scan started", say("begun-on", { machine }));
      }
      if (step.appointmentId === null) this.#database.announce({ noun: "procedure step", id: step.sopInstanceUid });
      return opened.size > 0;
    });
  }

  /** Whether a machine has ended what it did for an appointment, and none goes on with it. */
  #isEnded(appointmentId: string): boolean {
    const performed = this.ofAppointment(appointmentId);
    return performed.length > 0 && performed.every(({ status }) => status !== "IN PROGRESS");
  }

  /**
   * What the machine has said since: its data set as it stands now, its status, and what it has made so far, which takes
   * the place of what it said before.
   */
  update(step: ProcedureStep, made: readonly MadeInstance[]): void {
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE procedure_steps SET status = $status, reason = $reason, attributes = $attributes,
           ended_at = CASE WHEN $status = 'IN PROGRESS' THEN NULL ELSE $now END
         WHERE sop_instance_uid = $uid`,
        {
          $uid: step.sopInstanceUid,
          $status: step.status,
          $reason: step.reason,
          $attributes: step.attributes,
          $now: timestamp(),
        },
      );
      this.#database.run(`DELETE FROM procedure_step_instances WHERE step_uid = $step`, { $step: step.sopInstanceUid });
      for (const { sopInstanceUid, sopClassUid } of made) {
        this.#database.run(
          `INSERT INTO procedure_step_instances (step_uid, sop_instance_uid, sop_class_uid)
           VALUES ($step, $uid, $class) ON CONFLICT DO NOTHING`,
          { $step: step.sopInstanceUid, $uid: sopInstanceUid, $class: sopClassUid },
        );
      }
      if (step.appointmentId === null) this.#database.announce({ noun: "procedure step", id: step.sopInstanceUid });
      for (const id of appointmentsOf(step)) this.#tell(id, step);
    });
  }

  #isCompletedBefore(appointmentId: string): boolean {
    return this.ofAppointment(appointmentId).some(({ status }) => status === "COMPLETED");
  }

  #tell(appointmentId: string, { status, aeTitle, reason }: ProcedureStep): void {
    if (status === "COMPLETED") {
      this.#appointments.record(appointmentId, "completed", say("completed-on", { machine: aeTitle }));
    } else if (status === "DISCONTINUED" && this.#isCompletedBefore(appointmentId)) {
      // it was opened again, and what was done before stays done
      this.#appointments.record(appointmentId, "completed", say("completed-on", { machine: aeTitle }));
    } else if (status === "DISCONTINUED") {
      this.#appointments.record(
        appointmentId,
        "scan stopped",
        reason ? say("stopped-on-because", { machine: aeTitle, why: reason }) : say("stopped-on", { machine: aeTitle }),
      );
    } else this.#database.announce({ noun: "appointment", id: appointmentId });
  }

  /**
   * A study has gone to an appointment, or from one: what a machine says of it and of the same patient goes along, so that
   * what it made is still compared with what came. Part of the transaction that filed the study.
   *
   * @param claims Study Instance UIDs and patient ids under which the study's objects come
   */
  follow(
    claims: readonly { studyInstanceUid: string; patientId: string }[],
    from: string | null,
    to: string | null,
  ): void {
    if (from === to) return;
    for (const { studyInstanceUid, patientId } of claims) {
      if (patientId === "") continue;
      const moved = this.#database.all<{ id: string }>(
        `UPDATE procedure_steps SET appointment_id = $to
         WHERE study_instance_uid = $study AND patient_id = $patientId AND appointment_id IS $from
         RETURNING sop_instance_uid AS id`,
        { $study: studyInstanceUid, $patientId: patientId, $from: from, $to: to },
      );
      for (const { id } of moved) this.#database.announce({ noun: "procedure step", id });
    }
  }

  /** An appointment was given to somebody else: what machines did for it was for the first person. Part of a transaction. */
  leaveAppointment(appointmentId: string): void {
    const left = this.#database.all<{ id: string }>(
      `UPDATE procedure_steps SET appointment_id = NULL WHERE appointment_id = $id RETURNING sop_instance_uid AS id`,
      { $id: appointmentId },
    );
    this.#database.run(`DELETE FROM procedure_step_appointments WHERE appointment_id = $id`, { $id: appointmentId });
    for (const { id } of left) this.#database.announce({ noun: "procedure step", id });
  }

  /** What machines did for an appointment, in the order they began. */
  ofAppointment(appointmentId: string): PerformedStep[] {
    return this.#database.all<PerformedStep & Record<string, never>>(
      `SELECT ${PERFORMED} FROM procedure_steps WHERE appointment_id = $id OR sop_instance_uid IN (
         SELECT step_uid FROM procedure_step_appointments WHERE procedure_step_appointments.appointment_id = $id)
       ORDER BY started_at`,
      { $id: appointmentId },
    );
  }

  /** When a machine last said something of a step. */
  lastOf(aeTitle: string): string | undefined {
    return this.#database.get<{ at: string | null }>(
      `SELECT max(coalesce(ended_at, started_at)) AS at FROM procedure_steps WHERE ae_title = $aeTitle`,
      { $aeTitle: aeTitle },
    )?.at ?? undefined;
  }

  /**
   * The steps begun since then that no appointment is known for, newest first; once somebody has said whose their study
   * is, they are none of these any more.
   */
  unscheduled(since: Date, most: number): UnscheduledStep[] {
    return this.#database.all<UnscheduledStep & Record<string, never>>(
      `SELECT sop_instance_uid AS sopInstanceUid, study_instance_uid AS studyInstanceUid, patient_id AS patientId,
         patient_name AS patientName, ${PERFORMED}
       FROM procedure_steps
       WHERE appointment_id IS NULL AND started_at >= $since AND NOT EXISTS (
         SELECT 1 FROM studies WHERE studies.study_instance_uid = procedure_steps.study_instance_uid
           AND studies.appointment_id IS NOT NULL)
       ORDER BY started_at DESC LIMIT $most`,
      { $since: since.toISOString(), $most: most },
    );
  }

  /**
   * Forgets the steps that began before a time, and the oldest beyond so many.
   *
   * @returns how many
   */
  forget(before: Date, most: number): number {
    return this.#database.transaction(() =>
      this.#database.run(
        `DELETE FROM procedure_steps WHERE started_at < $before OR sop_instance_uid IN (
           SELECT sop_instance_uid FROM procedure_steps ORDER BY started_at DESC LIMIT -1 OFFSET $most)`,
        { $before: before.toISOString(), $most: most },
      )
    );
  }
}

/** Every appointment that a step was scheduled as. */
function appointmentsOf({ appointmentId, alsoAppointmentIds = [] }: ProcedureStep): string[] {
  return appointmentId === null ? [] : [appointmentId, ...alsoAppointmentIds];
}
