import { inEnglish, say, type Sentence } from "../../sentences.ts";
import type { ClinicBooking } from "../../store/clinic_bookings.ts";
import type { Role } from "../../store/users.ts";
import { roleOf } from "../words.ts";
import { bookingOf, type ScheduleRow, UnusableRow } from "../schedule_row.ts";
import type { Sql } from "../session.ts";
import { hasDays } from "./install_sql.ts";
import { dayColumn, type Mapping } from "./mapping.ts";
import { identifier, relation } from "./quoting.ts";
import * as reading from "./reading.ts";

/** A booking as it would stand on the board, or why it would not. */
export interface PreviewRow {
  /** The clinic's id of it. */
  appointmentId: string;
  /** What machines would get as Patient ID. */
  patientId: string;
  /** As it was read. */
  firstName: string;
  /** As it was read. */
  lastName: string;
  /** YYYY-MM-DD; as it was read where it is none. */
  birthDate: string;
  /** `Female`, `Male`, `Other` or "". */
  gender: string;
  /** Who sees them. */
  doctor: string;
  /** What for. */
  department: string;
  /** YYYY-MM-DD; as it was read where it is none. */
  date: string;
  /** HH:MM; as it was read where it is none. */
  time: string;
  /** Whether it would stand there as cancelled. */
  cancelled: boolean;
  /** Why it would not stand there, in English; "" where it would. */
  reason: string;
  /** The reason by its code. */
  coded?: Sentence | undefined;
}

/** How a clinic's bookings would stand on the board. */
export interface Preview {
  /** The first day, YYYY-MM-DD; null where these days have none, and the newest of all were read. */
  from: string | null;
  /** The last day, YYYY-MM-DD. */
  to: string | null;
  /** Bookings that were read. */
  read: number;
  /** Of these, how many would stand on the board. */
  shown: number;
  /** How many are cancelled: those come on no board. */
  cancelled: number;
  /** The others, by the reason; of each the first is told. */
  reasons: { count: number; reason: string; coded: Sentence }[];
  /** Ten of them, some for each reason. */
  rows: PreviewRow[];
}

/** Days that are looked at, before and after today. */
const DAYS_BACK = 30;
const DAYS_AHEAD = 14;
/** Bookings that are looked at. */
const MOST_READ = 20_000;
const MOST_NEWEST = 1000;
const ROWS = 10;
/** Of the rows that are told, so many for each reason. */
const OF_EACH_REASON = 2;

interface ReadRow extends ScheduleRow {
  patientKey: string | null;
  isDeleted: boolean;
  patientIsDeleted: boolean;
  isElsewhere: boolean;
}

/**
 * What a mapping would bring on the board: bookings of some weeks are read by it, and nothing is changed.
 *
 * @throws ClinicFailure where the tables cannot be read by it
 */
export async function preview(sql: Sql, mapping: Mapping): Promise<Preview> {
  const { patients, appointments } = mapping;
  const [clock] = await sql.unsafe<{ from: string; to: string; isDay: boolean }[]>(
    `SELECT (today - ${DAYS_BACK})::text AS "from", (today + ${DAYS_AHEAD})::text AS "to",
      coalesce(${hasDays(mapping)}, false) AS "isDay"
    FROM (SELECT (now() AT TIME ZONE coalesce($1::text, current_setting('TimeZone')))::date AS today) AS clock`,
    [appointments.zone],
  );
  const { from, to, isDay } = clock!;
  const columns = Object.entries(reading.bookingColumns(mapping, false)).map(([name, value]) =>
    `(${value})::text AS "${name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())}"`
  );
  const select = `SELECT ${columns.join(", ")}, p.${identifier(patients.key)}::text AS "patientKey",
      ${reading.isDeleted(appointments.deleted, "a")} AS "isDeleted",
      ${reading.isDeleted(patients.deleted, "p")} AS "patientIsDeleted",
      ${reading.isOfOtherBranch(appointments, "a")} AS "isElsewhere"
    FROM ${reading.bothTables(mapping)}`;
  const within = reading.isBetween(mapping, "$1::date", "$2::date", isDay);
  const ofDays = await sql.unsafe<ReadRow[]>(`${select} WHERE ${within} LIMIT ${MOST_READ}`, [from, to]);
  if (ofDays.length > 0) return judged(ofDays, from, to);
  const day = `a.${identifier(dayColumn(appointments))}`;
  return judged(await sql.unsafe<ReadRow[]>(`${select} ORDER BY ${day} DESC LIMIT ${MOST_NEWEST}`), null, null);
}

