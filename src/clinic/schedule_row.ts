import type { ClinicBooking } from "../store/clinic_bookings.ts";
import { genderOf, isCancelled, lineOf, namePart } from "./words.ts";

/** A row of `sonodesk.schedule` as text; `box…` are the box's own ids where the booking or the patient is its own. */
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

/** Why a row cannot become a worklist item, in words for the person who can correct it in the clinic's program. */
export class UnusableRow extends Error {
  override name = "UnusableRow";
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
  if (id.length > LONGEST_APPOINTMENT_ID) throw new UnusableRow("the appointment's id is longer than 64 characters");
  const date = dayOf(row.date);
  if (date === undefined) throw new UnusableRow(`"${row.date ?? ""}" is no date`);
  const time = timeOf(row.time);
  if (time === undefined) throw new UnusableRow(`"${row.time ?? ""}" is no time of day`);
  const accessionNumber = (row.accessionNumber ?? "").trim();
  if ([...accessionNumber].length > LONGEST_ACCESSION_NUMBER || /[\\\p{Cc}]/u.test(accessionNumber)) {
    throw new UnusableRow(
      `the accession number "${accessionNumber}" is longer than 16 characters or has a sign machines do not take`,
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
export function patientOf(
  row: Pick<ScheduleRow, "patientId" | "firstName" | "lastName" | "birthDate" | "gender">,
  onDay?: string,
): ClinicBooking["patient"] {
  const id = (row.patientId ?? "").trim();
  if (id === "") throw new UnusableRow("the patient has no id");
  if ([...id].length > LONGEST_PATIENT_ID || /[\\\p{Cc}]/u.test(id)) {
    throw new UnusableRow("the patient's id is longer than 64 characters or has a sign machines do not take");
  }
  const [firstName, lastName] = [namePart(row.firstName), namePart(row.lastName)];
  if (firstName === "" && lastName === "") throw new UnusableRow("the patient has no name");
  const birthDate = row.birthDate === null || row.birthDate.trim() === "" ? null : dayOf(row.birthDate);
  if (birthDate === undefined || (birthDate !== null && Number(birthDate.slice(0, 4)) < OLDEST_BIRTH_YEAR)) {
    throw new UnusableRow(`the patient's birth date "${row.birthDate}" is no date`);
  }
  // against the appointment and not the clock, which may be wrong
  if (birthDate !== null && onDay !== undefined && birthDate > onDay) {
    throw new UnusableRow(`the patient's birth date ${birthDate} is after the appointment`);
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
