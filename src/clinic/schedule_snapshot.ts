import { say } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import { boxIdOf, type PersonRow, type ScheduleRow, selectRows } from "./schedule_row.ts";
import { ClinicFailure } from "./failure.ts";
import { bookingsBetween, bookingsOf, type ScheduleSource, scheduleSource } from "./schedule_source.ts";
import type { ClinicSession, Sql } from "./session.ts";

/** Days of the schedule that are followed, counted from the database's own day: its clock is the clinic's. */
const DAYS_BACK = 1;
const DAYS_AHEAD = 14;
/** More bookings than a clinic has in two weeks: the days from today on are read, as many as have no more than this. */
const MOST_ROWS = 20_000;
/** Bookings of other days, of people that the box has studies of, looked at with each reading. */
const FOLLOWED_AT_ONCE = 200;
/** Milliseconds a reading may take on the clinic's side. */
const READ_WITHIN = 30_000;

/** The clinic's schedule as it stood at one moment. */
export interface ScheduleSnapshot {
  from: string;
  to: string;
  rows: ScheduleRow[];
  /** Bookings the box has of these days and the window has not, where they are now. */
  elsewhere: ScheduleRow[];
  /** Some of the bookings of other days that the box has studies of: their people may have been corrected or merged. */
  scanned: ScheduleRow[];
  gone: string[];
  /** The last day of the window where not the whole of it was read. */
  readTo: string | undefined;
  /** Some of the people that the box has studies of, booked or not, as the clinic describes them now. */
  people: PersonRow[];
}

/** How the schedule is read. */
export interface SnapshotOptions {
  /** Bookings that are read at once, for tests. */
  mostRows?: number | undefined;
  /** The clinic's time zone, where its database has moments; else the days are the database's own. */
  zone?: string | null | undefined;
}

/** Reads the clinic's schedule: the window whole, and round by round what the box has of other days. */
export class ScheduleSnapshots {
  readonly #store: Store;
  readonly #boxId: string;
  readonly #mostRows: number;
  readonly #zone: string | null;
  /** Up to which id appointments outside the window have been looked at in the present round. */
  #followedUpTo = "";
  /** Up to which id people have been looked at in the present round. */
  #peopleUpTo = "";

  constructor(store: Store, boxId: string, { mostRows = MOST_ROWS, zone }: SnapshotOptions) {
    this.#store = store;
    this.#boxId = boxId;
    this.#mostRows = mostRows;
    this.#zone = zone ?? null;
  }

  /** @throws ClinicFailure when the database cannot be read */
  async read(session: ClinicSession): Promise<ScheduleSnapshot> {
    return await session.transaction(
      "ISOLATION LEVEL REPEATABLE READ READ ONLY",
      READ_WITHIN,
      (sql) => this.#snapshot(sql),
    );
  }

  /**
   * Some bookings as they are now, by the clinic's ids.
   *
   * @throws ClinicFailure when the database cannot be read
   */
  async readSome(session: ClinicSession, ids: ReadonlySet<string>): Promise<ScheduleRow[]> {
    return await session.transaction("READ ONLY", READ_WITHIN, async (sql) => {
      const source = await scheduleSource(sql);
      const wanted = sql`ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify([...ids])}::text::jsonb))`;
      return [...await sql<ScheduleRow[]>`${selectRows(sql, this.#boxId, bookingsOf(sql, source, wanted))}`];
    });
  }

