import { inEnglish, say, type Sentence } from "../sentences.ts";
import { differencesOf } from "../dicom/identity.ts";
import { derivedUid } from "../dicom/uid.ts";
import type { Appointment } from "./appointment.ts";
import type { Appointments } from "./appointments.ts";
import type { Attention } from "./attention.ts";
import { type Database, type Row } from "./database.ts";
import {
  type Claim,
  fileObject,
  type FilingReason,
  isOfPerson,
  isSameClaim,
  type Match,
  matchStudy,
  parametersOf,
  type Statement,
  UNMATCHED,
} from "./filing.ts";
import type { FilingEvidence } from "./filing_evidence.ts";
import type { Outbox } from "./outbox.ts";
import { type Patient, type Patients, personOf } from "./patients.ts";
import type { PersonStudies } from "./person_studies.ts";
import type { ProcedureSteps } from "./procedure_steps.ts";
import type { SeriesHeader, StudyHeader } from "./received_instance.ts";
import type { SeriesOfStudies } from "./series.ts";
import type { Studies } from "./studies.ts";
import { STUDY_SUMMARY, type StudySummary } from "./study_summary.ts";
import type { StudyClaims } from "./study_claims.ts";

/** Where an object was filed. */
export interface Admission {
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string;
  /** Series Instance UID (0020,000E). */
  seriesInstanceUid: string;
  /** Why a person should look at this object. */
  reasons: readonly FilingReason[];
  /** The study, by somebody else, under whose UID it came. */
  besideStudyUid: string | undefined;
  /** A study whose objects must go to another one now, which has been made for them. */
  displaced: { from: string; to: string } | undefined;
}

interface Nouns {
  studies: Studies;
  series: SeriesOfStudies;
  claims: StudyClaims;
  evidence: FilingEvidence;
  people: PersonStudies;
  appointments: Appointments;
  patients: Patients;
  steps: ProcedureSteps;
  attention: Attention;
  outbox: Outbox;
}

/**
 * Puts what has come under a study and an appointment, by what `filing.ts` decides or a person has decided, and does what
 * follows from it: in the appointments, in what people are told, and for the clinic.
 */
export class StudyFiling {
  readonly #database: Database;
  readonly #nouns: Nouns;

  /** @internal `Store` makes it. */
  constructor(database: Database, nouns: Nouns) {
    this.#database = database;
    this.#nouns = nouns;
  }

  /**
   * Files an object that has come: its study and series are known from here on. Part of the transaction that records the
   * object.
   *
   * @param requestIds what the object says of the requests it was made for
   */
  admit(study: StudyHeader, series: SeriesHeader, requestIds: readonly string[] = []): Admission {
    const statement: Statement = { ...study, requestIds };
    const known = this.#nouns.evidence.knownUnder(study.studyInstanceUid);
    const filing = fileObject(statement, known, () => this.#nouns.evidence.bookings(statement));
    let studyInstanceUid: string;
    let displaced: Admission["displaced"];
    let reasons: readonly FilingReason[];
    if (filing.kind === "known") {
      studyInstanceUid = filing.studyInstanceUid;
      // what is told of the first object under these words is told of each, until somebody settles it
      this.#nouns.claims.remember(statement, studyInstanceUid, filing.notices, known);
      reasons = filing.notices;
      if (requestIds.length > 1) this.#addRequested(studyInstanceUid, statement);
    } else {
      if (filing.displaces !== null) displaced = this.#leaveUid(filing.displaces);
      studyInstanceUid = displaced?.from ?? this.#nouns.studies.freeUid(study.studyInstanceUid, statement);
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
      seriesInstanceUid: this.#nouns.series.in(studyInstanceUid, series),
      reasons,
      besideStudyUid: filing.beside?.studyInstanceUid,
      displaced,
    };
  }

  /** What comes late under a description or an id that the person has no more is theirs as they are known now. */
  #followMerge(studyInstanceUid: string, appointmentId: string | null): void {
    const study = this.#nouns.studies.get(studyInstanceUid);
    const patient = appointmentId === null
      ? this.#nouns.patients.survivorOf(study.patientId)
      : this.#nouns.appointments.get(appointmentId).patient;
    if (patient === undefined) return;
    const isOutdated = study.patientId !== "" && study.patientId !== patient.id ||
      this.#nouns.patients.formerly(patient.id).some((one) => one.patientName === study.patientName);
    const fits = appointmentId !== null ||
      isOfPerson(study, { ...personOf(patient), otherIds: [study.patientId] }, false);
    if (isOutdated && fits) this.#nouns.studies.belongTo(studyInstanceUid, patient, "merge");
  }

