import {
  dayColumn,
  type Deleted,
  type Looked,
  type MappedAppointments,
  type MappedPatients,
  type MappedStaff,
  type Mapping,
} from "./mapping.ts";
import { NO } from "../words.ts";
import { identifier, literal, relation } from "./quoting.ts";

/*
 * How the clinic's tables are read: SQL expressions of a row of `appointments a` and of `patients p`, all of them text.
 * They call no function of the box, so that a mapping can be looked at before anything of it is in the database.
 */

/** The branches that this box works for, ids as a JSON array; none: all. The box sets it for each transaction. */
export const BRANCHES_SETTING = "sonodesk.branches";

const column = (alias: string, name: string) => `${alias}.${identifier(name)}`;

/** The id that machines get. @param alias of the patients */
export function patientIdOf({ patientId }: MappedPatients, alias: string): string {
  return `${column(alias, patientId)}::text`;
}

/** @param alias of the patients */
export function firstNameOf({ name }: MappedPatients, alias: string): string {
  if (name.kind === "parts") {
    const first = column(alias, name.first);
    return name.middle === null
      ? `${first}::text`
      : `concat_ws(' ', ${first}, nullif(${column(alias, name.middle)}, ''))`;
  }
  if (name.order === "not divided") return `''`;
  const whole = `btrim(${column(alias, name.column)})`;
  const rest = name.order === "given first"
    ? `btrim(regexp_replace(${whole}, '[^[:space:]]+$', ''))`
    : `btrim(regexp_replace(${whole}, '^[^[:space:]]+', ''))`;
  return `CASE WHEN strpos(${whole}, ',') > 0 THEN btrim(substr(${whole}, strpos(${whole}, ',') + 1)) ELSE ${rest} END`;
}

/** @param alias of the patients */
export function lastNameOf({ name }: MappedPatients, alias: string): string {
  if (name.kind === "parts") return `${column(alias, name.last)}::text`;
  const whole = `btrim(${column(alias, name.column)})`;
  if (name.order === "not divided") return whole;
  const one = name.order === "given first" ? "'[^[:space:]]+$'" : "'^[^[:space:]]+'";
  return `CASE WHEN strpos(${whole}, ',') > 0 THEN btrim(split_part(${whole}, ',', 1)) ELSE substring(${whole} from ${one}) END`;
}

/** As ISO 8601 where it can be read, else as it stands there. @param alias of the patients */
export function birthDateOf({ birth }: MappedPatients, alias: string): string {
  if (birth.kind !== "date") return `NULL::text`;
  return isoDay(`${column(alias, birth.column)}::text`, birth.text);
}

/** @param alias of the patients */
export function genderOf({ gender }: MappedPatients, alias: string): string {
  if (gender === null) return `NULL::text`;
  return meaningOf(`${column(alias, gender.column)}::text`, Object.entries(gender.values));
}

/** What a person has said that a value means, else the value itself. */
function meaningOf(value: string, meanings: readonly (readonly [value: string, means: string])[]): string {
  if (meanings.length === 0) return value;
  const cases = meanings.map(([one, means]) => `WHEN ${literal(one)} THEN ${literal(means)}`);
  return `CASE ${value} ${cases.join(" ")} ELSE ${value} END`;
}

/**
 * A date that is text, as ISO 8601: by moving its parts, so that one that is no day of the calendar spoils only its own
 * row. What is written otherwise stays as it is.
 */
function isoDay(text: string, written: string | null): string {
  if (written === null) return text;
  const padded = `regexp_replace(btrim(${text}), '\\m([0-9])\\M', '0\\1', 'g')`;
  const order = written.replaceAll(/[^DMY]/g, " ");
  const [pattern, iso] = order.startsWith("YYYY")
    ? ["([0-9]{4})[-/. ]([0-9]{2})[-/. ]([0-9]{2})", "\\1-\\2-\\3"]
    : ["([0-9]{2})[-/. ]([0-9]{2})[-/. ]([0-9]{4})", order.startsWith("DD") ? "\\3-\\2-\\1" : "\\3-\\1-\\2"];
  return `regexp_replace(${padded}, '^${pattern}\\M.*$', '${iso}')`;
}

/** A moment as the clinic's clock showed it. */
function moment(appointments: MappedAppointments, alias: string): string {
  const { when, zone } = appointments;
  const value = column(alias, dayColumn(appointments));
  return when.kind === "one" && zone !== null ? `(${value} AT TIME ZONE ${literal(zone)})` : value;
}

