import type { Database } from "./database.ts";

/** Appointments that were scanned in one study or procedure step, or are to be. */
export class ScannedTogether {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Of some appointments, by their ids as JSON, those that were or are to be scanned together with others. */
  among(ids: string): Set<string> {
    return new Set(
      this.#database.all<{ id: string }>(
        `WITH asked(id) AS (SELECT value FROM json_each($ids))
         SELECT appointment_id AS id FROM asked JOIN study_appointments ON appointment_id = asked.id
         UNION SELECT studies.appointment_id FROM asked JOIN studies ON studies.appointment_id = asked.id
           JOIN study_appointments USING (study_instance_uid)
         UNION SELECT appointment_id FROM asked JOIN procedure_step_appointments ON appointment_id = asked.id
         UNION SELECT procedure_steps.appointment_id FROM asked
           JOIN procedure_steps ON procedure_steps.appointment_id = asked.id
           JOIN procedure_step_appointments ON step_uid = sop_instance_uid`,
        { $ids: ids },
      ).map(({ id }) => id),
    );
  }

  /** The others that an appointment was scanned with, by their ids. */
  with(id: string): string[] {
    return this.#database.all<{ id: string }>(
      `SELECT id FROM (
         SELECT other.appointment_id AS id FROM study_appointments AS mine JOIN study_appointments AS other
           USING (study_instance_uid) WHERE mine.appointment_id = $id
         UNION SELECT studies.appointment_id FROM study_appointments AS mine JOIN studies USING (study_instance_uid)
           WHERE mine.appointment_id = $id
         UNION SELECT also.appointment_id FROM studies JOIN study_appointments AS also USING (study_instance_uid)
           WHERE studies.appointment_id = $id
         UNION SELECT other.appointment_id FROM procedure_step_appointments AS mine
           JOIN procedure_step_appointments AS other USING (step_uid) WHERE mine.appointment_id = $id
         UNION SELECT procedure_steps.appointment_id FROM procedure_step_appointments AS mine
           JOIN procedure_steps ON sop_instance_uid = step_uid WHERE mine.appointment_id = $id
         UNION SELECT also.appointment_id FROM procedure_steps JOIN procedure_step_appointments AS also
           ON step_uid = sop_instance_uid WHERE procedure_steps.appointment_id = $id)
       WHERE id IS NOT NULL AND id <> $id ORDER BY id`,
      { $id: id },
    ).map((row) => row.id);
  }
}
