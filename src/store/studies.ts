import { differencesOf, type Identity } from "../dicom/identity.ts";
import { derivedUid } from "../dicom/uid.ts";
import type { Appointment, Appointments } from "./appointments.ts";
import { type Attention, inWords, type Reason } from "./attention.ts";
import { type Database, type Row, timestamp } from "./database.ts";
import {
  type Bookings,
  type Claim,
  fileObject,
  type FilingReason,
  type KnownStudy,
  type Match,
  matchStudy,
} from "./filing.ts";
import { isOfPerson, parametersOf, type Person, type Statement, weigh } from "./filing.ts";
import type { Measurement, Measurements } from "./measurements.ts";
import type { Outbox } from "./outbox.ts";
import type { SeriesHeader, StudyHeader } from "./received_instance.ts";
import { type Patient, type Patients, personOf } from "./patients.ts";
import type { ProcedureSteps } from "./procedure_steps.ts";

export interface StudyInstance {
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  number: number | null;
  frames: number;
  size: number;
  receivedAt: string;
  /** Why a person should look at this object, in English; "" when all is well. */
  attention: string;
  reasons: Reason[];
}

export interface Series extends SeriesHeader {
  /** How many it has, of which `instances` may be a part. */
  instanceCount: number;
  instances: StudyInstance[];
}

/** A study without its series and measurements. */
export interface StudySummary extends StudyHeader {
  appointmentId: string | null;
  suggestedAppointmentId: string | null;
  matchedBy: string;
  /** Whose it is by decision; null where it is whose its objects say. */
  decidedPatientId: string | null;
  /** Who decided, "clinic" for the clinic's database; "" where nobody did. */
  decidedBy: string;
  decidedAt: string | null;
  receivedAt: string;
}

/** A study as the API and the pages show it. */
export interface Study extends StudySummary {
  /** Further appointments that the same scan was made for. */
  alsoAppointmentIds: string[];
  /** The reasons in English; "" when there is none. */
  attention: string;
  /** Of the study and of its objects, and of those that came under its UID and were kept apart. */
  reasons: Reason[];
  series: Series[];
  /** Where further instances are to be had: what `find` takes as `after`; null where all are here. */
  instancesLeftAfter: string | null;
  measurements: Measurement[];
}

/** A page of a study's instances, series by series. */
export interface InstancePage {
  /** At most so many. */
  most: number;
  /** Those that follow this one. */
  after?: string | undefined;
}

/** A page of studies. */
export interface StudyPage {
  /** At most so many. */
  limit?: number;
  /** Those that came before this one, a Study Instance UID. */
  after?: string | undefined;
  /** Instances of each study at most. */
  instances?: number;
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

/** Where an object was filed. */
export interface Admission {
  studyInstanceUid: string;
  seriesInstanceUid: string;
  appointmentIds: readonly string[];
  /** Why a person should look at this object. */
  reasons: readonly FilingReason[];
  /** The study, by somebody else, under whose UID it came. */
  besideStudyUid: string | undefined;
  /** A study whose objects must go to another one now, which has been made for them. */
  displaced: { from: string; to: string } | undefined;
}

const SELECT = `
  SELECT study_instance_uid AS studyInstanceUid, patient_id AS patientId, patient_name AS patientName,
    patient_birth_date AS patientBirthDate, patient_sex AS patientSex, accession_number AS accessionNumber,
    study_date AS studyDate, study_time AS studyTime, description, appointment_id AS appointmentId,
    suggested_appointment_id AS suggestedAppointmentId, matched_by AS matchedBy,
    decided_patient_id AS decidedPatientId, decided_by AS decidedBy, decided_at AS decidedAt, received_at AS receivedAt
  FROM studies`;

/** Different words for one patient that are remembered for what comes under a Study Instance UID. */
const MOST_CLAIMS = 64;

/** Owner of the tables `studies`, `series`, `study_claims` and `study_appointments`. */
export class Studies {
  readonly #database: Database;
  readonly #appointments: Appointments;
  readonly #patients: Patients;
  readonly #measurements: Measurements;
  readonly #outbox: Outbox;
  readonly #steps: ProcedureSteps;
  readonly #attention: Attention;
  /** Told of each object about which a person is told something: the clinic hears of it as of the object itself. */
  objectTold: (sopInstanceUid: string) => void = () => {};

  constructor(
    database: Database,
    appointments: Appointments,
    patients: Patients,
    measurements: Measurements,
    outbox: Outbox,
    steps: ProcedureSteps,
    attention: Attention,
  ) {
    this.#database = database;
    this.#appointments = appointments;
    this.#patients = patients;
    this.#measurements = measurements;
    this.#outbox = outbox;
    this.#steps = steps;
    this.#attention = attention;
  }

