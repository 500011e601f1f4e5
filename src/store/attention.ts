import {
  type Holding,
  isReasonCode,
  type ReasonCode,
  reasonInWords,
  type ReasonParameters,
  REASONS,
} from "./attention_reasons.ts";
import { type Database, type Row, timestamp } from "./database.ts";

/** What a reason is about: an object, a study as it is filed here, or a booking. */
export type Subject =
  | { sopInstanceUid: string; besideStudyUid?: string }
  | { studyInstanceUid: string }
  | { appointmentId: string };

/** A reason to look that is in force. */
export interface Reason {
  /** Of its row. */
  id: number;
  /** Why, by its code. */
  code: ReasonCode;
  /** What it names. */
  parameters: ReasonParameters;
  /** What the object is kept from meanwhile. */
  holds: Holding;
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string | null;
  /** Study Instance UID (0020,000D). */
  studyInstanceUid: string | null;
  /** Of the appointment; null for none. */
  appointmentId: string | null;
  /** Of an object that was kept apart: the study under whose UID it came. */
  besideStudyUid: string | null;
  /** ISO 8601. */
  since: string;
  /** In English. */
  sentence: string;
}

const SELECT = `
  SELECT id, code, parameters, holds, attention.sop_instance_uid AS sopInstanceUid,
    attention.study_instance_uid AS studyInstanceUid, attention.appointment_id AS appointmentId,
    beside_study_uid AS besideStudyUid, since
  FROM attention`;

/** So many reasons of a study's objects are looked at for the worst of them: looking at 100,000 keeps others waiting. */
const MOST_LOOKED_AT = 5000;
/** The reasons of a study: its own, its objects', and those of objects kept apart from it. `$study` is its UID. */
const OF_STUDY = `
  SELECT id FROM attention WHERE settled_at IS NULL AND study_instance_uid = $study
  UNION SELECT id FROM attention WHERE settled_at IS NULL AND beside_study_uid = $study
  UNION SELECT id FROM (SELECT id FROM series JOIN instances USING (series_instance_uid)
    JOIN attention ON attention.sop_instance_uid = instances.sop_instance_uid AND settled_at IS NULL
    WHERE series.study_instance_uid = $study LIMIT ${MOST_LOOKED_AT})`;

/**
 * That an object of the outer query's `column` is not kept from leaving, or from forwarding, by a reason in force, nor
 * because it has not been looked through yet.
 */
export function notHeld(column: string, from: "forwarding" | "leaving"): string {
  return `NOT EXISTS (SELECT 1 FROM attention WHERE attention.sop_instance_uid = ${column} AND settled_at IS NULL
    AND holds ${from === "leaving" ? "= 'leaving'" : "<> ''"})
    AND NOT EXISTS (SELECT 1 FROM unscreened_instances WHERE unscreened_instances.sop_instance_uid = ${column})`;
}

/** Of a study or a booking so many of the worst are told, and others as these are settled. */
const MOST_TOLD = 500;
/** The worst first; a code that a newer version wrote last. */
const BY_RANK = `CASE code ${
  Object.entries(REASONS).map(([code, { rank }]) => `WHEN '${code}' THEN ${rank}`).join(" ")
} ELSE 1e9 END, id`;

/** Reasons that come from looking an object's text through. */
const SCREENING = `code IN ('fetal-sex-coded', 'fetal-sex-words')`;
/** Who ends a reason that no person ends. */
const BY_ITSELF = "box";

