import { type Identity, identityConflict } from "../dicom/identity.ts";
import type { Appointment, Appointments } from "./appointments.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import type { Measurement, Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";
import type { Patient } from "./patients.ts";
import type { ProcedureSteps } from "./procedure_steps.ts";
import { personNameOf } from "../dicom/person_name.ts";
import { derivedUid } from "../dicom/uid.ts";

/** What a received object says of its study. `studyDate` YYYY-MM-DD, `studyTime` HH:MM:SS, either may be empty. */
export interface StudyHeader extends Identity {
  studyInstanceUid: string;
  patientBirthDate: string;
  accessionNumber: string;
  studyDate: string;
  studyTime: string;
  description: string;
}

/** What a received object says of its series. */
export interface SeriesHeader {
  seriesInstanceUid: string;
  modality: string;
  number: number | null;
  description: string;
  bodyPart: string;
}

export interface StudyInstance {
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  number: number | null;
  frames: number;
  size: number;
  attention: string;
  receivedAt: string;
}

export interface Series extends SeriesHeader {
  instances: StudyInstance[];
}

/** A study as the API and the pages show it. */
export interface Study extends StudyHeader {
  appointmentId: string | null;
  suggestedAppointmentId: string | null;
  matchedBy: string;
  attention: string;
  receivedAt: string;
  series: Series[];
  measurements: Measurement[];
}

export interface StudyFilter {
  date?: string;
  patientId?: string;
  accessionNumber?: string;
  appointmentId?: string;
  /** The day of the appointment that the study is matched to. */
  appointmentDate?: string;
  unmatched?: boolean;
}

interface Match {
  appointmentId: string | null;
  suggestedAppointmentId: string | null;
  matchedBy: string;
  attention: string;
}

const SELECT = `
  SELECT study_instance_uid AS studyInstanceUid, patient_id AS patientId, patient_name AS patientName,
    patient_birth_date AS patientBirthDate, accession_number AS accessionNumber, study_date AS studyDate,
    study_time AS studyTime, description, appointment_id AS appointmentId,
    suggested_appointment_id AS suggestedAppointmentId, matched_by AS matchedBy, attention, received_at AS receivedAt
  FROM studies`;

type StudyRow = Omit<Study, "series" | "measurements">;

/** Owner of the tables `studies` and `series`. */
export class Studies {
  readonly #database: Database;
  readonly #appointments: Appointments;
  readonly #measurements: Measurements;
  readonly #outbox: Outbox;
  readonly #steps: ProcedureSteps;

  constructor(
    database: Database,
    appointments: Appointments,
    measurements: Measurements,
    outbox: Outbox,
    steps: ProcedureSteps,
  ) {
    this.#database = database;
    this.#appointments = appointments;
    this.#measurements = measurements;
    this.#outbox = outbox;
    this.#steps = steps;
  }

