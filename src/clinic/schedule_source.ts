import type postgres from "postgres";
import type { Sql } from "./session.ts";

/** A part of a query. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** What a clinic's database is read through; `isDate` of a view: whether its column `date` is one, or text. */
export interface ScheduleSource {
  isView: boolean;
  isDate: boolean;
}

/**
 * Through what bookings are read: the view `sonodesk.schedule` where the clinic has one, adapted to its own tables, else
 * the function `sonodesk.bookings`. Undefined where neither is there.
 */
export async function scheduleSource(sql: Sql): Promise<ScheduleSource | undefined> {
  const [found] = await sql<{ isView: boolean; isFunction: boolean; isDate: boolean | null }[]>`
    SELECT to_regclass('sonodesk.schedule') IS NOT NULL AS "isView",
      to_regprocedure('sonodesk.bookings(date,date,text[])') IS NOT NULL AS "isFunction",
      (SELECT atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) FROM pg_attribute
        WHERE attrelid = to_regclass('sonodesk.schedule') AND attname = 'date' AND NOT attisdropped) AS "isDate"`;
  const { isView, isFunction, isDate } = found!;
  if (isView && isDate !== null) return { isView, isDate };
  return isFunction && !isView ? { isView: false, isDate: true } : undefined;
}

/** The bookings of some days, as rows to select from. @param from YYYY-MM-DD @param to the last day, YYYY-MM-DD */
export function bookingsBetween(sql: Sql, { isView, isDate }: ScheduleSource, from: string, to: string): Fragment {
  if (!isView) return sql`sonodesk.bookings(${from}::text::date, ${to}::text::date, NULL)`;
  // a date kept as text may be no date: compared as text it spoils only its own row
  const within = isDate
    ? sql`date >= ${from}::text::date AND date < ${to}::text::date + 1`
    : sql`date::text BETWEEN ${from} AND ${to + "~"}`;
  return sql`(SELECT * FROM sonodesk.schedule WHERE ${within})`;
}

/**
 * The bookings of some ids, as rows to select from; none where there is nothing to read them through.
 *
 * @param ids an expression of the clinic's ids, as `text[]`
 */
export function bookingsOf(sql: Sql, source: ScheduleSource | undefined, ids: Fragment): Fragment {
  if (source === undefined) return sql`(SELECT NULL AS appointment_id, NULL AS patient_id WHERE false)`;
  return source.isView
    ? sql`(SELECT * FROM sonodesk.schedule WHERE appointment_id::text = ANY (${ids}))`
    : sql`sonodesk.bookings(NULL, NULL, ${ids})`;
}
