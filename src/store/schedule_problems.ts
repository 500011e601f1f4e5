import { type Database, timestamp } from "./database.ts";

/** A row of the clinic's schedule that cannot become an appointment here. Dates and times as the clinic has them. */
export interface ScheduleProblem {
  appointmentId: string;
  date: string;
  time: string;
  patientName: string;
  reason: string;
  since: string;
}

/** Owner of the table `schedule_problems`. */
export class ScheduleProblems {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): ScheduleProblem[] {
    return this.#database.all<ScheduleProblem & Record<string, never>>(
      `SELECT appointment_id AS appointmentId, date, time, patient_name AS patientName, reason, since
       FROM schedule_problems ORDER BY date, time, appointment_id`,
    );
  }

  count(): number {
    return this.#database.get<{ count: number }>(`SELECT count(*) AS count FROM schedule_problems`)!.count;
  }

  /** These are all there are now. Only what is different is written; a reason that stays keeps its `since`. */
  replace(problems: readonly Omit<ScheduleProblem, "since">[]): void {
    const known = new Map(this.all().map(({ since: _since, ...problem }) => [problem.appointmentId, problem]));
    const changed = problems.filter((problem) =>
      JSON.stringify(problem) !== JSON.stringify(known.get(problem.appointmentId))
    );
    for (const { appointmentId } of problems) known.delete(appointmentId);
    if (changed.length === 0 && known.size === 0) return;
    this.#database.transaction(() => {
      for (const id of known.keys()) {
        this.#database.run(`DELETE FROM schedule_problems WHERE appointment_id = $id`, { $id: id });
      }
      for (const problem of changed) {
        this.#database.run(
          `INSERT INTO schedule_problems (appointment_id, date, time, patient_name, reason, since)
           VALUES ($id, $date, $time, $patientName, $reason, $now)
           ON CONFLICT (appointment_id) DO UPDATE SET date = excluded.date, time = excluded.time,
             patient_name = excluded.patient_name, reason = excluded.reason,
             since = CASE WHEN reason = excluded.reason THEN since ELSE excluded.since END`,
          {
            $id: problem.appointmentId,
            $date: problem.date,
            $time: problem.time,
            $patientName: problem.patientName,
            $reason: problem.reason,
            $now: timestamp(),
          },
        );
      }
      this.#database.announce({ noun: "clinic", id: "schedule problems" });
    });
  }
}