function judged(rows: readonly ReadRow[], from: string | null, to: string | null): Preview {
  const keys = Map.groupBy(rows, ({ patientId }) => patientId);
  const isOfSeveral = ({ patientId }: ReadRow) =>
    patientId !== null && new Set(keys.get(patientId)!.map(({ patientKey }) => patientKey)).size > 1;
  const all = rows.map((row) => shownAs(row, isOfSeveral(row)));
  const unusable = all.filter(({ coded }) => coded !== undefined);
  const byReason = Map.groupBy(unusable, ({ coded }) => coded!.code);
  const told = [...byReason.values()].flatMap((some) => some.slice(0, OF_EACH_REASON)).slice(0, ROWS);
  const well = all.filter(({ coded, cancelled }) => coded === undefined && !cancelled);
  const cancelled = all.filter((row) => row.coded === undefined && row.cancelled);
  told.push(...cancelled.slice(0, Math.min(OF_EACH_REASON, ROWS - told.length)));
  const enough = [...told, ...spread(well, ROWS - told.length)];
  return {
    ...{ from, to, read: rows.length, shown: well.length, cancelled: cancelled.length },
    reasons: [...byReason.values()].map((some) => ({
      count: some.length,
      reason: some[0]!.reason,
      coded: some[0]!.coded!,
    }))
      .toSorted((one, other) => other.count - one.count),
    rows: enough.toSorted((one, other) => `${one.date} ${one.time}` < `${other.date} ${other.time}` ? -1 : 1),
  };
}

/** Some of many, from the first to the last. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, at) => all[Math.floor(at * all.length / count)]!);
}

function shownAs(row: ReadRow, isOfSeveral: boolean): PreviewRow {
  const told = (
    { patient, ...booking }: Pick<ClinicBooking, "patient" | "date" | "time" | "doctor" | "department">,
  ) => ({
    ...{ appointmentId: row.appointmentId, patientId: patient.id, firstName: patient.firstName },
    ...{ lastName: patient.lastName, birthDate: patient.birthDate ?? "", gender: patient.gender },
    ...{ doctor: booking.doctor, department: booking.department, date: booking.date, time: booking.time.slice(0, 5) },
  });
  const reason = row.isDeleted
    ? say("row-deleted")
    : row.patientIsDeleted
    ? say("row-patient-deleted")
    : row.isElsewhere
    ? say("row-other-branch")
    : isOfSeveral
    ? say("row-id-of-several", { id: row.patientId ?? "" })
    : undefined;
  try {
    const booking = bookingOf(row);
    return {
      ...told(booking),
      cancelled: booking.cancelled,
      ...(reason === undefined ? { reason: "" } : { reason: inEnglish(reason), coded: reason }),
    };
  } catch (error) {
    if (!(error instanceof UnusableRow)) throw error;
    const coded = reason ?? error.reason;
    const asRead = {
      ...{ id: row.patientId ?? "", firstName: row.firstName ?? "", lastName: row.lastName ?? "", phone: "" },
      ...{ birthDate: row.birthDate, gender: row.gender ?? "" },
    };
    const { doctor, department, date, time } = row;
    const rest = { doctor: doctor ?? "", department: department ?? "", date: date ?? "", time: time ?? "" };
    return {
      ...told({ patient: asRead, ...rest }),
      time: rest.time,
      cancelled: false,
      reason: inEnglish(coded),
      coded,
    };
  }
}

/** The branches that a clinic has, for a person to choose from. */
export async function branchesOf(sql: Sql, { appointments: { branch, table } }: Mapping): Promise<Branch[]> {
  if (branch === null) return [];
  const rows = branch.table === null
    ? await sql.unsafe<Branch[]>(`SELECT DISTINCT ${identifier(branch.column)}::text AS id,
        ${identifier(branch.column)}::text AS name FROM ${relation(table)}
        WHERE ${identifier(branch.column)} IS NOT NULL ORDER BY 1 LIMIT ${MOST_BRANCHES}`)
    : await sql.unsafe<Branch[]>(
      `SELECT w.${identifier(branch.key)}::text AS id, ${reading.namesOf(branch, "w")} AS name FROM ${
        relation(branch.table)
      } w ORDER BY 2 LIMIT ${MOST_BRANCHES}`,
    );
  return rows.map(({ id, name }) => ({ id, name: name ?? id }));
}

const MOST_BRANCHES = 100;
const MOST_ROLES = 30;

/** A word of the clinic's for what somebody of its staff is. */
export interface StaffRole {
  /** As it stands there. */
  word: string;
  /** How many are that. */
  people: number;
  /** What it is taken for by itself; null where nobody can know. */
  means: Role | null;
}

/** What the clinic's staff are, by its own words, the most frequent first. */
export async function rolesOf(sql: Sql, { staff }: Mapping): Promise<StaffRole[]> {
  if (staff === null || staff.role === null) return [];
  const rows = await sql.unsafe<{ word: string; people: number }[]>(
    `SELECT ${reading.wordsOf(staff.role, "u")} AS word, count(*)::int AS people FROM ${relation(staff.table)} u
     GROUP BY 1 HAVING ${reading.wordsOf(staff.role, "u")} IS NOT NULL ORDER BY 2 DESC, 1 LIMIT ${MOST_ROLES}`,
  );
  return rows.map(({ word, people }) => ({ word, people, means: roleOf(word) ?? null }));
}

/** A branch of the clinic. */
export interface Branch {
  /** As text. */
  id: string;
  /** What it is called. */
  name: string;
}