/** @param alias of the appointments */
export function dayOf(appointments: MappedAppointments, alias: string): string {
  const { when } = appointments;
  return isoDay(`${moment(appointments, alias)}::text`, when.text);
}

/** @param alias of the appointments */
export function timeOf(appointments: MappedAppointments, alias: string): string {
  const { when } = appointments;
  if (when.kind === "one") return `${moment(appointments, alias)}::text`;
  if (when.time.kind === "none") return `${literal(when.time.first)}::text`;
  const value = `${column(alias, when.time.column)}::text`;
  if (when.time.kind === "clock") return value;
  const { first, minutes } = when.time;
  const place = `(substring(${value} from '[0-9]+')::int - 1)`;
  const begin = Number(first.slice(0, 2)) * 60 + Number(first.slice(3));
  // what is no number, or behind midnight, is no time, and a person reads what stands there
  return `CASE WHEN ${value} !~ '^[^0-9]*[0-9]{1,3}[^0-9]*$' THEN ${value}
      WHEN ${place} NOT BETWEEN 0 AND ${Math.floor((1439 - begin) / minutes)} THEN ${value}
      ELSE to_char(time ${literal(first)} + ${place} * interval '${minutes} minutes', 'HH24:MI') END`;
}

/** The words of a column, or of the row that it refers to. @param alias of the appointments, or the staff */
export function wordsOf(looked: Looked | null, alias: string): string {
  if (looked === null) return `NULL::text`;
  if (looked.table === null) return `${column(alias, looked.column)}::text`;
  return `(SELECT ${namesOf(looked, "w")} FROM ${relation(looked.table)} w WHERE ${column("w", looked.key)} = ${
    column(alias, looked.column)
  })`;
}

/** What somebody is, in the clinic's words or, where a person has said what they mean, in ours. @param alias of the staff */
export function roleOf({ role, roles }: MappedStaff, alias: string): string {
  return meaningOf(wordsOf(role, alias), Object.entries(roles).filter(([, means]) => means !== ""));
}

/** Whether somebody is what does not sign in. @param alias of the staff */
export function staysOut({ role, roles }: MappedStaff, alias: string): string {
  const words = Object.entries(roles).filter(([, means]) => means === "").map(([word]) => literal(word));
  return words.length === 0 ? "false" : `coalesce(${wordsOf(role, alias)} IN (${words.join(", ")}), false)`;
}

/** The words of a row that is referred to. */
export function namesOf({ names, key }: Looked, alias: string): string {
  const words = names.length === 0 ? [key] : names;
  return words.length === 1
    ? `${column(alias, words[0]!)}::text`
    : `concat_ws(' ', ${words.map((name) => column(alias, name)).join(", ")})`;
}

/** @param alias of the appointments */
export function statusOf({ status }: MappedAppointments, alias: string): string {
  if (status === null) return `NULL::text`;
  const value = `${column(alias, status.column)}::text`;
  if (status.cancelled === null) return value;
  // every other word is one of a booking that stands, whatever it means elsewhere
  return status.cancelled.length === 0
    ? `NULL::text`
    : `CASE WHEN ${value} IN (${status.cancelled.map(literal).join(", ")}) THEN 'cancelled' END`;
}

/** Where an accession number is kept that the clinic has no column for. */
export const BESIDE = "sonodesk.appointment_marks";

/** @param alias of the appointments @param isInstalled whether the box's own tables are there */
function accessionNumberOf({ accession, key }: MappedAppointments, alias: string, isInstalled: boolean): string {
  if (accession !== null) return `${column(alias, accession)}::text`;
  if (!isInstalled) return `NULL::text`;
  return `(SELECT k.accession_number FROM ${BESIDE} k WHERE k.appointment_id = ${column(alias, key)}::text)`;
}

/** Whether a row is deleted. */
export function isDeleted(deleted: Deleted | null, alias: string): string {
  if (deleted === null) return "false";
  const value = column(alias, deleted.column);
  if (deleted.means === "set") return `${value} IS NOT NULL`;
  // a word such as "active" is no yes to whether something is deleted; "inactive" is a no to whether it is active
  const words = deleted.means === "true" ? ["true", "t", "1", "y", "yes"] : NO;
  return `coalesce(lower(${value}::text), '') IN (${words.map(literal).join(", ")})`;
}

