import { derivedUid } from "../dicom/uid.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import type { Claim, Match } from "./filing.ts";
import type { Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";
import type { StudyHeader } from "./received_instance.ts";
import { type Patient, type Patients, personOf } from "./patients.ts";
import type { SeriesOfStudies } from "./series.ts";
import { STUDY_SUMMARY, type StudySummary } from "./study_summary.ts";
import { claimValues, type StudyClaims } from "./study_claims.ts";
import type { InstancePage, Study, StudyView } from "./study_view.ts";

/** A page of studies. */
export interface StudyPage {
  /** At most so many. */
  limit?: number;
  /** Those that came before this one, a Study Instance UID. */
  after?: string | undefined;
  /** Instances of each study at most. */
  instances?: number;
}

/** Which studies are wanted. */
export interface StudyFilter {
  /** YYYY-MM-DD, on the clinic's wall clock. */
  date?: string;
  /** Patient ID (0010,0020). */
  patientId?: string;
  /** Accession Number (0008,0050). */
  accessionNumber?: string;
  /** Those of this one. */
  appointmentId?: string;
  /** The day of the appointment that the study is matched to. */
  appointmentDate?: string;
  /** Those without an appointment. */
  unmatched?: boolean;
}

/** Owner of the tables `studies` and `study_appointments`. */
export class Studies {
  readonly #database: Database;
  readonly #series: SeriesOfStudies;
  readonly #claims: StudyClaims;
  readonly #view: StudyView;
  readonly #patients: Patients;
  readonly #measurements: Measurements;
  readonly #outbox: Outbox;

  /** @internal `Store` makes it. */
  constructor(
    database: Database,
    series: SeriesOfStudies,
    claims: StudyClaims,
    view: StudyView,
    patients: Patients,
    measurements: Measurements,
    outbox: Outbox,
  ) {
    this.#database = database;
    this.#series = series;
    this.#claims = claims;
    this.#view = view;
    this.#patients = patients;
    this.#measurements = measurements;
    this.#outbox = outbox;
  }

  /** A study without its series and measurements. */
  summary(studyInstanceUid: string): StudySummary | undefined {
    return this.#database.get<StudySummary & Row>(`${STUDY_SUMMARY} WHERE study_instance_uid = $uid`, {
      $uid: studyInstanceUid,
    });
  }

  /**
   * One that is known to be there.
   *
   * @throws Error when there is none
   */
  get(studyInstanceUid: string): StudySummary {
    const study = this.summary(studyInstanceUid);
    if (study === undefined) throw new Error(`Cannot file study ${studyInstanceUid}: there is none with this UID`);
    return study;
  }

  /** A study whole, or with a page of its instances. */
  find(studyInstanceUid: string, page?: InstancePage): Study | undefined {
    const row = this.summary(studyInstanceUid);
    return row && this.#viewOf(row, page);
  }

  /** Studies with objects that fit every part of the filter, newest first. */
  list(filter: StudyFilter, page: StudyPage = {}): Study[] {
    return [...this.listed(filter, page)];
  }

  /** The same one by one, for who does something else between them. */
  *listed(filter: StudyFilter, { limit = 200, after, instances }: StudyPage = {}): Generator<Study> {
    const conditions = [`EXISTS (SELECT 1 FROM series JOIN instances USING (series_instance_uid)
      WHERE series.study_instance_uid = studies.study_instance_uid)`];
    const values: Record<string, string | number> = { $limit: limit };
    if (filter.date !== undefined) {
      conditions.push(`(study_date = $date OR (study_date = '' AND date(received_at, 'localtime') = $date))`);
      values.$date = filter.date;
    }
    if (filter.patientId !== undefined) {
      conditions.push(`patient_id IN (SELECT value FROM json_each($patients))`);
      values.$patients = JSON.stringify([filter.patientId, ...this.#patients.otherIdsOf(filter.patientId)]);
    }
    if (filter.accessionNumber !== undefined) {
      conditions.push(`accession_number = $accessionNumber AND accession_number <> ''`); // as its index has it
      values.$accessionNumber = filter.accessionNumber;
    }
    if (filter.appointmentId !== undefined) {
      conditions.push(
        `study_instance_uid IN (SELECT study_instance_uid FROM studies WHERE appointment_id = $appointmentId
        UNION SELECT study_instance_uid FROM study_appointments WHERE appointment_id = $appointmentId)`,
      );
      values.$appointmentId = filter.appointmentId;
    }
    if (filter.appointmentDate !== undefined) {
      conditions.push(`appointment_id IN (SELECT id FROM appointments WHERE date = $appointmentDate)`);
      values.$appointmentDate = filter.appointmentDate;
    }
    if (filter.unmatched !== undefined) {
      conditions.push(filter.unmatched ? `appointment_id IS NULL` : `appointment_id IS NOT NULL`);
    }
    if (after !== undefined) {
      conditions.push(`(received_at, study_instance_uid) <
        (SELECT received_at, study_instance_uid FROM studies WHERE study_instance_uid = $after)`);
      values.$after = after;
    }
    const rows = this.#database.all<StudySummary & Row>(
      `${STUDY_SUMMARY} WHERE ${
        conditions.join(" AND ")
      } ORDER BY received_at DESC, study_instance_uid DESC LIMIT $limit`,
      values,
    );
    for (const row of rows) yield this.#viewOf(row, instances === undefined ? undefined : { most: instances });
  }

  #viewOf(row: StudySummary, page?: InstancePage): Study {
    const also = this.appointmentsOf(row.studyInstanceUid).filter((id) => id !== row.appointmentId);
    return this.#view.of(row, also, page);
  }

  /** The studies that are these patients': by decision, by their appointment, or as their objects say. */
  ofPatient(patientIds: readonly string[]): StudySummary[] {
    return this.#database.all<StudySummary & Row>(
      `${STUDY_SUMMARY} WHERE patient_id IN (SELECT value FROM json_each($ids))
         OR decided_patient_id IN (SELECT value FROM json_each($ids))
         OR appointment_id IN (SELECT id FROM appointments WHERE patient_id IN (SELECT value FROM json_each($ids)))`,
      { $ids: JSON.stringify(patientIds) },
    );
  }

  /**
   * Ids of patients that the box has studies of, by id, and whether reception here registered them; a few hundred at a
   * time.
   *
   * @param after only those that come after this one
   */
  patientIds(after: string, most: number): { id: string; bookedHere: boolean }[] {
    return this.#database.all<{ id: string; bookedHere: number }>(
      `SELECT id, EXISTS (SELECT 1 FROM patients WHERE patients.id = studied.id AND source = 'box') AS bookedHere FROM (
         SELECT * FROM (SELECT DISTINCT patient_id AS id FROM studies WHERE patient_id > $after ORDER BY id LIMIT $most)
         UNION SELECT * FROM (SELECT DISTINCT decided_patient_id AS id FROM studies WHERE decided_patient_id > $after
           ORDER BY id LIMIT $most)) AS studied
       WHERE id <> '' ORDER BY id LIMIT $most`,
      { $after: after, $most: most },
    ).map(({ id, bookedHere }) => ({ id, bookedHere: bookedHere === 1 }));
  }

  /** Whether a study has no appointment, and nobody has said whose it is. */
  isWaiting(studyInstanceUid: string): boolean {
    const study = this.summary(studyInstanceUid);
    return study !== undefined && study.appointmentId === null && study.decidedPatientId === null;
  }

  /** The appointments of a study, the first one first. */
  appointmentsOf(studyInstanceUid: string): string[] {
    return this.#database.all<{ id: string | null }>(
      `SELECT appointment_id AS id FROM studies WHERE study_instance_uid = $uid
       UNION ALL SELECT appointment_id FROM study_appointments WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    ).flatMap(({ id }) => id ?? []);
  }

  /** Whether any object is of a study of an appointment. */
  hasImages(appointmentId: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM (SELECT study_instance_uid FROM studies WHERE appointment_id = $id
         UNION SELECT study_instance_uid FROM study_appointments WHERE appointment_id = $id) AS theirs
       JOIN series USING (study_instance_uid) JOIN instances USING (series_instance_uid) LIMIT 1`,
      { $id: appointmentId },
    ) !== undefined;
  }

  /** A UID that no study here has: the one given, else one that follows from it and from who the patient is. */
  freeUid(wanted: string, { patientId, patientName, patientBirthDate, patientSex }: Claim): string {
    let uid = wanted;
    for (let n = 1; this.isTaken(uid); n++) {
      uid = derivedUid(
        `study ${wanted} of ${JSON.stringify([patientId, patientName, patientBirthDate, patientSex, n])}`,
      );
    }
    return uid;
  }

  /** Whether a study here has this UID. */
  isTaken(studyInstanceUid: string): boolean {
    return this.#database.get(`SELECT 1 FROM studies WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid }) !==
      undefined;
  }

  /** Writes a study with the appointments that it belongs to; one that has the UID is this one from now on. Part of a transaction. */
  write(study: StudyHeader, match: Match): void {
    this.#database.run(
      `INSERT INTO studies (study_instance_uid, patient_id, patient_name, patient_birth_date, patient_sex,
         accession_number, study_date, study_time, description, study_id, referring_physician, appointment_id,
         suggested_appointment_id, matched_by, received_at, updated_at)
       VALUES ($uid, $patientId, $patientName, $patientBirthDate, $patientSex, $accessionNumber, $studyDate, $studyTime,
         $description, $studyId, $referringPhysician, $appointmentId, $suggestedAppointmentId, $matchedBy, $now, $now)
       ON CONFLICT (study_instance_uid) DO UPDATE SET patient_id = excluded.patient_id,
         patient_name = excluded.patient_name, patient_birth_date = excluded.patient_birth_date,
         patient_sex = excluded.patient_sex, accession_number = excluded.accession_number,
         study_date = excluded.study_date, study_time = excluded.study_time, description = excluded.description,
         study_id = excluded.study_id, referring_physician = excluded.referring_physician,
         appointment_id = excluded.appointment_id, suggested_appointment_id = excluded.suggested_appointment_id,
         matched_by = excluded.matched_by, updated_at = excluded.updated_at`,
      {
        $uid: study.studyInstanceUid,
        ...claimValues(study),
        $accessionNumber: study.accessionNumber,
        $studyDate: study.studyDate,
        $studyTime: study.studyTime,
        $description: study.description,
        $studyId: study.studyId ?? "",
        $referringPhysician: study.referringPhysician ?? "",
        $appointmentId: match.appointmentId,
        $suggestedAppointmentId: match.suggestedAppointmentId,
        $matchedBy: match.matchedBy,
        $now: timestamp(),
      },
    );
    this.#setAppointments(study.studyInstanceUid, match.alsoAppointmentIds);
  }

  /** Writes a new match of a study. Part of a transaction. */
  setMatch(studyInstanceUid: string, match: Match): void {
    this.#database.run(
      `UPDATE studies SET appointment_id = $appointmentId, suggested_appointment_id = $suggestedAppointmentId,
         matched_by = $matchedBy, updated_at = $now WHERE study_instance_uid = $uid`,
      {
        $uid: studyInstanceUid,
        $appointmentId: match.appointmentId,
        $suggestedAppointmentId: match.suggestedAppointmentId,
        $matchedBy: match.matchedBy,
        $now: timestamp(),
      },
    );
    this.#setAppointments(studyInstanceUid, match.alsoAppointmentIds);
  }

  /** What the study is filed under replaces the further appointments that it had. */
  #setAppointments(studyInstanceUid: string, appointmentIds: readonly string[]): void {
    this.#database.run(`DELETE FROM study_appointments WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid });
    for (const id of appointmentIds) this.addAppointment(studyInstanceUid, id);
  }

  /** A further appointment that the same scan was made for. */
  addAppointment(studyInstanceUid: string, appointmentId: string): void {
    this.#database.run(
      `INSERT INTO study_appointments (study_instance_uid, appointment_id) VALUES ($uid, $id) ON CONFLICT DO NOTHING`,
      { $uid: studyInstanceUid, $id: appointmentId },
    );
  }

  /**
   * The study is this patient's as they are known, or of whoever its objects say (null); the clinic hears of it. Part of
   * a transaction.
   */
  belongTo(studyInstanceUid: string, patient: Patient | null, by: string): void {
    const identity = patient === null ? this.#claims.first(studyInstanceUid) : personOf(patient);
    if (identity === undefined) return;
    const id = patient?.id ?? null;
    const changed = this.#database.run(
      `UPDATE studies SET patient_id = $patientId, patient_name = $patientName, patient_birth_date = $patientBirthDate,
         patient_sex = $patientSex, decided_patient_id = $decided, decided_by = $by, decided_at = $now, updated_at = $now
       WHERE study_instance_uid = $uid AND (patient_id, patient_name, patient_birth_date, patient_sex,
         decided_patient_id, decided_by) IS NOT ($patientId, $patientName, $patientBirthDate, $patientSex, $decided, $by)`,
      {
        $uid: studyInstanceUid,
        $patientId: identity.patientId,
        $patientName: identity.patientName,
        $patientBirthDate: identity.patientBirthDate ?? "",
        $patientSex: identity.patientSex ?? "",
        $decided: id,
        $by: by,
        $now: timestamp(),
      },
    );
    if (changed === 0) return;
    this.tell(studyInstanceUid);
    // where the clinic does not know whose it is now, it forgets the values until it does
    if (patient === null) this.#measurements.tellAgain(studyInstanceUid);
    this.announce(studyInstanceUid);
  }

  /** A person has looked at a study that is kept apart: it stays the study of whoever its objects say. */
  confirm(studyInstanceUid: string, by: string): void {
    this.#database.run(
      `UPDATE studies SET decided_by = $by, decided_at = $now, updated_at = $now
       WHERE study_instance_uid = $uid AND decided_patient_id IS NULL`,
      { $uid: studyInstanceUid, $by: by, $now: timestamp() },
    );
  }

  /** The clinic hears again of the studies of an appointment. Part of a transaction. */
  tellOfAppointment(appointmentId: string): void {
    const theirs = this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies WHERE appointment_id = $id`,
      { $id: appointmentId },
    );
    for (const { uid } of theirs) this.tell(uid);
  }

  /** What a study and its series are called has changed: the clinic and the pages hear of it. Part of a transaction. */
  descriptionsChanged(studyInstanceUid: string): void {
    this.tellWithSeries(studyInstanceUid);
    this.announce(studyInstanceUid);
  }

  /** The clinic hears of a study and its series as they are filed now. Part of a transaction. */
  tellWithSeries(studyInstanceUid: string): void {
    this.tell(studyInstanceUid);
    this.#series.tellAll(studyInstanceUid);
  }

  /** The clinic hears of a study as it is filed now. Part of a transaction. */
  tell(studyInstanceUid: string): void {
    this.#outbox.add(`study:${studyInstanceUid}`, "study", this.asTold(studyInstanceUid));
  }

  /** A study as the clinic is told of it. */
  asTold(studyInstanceUid: string): Record<string, unknown> {
    const { receivedAt: _receivedAt, decidedAt: _decidedAt, ...study } = this.get(studyInstanceUid);
    return study;
  }

  /**
   * Study Instance UIDs in their order, some at a time: those that come after this one.
   *
   * @param since ISO 8601; only those of which something came since then
   */
  uidsAfter(studyInstanceUid: string, most: number, since = ""): string[] {
    return this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies
       WHERE study_instance_uid > $after AND updated_at >= $since ORDER BY uid LIMIT $most`,
      { $after: studyInstanceUid, $most: most, $since: since },
    ).map(({ uid }) => uid);
  }

  /** Those who show a study, and its appointments, look again. Part of a transaction. */
  announce(studyInstanceUid: string): void {
    const appointments = this.appointmentsOf(studyInstanceUid);
    this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId: appointments[0] ?? null });
    for (const id of appointments) this.#database.announce({ noun: "appointment", id });
  }
}