/** Owner of the table `attention`: why a person should look, until somebody has settled it. */
export class Attention {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a reason; one that is in force already for the same subject is not added twice. Part of a transaction. */
  add(subject: Subject, code: ReasonCode, parameters: ReasonParameters = {}): void {
    const values = {
      $code: code,
      $parameters: JSON.stringify(parameters),
      $sop: "sopInstanceUid" in subject ? subject.sopInstanceUid : null,
      $study: "studyInstanceUid" in subject ? subject.studyInstanceUid : null,
      $appointment: "appointmentId" in subject ? subject.appointmentId : null,
    };
    this.#database.run(
      `INSERT INTO attention (code, parameters, holds, sop_instance_uid, study_instance_uid, appointment_id,
         beside_study_uid, since)
       SELECT $code, $parameters, $holds, $sop, $study, $appointment, $beside, $now
       WHERE NOT EXISTS (SELECT 1 FROM attention WHERE settled_at IS NULL AND code = $code
         AND sop_instance_uid IS $sop AND study_instance_uid IS $study AND appointment_id IS $appointment
         AND parameters = $parameters)`,
      {
        ...values,
        $holds: REASONS[code].holds,
        $beside: "sopInstanceUid" in subject ? subject.besideStudyUid ?? null : null,
        $now: timestamp(),
      },
    );
  }

  /** The reasons in force for one object. */
  ofInstance(sopInstanceUid: string): Reason[] {
    return this.#list(`settled_at IS NULL AND attention.sop_instance_uid = $sop`, { $sop: sopInstanceUid });
  }

  /** The reasons in force for each of some objects, by their UIDs. */
  ofInstances(sopInstanceUids: readonly string[]): Map<string | null, Reason[]> {
    const found = this.#list(
      `settled_at IS NULL AND attention.sop_instance_uid IN (SELECT value FROM json_each($uids))`,
      { $uids: JSON.stringify(sopInstanceUids) },
      -1,
    );
    return Map.groupBy(found, ({ sopInstanceUid }) => sopInstanceUid);
  }

  /** The worst reasons of a study, of its objects and of objects that were kept apart from it, worst first. */
  ofStudy(studyInstanceUid: string): Reason[] {
    return this.#list(`id IN (${OF_STUDY})`, { $study: studyInstanceUid });
  }

  /** The worst reasons of a booking and of its studies, worst first. */
  ofAppointment(appointmentId: string): Reason[] {
    const own = this.#list(`settled_at IS NULL AND attention.appointment_id = $id`, { $id: appointmentId });
    const studies = this.#database.all<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM studies WHERE appointment_id = $id
       UNION SELECT study_instance_uid FROM study_appointments WHERE appointment_id = $id`,
      { $id: appointmentId },
    );
    return byRank([...own, ...studies.flatMap(({ uid }) => this.ofStudy(uid))]);
  }

  /** Of some appointments, by their ids as JSON, those that have a reason in force, of their own or of their studies. */
  appointmentsWithReasons(ids: string): Set<string> {
    return new Set(
      this.#database.all<{ id: string }>(
        `WITH asked(id) AS (SELECT value FROM json_each($ids)),
           theirs(id, study) AS (
             SELECT asked.id, study_instance_uid FROM asked JOIN studies ON appointment_id = asked.id
             UNION SELECT asked.id, study_instance_uid FROM asked
               JOIN study_appointments ON appointment_id = asked.id)
         SELECT asked.id FROM asked WHERE EXISTS (
           SELECT 1 FROM attention WHERE settled_at IS NULL AND appointment_id = asked.id)
         UNION SELECT theirs.id FROM theirs WHERE EXISTS (
           SELECT 1 FROM attention WHERE settled_at IS NULL AND attention.study_instance_uid = theirs.study)
         UNION SELECT theirs.id FROM theirs WHERE EXISTS (
           SELECT 1 FROM attention WHERE settled_at IS NULL AND beside_study_uid = theirs.study)
         UNION SELECT theirs.id FROM theirs WHERE EXISTS (
           SELECT 1 FROM series JOIN instances USING (series_instance_uid)
             JOIN attention ON attention.sop_instance_uid = instances.sop_instance_uid AND settled_at IS NULL
           WHERE series.study_instance_uid = theirs.study)`,
        { $ids: ids },
      ).map(({ id }) => id),
    );
  }

  /** Everything in force that only a person ends, and every study that waits, worst first, then oldest. */
  all(most: number): Reason[] {
    return this.#list(`settled_at IS NULL`, {}, most);
  }

  /** One that is in force. */
  find(id: number): Reason | undefined {
    return this.#list(`id = $id`, { $id: id })[0];
  }

  /** Whether an object is kept from leaving the box: by a reason in force, or until it has been looked through. */
  keepsFromLeaving(sopInstanceUid: string): boolean {
    return this.ofInstance(sopInstanceUid).some(({ holds }) => holds === "leaving") ||
      this.isUnscreened(sopInstanceUid);
  }

  /** Whether an object has not been looked through yet for what may not be told. */
  isUnscreened(sopInstanceUid: string): boolean {
    return this.#database.get(`SELECT 1 FROM unscreened_instances WHERE sop_instance_uid = $sop`, {
      $sop: sopInstanceUid,
    }) !== undefined;
  }

  /** A person has settled a reason. @returns false where it is not in force any more */
  settle(id: number, by: string, because: string): boolean {
    return this.#database.transaction(() => {
      if (this.#end(`id = $id`, { $id: id }, by, because) === 0) return false;
      this.#announceScreening(id);
      return true;
    });
  }

  /**
   * What an object's text has been found to tell takes the place of what it was found to tell before. What a person has
   * settled since the object came is not in force again. Part of a transaction.
   *
   * @param since when the object came, ISO 8601
   * @returns whether anything is otherwise than before
   */
  replaceScreening(
    sopInstanceUid: string,
    reasons: readonly { code: ReasonCode; parameters: ReasonParameters }[],
    since: string,
  ): boolean {
    const before = this.ofInstance(sopInstanceUid).map(({ id }) => id).join();
    const found = reasons.map(({ code, parameters }) => `${code} ${JSON.stringify(parameters)}`);
    this.#end(
      `sop_instance_uid = $sop AND ${SCREENING} AND code || ' ' || parameters NOT IN (SELECT value FROM json_each($found))`,
      { $sop: sopInstanceUid, $found: JSON.stringify(found) },
      BY_ITSELF,
      "the object does not say so any more",
    );
    for (const { code, parameters } of reasons) {
      const settled = this.#database.get(
        `SELECT 1 FROM attention WHERE sop_instance_uid = $sop AND code = $code AND parameters = $parameters
           AND settled_by <> $itself AND since >= $since`,
        {
          $sop: sopInstanceUid,
          $code: code,
          $parameters: JSON.stringify(parameters),
          $itself: BY_ITSELF,
          $since: since,
        },
      );
      if (settled === undefined) this.add({ sopInstanceUid }, code, parameters);
    }
    return this.ofInstance(sopInstanceUid).map(({ id }) => id).join() !== before;
  }

  /** Nothing is looked through any more: what was found ends. Part of a transaction. @returns the objects' UIDs */
  endScreening(because: string): string[] {
    const held = this.#database.all<{ uid: string }>(
      `SELECT DISTINCT sop_instance_uid AS uid FROM attention WHERE settled_at IS NULL AND ${SCREENING}`,
    );
    this.#end(SCREENING, {}, BY_ITSELF, because);
    return held.map(({ uid }) => uid);
  }

  /**
   * All reasons of an object that do not keep it from leaving the box are settled: a person has said whose it is.
   *
   * @returns their ids
   */
  settleIdentityOf(sopInstanceUid: string, by: string, because: string): number[] {
    const settled = this.ofInstance(sopInstanceUid).filter(({ holds }) => holds !== "leaving").map(({ id }) => id);
    for (const id of settled) this.settle(id, by, because);
    return settled;
  }

  /** A settled reason is in force again. @returns false where it is already */
  reopen(id: number): boolean {
    return this.#database.transaction(() => {
      const reopened = this.#database.run(
        `UPDATE attention SET settled_at = NULL, settled_by = NULL, settled_because = NULL
         WHERE id = $id AND settled_at IS NOT NULL`,
        { $id: id },
      ) > 0;
      if (reopened) this.#announceScreening(id);
      return reopened;
    });
  }

  /** Why a study has no appointment, or not surely the right one. */
  ofFiling(studyInstanceUid: string): Reason[] {
    return this.#list(`settled_at IS NULL AND attention.study_instance_uid = $study`, { $study: studyInstanceUid })
      .filter(({ code }) => REASONS[code].ofFiling);
  }

  /** What the filing of a study says takes the place of what it said before. Part of the transaction that files it. */
  replaceFiling(
    studyInstanceUid: string,
    reasons: readonly { code: ReasonCode; parameters: ReasonParameters }[],
    by: string,
    because: string,
  ): void {
    const ofFiling = Object.keys(REASONS).filter((code) => REASONS[code as ReasonCode].ofFiling);
    this.#end(
      `study_instance_uid = $study AND code IN (SELECT value FROM json_each($codes))`,
      { $study: studyInstanceUid, $codes: JSON.stringify([...ofFiling, "noted"]) },
      by,
      because,
    );
    for (const { code, parameters } of reasons) this.add({ studyInstanceUid }, code, parameters);
  }

  /** What is shown of an object that was held depends on the reason: it is read again. */
  #announceScreening(id: number): void {
    const about = this.#database.get<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM attention WHERE id = $id AND ${SCREENING}`,
      { $id: id },
    );
    if (about !== undefined) this.#database.announce({ noun: "screening", id: about.uid });
  }

  #end(condition: string, values: Record<string, string | number>, by: string, because: string): number {
    return this.#database.run(
      `UPDATE attention SET settled_at = $now, settled_by = $by, settled_because = $because
       WHERE settled_at IS NULL AND ${condition}`,
      { ...values, $now: timestamp(), $by: by, $because: because },
    );
  }

  /** @param most the worst of more; -1 for all */
  #list(condition: string, values: Record<string, string | number>, most = MOST_TOLD): Reason[] {
    const sql = `${SELECT} WHERE ${condition} ORDER BY ${BY_RANK} LIMIT $most`;
    return this.#database.all(sql, { ...values, $most: most }).flatMap(reasonOf);
  }
}

/** Reasons as one text: their sentences, each once. */
export function inWords(reasons: readonly Pick<Reason, "sentence">[]): string {
  return [...new Set(reasons.map(({ sentence }) => sentence))].join("; ");
}

/** The worst of several lists; one that is in two is told once. */
function byRank(reasons: readonly Reason[]): Reason[] {
  const once = [...new Map(reasons.map((reason) => [reason.id, reason])).values()];
  return once.sort((a, b) => REASONS[a.code].rank - REASONS[b.code].rank || a.id - b.id).slice(0, MOST_TOLD);
}

/** A code that a newer version wrote is none that this one could put into words. */
function reasonOf(row: Row): Reason[] {
  const code = row.code as string;
  if (!isReasonCode(code)) return [];
  const parameters = JSON.parse(row.parameters as string) as ReasonParameters;
  return [{ ...row as unknown as Reason, code, parameters, sentence: reasonInWords({ code, parameters }) }];
}
