import { isDeepStrictEqual } from "node:util";
import { Refused, say, type Sentence } from "../sentences.ts";
import type { ClinicBooking } from "../store/clinic_bookings.ts";
import type { Identity } from "../dicom/identity.ts";
import { sexOf } from "../dicom/patient_sex.ts";
import { personNameOf } from "../dicom/person_name.ts";
import type { Fragment } from "./schedule_source.ts";
import type { Sql } from "./session.ts";
import { genderOf, isCancelled, lineOf, namePart } from "./words.ts";

/** A booking of the clinic's as text; `box…` are the box's own ids where the booking or the patient is its own. */
export interface ScheduleRow {
  appointmentId: string;
  patientId: string | null;
  boxAppointmentId: string | null;
  boxPatientId: string | null;
  firstName: string | null;
  lastName: string | null;
  birthDate: string | null;
  gender: string | null;
  doctor: string | null;
  department: string | null;
  date: string | null;
  time: string | null;
  status: string | null;
  accessionNumber: string | null;
}

/** A person of the clinic's, as text. */
export type PersonRow = Pick<ScheduleRow, "patientId" | "firstName" | "lastName" | "birthDate" | "gender">;

/** Why a row cannot become a worklist item, for the person who can correct it in the clinic's program. */
export class UnusableRow extends Refused {
  constructor(readonly reason: Sentence) {
    super(reason);
  }
}

/** LO and SH (PS3.5 6.2): the most characters of a Patient ID and of an Accession Number. */
const LONGEST_PATIENT_ID = 64;
const LONGEST_ACCESSION_NUMBER = 16;
const LONGEST_LINE = 64;
/** What the API takes as an appointment's id. */
const LONGEST_APPOINTMENT_ID = 64;
const OLDEST_BIRTH_YEAR = 1850;

/**
 * The booking that a row describes.
 *
 * @throws UnusableRow
 */
export function bookingOf(row: ScheduleRow): ClinicBooking {
  const id = row.boxAppointmentId ?? row.appointmentId;
  if (id.length > LONGEST_APPOINTMENT_ID) throw new UnusableRow(say("row-appointment-id"));
  const date = dayOf(row.date);
  if (date === undefined) throw new UnusableRow(say("row-date", { date: row.date ?? "" }));
  const time = timeOf(row.time);
  if (time === undefined) throw new UnusableRow(say("row-time", { time: row.time ?? "" }));
  const accessionNumber = (row.accessionNumber ?? "").trim();
  if ([...accessionNumber].length > LONGEST_ACCESSION_NUMBER || /[\\\p{Cc}]/u.test(accessionNumber)) {
    throw new UnusableRow(
      say("row-accession-number", { number: accessionNumber }),
    );
  }
  return {
    id,
    patient: patientOf({ ...row, patientId: row.boxPatientId ?? row.patientId }, date),
    doctor: cut(namePart(row.doctor)),
    department: cut(lineOf(row.department)),
    description: "",
    date,
    time,
    accessionNumber: accessionNumber || undefined,
    cancelled: isCancelled(row.status),
  };
}

/**
 * The patient that a row of theirs, or of their booking, describes.
 *
 * @param onDay a day on which they were there, YYYY-MM-DD, where one is known
 * @throws UnusableRow
 */
export function patientOf(row: PersonRow, onDay?: string): ClinicBooking["patient"] {
  const id = patientIdIn(row);
  if (id === "") throw new UnusableRow(say("row-no-patient-id"));
  if ([...id].length > LONGEST_PATIENT_ID || /[\\\p{Cc}]/u.test(id)) {
    throw new UnusableRow(say("row-patient-id"));
  }
  const [firstName, lastName] = [namePart(row.firstName), namePart(row.lastName)];
  if (firstName === "" && lastName === "") throw new UnusableRow(say("row-no-name"));
  const birthDate = row.birthDate === null || row.birthDate.trim() === "" ? null : dayOf(row.birthDate);
  if (birthDate === undefined || (birthDate !== null && Number(birthDate.slice(0, 4)) < OLDEST_BIRTH_YEAR)) {
    throw new UnusableRow(say("row-birth-date", { date: row.birthDate ?? "" }));
  }
  // against the appointment and not the clock, which may be wrong
  if (birthDate !== null && onDay !== undefined && birthDate > onDay) {
    throw new UnusableRow(say("row-birth-date-after", { date: birthDate }));
  }
  return {
    id,
    // one name alone is the family name: machines refuse an item without one
    firstName: lastName === "" ? "" : firstName,
    lastName: lastName === "" ? firstName : lastName,
    birthDate,
    gender: genderOf(row.gender),
    phone: "",
  };
}

