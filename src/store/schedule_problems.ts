import { isDeepStrictEqual } from "node:util";
import { inEnglish, type Kept, kept, type Sentence } from "../sentences.ts";
import { type Database, timestamp } from "./database.ts";

/** A row of the clinic's schedule that cannot become an appointment here. Dates and times as the clinic has them. */
export interface ScheduleProblem {
  /** The clinic's. */
  appointmentId: string;
  /** As the clinic has it. */
  date: string;
  /** As the clinic has it. */
  time: string;
  /** As the clinic has it. */
  patientName: string;
  /** In English. */
  reason: string;
  /** The reason by its code; not of one that another version wrote. */
  coded?: Sentence | undefined;
  /** ISO 8601. */
  since: string;
}

/** Such a row as it was found. */
export interface NewScheduleProblem extends Omit<ScheduleProblem, "reason" | "coded" | "since"> {
  /** Why it cannot become an appointment. */
  reason: Sentence;
}

/** Owner of the table `schedule_problems`. */
export class ScheduleProblems {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** All there are now, by day. */
  all(): ScheduleProblem[] {
    return this.#database.all<Omit<ScheduleProblem, "coded"> & Kept>(
      `SELECT appointment_id AS appointmentId, date, time, patient_name AS patientName, reason, coded, since
       FROM schedule_problems ORDER BY date, time, appointment_id`,
    ).map((row) => ({ ...row, coded: kept(row) }));
  }

  /** How many there are now. */
  count(): number {
    return this.#database.get<{ count: number }>(`SELECT count(*) AS count FROM schedule_problems`)!.count;
  }

  /** These are all there are now. Only what is different is written; a reason that stays keeps its `since`. */
  replace(problems: readonly NewScheduleProblem[]): void {
    const known = new Map(
      this.all().map(({ since: _since, coded, ...problem }) => [problem.appointmentId, { ...problem, reason: coded }]),
    );
    const changed = problems.filter((problem) =>
      !isDeepStrictEqual({ ...problem }, { ...known.get(problem.appointmentId) })
    );
    for (const { appointmentId } of problems) known.delete(appointmentId);
    if (changed.length === 0 && known.size === 0) return;
    this.#database.transaction(() => {
      for (const id of known.keys()) {
        this.#database.run(`DELETE FROM schedule_problems WHERE appointment_id = $id`, { $id: id });
      }
      for (const problem of changed) {
        this.#database.run(
          `INSERT INTO schedule_problems (appointment_id, date, time, patient_name, reason, coded, since)
           VALUES ($id, $date, $time, $patientName, $reason, $coded, $now)
           ON CONFLICT (appointment_id) DO UPDATE SET date = excluded.date, time = excluded.time,
             patient_name = excluded.patient_name, reason = excluded.reason, coded = excluded.coded,
             since = CASE WHEN reason = excluded.reason THEN since ELSE excluded.since END`,
          {
            $id: problem.appointmentId,
            $date: problem.date,
            $time: problem.time,
            $patientName: problem.patientName,
            $reason: inEnglish(problem.reason),
            $coded: JSON.stringify(problem.reason),
            $now: timestamp(),
          },
        );
      }
      this.#database.announce({ noun: "clinic", id: "schedule problems" });
    });
  }
}
