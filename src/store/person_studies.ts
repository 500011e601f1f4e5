import type { Appointments } from "./appointments.ts";
import type { Attention } from "./attention.ts";
import { type Database, type Row } from "./database.ts";
import { type Claim, isOfPerson, isSameClaim, parametersOf, weigh } from "./filing.ts";
import type { FilingEvidence } from "./filing_evidence.ts";
import type { Outbox } from "./outbox.ts";
import { type Patient, personOf } from "./patients.ts";
import type { Studies } from "./studies.ts";
import { STUDY_SUMMARY, type StudySummary } from "./study_summary.ts";
import type { StudyClaims } from "./study_claims.ts";

interface Nouns {
  studies: Studies;
  claims: StudyClaims;
  evidence: FilingEvidence;
  appointments: Appointments;
  attention: Attention;
  outbox: Outbox;
  /** The objects of studies, which are made after these. */
  instances: () => {
    ofStudy(studyInstanceUid: string): string[];
    claimOf(sopInstanceUid: string): Claim | undefined;
    attentionChanged(sopInstanceUid: string): void;
  };
}

/** A person's studies: which are theirs, and what becomes of those when more is known of the person. */
export class PersonStudies {
  readonly #database: Database;
  readonly #nouns: Nouns;

  /** @internal `Store` makes it. */
  constructor(database: Database, nouns: Nouns) {
    this.#database = database;
    this.#nouns = nouns;
  }

  /**
   * What is known of a person has changed, or they have another id: the studies that are theirs, by decision or by their
   * appointment, are that person's as they are known now. Part of the transaction that changed it.
   *
   * @param by who changed it
   */
  followPerson(patient: Patient, by: string): void {
    const { studies, outbox } = this.#nouns;
    const theirs = this.#database.all<StudySummary & Row>(
      `${STUDY_SUMMARY} WHERE decided_patient_id = $id OR appointment_id IN (SELECT id FROM appointments WHERE patient_id = $id)`,
      { $id: patient.id },
    );
    for (const study of theirs) {
      studies.belongTo(study.studyInstanceUid, patient, by);
      if (study.matchedBy !== "hand") this.tellWhatDiffers(study.studyInstanceUid, patient);
    }
    // what only bears the id may fit what is known now, or no longer: the clinic files it anew
    const waiting = this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies
       WHERE patient_id = $id AND decided_patient_id IS NULL AND appointment_id IS NULL`,
      { $id: patient.id },
    );
    for (const { uid } of waiting) {
      studies.tell(uid);
      outbox.release(`study:${uid}`);
    }
  }

  /**
   * What is known of a person now may differ from what objects say that were filed when less was known. Part of a
   * transaction.
   *
   * @param ofMoved also of those that somebody moved there
   */
  tellWhatDiffers(studyInstanceUid: string, patient: Patient, { ofMoved = false } = {}): void {
    const { evidence, attention, claims } = this.#nouns;
    const person = evidence.withHistory(personOf(patient));
    const objects = this.#database.all<Claim & { uid: string } & Row>(
      `SELECT sop_instance_uid AS uid, instances.patient_id AS patientId, patient_name AS patientName,
         patient_birth_date AS patientBirthDate, patient_sex AS patientSex
       FROM series JOIN instances USING (series_instance_uid)
       WHERE study_instance_uid = $uid AND (moved_by = '' OR $ofMoved)`,
      { $uid: studyInstanceUid, $ofMoved: Number(ofMoved) },
    );
    for (const { uid, ...claim } of objects) {
      const { conflict, notices } = weigh(claim, person, true);
      for (const { code, parameters } of notices) attention.add({ sopInstanceUid: uid }, code, parameters);
      if (notices.length > 0) claims.tellOf(studyInstanceUid, claim, notices);
      if (conflict !== undefined) {
        attention.add({ sopInstanceUid: uid }, "names-another-patient", parametersOf(conflict));
        claims.forget(studyInstanceUid, claim);
      }
      if (conflict !== undefined || notices.length > 0) this.#nouns.instances().attentionChanged(uid);
    }
  }

  /**
   * The studies that are a person's: by decision, by their appointment, or because all that their objects say fits. What
   * only bears their id, typed for somebody else, is not theirs.
   */
  ofPerson(patient: Patient): StudySummary[] {
    const { studies, appointments, claims, evidence } = this.#nouns;
    const person = evidence.withHistory(personOf(patient));
    return studies.ofPatient([patient.id]).filter((study) => {
      if (study.decidedPatientId !== null) return study.decidedPatientId === patient.id;
      if (study.appointmentId !== null) return appointments.patientOf(study.appointmentId)?.id === patient.id;
      return claims.wordsOf(study.studyInstanceUid).every((claim) => isOfPerson(claim, person, false));
    });
  }

  /**
   * A study is another person's than a moment ago: objects that somebody put there, or that followed, may say something
   * else than its person now. Each is told, and what comes later under their words does not follow them.
   */
  tellOthersApart(studyInstanceUid: string, which?: readonly string[]): void {
    const { studies, instances, claims, evidence, attention } = this.#nouns;
    const study = studies.get(studyInstanceUid);
    const person = evidence.personOf(study);
    for (const sopInstanceUid of which ?? instances().ofStudy(studyInstanceUid)) {
      const claim = instances().claimOf(sopInstanceUid)!;
      if (isSameClaim(claim, { patientBirthDate: "", patientSex: "", ...person })) continue;
      const { conflict, notices } = weigh(claim, person, study.appointmentId !== null);
      if (conflict !== undefined) {
        attention.add({ sopInstanceUid }, "names-another-patient", parametersOf(conflict));
        claims.forget(studyInstanceUid, claim);
      }
      for (const { code, parameters } of notices) attention.add({ sopInstanceUid }, code, parameters);
      if (conflict !== undefined || notices.length > 0) this.#nouns.instances().attentionChanged(sopInstanceUid);
    }
  }
}
