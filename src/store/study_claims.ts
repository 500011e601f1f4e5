import { type Database, type Row } from "./database.ts";
import { type Claim, type FilingReason, isSameClaim, type KnownStudy, type Statement } from "./filing.ts";

/** Different words for one patient that are remembered for what comes under a Study Instance UID. */
const MOST_CLAIMS = 64;

/** Under which UID, and how, an object names its patient. */
const WORDS = "json_array(claimed_study_uid, patient_id, patient_name, patient_birth_date, patient_sex)";

/**
 * Owner of the table `study_claims`: what objects say of their patient, under which Study Instance UID, and which study
 * what says the same goes to.
 */
export class StudyClaims {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** What comes under this UID and these words for its patient goes to this study. */
  remember(
    statement: Statement,
    studyInstanceUid: string,
    notices: readonly FilingReason[],
    known: readonly KnownStudy[] = [],
  ): void {
    const remembered = known.flatMap(({ claims }) => claims);
    if (remembered.length >= MOST_CLAIMS || remembered.some((claim) => isSameClaim(claim, statement))) return;
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

  /** What comes under these words goes to this study no longer. Part of a transaction. */
  forget(studyInstanceUid: string, claim: Claim): void {
    this.#database.run(
      `DELETE FROM study_claims WHERE study_instance_uid = $uid AND patient_id = $patientId
         AND patient_name = $patientName AND patient_birth_date = $patientBirthDate AND patient_sex = $patientSex`,
      { $uid: studyInstanceUid, ...claimValues(claim) },
    );
  }

  /** What is told of each object that comes to a study under some words; nothing once it is settled. */
  tellOf(studyInstanceUid: string, claim: Claim, notices: readonly FilingReason[]): void {
    this.#database.run(
      `UPDATE study_claims SET notices = $notices WHERE study_instance_uid = $uid AND patient_id = $patientId
         AND patient_name = $patientName AND patient_birth_date = $patientBirthDate AND patient_sex = $patientSex`,
      { $uid: studyInstanceUid, $notices: JSON.stringify(notices), ...claimValues(claim) },
    );
  }

  /**
   * All objects of a study have gone to another: what comes later under the same words follows them. Part of a
   * transaction.
   *
   * @returns the words, for the way back
   */
  move(from: string, to: string): unknown[] {
    return this.#database.all(
      `UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from
       RETURNING ${WORDS} AS words`,
      { $from: from, $to: to },
    ).map(({ words }) => JSON.parse(words as string));
  }

  /**
   * Some objects of a study have gone to another: what comes later under words that nothing left in it says follows them.
   * Part of a transaction.
   *
   * @returns the words, for the way back
   */
  moveUnsaid(from: string, to: string): unknown[] {
    const saidIn = (study: string) =>
      `EXISTS (SELECT 1 FROM series JOIN instances USING (series_instance_uid) WHERE series.study_instance_uid = ${study}
         AND instances.patient_id = study_claims.patient_id AND instances.patient_name = study_claims.patient_name
         AND instances.patient_birth_date = study_claims.patient_birth_date
         AND instances.patient_sex = study_claims.patient_sex)`;
    return this.#database.all(
      `UPDATE study_claims SET study_instance_uid = $to
       WHERE study_instance_uid = $from AND ${saidIn("$to")} AND NOT ${saidIn("$from")} RETURNING ${WORDS} AS words`,
      { $from: from, $to: to },
    ).map(({ words }) => JSON.parse(words as string));
  }

  /** What `move` or `moveUnsaid` moved goes back. */
  moveBack(from: string, to: string, words: unknown): void {
    this.#database.run(
      `UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from
         AND ${WORDS} IN (
           SELECT json(value) FROM json_each($words))`,
      { $from: from, $to: to, $words: JSON.stringify(words ?? []) },
    );
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

  /** What the first of its objects says of its patient. */
  first(studyInstanceUid: string): Claim | undefined {
    return this.#database.get<Claim & Row>(
      `SELECT patient_id AS patientId, patient_name AS patientName, patient_birth_date AS patientBirthDate,
         patient_sex AS patientSex
       FROM instances JOIN series USING (series_instance_uid) WHERE study_instance_uid = $uid
       ORDER BY instances.received_at, instances.rowid LIMIT 1`,
      { $uid: studyInstanceUid },
    );
  }

  /** Under which UIDs and patient ids objects of a study come. */
  of(studyInstanceUid: string): { studyInstanceUid: string; patientId: string }[] {
    return this.#database.all<{ studyInstanceUid: string; patientId: string }>(
      `SELECT DISTINCT claimed_study_uid AS studyInstanceUid, patient_id AS patientId FROM study_claims
       WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
  }

  /** A study has another UID: its objects' words lead to that. */
  leave(from: string, to: string): void {
    this.#database.run(`UPDATE study_claims SET study_instance_uid = $to WHERE study_instance_uid = $from`, {
      $from: from,
      $to: to,
    });
  }

  /** Nothing is told any more of what comes under any words. */
  settle(studyInstanceUid: string): void {
    this.#database.run(`UPDATE study_claims SET notices = '[]' WHERE study_instance_uid = $uid`, {
      $uid: studyInstanceUid,
    });
  }
}

/** The values of a patient's four columns. */
export function claimValues({ patientId, patientName, patientBirthDate, patientSex }: Claim) {
  return {
    $patientId: patientId,
    $patientName: patientName,
    $patientBirthDate: patientBirthDate,
    $patientSex: patientSex,
  };
}