  /**
   * The study and series of an object that has come are known from here on, matched to an appointment if there is
   * one they surely belong to. Part of the transaction that records the object.
   *
   * @param requestIds what the object says of the request it was made for
   * @returns the appointment, or null, why a person should look at this object, or "", and the UID of the series it is
   *   kept under: its own, but for one that is known of another study
   */
  admit(
    study: StudyHeader,
    series: SeriesHeader,
    requestIds: readonly string[] = [],
  ): { appointmentId: string | null; attention: string; seriesInstanceUid: string } {
    const known = this.#database.get<StudyRow>(`${SELECT} WHERE study_instance_uid = $uid`, {
      $uid: study.studyInstanceUid,
    });
    const filing = known ? this.#fileUnder(known, study) : this.#add(study, requestIds);
    const seriesInstanceUid = this.#seriesUidIn(study.studyInstanceUid, series.seriesInstanceUid);
    const added = this.#database.run(
      `INSERT INTO series (series_instance_uid, study_instance_uid, modality, number, description, body_part, received_at)
       VALUES ($uid, $study, $modality, $number, $description, $bodyPart, $now) ON CONFLICT DO NOTHING`,
      {
        $uid: seriesInstanceUid,
        $study: study.studyInstanceUid,
        $modality: series.modality,
        $number: series.number,
        $description: series.description,
        $bodyPart: series.bodyPart,
        $now: timestamp(),
      },
    );
    if (added > 0) {
      this.#outbox.add(`study:${study.studyInstanceUid}`, "series", {
        ...series,
        seriesInstanceUid,
        studyInstanceUid: study.studyInstanceUid,
      });
    }
    return { ...filing, seriesInstanceUid };
  }

  /**
   * A machine that uses a Series Instance UID again for another study breaks PS3.3 C.7.3.1, and must not have one
   * patient's images among another's: there they are a series with a UID of its own.
   */
  #seriesUidIn(studyInstanceUid: string, seriesInstanceUid: string): string {
    const known = this.#database.get<{ study: string }>(
      `SELECT study_instance_uid AS study FROM series WHERE series_instance_uid = $uid`,
      { $uid: seriesInstanceUid },
    );
    if (known === undefined || known.study === studyInstanceUid) return seriesInstanceUid;
    return derivedUid(`series ${seriesInstanceUid} of study ${studyInstanceUid}`);
  }

  /**
   * An object of one study has come again as one of another. Both are looked at by a person: one of them may be
   * another patient's. Part of the transaction that records the newer object.
   */
  movedAway(from: string, to: string): void {
    if (from === to) return;
    for (const uid of [from, to]) {
      const study = this.#database.get<StudyRow>(`${SELECT} WHERE study_instance_uid = $uid`, { $uid: uid });
      if (study === undefined || study.attention !== "") continue;
      this.#database.run(
        `UPDATE studies SET attention = $attention, updated_at = $now WHERE study_instance_uid = $uid`,
        {
          $uid: uid,
          $attention: uid === from
            ? "An image of this study has come again as one of another study: see whose it is"
            : "An image of another study has come again as one of this study: see whose it is",
          $now: timestamp(),
        },
      );
      this.#database.announce({ noun: "study", id: uid, appointmentId: study.appointmentId });
    }
  }

  /**
   * An appointment has come after its images, or has changed: studies without one that it may belong to are matched
   * anew, but for those that a person took from an appointment. Part of the transaction that brought the appointment.
   *
   * @returns the studies that have an appointment now
   */
  rematch(appointment: Appointment): string[] {
    return this.#database.transaction(() => {
      const candidates = this.#database.all<StudyRow>(
        `${SELECT} WHERE appointment_id IS NULL AND matched_by <> 'hand' AND (study_instance_uid = $studyInstanceUid
           OR (accession_number <> '' AND accession_number = $accessionNumber)
           OR (patient_id = $patientId AND study_date = $date))`,
        {
          $studyInstanceUid: appointment.studyInstanceUid,
          $accessionNumber: appointment.accessionNumber,
          $patientId: appointment.patient.id,
          $date: appointment.date,
        },
      );
      return candidates.filter((study) => this.#file(study, this.#match(study), "received before the booking"))
        .map(({ studyInstanceUid }) => studyInstanceUid);
    });
  }

  /**
   * The clinic has given an appointment to somebody else: studies that are in it and are not theirs are matched anew, and
   * wait for a person where they fit nowhere. A patient who only got another id, or another name, is no one else. Part of
   * the transaction that changed the appointment.
   *
   * @param before whose it was
   */
  followPatient(before: Patient, { id, patient }: Appointment): void {
    if (before.id === patient.id || isOnePerson(before, patient)) return;
    this.#database.transaction(() => {
      const now = identityOf(patient);
      const others = this.#database.all<StudyRow>(`${SELECT} WHERE appointment_id = $id`, { $id: id })
        .filter((study) => identityConflict(study, now) !== undefined);
      const cause = "booked for somebody else by the clinic";
      for (const study of others) this.#file(study, this.#match(study), cause);
      if (others.length > 0) this.#withoutImages(id, cause);
    });
  }

  /** An appointment's images have gone to another one: without any left it is where it would be without them. */
  #withoutImages(appointmentId: string, cause: string): void {
    if (this.list({ appointmentId }, 1).length === 0) {
      this.#appointments.record(appointmentId, "images taken away", cause);
      if (this.#appointments.get(appointmentId).sentAt !== null) {
        this.#appointments.record(appointmentId, "sent to machine", "still on the worklist");
      }
    }
    this.#database.announce({ noun: "appointment", id: appointmentId });
  }

  /**
   * A person has said which appointment a study belongs to.
   *
   * @param by who said so
   * @throws Error when there is no such study or appointment
   */
  assign(studyInstanceUid: string, appointmentId: string, by: string): void {
    this.#database.transaction(() => {
      const study = this.#database.get<StudyRow>(`${SELECT} WHERE study_instance_uid = $uid`, {
        $uid: studyInstanceUid,
      });
      if (!study) throw new Error(`Cannot match study ${studyInstanceUid}: there is none with this UID`);
      const { id } = this.#appointments.get(appointmentId);
      const match = { appointmentId: id, suggestedAppointmentId: null, matchedBy: "hand", attention: "" };
      this.#file(study, match, `matched by ${by}`);
    });
  }

  /** Writes a new match of a known study where it differs. Returns whether the study has an appointment by it. */
  #file(study: StudyRow, match: Match, cause: string): boolean {
    if (
      match.appointmentId === study.appointmentId && match.suggestedAppointmentId === study.suggestedAppointmentId &&
      match.attention === study.attention
    ) return false;
    this.#database.run(
      `UPDATE studies SET appointment_id = $appointmentId, suggested_appointment_id = $suggestedAppointmentId,
         matched_by = $matchedBy, attention = $attention, updated_at = $now
       WHERE study_instance_uid = $uid`,
      {
        $uid: study.studyInstanceUid,
        $appointmentId: match.appointmentId,
        $suggestedAppointmentId: match.suggestedAppointmentId,
        $matchedBy: match.matchedBy,
        $attention: match.attention,
        $now: timestamp(),
      },
    );
    this.#steps.follow(study, study.appointmentId, match.appointmentId);
    this.#outbox.add(`study:${study.studyInstanceUid}`, "study", { ...headerOf(study), ...match });
    // whoever waited to know whose it is can go on
    this.#outbox.release(`study:${study.studyInstanceUid}`);
    this.#database.announce({ noun: "study", id: study.studyInstanceUid, appointmentId: match.appointmentId });
    if (match.appointmentId === null) return false;
    const images = this.#database.get(
      `SELECT 1 FROM series JOIN instances USING (series_instance_uid) WHERE study_instance_uid = $uid LIMIT 1`,
      { $uid: study.studyInstanceUid },
    );
    if (images) this.#appointments.record(match.appointmentId, "image received", cause);
    return true;
  }

  /** A study without its series and measurements. */
  summary(studyInstanceUid: string): Omit<Study, "series" | "measurements"> | undefined {
    return this.#database.get<StudyRow>(`${SELECT} WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid });
  }

  find(studyInstanceUid: string): Study | undefined {
    const row = this.#database.get<StudyRow>(`${SELECT} WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid });
    return row && this.#whole(row);
  }

  /** Studies that fit every part of the filter, newest first, at most `limit`. */
  list(filter: StudyFilter, limit = 200): Study[] {
    const conditions: string[] = [];
    const values: Record<string, string | number> = { $limit: limit };
    if (filter.date !== undefined) {
      conditions.push(`(study_date = $date OR (study_date = '' AND date(received_at, 'localtime') = $date))`);
      values.$date = filter.date;
    }
    if (filter.patientId !== undefined) {
      conditions.push(`patient_id = $patientId`);
      values.$patientId = filter.patientId;
    }
    if (filter.accessionNumber !== undefined) {
      conditions.push(`accession_number = $accessionNumber AND accession_number <> ''`); // as its index has it
      values.$accessionNumber = filter.accessionNumber;
    }
    if (filter.appointmentId !== undefined) {
      conditions.push(`appointment_id = $appointmentId`);
      values.$appointmentId = filter.appointmentId;
    }
    if (filter.appointmentDate !== undefined) {
      conditions.push(`appointment_id IN (SELECT id FROM appointments WHERE date = $appointmentDate)`);
      values.$appointmentDate = filter.appointmentDate;
    }
    if (filter.unmatched !== undefined) {
      conditions.push(filter.unmatched ? `appointment_id IS NULL` : `appointment_id IS NOT NULL`);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
    return this.#database.all<StudyRow>(`${SELECT} ${where} ORDER BY received_at DESC LIMIT $limit`, values)
      .map((row) => this.#whole(row));
  }

  /**
   * A person has decided whose images these are: an unmatched study becomes an appointment's.
   *
   * @returns false when there is no such study, or it is matched already
   */
  matchByHand(studyInstanceUid: string, appointmentId: string, by: string): boolean {
    return this.#database.transaction(() => {
      const known = this.find(studyInstanceUid);
      if (!known || known.appointmentId !== null) return false;
      const match: Match = { appointmentId, suggestedAppointmentId: null, matchedBy: "hand", attention: "" };
      this.#database.run(
        `UPDATE studies SET appointment_id = $appointmentId, suggested_appointment_id = NULL, matched_by = $matchedBy,
           attention = '', updated_at = $now WHERE study_instance_uid = $uid`,
        { $uid: studyInstanceUid, $appointmentId: appointmentId, $matchedBy: match.matchedBy, $now: timestamp() },
      );
      this.#steps.follow(known, null, appointmentId);
      const { patientId, patientName, patientBirthDate, accessionNumber, studyDate, studyTime, description } = known;
      this.#outbox.add(`study:${studyInstanceUid}`, "study", {
        ...{ studyInstanceUid, patientId, patientName, patientBirthDate, accessionNumber, studyDate, studyTime },
        description,
        ...match,
      });
      this.#appointments.record(appointmentId, "image received", `matched by ${by}`);
      this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId });
      return true;
    });
  }

  /**
   * The images are not that appointment's after all: a matched study waits for a person again. The appointment is
   * where it would be without them.
   *
   * @returns the appointment it was taken from, undefined when there is no such study or it is not matched
   */
  unmatch(studyInstanceUid: string, by: string): string | undefined {
    return this.#database.transaction(() => {
      const known = this.find(studyInstanceUid);
      const appointmentId = known?.appointmentId;
      if (!known || !appointmentId) return undefined;
      const attention = `${by} took these images from an appointment: choose the one they belong to`;
      this.#database.run(
        `UPDATE studies SET appointment_id = NULL, suggested_appointment_id = NULL, matched_by = 'hand',
           attention = $attention, updated_at = $now WHERE study_instance_uid = $uid`,
        { $uid: studyInstanceUid, $attention: attention, $now: timestamp() },
      );
      this.#steps.follow(known, appointmentId, null);
      const { series: _series, measurements: _measurements, receivedAt: _receivedAt, ...header } = known;
      this.#outbox.add(`study:${studyInstanceUid}`, "study", {
        ...header,
        appointmentId: null,
        suggestedAppointmentId: null,
        matchedBy: "hand",
        attention,
      });
      this.#withoutImages(appointmentId, `match undone by ${by}`);
      this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId: null });
      return appointmentId;
    });
  }

  #add(study: StudyHeader, requestIds: readonly string[]): { appointmentId: string | null; attention: string } {
    const match = this.#match(study, requestIds);
    this.#database.run(
      `INSERT INTO studies (study_instance_uid, patient_id, patient_name, patient_birth_date, accession_number,
         study_date, study_time, description, appointment_id, suggested_appointment_id, matched_by, attention,
         received_at, updated_at)
       VALUES ($studyInstanceUid, $patientId, $patientName, $patientBirthDate, $accessionNumber,
         $studyDate, $studyTime, $description, $appointmentId, $suggestedAppointmentId, $matchedBy, $attention,
         $now, $now)`,
      {
        $studyInstanceUid: study.studyInstanceUid,
        $patientId: study.patientId,
        $patientName: study.patientName,
        $patientBirthDate: study.patientBirthDate,
        $accessionNumber: study.accessionNumber,
        $studyDate: study.studyDate,
        $studyTime: study.studyTime,
        $description: study.description,
        $appointmentId: match.appointmentId,
        $suggestedAppointmentId: match.suggestedAppointmentId,
        $matchedBy: match.matchedBy,
        $attention: match.attention,
        $now: timestamp(),
      },
    );
    this.#steps.follow(study, null, match.appointmentId);
    this.#outbox.add(`study:${study.studyInstanceUid}`, "study", { ...study, ...match });
    // the study itself asks for the look; its objects all name the same patient
    return { appointmentId: match.appointmentId, attention: "" };
  }

  /** Another object of a study that is known: it may name another patient than the first did. */
  #fileUnder(known: StudyRow, study: StudyHeader): { appointmentId: string | null; attention: string } {
    const conflict = identityConflict(study, known);
    if (conflict === undefined) return { appointmentId: known.appointmentId, attention: "" };
    const attention = `An image in this study is of another patient: ${conflict}`;
    if (known.attention === "") {
      this.#database.run(
        `UPDATE studies SET attention = $attention, updated_at = $now WHERE study_instance_uid = $uid`,
        { $uid: known.studyInstanceUid, $attention: attention, $now: timestamp() },
      );
    }
    return { appointmentId: known.appointmentId, attention };
  }

  /**
   * By Study Instance UID, else accession number, else what the first object says of its request, else patient id with
   * the date; never against the identity.
   */
  #match(study: StudyHeader, requestIds: readonly string[] = []): Match {
    const byUid = this.#appointments.findByStudyInstanceUid(study.studyInstanceUid);
    if (byUid) return this.#matchUnlessConflict(study, byUid, "study instance uid");
    const byAccession = study.accessionNumber
      ? this.#appointments.findByAccessionNumber(study.accessionNumber)
      : undefined;
    if (byAccession) return this.#matchUnlessConflict(study, byAccession, "accession number");
    // a worklist item's step and procedure have its accession number for an id
    const requested = new Map(
      requestIds.flatMap((id) => this.#appointments.findByAccessionNumber(id) ?? []).map((one) => [one.id, one]),
    );
    if (requested.size === 1) return this.#matchUnlessConflict(study, [...requested.values()][0]!, "request");
    if (study.patientId && study.studyDate) {
      const ofDay = this.#appointments.ofPatientOn(study.patientId, study.studyDate);
      const sent = ofDay.filter((appointment) => appointment.sentAt !== null);
      const candidates = sent.length > 0 ? sent : ofDay;
      if (candidates.length === 1) {
        return this.#matchUnlessConflict(study, candidates[0]!, "patient id and date");
      }
      if (candidates.length > 1) {
        return {
          appointmentId: null,
          suggestedAppointmentId: candidates[0]!.id,
          matchedBy: "",
          attention:
            `This patient has ${candidates.length} appointments that day: choose the one these images belong to`,
        };
      }
    }
    return {
      appointmentId: null,
      suggestedAppointmentId: null,
      matchedBy: "",
      attention: "No appointment has this study, accession number, or patient and date",
    };
  }

  #matchUnlessConflict(study: StudyHeader, appointment: Appointment, matchedBy: string): Match {
    const conflict = identityConflict(study, identityOf(appointment.patient));
    return conflict === undefined
      ? { appointmentId: appointment.id, suggestedAppointmentId: null, matchedBy, attention: "" }
      : {
        appointmentId: null,
        suggestedAppointmentId: appointment.id,
        matchedBy: "",
        attention: `The patient differs from the appointment's (same ${matchedBy}): ${conflict}`,
      };
  }

  #whole(row: StudyRow): Study {
    const series = this.#database.all<SeriesHeader>(
      `SELECT series_instance_uid AS seriesInstanceUid, modality, number, description, body_part AS bodyPart
       FROM series WHERE study_instance_uid = $uid ORDER BY coalesce(number, 1000000), received_at`,
      { $uid: row.studyInstanceUid },
    );
    return {
      ...row,
      series: series.map((one) => ({ ...one, instances: this.#instances(one.seriesInstanceUid) })),
      measurements: this.#measurements.ofStudy(row.studyInstanceUid),
    };
  }

  #instances(seriesInstanceUid: string): StudyInstance[] {
    return this.#database.all<StudyInstance & Row>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid,
         transfer_syntax_uid AS transferSyntaxUid, number, frames, size, attention, received_at AS receivedAt
       FROM instances WHERE series_instance_uid = $uid ORDER BY coalesce(number, 1000000), received_at, sop_instance_uid`,
      { $uid: seriesInstanceUid },
    );
  }
}

function identityOf({ id, lastName, firstName }: Patient): Identity {
  return { patientId: id, patientName: personNameOf(lastName, firstName) };
}

/** Whether two patients of the clinic are one person by name and birth date, whatever their ids. */
function isOnePerson(one: Patient, other: Patient): boolean {
  const [first, second] = [one, other].map((patient) => ({ ...identityOf(patient), patientId: "" }));
  const born = one.birthDate === null || other.birthDate === null || one.birthDate === other.birthDate;
  return born && identityConflict(first!, second!) === undefined;
}

function headerOf(study: StudyRow): StudyHeader {
  const { studyInstanceUid, patientId, patientName, patientBirthDate, accessionNumber, studyDate, studyTime } = study;
  return {
    studyInstanceUid,
    patientId,
    patientName,
    patientBirthDate,
    accessionNumber,
    studyDate,
    studyTime,
    description: study.description,
  };
}