  async #snapshot(sql: Sql): Promise<ScheduleSnapshot> {
    const source = await scheduleSource(sql);
    if (source === undefined) throw new ClinicFailure("mending", say("clinic-no-bookings"));
    const [window] = await sql<{ from: string; to: string; today: string }[]>`
      SELECT (today - ${DAYS_BACK}::int)::text AS from, (today + ${DAYS_AHEAD}::int)::text AS to, today::text
      FROM (SELECT (now() AT TIME ZONE coalesce(${this.#zone}, current_setting('TimeZone')))::date AS today) AS clock`;
    let { from, to } = window!;
    let readTo: string | undefined;
    const read = () =>
      sql<ScheduleRow[]>`
        ${selectRows(sql, this.#boxId, bookingsBetween(sql, source, from, to))} LIMIT ${this.#mostRows + 1}`;
    let rows = await read();
    if (rows.length > this.#mostRows) {
      ({ from, to } = await nearestDays(sql, source, window!, this.#mostRows));
      readTo = to;
      rows = await read();
      if (rows.length > this.#mostRows) {
        throw new ClinicFailure("mending", say("clinic-too-many-bookings", { most: this.#mostRows }));
      }
    }
    const inWindow = new Set(rows.map(boxIdOf));
    const missing = this.#store.clinicBookings.inClinic(from, to).filter((id) => !inWindow.has(id));
    const elsewhere = await this.#rowsOf(sql, source, missing);
    const found = new Set(elsewhere.map(boxIdOf));
    const scanned = this.#store.clinicBookings.scannedInClinic(from, to, this.#followedUpTo, FOLLOWED_AT_ONCE);
    this.#followedUpTo = scanned.length < FOLLOWED_AT_ONCE ? "" : scanned.at(-1)!;
    return {
      ...{ from, to, readTo, rows: [...rows], elsewhere, gone: missing.filter((id) => !found.has(id)) },
      scanned: (await this.#rowsOf(sql, source, scanned)).filter((row) => !found.has(boxIdOf(row))),
      people: await this.#people(sql),
    };
  }

  /** A name or birth date may be corrected long after the last booking, or of somebody who has none here. */
  async #people(sql: Sql): Promise<PersonRow[]> {
    const ids = this.#store.studies.patientIds(this.#peopleUpTo, FOLLOWED_AT_ONCE);
    this.#peopleUpTo = ids.length < FOLLOWED_AT_ONCE ? "" : ids.at(-1)!.id;
    if (ids.length === 0) return [];
    // a function of an older install.sql does not tell the birth date: nobody is followed by halves
    return [
      ...await sql<PersonRow[]>`
      SELECT e.id AS "patientId", p.first_name AS "firstName", p.last_name AS "lastName",
        to_jsonb(p) ->> 'birth_date' AS "birthDate", to_jsonb(p) ->> 'gender' AS gender
      FROM jsonb_to_recordset(${JSON.stringify(ids)}::text::jsonb) AS e (id text, "bookedHere" boolean)
        CROSS JOIN LATERAL sonodesk.find_patient(${this.#boxId}, e.id, e."bookedHere") p
      WHERE to_jsonb(p) ? 'birth_date'`,
    ];
  }

  /** The rows of some bookings, by the box's ids of them. */
  async #rowsOf(sql: Sql, source: ScheduleSource, ids: readonly string[]): Promise<ScheduleRow[]> {
    if (ids.length === 0) return [];
    const wanted = sql`ARRAY(SELECT sonodesk.clinic_appointment(${this.#boxId}, id)
      FROM jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb) AS id)`;
    return [
      ...await sql<ScheduleRow[]>`
      ${selectRows(sql, this.#boxId, bookingsOf(sql, source, wanted))}
      WHERE coalesce(b.box_appointment_id, s.appointment_id::text) IN (SELECT jsonb_array_elements_text(${
        JSON.stringify(ids)
      }::text::jsonb))`,
    ];
  }
}

/** Of a window with too many bookings the days from today on, as many as have no more than can be read; today at least. */
async function nearestDays(
  sql: Sql,
  source: ScheduleSource,
  { from, to, today }: { from: string; to: string; today: string },
  mostRows: number,
): Promise<{ from: string; to: string }> {
  const days = await sql<{ date: string; count: number }[]>`
    SELECT left(s.date::text, 10) AS date, count(*)::int AS count
    FROM ${bookingsBetween(sql, source, from, to)} s
    WHERE left(s.date::text, 10) >= ${today} GROUP BY 1 ORDER BY 1`;
  let last = today;
  let rows = 0;
  for (const { date, count } of days) {
    rows += count;
    if (rows > mostRows) break;
    last = date;
  }
  return { from: today, to: last };
}
