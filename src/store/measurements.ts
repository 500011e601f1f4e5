import type { Database } from "./database.ts";
import type { Outbox } from "./outbox.ts";

/** A measured value as the machine sent it: `value` is its decimal text, `context` all else that qualifies it. */
export interface Measurement {
  /** Code Meaning of the concept. */
  name: string;
  /** Scheme and value, such as LN:11820-8. */
  code: string;
  /** As sent. */
  value: string;
  /** As a person reads it; "" for none. */
  unit: string;
  /** Code Meaning of the anatomy; "" for none. */
  site: string;
  /** Left, right, both; "" for none. */
  laterality: string;
  /** What else the report says of it, by the keys of `ReportMeasurement`. */
  context: Record<string, string>;
  /** Of the object that says it. */
  sopInstanceUid: string;
}

/** Owner of the table `measurements`. */
export class Measurements {
  readonly #database: Database;
  readonly #outbox: Outbox;

  /** @internal `Store` makes it. */
  constructor(database: Database, outbox: Outbox) {
    this.#database = database;
    this.#outbox = outbox;
  }

  /** A study's measurements in the order of its reports, without those of reports that others have replaced. */
  ofStudy(studyInstanceUid: string): Measurement[] {
    return this.#where(
      `study_instance_uid = $uid AND NOT EXISTS (SELECT 1 FROM reports
         WHERE reports.sop_instance_uid = measurements.sop_instance_uid AND replaced_by IS NOT NULL)`,
      studyInstanceUid,
    );
  }

  /** What one report says, whether it holds or was replaced. */
  ofReport(sopInstanceUid: string): Measurement[] {
    return this.#where(`sop_instance_uid = $uid`, sopInstanceUid);
  }

  #where(condition: string, uid: string): Measurement[] {
    return this.#database.all<Measurement & { context: string }>(
      `SELECT name, code, value, unit, site, laterality, context, sop_instance_uid AS sopInstanceUid
       FROM measurements WHERE ${condition} ORDER BY id`,
      { $uid: uid },
    ).map((row) => ({ ...row, context: JSON.parse(row.context) }));
  }

  /** What one report says, in place of what it said before. Part of a transaction of the caller's, or one of its own. */
  replace(
    studyInstanceUid: string,
    sopInstanceUid: string,
    measurements: readonly Omit<Measurement, "sopInstanceUid">[],
  ) {
    this.#database.transaction(() => {
      this.#database.run(`DELETE FROM measurements WHERE sop_instance_uid = $uid`, { $uid: sopInstanceUid });
      measurements.forEach((measurement, position) =>
        this.#database.run(
          `INSERT INTO measurements (study_instance_uid, sop_instance_uid, position, name, code, value, unit, site,
             laterality, context)
           VALUES ($study, $uid, $position, $name, $code, $value, $unit, $site, $laterality, $context)`,
          {
            $study: studyInstanceUid,
            $uid: sopInstanceUid,
            $position: position,
            $name: measurement.name,
            $code: measurement.code,
            $value: measurement.value,
            $unit: measurement.unit,
            $site: measurement.site,
            $laterality: measurement.laterality,
            $context: JSON.stringify(measurement.context),
          },
        )
      );
      this.#tell(studyInstanceUid, sopInstanceUid, measurements);
      this.#announce(studyInstanceUid);
    });
  }

  /** What an object measured is of another study now. Part of the transaction that moves the object. */
  move(sopInstanceUid: string, studyInstanceUid: string): void {
    this.#database.run(`UPDATE measurements SET study_instance_uid = $study WHERE sop_instance_uid = $uid`, {
      $uid: sopInstanceUid,
      $study: studyInstanceUid,
    });
    const moved = this.ofReport(sopInstanceUid);
    if (moved.length > 0) this.#tell(studyInstanceUid, sopInstanceUid, moved);
  }

  /** The clinic hears of all values of a study anew, behind what it hears of the study. Part of a transaction. */
  tellAgain(studyInstanceUid: string): void {
    const objects = this.#database.all<{ uid: string }>(
      `SELECT DISTINCT sop_instance_uid AS uid FROM measurements WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    );
    for (const { uid } of objects) this.#tell(studyInstanceUid, uid, this.ofReport(uid));
  }

  #tell(
    studyInstanceUid: string,
    sopInstanceUid: string,
    measurements: readonly Omit<Measurement, "sopInstanceUid">[],
  ): void {
    this.#outbox.add(`study:${studyInstanceUid}`, "measurements", {
      studyInstanceUid,
      sopInstanceUid,
      measurements: measurements.map((
        { name, code, value, unit, site, laterality, context },
      ) => ({ name, code, value, unit, site, laterality, context })),
    });
  }

  #announce(studyInstanceUid: string): void {
    const appointments = this.#database.all<{ id: string | null }>(
      `SELECT appointment_id AS id FROM studies WHERE study_instance_uid = $uid
       UNION ALL SELECT appointment_id FROM study_appointments WHERE study_instance_uid = $uid`,
      { $uid: studyInstanceUid },
    ).flatMap(({ id }) => id ?? []);
    this.#database.announce({ noun: "study", id: studyInstanceUid, appointmentId: appointments[0] ?? null });
    for (const id of appointments) this.#database.announce({ noun: "appointment", id });
  }

  /** The report is superseded: what it said no longer holds. Part of the transaction that supersedes it. */
  withdraw(sopInstanceUid: string): void {
    const study = this.#database.get<{ uid: string }>(
      `SELECT study_instance_uid AS uid FROM measurements WHERE sop_instance_uid = $uid LIMIT 1`,
      { $uid: sopInstanceUid },
    );
    if (study !== undefined) this.replace(study.uid, sopInstanceUid, []);
  }
}