  /** A later object names further requests that its study was made for. */
  #addRequested(studyInstanceUid: string, statement: Statement): void {
    const has = this.#nouns.studies.appointmentsOf(studyInstanceUid);
    if (has.length === 0) return;
    const { appointmentId, alsoAppointmentIds } = matchStudy(statement, this.#nouns.evidence.bookings(statement));
    const person = this.#nouns.evidence.personOf(this.#nouns.studies.get(studyInstanceUid));
    for (const id of [appointmentId, ...alsoAppointmentIds]) {
      if (id === null || has.includes(id)) continue;
      // one that names nobody clearly may fit two people, of whom the study is one's
      const { patient } = this.#nouns.appointments.get(id);
      if (differencesOf(personOf(patient), person, person.otherIds).length === 0) {
        this.#nouns.studies.addAppointment(studyInstanceUid, id);
      }
    }
  }

  /**
   * An object of one study has come again as one of another. Both are looked at by a person: one of them may be
   * another patient's. Part of the transaction that records the newer object.
   */
  movedAway(sopInstanceUid: string, from: string, to: string): void {
    if (from === to) return;
    this.#nouns.attention.add({ studyInstanceUid: from }, "left-the-study", { sopInstanceUid });
    this.#nouns.attention.add({ sopInstanceUid }, "came-again-elsewhere", {});
    for (const uid of [from, to]) this.#nouns.studies.announce(uid);
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
        `${STUDY_SUMMARY} WHERE appointment_id IS NULL AND matched_by <> 'hand' AND decided_by = ''
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
        .filter((study) => this.#file(study, this.#nouns.evidence.match(study), say("received-before")))
        .map(({ studyInstanceUid }) => studyInstanceUid);
      // an id and a number may vouch for what differs in one thing, which is told as of what comes later
      for (const uid of filed) this.#nouns.people.tellWhatDiffers(uid, appointment.patient);
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
      const others = this.#database.all<StudySummary & Row>(`${STUDY_SUMMARY} WHERE appointment_id = $id`, { $id: id })
        .filter(({ decidedPatientId }) => decidedPatientId !== patient.id);
      const cause = say("given-by-clinic");
      for (const study of others) {
        const reasons: FilingReason[] = [{ code: "appointment-given-away", parameters: {} }];
        this.#file(study, { ...UNMATCHED, reasons }, cause);
      }
      this.#database.run(`DELETE FROM study_appointments WHERE appointment_id = $id`, { $id: id });
      if (others.length > 0) this.#withoutImages(id, cause);
    });
  }

  /** Writes a new match of a known study where it differs. Returns whether the study has an appointment by it. */
  #file(study: StudySummary, match: Match, cause: Sentence, by = "box"): boolean {
    const { studyInstanceUid } = study;
    const before = this.#nouns.attention.ofFiling(studyInstanceUid);
    const isSame = match.appointmentId === study.appointmentId && match.matchedBy === study.matchedBy &&
      match.suggestedAppointmentId === study.suggestedAppointmentId &&
      JSON.stringify(before.map(({ code, parameters }) => [code, parameters])) ===
        JSON.stringify(match.reasons.map(({ code, parameters }) => [code, parameters]));
    if (isSame) return false;
    this.#nouns.studies.setMatch(studyInstanceUid, match);
    this.#nouns.attention.replaceFiling(studyInstanceUid, match.reasons, by, inEnglish(cause));
    this.#nouns.steps.follow(this.#nouns.claims.of(studyInstanceUid), study.appointmentId, match.appointmentId);
    this.#nouns.studies.tell(studyInstanceUid);
    // whoever waited to know whose it is can go on
    this.#nouns.outbox.release(`study:${studyInstanceUid}`);
    this.#nouns.studies.announce(studyInstanceUid);
    const appointments = this.#nouns.studies.appointmentsOf(studyInstanceUid);
    for (const id of appointments) {
      if (this.#nouns.studies.hasImages(id)) this.#nouns.appointments.record(id, "image received", cause);
    }
    return appointments.length > 0;
  }

  /** @param statement what comes under the same words goes there too; undefined for one that a person made */
  #add(study: StudyHeader, statement: Statement | undefined, match: Match): void {
    this.#nouns.studies.write(study, match);
    if (statement !== undefined) this.#nouns.claims.remember(statement, study.studyInstanceUid, match.notices);
    this.#nouns.attention.replaceFiling(study.studyInstanceUid, match.reasons, "box", "filed");
    this.#nouns.steps.follow(this.#nouns.claims.of(study.studyInstanceUid), null, match.appointmentId);
    this.#nouns.studies.tell(study.studyInstanceUid);
  }

  /** A study gives up its UID to the one whose appointment has it: what it keeps is kept under another. */
  #leaveUid(from: string): { from: string; to: string } {
    const study = this.#nouns.studies.get(from);
    const to = this.#nouns.studies.freeUid(from, study);
    this.#add({ ...study, studyInstanceUid: to }, undefined, {
      ...{ ...UNMATCHED, suggestedAppointmentId: study.suggestedAppointmentId },
      reasons: this.#nouns.attention.ofFiling(from),
    });
    this.#nouns.claims.leave(from, to);
    return { from, to };
  }

  /** An appointment's images have gone to another one: without any left it is where it would be without them. */
  #withoutImages(appointmentId: string, cause: Sentence): void {
    if (!this.#nouns.studies.hasImages(appointmentId)) {
      this.#nouns.appointments.record(appointmentId, "images taken away", cause);
      if (this.#nouns.appointments.get(appointmentId).sentAt !== null) {
        this.#nouns.appointments.record(appointmentId, "sent to machine", say("still-on-worklist"));
      }
    }
    this.#database.announce({ noun: "appointment", id: appointmentId });
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
    const study = this.#nouns.studies.get(studyInstanceUid);
    this.#file(
      study,
      { ...UNMATCHED, appointmentId: target.appointmentId, matchedBy: "hand" },
      say("matched-by", { who: by }),
      by,
    );
    this.#nouns.studies.belongTo(studyInstanceUid, target.patient, by);
    this.#nouns.claims.settle(studyInstanceUid);
    this.#nouns.outbox.release(`study:${studyInstanceUid}`);
    if (study.appointmentId !== null && study.appointmentId !== target.appointmentId) {
      this.#withoutImages(study.appointmentId, say("match-changed-by", { who: by }));
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
      const study = this.#nouns.studies.summary(studyInstanceUid);
      if (!study?.appointmentId) return undefined;
      const reasons: FilingReason[] = [{ code: "taken-from-appointment", parameters: { by } }];
      this.#file(study, { ...UNMATCHED, matchedBy: "hand", reasons }, say("match-undone-by", { who: by }), by);
      this.#nouns.studies.belongTo(studyInstanceUid, null, "");
      this.#withoutImages(study.appointmentId, say("match-undone-by", { who: by }));
      return study.appointmentId;
    });
  }

  /** Objects have come to a study by a decision: its appointments have images. Part of a transaction. */
  hasNewObjects(studyInstanceUid: string, cause: Sentence): void {
    for (const id of this.#nouns.studies.appointmentsOf(studyInstanceUid)) {
      this.#nouns.appointments.record(id, "image received", cause);
    }
  }

  /**
   * Objects have left a study by a decision: its appointments may have none any more, and where nothing is left of it
   * nobody needs to say whose it is. Part of a transaction.
   *
   * @returns the reasons that have ended
   */
  lostObjects(studyInstanceUid: string, by: string, cause: Sentence): number[] {
    for (const id of this.#nouns.studies.appointmentsOf(studyInstanceUid)) {
      if (!this.#nouns.studies.hasImages(id)) this.#withoutImages(id, cause);
    }
    if (this.#nouns.series.hasObjects(studyInstanceUid)) {
      this.#describeByWhatIsLeft(studyInstanceUid);
      return [];
    }
    const ended = this.#nouns.attention.ofFiling(studyInstanceUid).map(({ id }) => id);
    this.#nouns.attention.replaceFiling(studyInstanceUid, [], by, inEnglish(cause));
    return ended;
  }

  /** A study of which nobody decided is described as its objects say: those that it was described by may have left. */
  #describeByWhatIsLeft(studyInstanceUid: string): void {
    const { studies, claims, people } = this.#nouns;
    const study = studies.get(studyInstanceUid);
    if (study.decidedPatientId !== null) return;
    if (claims.wordsOf(studyInstanceUid).some((claim) => isSameClaim(claim, study))) return;
    studies.belongTo(studyInstanceUid, null, "");
    claims.forget(studyInstanceUid, study);
    people.tellOthersApart(studyInstanceUid);
  }

  /** A new study beside the one that some of its objects leave, for somebody to say whose they are. */
  apart(from: string, firstObject: string, by: string): string {
    const header = this.#nouns.studies.get(from);
    const studyInstanceUid = this.#nouns.studies.freeUid(
      derivedUid(`study of ${firstObject} apart from ${from}`),
      header,
    );
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
      if (this.#nouns.studies.get(own.uid).decidedPatientId === null) {
        this.#nouns.studies.belongTo(own.uid, patient, by);
      }
      return own.uid;
    }
    const header = this.#nouns.studies.get(from);
    const wanted = appointment?.studyInstanceUid ?? derivedUid(`study ${from} of patient ${patient.id}`);
    const studyInstanceUid = this.#nouns.studies.isTaken(wanted)
      ? this.#nouns.studies.freeUid(wanted, personClaim(patient))
      : wanted;
    const accessionNumber = appointment?.accessionNumber ?? "";
    this.#add({ ...header, ...personClaim(patient), studyInstanceUid, accessionNumber }, undefined, UNMATCHED);
    this.decide(studyInstanceUid, { appointmentId: appointment?.id ?? null, patient }, by);
    return studyInstanceUid;
  }
}

function personClaim(patient: Patient): Claim {
  const { patientId, patientName, patientBirthDate = "", patientSex = "" } = personOf(patient);
  return { patientId, patientName, patientBirthDate, patientSex };
}