/** Whether an appointment is of a branch that the box does not work for. @param alias of the appointments */
export function isOfOtherBranch({ branch }: MappedAppointments, alias: string): string {
  if (branch === null) return "false";
  const ours = `nullif(current_setting('${BRANCHES_SETTING}', true), '')::jsonb`;
  return `(${ours} <> '[]'::jsonb AND NOT coalesce(${ours} ? (${column(alias, branch.column)}::text), false))`;
}

/** Both tables, `a` and `p`. */
export function bothTables({ patients, appointments }: Mapping): string {
  return `${relation(appointments.table)} a LEFT JOIN ${relation(patients.table)} p ON ${column("p", patients.key)} = ${
    column("a", appointments.patient)
  }`;
}

/**
 * Whether an appointment is of some days, the last included. Of dates that are text, some that cannot be read are, too: a
 * person is told of them.
 *
 * @param isDay false where the column holds text; it has no matter where the mapping says it
 */
export function isBetween({ appointments }: Mapping, first: string, last: string, isDay: boolean): string {
  const { when, zone, table, key } = appointments;
  const value = column("a", dayColumn(appointments));
  if (when.kind === "one" && zone !== null) {
    const at = (day: string) => `(${day})::timestamp AT TIME ZONE ${literal(zone)}`;
    return `${value} >= ${at(first)} AND ${value} < ${at(`${last} + 1`)}`;
  }
  if (isDay && when.text === null) return `${value} >= ${first} AND ${value} < ${last} + 1`;
  const [written, of] = [`${moment(appointments, "u")}::text`, identifier(key)];
  // most rows are of other years, and taken apart at no cost
  return `a.${of} = ANY (ARRAY(
      WITH told AS MATERIALIZED (
        SELECT u.${of} AS key, ${dayOf(appointments, "u")} AS day FROM ${relation(table)} u
        WHERE btrim(${written}) <> '' AND (strpos(${written}, to_char(${first}, 'YYYY')) > 0
          OR strpos(${written}, to_char(${last}, 'YYYY')) > 0 OR ${written} !~ '${readable(when.text)}'))
      SELECT key FROM told WHERE day >= ${first}::text AND day < (${last} + 1)::text AND day ~ '^[0-9]{4}-'
      UNION ALL
      (SELECT key FROM told WHERE day !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' ORDER BY key DESC LIMIT ${MOST_UNREADABLE})))`;
}

/** What a date that is text begins with, where it can be read. */
function readable(written: string | null): string {
  if (written === null) return "^[0-9]{4}-[0-9]{2}-[0-9]{2}";
  const [day, year] = ["[0-9]{1,2}", "[0-9]{4}"];
  const parts = written.startsWith("YYYY") ? [year, day, day] : [day, day, year];
  return `^ *${parts.join("[-/. ]")}\\M`;
}

/** Of dates that cannot be read, so many are told: the newest. */
const MOST_UNREADABLE = 50;

/** A booking's values as `sonodesk.bookings` returns them, by their names, in their order. */
export function bookingColumns({ patients, appointments }: Mapping, isInstalled = true): Record<string, string> {
  return {
    appointment_id: `${column("a", appointments.key)}::text`,
    patient_id: patientIdOf(patients, "p"),
    first_name: firstNameOf(patients, "p"),
    last_name: lastNameOf(patients, "p"),
    birth_date: birthDateOf(patients, "p"),
    gender: genderOf(patients, "p"),
    doctor: wordsOf(appointments.doctor, "a"),
    department: wordsOf(appointments.service, "a"),
    date: dayOf(appointments, "a"),
    time: timeOf(appointments, "a"),
    status: statusOf(appointments, "a"),
    accession_number: accessionNumberOf(appointments, "a", isInstalled),
  };
}

/**
 * The words that somebody is found by: name, id and the digits of the telephone number. An index has the same expression.
 *
 * @param alias of the patients; "" for none
 */
export function searchWords({ name, patientId, phone }: MappedPatients, alias: string): string {
  const text = (one: string) => `coalesce(${alias === "" ? identifier(one) : column(alias, one)}::text, '')`;
  const names = name.kind === "whole" ? [name.column] : [name.first, name.middle, name.last];
  const parts = names.filter((one) => one !== null).map(text);
  parts.push(`regexp_replace(${text(patientId)}, '[^0-9A-Za-z]+', ' ', 'g')`);
  if (phone !== null) parts.push(`regexp_replace(${text(phone)}, '[^0-9]', '', 'g')`);
  return `to_tsvector('simple'::regconfig, ${parts.join(" || ' ' || ")})`;
}