  /**
   * Files an object that has come: its study and series are known from here on. Part of the transaction that records the
   * object.
   *
   * @param requestIds what the object says of the requests it was made for
   */
  admit(study: StudyHeader, series: SeriesHeader, requestIds: readonly string[] = []): Admission {
    const statement: Statement = { ...study, requestIds };
    const known = this.#knownUnder(study.studyInstanceUid);
    const filing = fileObject(statement, known, () => this.#bookings(statement));
    let studyInstanceUid: string;
    let displaced: Admission["displaced"];
    let reasons: readonly FilingReason[];
    if (filing.kind === "known") {
      studyInstanceUid = filing.studyInstanceUid;
      // what is told of the first object under these words is told of each, until somebody settles it
      this.#remember(statement, studyInstanceUid, filing.notices, known);
      reasons = filing.notices;
      if (requestIds.length > 1) this.#addRequested(studyInstanceUid, statement);
    } else {
      if (filing.displaces !== null) displaced = this.#leaveUid(filing.displaces);
      studyInstanceUid = displaced?.from ?? this.#freeUid(study.studyInstanceUid, statement);
      this.#add({ ...study, studyInstanceUid }, statement, filing.match);
      this.#followMerge(studyInstanceUid, filing.match.appointmentId);
      reasons = filing.match.notices;
    }
    if (filing.beside !== null) {
      const parameters = parametersOf(filing.beside.difference);
      reasons = [{ code: "another-patient", parameters }, ...reasons];
    }
    return {
      studyInstanceUid,
      seriesInstanceUid: this.seriesIn(studyInstanceUid, series),
      appointmentIds: this.appointmentsOf(studyInstanceUid),
      reasons,
      besideStudyUid: filing.beside?.studyInstanceUid,
      displaced,
    };
  }

  /** What comes late under a description or an id that the person has no more is theirs as they are known now. */
  #followMerge(studyInstanceUid: string, appointmentId: string | null): void {
    const study = this.#get(studyInstanceUid);
    const patient = appointmentId === null
      ? this.#patients.survivorOf(study.patientId)
      : this.#appointments.get(appointmentId).patient;
    if (patient === undefined) return;
    const isOutdated = study.patientId !== "" && study.patientId !== patient.id ||
      this.#patients.formerly(patient.id).some((one) => one.patientName === study.patientName);
    const fits = appointmentId !== null ||
      isOfPerson(study, { ...personOf(patient), otherIds: [study.patientId] }, false);
    if (isOutdated && fits) this.belongTo(studyInstanceUid, patient, "merge");
  }