/** `2026-11-22`, also with a time behind it, as `2026-11-22`; undefined when it is no day of the calendar. */
export function dayOf(text: string | null): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:[\d:.+-]*)?$/.exec((text ?? "").trim());
  if (!match) return undefined;
  const day = new Date(`${match[1]}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(match[1]!) ? match[1] : undefined;
}

/** `9:30`, `09:30:00.5`, `09:30:00+05:30` or `9:30 PM` as `09:30:00`; undefined when it is no time of day. */
export function timeOf(text: string | null): string | undefined {
  const match =
    /^(?:.*[ T])?(\d{1,2})[:.](\d{2})(?::(\d{2})(?:\.\d+)?)?(?:[+-]\d{2}(?::?\d{2})?)?\s*([AaPp])?\.?(?:[Mm]\.?)?$/
      .exec((text ?? "").trim());
  if (!match) return undefined;
  const [, hour, minute, second = "00", half] = match;
  let hours = Number(hour);
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return undefined;
    hours = hours % 12 + (half.toLowerCase() === "p" ? 12 : 0);
  }
  if (hours > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return `${String(hours).padStart(2, "0")}:${minute}:${second}`;
}

function cut(text: string): string {
  return [...text].slice(0, LONGEST_LINE).join("").trimEnd();
}

/** Appointments of which rows say different things: to follow one and then the other would never end. */
export function ambiguousIn(rows: readonly ScheduleRow[]): Set<string> {
  return contradicted(rows, ({ appointmentId }) => appointmentId, isDeepStrictEqual);
}

/** Ids of patients that are several people's: where the id is no key of the clinic's, nothing keeps it from being so. */
export function sharedIdsIn(rows: readonly ScheduleRow[]): Set<string> {
  return contradicted(rows.filter((row) => patientIdIn(row) !== ""), patientIdIn, describeTheSame);
}

/** Ids under which rows are not the same. */
function contradicted(
  rows: readonly ScheduleRow[],
  idOf: (row: ScheduleRow) => string,
  areSame: (one: ScheduleRow, other: ScheduleRow) => boolean,
): Set<string> {
  const first = new Map<string, ScheduleRow>();
  const ids = new Set<string>();
  for (const row of rows) {
    const id = idOf(row);
    const known = first.get(id);
    if (known === undefined) first.set(id, row);
    else if (!areSame(known, row)) ids.add(id);
  }
  return ids;
}

function describeTheSame(one: ScheduleRow, other: ScheduleRow): boolean {
  // there are thousands, of which nearly all are written alike
  const isAlike = (["firstName", "lastName", "birthDate", "gender"] as const).every((name) =>
    one[name] === other[name]
  );
  return isAlike || isDeepStrictEqual(personIn(one), personIn(other));
}

/** The clinic's id of the patient; "" for none. */
export function patientIdIn({ patientId }: PersonRow): string {
  return (patientId ?? "").trim();
}

export function personIn(row: PersonRow): Identity {
  return {
    patientId: "",
    patientName: personNameOf(namePart(row.lastName), namePart(row.firstName)),
    patientBirthDate: dayOf(row.birthDate) ?? "",
    patientSex: sexOf(genderOf(row.gender)),
  };
}

export function boxIdOf(row: ScheduleRow): string {
  return row.boxAppointmentId ?? row.appointmentId;
}

/** Everything as text: what the clinic's tables really hold is for `bookingOf` to judge, row by row. */
export function selectRows(sql: Sql, boxId: string, bookings: Fragment) {
  return sql`
    SELECT s.appointment_id::text AS "appointmentId", s.patient_id::text AS "patientId",
      b.box_appointment_id AS "boxAppointmentId",
      (SELECT p.box_patient_id FROM sonodesk.box_patients p
        WHERE p.box_id = ${boxId} AND p.patient_id = s.patient_id::text ORDER BY p.box_patient_id LIMIT 1) AS "boxPatientId",
      s.first_name::text AS "firstName", s.last_name::text AS "lastName", s.birth_date::text AS "birthDate",
      s.gender::text AS gender, s.doctor::text AS doctor, s.department::text AS department, s.date::text AS date,
      s.time::text AS time, s.status::text AS status, s.accession_number::text AS "accessionNumber"
    FROM ${bookings} s
      LEFT JOIN sonodesk.box_appointments b ON b.box_id = ${boxId} AND b.appointment_id = s.appointment_id::text`;
}