  /**
   * A series in a study, made where it is not there yet. A machine that uses a Series Instance UID again for another
   * study breaks PS3.3 C.7.3.1, and must not have one patient's images among another's: there they are a series with a
   * UID of its own. Part of a transaction.
   *
   * @returns its UID here
   */
  seriesIn(studyInstanceUid: string, series: SeriesHeader): string {
    const known = this.#database.get<{ study: string }>(
      `SELECT study_instance_uid AS study FROM series WHERE series_instance_uid = $uid`,
      { $uid: series.seriesInstanceUid },
    );
    const seriesInstanceUid = known === undefined || known.study === studyInstanceUid
      ? series.seriesInstanceUid
      : derivedUid(`series ${series.seriesInstanceUid} of study ${studyInstanceUid}`);
    const added = this.#database.run(
      `INSERT INTO series (series_instance_uid, study_instance_uid, modality, number, description, body_part, received_at)
       VALUES ($uid, $study, $modality, $number, $description, $bodyPart, $now) ON CONFLICT DO NOTHING`,
      {
        $uid: seriesInstanceUid,
        $study: studyInstanceUid,
        $modality: series.modality,
        $number: series.number,
        $description: series.description,
        $bodyPart: series.bodyPart,
        $now: timestamp(),
      },
    );
    if (added > 0) this.#tellSeries({ ...series, seriesInstanceUid }, studyInstanceUid);
    return seriesInstanceUid;
  }

  seriesHeader(seriesInstanceUid: string): SeriesHeader {
    return this.#database.get<SeriesHeader & Row>(
      `SELECT series_instance_uid AS seriesInstanceUid, modality, number, description, body_part AS bodyPart
       FROM series WHERE series_instance_uid = $uid`,
      { $uid: seriesInstanceUid },
    )!;
  }

  /** Whether anything is left of a study: all of its objects may have gone to others. */
  hasObjects(studyInstanceUid: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM series JOIN instances USING (series_instance_uid) WHERE study_instance_uid = $uid LIMIT 1`,
      { $uid: studyInstanceUid },
    ) !== undefined;
  }

  /** The clinic hears again of the studies of an appointment. Part of a transaction. */
  tellOfAppointment(appointmentId: string): void {
    const theirs = this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies WHERE appointment_id = $id`,
      { $id: appointmentId },
    );
    for (const { uid } of theirs) this.#tellStudy(uid);
  }

  /** The appointments of a study, the first one first. */
  appointmentsOf(studyInstanceUid: string): string[] {
    return this.#database.all<{ id: string | null }>(
      `SELECT appointment_id AS id FROM studies WHERE study_instance_uid = $uid
       UNION ALL SELECT appointment_id FROM study_appointments WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    ).flatMap(({ id }) => id ?? []);
  }

  /**
   * An object of one study has come again as one of another. Both are looked at by a person: one of them may be
   * another patient's. Part of the transaction that records the newer object.
   */
  movedAway(sopInstanceUid: string, from: string, to: string): void {
    if (from === to) return;
    this.#attention.add({ studyInstanceUid: from }, "left-the-study", { sopInstanceUid });
    this.#attention.add({ sopInstanceUid }, "came-again-elsewhere", {});
    for (const uid of [from, to]) this.announce(uid);
  }

  /**
   * An appointment has come after its images, or has changed: studies without one that it may belong to are matched
   * anew, but for those that a person decided about. Part of the transaction that brought the appointment.
   *
   * @returns the studies that have an appointment now
   */
  rematch(appointment: Appointment): string[] {
    return this.#database.transaction(() => {
      const candidates = this.#database.all<StudySummary & Row>(
        `${SELECT} WHERE appointment_id IS NULL AND matched_by <> 'hand' AND decided_by = ''
           AND (study_instance_uid = $studyInstanceUid
             OR (accession_number <> '' AND accession_number = $accessionNumber)
             OR (patient_id = $patientId AND study_date = $date))`,
        {
          $studyInstanceUid: appointment.studyInstanceUid,
          $accessionNumber: appointment.accessionNumber,
          $patientId: appointment.patient.id,
          $date: appointment.date,
        },
      );
      const filed = candidates
        .filter((study) => this.#file(study, this.#match(study), "received before the booking"))
        .map(({ studyInstanceUid }) => studyInstanceUid);
      // an id and a number may vouch for what differs in one thing, which is told as of what comes later
      for (const uid of filed) this.tellWhatDiffers(uid, appointment.patient);
      return filed;
    });
  }

  /**
   * The clinic has given an appointment to somebody else: its studies stay with the first person and wait for somebody to
   * say where they belong, but for those that a person has said are the other's. Part of the transaction that changed the
   * appointment.
   */
  leaveAppointment({ id, patient }: Appointment): void {
    this.#database.transaction(() => {
      const others = this.#database.all<StudySummary & Row>(`${SELECT} WHERE appointment_id = $id`, { $id: id })
        .filter(({ decidedPatientId }) => decidedPatientId !== patient.id);
      const cause = "booked for somebody else by the clinic";
      for (const study of others) {
        const reasons: FilingReason[] = [{ code: "appointment-given-away", parameters: {} }];
        this.#file(study, { ...UNMATCHED, reasons }, cause);
      }
      this.#database.run(`DELETE FROM study_appointments WHERE appointment_id = $id`, { $id: id });
      if (others.length > 0) this.#withoutImages(id, cause);
    });
  }

  /**
   * What is known of a person has changed, or they have another id: the studies that are theirs, by decision or by their
   * appointment, are that person's as they are known now. Part of the transaction that changed it.
   *
   * @param by who changed it
   */
  followPerson(patient: Patient, by: string): void {
    const theirs = this.#database.all<StudySummary & Row>(
      `${SELECT} WHERE decided_patient_id = $id OR appointment_id IN (SELECT id FROM appointments WHERE patient_id = $id)`,
      { $id: patient.id },
    );
    for (const study of theirs) {
      this.belongTo(study.studyInstanceUid, patient, by);
      if (study.matchedBy !== "hand") this.tellWhatDiffers(study.studyInstanceUid, patient);
    }
    // what only bears the id may fit what is known now, or no longer: the clinic files it anew
    const waiting = this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies
       WHERE patient_id = $id AND decided_patient_id IS NULL AND appointment_id IS NULL`,
      { $id: patient.id },
    );
    for (const { uid } of waiting) {
      this.#tellStudy(uid);
      this.#outbox.release(`study:${uid}`);
    }
  }

  /**
   * What is known of a person now may differ from what objects say that were filed when less was known. Part of a
   * transaction.
   *
   * @param ofMoved also of those that somebody moved there
   */
  tellWhatDiffers(studyInstanceUid: string, patient: Patient, { ofMoved = false } = {}): void {
    const person = this.#withHistory(personOf(patient));
    const objects = this.#database.all<Claim & { uid: string } & Row>(
      `SELECT sop_instance_uid AS uid, instances.patient_id AS patientId, patient_name AS patientName,
         patient_birth_date AS patientBirthDate, patient_sex AS patientSex
       FROM series JOIN instances USING (series_instance_uid)
       WHERE study_instance_uid = $uid AND (moved_by = '' OR $ofMoved)`,
      { $uid: studyInstanceUid, $ofMoved: Number(ofMoved) },
    );
    for (const { uid, ...claim } of objects) {
      const { conflict, notices } = weigh(claim, person, true);
      for (const { code, parameters } of notices) this.#attention.add({ sopInstanceUid: uid }, code, parameters);
      if (notices.length > 0) this.tellOfClaim(studyInstanceUid, claim, notices);
      if (conflict !== undefined) {
        this.#attention.add({ sopInstanceUid: uid }, "names-another-patient", parametersOf(conflict));
        this.forgetClaim(studyInstanceUid, claim);
      }
      if (conflict !== undefined || notices.length > 0) this.objectTold(uid);
    }
  }

  /**
   * The studies that are a person's: by decision, by their appointment, or because all that their objects say fits. What
   * only bears their id, typed for somebody else, is not theirs.
   */
  ofPerson(patient: Patient): StudySummary[] {
    const person = this.#withHistory(personOf(patient));
    return this.ofPatient([patient.id]).filter((study) => {
      if (study.decidedPatientId !== null) return study.decidedPatientId === patient.id;
      if (study.appointmentId !== null) return this.#appointments.patientOf(study.appointmentId)?.id === patient.id;
      return this.wordsOf(study.studyInstanceUid).every((claim) => isOfPerson(claim, person, false));
    });
  }

  /** What the objects of a study say of their patient. */
  wordsOf(studyInstanceUid: string): Claim[] {
    return this.#database.all<Claim & Row>(
      `SELECT DISTINCT instances.patient_id AS patientId, patient_name AS patientName,
         patient_birth_date AS patientBirthDate, patient_sex AS patientSex
       FROM series JOIN instances USING (series_instance_uid) WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
  }

  /** The studies that are these patients': by decision, by their appointment, or as their objects say. */
  ofPatient(patientIds: readonly string[]): StudySummary[] {
    return this.#database.all<StudySummary & Row>(
      `${SELECT} WHERE patient_id IN (SELECT value FROM json_each($ids))
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

  /** An appointment's images have gone to another one: without any left it is where it would be without them. */
  #withoutImages(appointmentId: string, cause: string): void {
    if (!this.#hasImages(appointmentId)) {
      this.#appointments.record(appointmentId, "images taken away", cause);
      if (this.#appointments.get(appointmentId).sentAt !== null) {
        this.#appointments.record(appointmentId, "sent to machine", "still on the worklist");
      }
    }
    this.#database.announce({ noun: "appointment", id: appointmentId });
  }

  #hasImages(appointmentId: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM (SELECT study_instance_uid FROM studies WHERE appointment_id = $id
         UNION SELECT study_instance_uid FROM study_appointments WHERE appointment_id = $id) AS theirs
       JOIN series USING (study_instance_uid) JOIN instances USING (series_instance_uid) LIMIT 1`,
      { $id: appointmentId },
    ) !== undefined;
  }

  /**
   * A person has decided whose a study is. What waited to know that goes on. Part of a transaction.
   *
   * @param target the appointment it belongs to, or null for none; and the person, or null for whoever its objects say
   * @param by who decided
   */
  decide(
    studyInstanceUid: string,
    target: { appointmentId: string | null; patient: Patient | null },
    by: string,
  ): void {
    const study = this.#get(studyInstanceUid);
    this.#file(study, { ...UNMATCHED, appointmentId: target.appointmentId, matchedBy: "hand" }, `matched by ${by}`, by);
    this.belongTo(studyInstanceUid, target.patient, by);
    this.#database.run(`UPDATE study_claims SET notices = '[]' WHERE study_instance_uid = $uid`, {
      $uid: studyInstanceUid,
    });
    this.#outbox.release(`study:${studyInstanceUid}`);
    if (study.appointmentId !== null && study.appointmentId !== target.appointmentId) {
      this.#withoutImages(study.appointmentId, `match changed by ${by}`);
    }
  }

  /**
   * The images are not that appointment's after all: a matched study waits for a person again, as the study of whoever
   * its objects say. The appointment is where it would be without them. Part of a transaction.
   *
   * @returns the appointment it was taken from, undefined when there is no such study or it is not matched
   */
  unmatch(studyInstanceUid: string, by: string): string | undefined {
    return this.#database.transaction(() => {
      const study = this.summary(studyInstanceUid);
      if (!study?.appointmentId) return undefined;
      const reasons: FilingReason[] = [{ code: "taken-from-appointment", parameters: { by } }];
      this.#file(study, { ...UNMATCHED, matchedBy: "hand", reasons }, `match undone by ${by}`, by);
      this.belongTo(studyInstanceUid, null, "");
      this.#withoutImages(study.appointmentId, `match undone by ${by}`);
      return study.appointmentId;
    });
  }

  /**
   * The study is this patient's as they are known, or of whoever its objects say (null); the clinic hears of it. Part of
   * a transaction.
   */
  belongTo(studyInstanceUid: string, patient: Patient | null, by: string): void {
    const identity = patient === null ? this.#firstClaim(studyInstanceUid) : personOf(patient);
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
    this.#tellStudy(studyInstanceUid);
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

  /** Whether a study has no appointment, and nobody has said whose it is. */
  isWaiting(studyInstanceUid: string): boolean {
    const study = this.summary(studyInstanceUid);
    return study !== undefined && study.appointmentId === null && study.decidedPatientId === null;
  }

  /** Objects have come to a study by a decision: its appointments have images. Part of a transaction. */
  hasNewObjects(studyInstanceUid: string, cause: string): void {
    for (const id of this.appointmentsOf(studyInstanceUid)) this.#appointments.record(id, "image received", cause);
  }

  /**
   * Objects have left a study by a decision: its appointments may have none any more, and where nothing is left of it
   * nobody needs to say whose it is. Part of a transaction.
   *
   * @returns the reasons that have ended
   */
  lostObjects(studyInstanceUid: string, by: string, cause: string): number[] {
    for (const id of this.appointmentsOf(studyInstanceUid)) if (!this.#hasImages(id)) this.#withoutImages(id, cause);
    if (this.hasObjects(studyInstanceUid)) return [];
    const ended = this.#attention.ofFiling(studyInstanceUid).map(({ id }) => id);
    this.#attention.replaceFiling(studyInstanceUid, [], by, cause);
    return ended;
  }

  #firstClaim(studyInstanceUid: string): Claim | undefined {
    return this.#database.get<Claim & Row>(
      `SELECT patient_id AS patientId, patient_name AS patientName, patient_birth_date AS patientBirthDate,
         patient_sex AS patientSex
       FROM instances JOIN series USING (series_instance_uid) WHERE study_instance_uid = $uid
       ORDER BY instances.received_at, instances.rowid LIMIT 1`,
      { $uid: studyInstanceUid },
    );
  }

  /** Writes a new match of a known study where it differs. Returns whether the study has an appointment by it. */
  #file(study: StudySummary, match: Match, cause: string, by = "box"): boolean {
    const { studyInstanceUid } = study;
    const before = this.#attention.ofFiling(studyInstanceUid);
    const isSame = match.appointmentId === study.appointmentId && match.matchedBy === study.matchedBy &&
      match.suggestedAppointmentId === study.suggestedAppointmentId &&
      JSON.stringify(before.map(({ code, parameters }) => [code, parameters])) ===
        JSON.stringify(match.reasons.map(({ code, parameters }) => [code, parameters]));
    if (isSame) return false;
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
    this.#alsoFor(studyInstanceUid, match.alsoAppointmentIds);
    this.#attention.replaceFiling(studyInstanceUid, match.reasons, by, cause);
    this.#steps.follow(this.#claimsOf(studyInstanceUid), study.appointmentId, match.appointmentId);
    this.#tellStudy(studyInstanceUid);
    // whoever waited to know whose it is can go on
    this.#outbox.release(`study:${studyInstanceUid}`);
    this.announce(studyInstanceUid);
    const appointments = this.appointmentsOf(studyInstanceUid);
    for (const id of appointments) if (this.#hasImages(id)) this.#appointments.record(id, "image received", cause);
    return appointments.length > 0;
  }

  /** What the study is filed under replaces the further appointments that it had. */
  #alsoFor(studyInstanceUid: string, appointmentIds: readonly string[]): void {
    this.#database.run(`DELETE FROM study_appointments WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid });
    for (const id of appointmentIds) this.#alsoForOne(studyInstanceUid, id);
  }

  #alsoForOne(studyInstanceUid: string, appointmentId: string): void {
    this.#database.run(
      `INSERT INTO study_appointments (study_instance_uid, appointment_id) VALUES ($uid, $id) ON CONFLICT DO NOTHING`,
      { $uid: studyInstanceUid, $id: appointmentId },
    );
  }

  /** A later object names further requests that its study was made for. */
  #addRequested(studyInstanceUid: string, statement: Statement): void {
    const has = this.appointmentsOf(studyInstanceUid);
    if (has.length === 0) return;
    const { appointmentId, alsoAppointmentIds } = matchStudy(statement, this.#bookings(statement));
    const person = this.personOf(this.#get(studyInstanceUid));
    for (const id of [appointmentId, ...alsoAppointmentIds]) {
      if (id === null || has.includes(id)) continue;
      // one that names nobody clearly may fit two people, of whom the study is one's
      const { patient } = this.#appointments.get(id);
      if (differencesOf(personOf(patient), person, person.otherIds).length === 0) {
        this.#alsoForOne(studyInstanceUid, id);
      }
    }
  }

  /** A study without its series and measurements. */
  summary(studyInstanceUid: string): StudySummary | undefined {
    return this.#database.get<StudySummary & Row>(`${SELECT} WHERE study_instance_uid = $uid`, {
      $uid: studyInstanceUid,
    });
  }

  #get(studyInstanceUid: string): StudySummary {
    const study = this.summary(studyInstanceUid);
    if (study === undefined) throw new Error(`Cannot file study ${studyInstanceUid}: there is none with this UID`);
    return study;
  }

  /** A study whole, or with a page of its instances. */
  find(studyInstanceUid: string, page?: InstancePage): Study | undefined {
    const row = this.summary(studyInstanceUid);
    return row && this.#whole(row, page);
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
      `${SELECT} WHERE ${conditions.join(" AND ")} ORDER BY received_at DESC, study_instance_uid DESC LIMIT $limit`,
      values,
    );
    for (const row of rows) yield this.#whole(row, instances === undefined ? undefined : { most: instances });
  }

  /**
   * All objects of a study have gone to another: what comes later under the same words follows them. Part of a
   * transaction.
   *
   * @returns the words, for the way back
   */
  claimsMove(from: string, to: string): unknown[] {
    return this.#database.all(
      `UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from
       RETURNING json_array(claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex) AS words`,
      { $from: from, $to: to },
    ).map(({ words }) => JSON.parse(words as string));
  }

  /** What `claimsMove` moved goes back. */
  claimsMoveBack(from: string, to: string, words: unknown): void {
    this.#database.run(
      `UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from
         AND json_array(claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex) IN (
           SELECT json(value) FROM json_each($words))`,
      { $from: from, $to: to, $words: JSON.stringify(words ?? []) },
    );
  }

  /** A new study beside the one that some of its objects leave, for somebody to say whose they are. */
  apart(from: string, firstObject: string, by: string): string {
    const header = this.#get(from);
    const studyInstanceUid = this.#freeUid(derivedUid(`study of ${firstObject} apart from ${from}`), header);
    const reasons: FilingReason[] = [{ code: "split-from-study", parameters: { by } }];
    this.#add({ ...header, studyInstanceUid }, undefined, { ...UNMATCHED, matchedBy: "hand", reasons });
    return studyInstanceUid;
  }

  /**
   * The study that objects which a person moves go to: the appointment's own where there is one, else a new one.
   * Part of a transaction.
   *
   * @param from the study they are in, by whose header a new one is made
   */
  studyFor(from: string, target: { appointment: Appointment | undefined; patient: Patient }, by: string): string {
    const { appointment, patient } = target;
    const own = appointment && this.#database.get<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies WHERE appointment_id = $id AND study_instance_uid <> $from
       ORDER BY study_instance_uid = $uid DESC, received_at LIMIT 1`,
      { $id: appointment.id, $from: from, $uid: appointment.studyInstanceUid },
    );
    if (own) {
      // whoever only came by themselves said whose it is; what is moved there may say something else
      if (this.#get(own.uid).decidedPatientId === null) this.belongTo(own.uid, patient, by);
      return own.uid;
    }
    const header = this.#get(from);
    const wanted = appointment?.studyInstanceUid ?? derivedUid(`study ${from} of patient ${patient.id}`);
    const studyInstanceUid = this.#isTaken(wanted) ? this.#freeUid(wanted, personClaim(patient)) : wanted;
    const accessionNumber = appointment?.accessionNumber ?? "";
    this.#add({ ...header, ...personClaim(patient), studyInstanceUid, accessionNumber }, undefined, UNMATCHED);
    this.decide(studyInstanceUid, { appointmentId: appointment?.id ?? null, patient }, by);
    return studyInstanceUid;
  }

  /** Those who show a study, and its appointments, look again. Part of a transaction. */
  announce(studyInstanceUid: string): void {
    const appointments = this.appointmentsOf(studyInstanceUid);
    this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId: appointments[0] ?? null });
    for (const id of appointments) this.#database.announce({ noun: "appointment", id });
  }

  #knownUnder(claimedUid: string): KnownStudy[] {
    const rows = this.#database.all<StudySummary & { claim: string } & Row>(
      `SELECT json_array(c.patient_id, c.patient_name, c.patient_birth_date, c.patient_sex, json(c.notices)) AS claim, s.*
       FROM study_claims AS c JOIN (${SELECT}) AS s ON s.studyInstanceUid = c.study_instance_uid
       WHERE c.claimed_study_uid = $uid`,
      { $uid: claimedUid },
    );
    const studies = [...Map.groupBy(rows, ({ studyInstanceUid }) => studyInstanceUid).values()];
    const rank = (row: StudySummary) => (row.studyInstanceUid === claimedUid ? 0 : row.decidedBy !== "" ? 1 : 2);
    return studies.sort(([a], [b]) => rank(a!) - rank(b!)).map((same) => {
      const study = same[0]!;
      const person = () => this.personOf(study);
      return {
        studyInstanceUid: study.studyInstanceUid,
        claims: same.map(({ claim }) => {
          const [patientId, patientName, patientBirthDate, patientSex, notices] = JSON.parse(claim) as [
            ...[string, string, string, string],
            FilingReason[],
          ];
          return { patientId, patientName, patientBirthDate, patientSex, notices };
        }),
        get person() {
          return person();
        },
        appointmentId: study.appointmentId,
        decided: study.decidedPatientId !== null,
        confirmed: study.decidedBy !== "",
      };
    });
  }

  /** Whose a study is: by decision, else by its appointment, else by what its first object said. */
  personOf(study: StudySummary): Person {
    // who only looked at one of its objects has not said whose the study is
    const patient = study.decidedPatientId === null && study.appointmentId !== null
      ? this.#appointments.patientOf(study.appointmentId)
      : undefined;
    const identity = patient ? personOf(patient) : study;
    return this.#withHistory(identity);
  }

  #withHistory(identity: Identity): Person {
    const { patientId } = identity;
    return {
      ...identity,
      otherIds: this.#patients.otherIdsOf(patientId),
      formerly: this.#patients.formerly(patientId),
    };
  }

  #bookings(statement: Statement): Bookings {
    const bookingOf = (appointment: Appointment) => ({
      id: appointment.id,
      person: this.#withHistory(personOf(appointment.patient)),
      sent: appointment.sentAt !== null,
    });
    const byNumber = (number: string) => number === "" ? undefined : this.#appointments.findByAccessionNumber(number);
    const byUid = this.#appointments.findByStudyInstanceUid(statement.studyInstanceUid);
    const byAccession = byNumber(statement.accessionNumber);
    // a worklist item's step and procedure have its accession number for an id
    const requested = new Map(statement.requestIds.flatMap((id) => byNumber(id) ?? []).map((one) => [one.id, one]));
    const ids = statement.patientId === ""
      ? []
      : [statement.patientId, ...this.#patients.otherIdsOf(statement.patientId)];
    const ofDay = statement.studyDate === ""
      ? []
      : ids.flatMap((id) => this.#appointments.ofPatientOn(id, statement.studyDate));
    return {
      byStudyUid: byUid && bookingOf(byUid),
      byAccessionNumber: byAccession && bookingOf(byAccession),
      byRequest: [...requested.values()].map(bookingOf),
      ofDay: ofDay.map(bookingOf),
      givenAway: this.#appointments.isRetired(statement.studyInstanceUid, statement.accessionNumber),
    };
  }

  #match(study: StudySummary): Match {
    const statement = { ...study, requestIds: [] };
    const match = matchStudy(statement, this.#bookings(statement));
    const patient = match.appointmentId === null ? undefined : this.#appointments.patientOf(match.appointmentId);
    if (patient === undefined) return match;
    // its first object fits: the others must too
    const person = this.#withHistory(personOf(patient));
    const other = this.wordsOf(study.studyInstanceUid)
      .find((claim) => !isOfPerson(claim, person, match.matchedBy !== "patient id and date"));
    if (other === undefined) return match;
    const [difference] = differencesOf(other, person, person.otherIds);
    const parameters = { by: match.matchedBy, ...parametersOf(difference!) };
    const reasons: FilingReason[] = [{ code: "patient-differs", parameters }];
    return { ...UNMATCHED, suggestedAppointmentId: match.appointmentId, reasons };
  }

  /** What comes under these words goes to this study no longer. Part of a transaction. */
  forgetClaim(studyInstanceUid: string, claim: Claim): void {
    this.#database.run(
      `DELETE FROM study_claims WHERE study_instance_uid = $uid AND patient_id = $patientId
         AND patient_name = $patientName AND patient_birth_date = $patientBirthDate AND patient_sex = $patientSex`,
      { $uid: studyInstanceUid, ...claimValues(claim) },
    );
  }

  /** What comes under this UID and these words for its patient goes to this study. */
  #remember(
    statement: Statement,
    studyInstanceUid: string,
    notices: readonly FilingReason[],
    known: readonly KnownStudy[] = [],
  ): void {
    if (known.reduce((sum, { claims }) => sum + claims.length, 0) >= MOST_CLAIMS) return;
    this.#database.run(
      `INSERT INTO study_claims (claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex,
         study_instance_uid, notices)
       VALUES ($claimed, $patientId, $patientName, $patientBirthDate, $patientSex, $uid, $notices)
       ON CONFLICT DO NOTHING`,
      {
        ...{ $claimed: statement.studyInstanceUid, $uid: studyInstanceUid, $notices: JSON.stringify(notices) },
        ...claimValues(statement),
      },
    );
  }

  /** What is told of each object that comes to a study under some words; nothing once it is settled. */
  tellOfClaim(studyInstanceUid: string, claim: Claim, notices: readonly FilingReason[]): void {
    this.#database.run(
      `UPDATE study_claims SET notices = $notices WHERE study_instance_uid = $uid AND patient_id = $patientId
         AND patient_name = $patientName AND patient_birth_date = $patientBirthDate AND patient_sex = $patientSex`,
      { $uid: studyInstanceUid, $notices: JSON.stringify(notices), ...claimValues(claim) },
    );
  }

  /** @param statement what comes under the same words goes there too; undefined for one that a person made */
  #add(study: StudyHeader, statement: Statement | undefined, match: Match): void {
    this.#database.run(
      `INSERT INTO studies (study_instance_uid, patient_id, patient_name, patient_birth_date, patient_sex,
         accession_number, study_date, study_time, description, appointment_id, suggested_appointment_id, matched_by,
         received_at, updated_at)
       VALUES ($uid, $patientId, $patientName, $patientBirthDate, $patientSex, $accessionNumber, $studyDate, $studyTime,
         $description, $appointmentId, $suggestedAppointmentId, $matchedBy, $now, $now)
       ON CONFLICT (study_instance_uid) DO UPDATE SET patient_id = excluded.patient_id,
         patient_name = excluded.patient_name, patient_birth_date = excluded.patient_birth_date,
         patient_sex = excluded.patient_sex, accession_number = excluded.accession_number,
         study_date = excluded.study_date, study_time = excluded.study_time, description = excluded.description,
         appointment_id = excluded.appointment_id, suggested_appointment_id = excluded.suggested_appointment_id,
         matched_by = excluded.matched_by, updated_at = excluded.updated_at`,
      {
        $uid: study.studyInstanceUid,
        ...claimValues(study),
        $accessionNumber: study.accessionNumber,
        $studyDate: study.studyDate,
        $studyTime: study.studyTime,
        $description: study.description,
        $appointmentId: match.appointmentId,
        $suggestedAppointmentId: match.suggestedAppointmentId,
        $matchedBy: match.matchedBy,
        $now: timestamp(),
      },
    );
    if (statement !== undefined) this.#remember(statement, study.studyInstanceUid, match.notices);
    this.#alsoFor(study.studyInstanceUid, match.alsoAppointmentIds);
    this.#attention.replaceFiling(study.studyInstanceUid, match.reasons, "box", "filed");
    this.#steps.follow(this.#claimsOf(study.studyInstanceUid), null, match.appointmentId);
    this.#tellStudy(study.studyInstanceUid);
  }

  /** A study gives up its UID to the one whose appointment has it: what it keeps is kept under another. */
  #leaveUid(from: string): { from: string; to: string } {
    const study = this.#get(from);
    const to = this.#freeUid(from, study);
    this.#add({ ...study, studyInstanceUid: to }, undefined, {
      ...{ ...UNMATCHED, suggestedAppointmentId: study.suggestedAppointmentId },
      reasons: this.#attention.ofFiling(from),
    });
    this.#database.run(`UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from`, {
      $from: from,
      $to: to,
    });
    return { from, to };
  }

  /** A UID that no study here has: the one given, else one that follows from it and from who the patient is. */
  #freeUid(wanted: string, { patientId, patientName, patientBirthDate, patientSex }: Claim): string {
    let uid = wanted;
    for (let n = 1; this.#isTaken(uid); n++) {
      uid = derivedUid(
        `study ${wanted} of ${JSON.stringify([patientId, patientName, patientBirthDate, patientSex, n])}`,
      );
    }
    return uid;
  }

  #isTaken(studyInstanceUid: string): boolean {
    return this.#database.get(`SELECT 1 FROM studies WHERE study_instance_uid = $uid`, { $uid: studyInstanceUid }) !==
      undefined;
  }

  /** Under which UIDs and patient ids objects of a study come. */
  #claimsOf(studyInstanceUid: string): { studyInstanceUid: string; patientId: string }[] {
    return this.#database.all<{ studyInstanceUid: string; patientId: string }>(
      `SELECT DISTINCT claimed_study_uid AS studyInstanceUid, patient_id AS patientId FROM study_claims
       WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
  }

  /** What a study and its series are called has changed: the clinic and the pages hear of it. Part of a transaction. */
  descriptionsChanged(studyInstanceUid: string): void {
    this.#tellStudy(studyInstanceUid);
    const series = this.#database.all<{ uid: string }>(
      `SELECT series_instance_uid AS uid FROM series WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
    for (const { uid } of series) this.#tellSeries(this.seriesHeader(uid), studyInstanceUid);
    this.announce(studyInstanceUid);
  }

  #tellStudy(studyInstanceUid: string): void {
    const { receivedAt: _receivedAt, decidedAt: _decidedAt, ...study } = this.#get(studyInstanceUid);
    this.#outbox.add(`study:${studyInstanceUid}`, "study", { ...study });
  }

  #tellSeries(series: SeriesHeader, studyInstanceUid: string): void {
    this.#outbox.add(`study:${studyInstanceUid}`, "series", { ...series, studyInstanceUid });
  }

  #whole(row: StudySummary, page: InstancePage = { most: Infinity }): Study {
    const series = this.#database.all<SeriesHeader & { instanceCount: number }>(
      `SELECT series_instance_uid AS seriesInstanceUid, modality, number, description, body_part AS bodyPart,
         (SELECT count(*) FROM instances WHERE instances.series_instance_uid = series.series_instance_uid) AS instanceCount
       FROM series WHERE study_instance_uid = $uid AND EXISTS (
         SELECT 1 FROM instances WHERE instances.series_instance_uid = series.series_instance_uid)
       ORDER BY coalesce(number, 1000000), received_at`,
      { $uid: row.studyInstanceUid },
    );
    const reasons = this.#attention.ofStudy(row.studyInstanceUid);
    const byInstance = Map.groupBy(reasons, ({ sopInstanceUid }) => sopInstanceUid);
    const paged = this.#pageOf(series, page, byInstance);
    return {
      ...row,
      alsoAppointmentIds: this.appointmentsOf(row.studyInstanceUid).filter((id) => id !== row.appointmentId),
      attention: inWords(reasons),
      reasons,
      ...paged,
      measurements: this.#measurements.ofStudy(row.studyInstanceUid),
    };
  }

  /** A page of instances, each in its series; of series that are not on it there are none. */
  #pageOf(
    series: readonly Omit<Series, "instances">[],
    { most, after }: InstancePage,
    reasons: ReadonlyMap<string | null, Reason[]>,
  ): Pick<Study, "series" | "instancesLeftAfter"> {
    let left = most;
    let last: string | undefined;
    const afterSeries = after === undefined ? undefined : this.#database.get<{ uid: string }>(
      `SELECT series_instance_uid AS uid FROM instances WHERE sop_instance_uid = $after`,
      { $after: after },
    )?.uid;
    // one that has gone to another study meanwhile says nothing: it begins anew
    let isPast = !series.some(({ seriesInstanceUid }) => seriesInstanceUid === afterSeries);
    let isLeft = false;
    const paged = series.map((one) => {
      const isHere = one.seriesInstanceUid === afterSeries;
      if (!isPast && !isHere) return { ...one, instances: [] };
      isPast = true;
      const instances = this.#instances(one.seriesInstanceUid, left, isHere ? after : undefined, reasons);
      // one more than the page takes says that there is more
      if (instances.length > left) isLeft = true;
      const taken = instances.slice(0, left);
      left -= taken.length;
      last = taken.at(-1)?.sopInstanceUid ?? last;
      return { ...one, instances: taken };
    });
    return { series: paged, instancesLeftAfter: isLeft ? last ?? null : null };
  }

  #instances(
    seriesInstanceUid: string,
    most: number,
    after: string | undefined,
    reasons: ReadonlyMap<string | null, Reason[]>,
  ): StudyInstance[] {
    return this.#database.all<StudyInstance & Row>(
      `SELECT sop_instance_uid AS sopInstanceUid, sop_class_uid AS sopClassUid,
         transfer_syntax_uid AS transferSyntaxUid, number, frames, size, received_at AS receivedAt
       FROM instances WHERE series_instance_uid = $uid ${after === undefined ? "" : AFTER}
       ORDER BY coalesce(number, 1000000), received_at, sop_instance_uid LIMIT $most`,
      {
        $uid: seriesInstanceUid,
        $most: most === Infinity ? -1 : most + 1,
        ...(after !== undefined && { $after: after }),
      },
    ).map((instance) => {
      const own = reasons.get(instance.sopInstanceUid) ?? [];
      return { ...instance, attention: inWords(own), reasons: own };
    });
  }
}

/** What follows an instance in the order of its series; the first condition finds the place in the index. */
const AFTER = `AND coalesce(number, 1000000) >= (SELECT coalesce(number, 1000000) FROM instances
    WHERE sop_instance_uid = $after)
  AND (coalesce(number, 1000000), received_at, sop_instance_uid) > (SELECT coalesce(number, 1000000), received_at,
    sop_instance_uid FROM instances WHERE sop_instance_uid = $after)`;

const UNMATCHED: Match = {
  ...{ appointmentId: null, alsoAppointmentIds: [], suggestedAppointmentId: null, matchedBy: "" },
  ...{ reasons: [], notices: [] },
};

function claimValues({ patientId, patientName, patientBirthDate, patientSex }: Claim) {
  return {
    $patientId: patientId,
    $patientName: patientName,
    $patientBirthDate: patientBirthDate,
    $patientSex: patientSex,
  };
}

function personClaim(patient: Patient): Claim {
  const { patientId, patientName, patientBirthDate = "", patientSex = "" } = personOf(patient);
  return { patientId, patientName, patientBirthDate, patientSex };
}
