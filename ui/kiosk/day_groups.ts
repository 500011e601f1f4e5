import type { Appointment, Patient } from "../../src/web/contract/appointments.ts";
import { dayOf, minuteOfDay, minutesOf, searchable } from "../shared/format.ts";

/** Appointments that belong together for reception. */
export interface Group {
  name: "now" | "day" | "earlier" | "done";
  appointments: Appointment[];
}

/** How long images that came, and a scan that ended, stay among what is under way. */
const FRESH_MINUTES: Partial<Record<Appointment["status"], number>> = {
  "images received": 15,
  "completed": 5,
  "cancelled": 0,
  "no show": 0,
};
/** How long a booking that was recalled stays where it was. */
const RECALLED_MINUTES = 15;
/** How long after its time a booking that was not sent counts as next. */
const LATE_MINUTES = 60;

/**
 * The day in the order reception thinks: what is now and next, what was passed over, what is done. A row does not
 * move at the moment it is tapped, only when time goes on.
 *
 * @param now milliseconds
 *
 * @returns groups with something in them
 */
export function grouped(appointments: readonly Appointment[], date: string, now: number): Group[] {
  const today = dayOf(now);
  const minute = minuteOfDay(now);
  const groups: Record<"now" | "earlier" | "done", Appointment[]> = { now: [], earlier: [], done: [] };
  for (const appointment of appointments) {
    const since = (now - Date.parse(appointment.statusChangedAt)) / 60_000;
    const { status } = appointment;
    const freshFor = FRESH_MINUTES[status];
    if (freshFor !== undefined) {
      const fresh = since < freshFor && date === today;
      groups[fresh ? "now" : "done"].push(appointment);
    } else if (status === "scheduled" && date === today && minutesOf(appointment.time) < minute - LATE_MINUTES) {
      // a recall is not a reason to lose the row under one's finger
      groups[since < RECALLED_MINUTES ? "now" : "earlier"].push(appointment);
    } else {
      groups.now.push(appointment);
    }
  }
  const byTime = (a: Appointment, b: Appointment) => a.time.localeCompare(b.time) || a.id.localeCompare(b.id);
  const inOrder: Group[] = [
    { name: date === today ? "now" : "day", appointments: groups.now.sort(byTime) },
    { name: "earlier", appointments: groups.earlier.sort(byTime) },
    { name: "done", appointments: groups.done.sort(byTime).reverse() },
  ];
  return inOrder.filter((group) => group.appointments.length > 0);
}

/** What reception knows of an appointment, to search in. */
interface Searched extends Pick<Appointment, "doctor" | "description" | "department" | "accessionNumber"> {
  patient: Pick<Patient, "firstName" | "lastName" | "id" | "phone">;
}

/** Whether every word typed is somewhere in what reception knows of the appointment. */
export function matches(appointment: Searched, words: string): boolean {
  const { patient } = appointment;
  const known = searchable(
    [
      patient.firstName,
      patient.lastName,
      patient.id,
      patient.phone,
      appointment.doctor,
      appointment.description,
      appointment.department,
      appointment.accessionNumber,
    ].join(" "),
  );
  return searchable(words).split(/\s+/).every((word) => known.includes(word));
}

/** Minutes until a booking of today that was not sent, where that is within the hour; else undefined. */
export function away(appointment: Appointment, date: string, today: string, now: number) {
  if (date !== today || appointment.status !== "scheduled") return undefined;
  const minutes = minutesOf(appointment.time) - minuteOfDay(now);
  return Math.abs(minutes) <= 60 ? minutes : undefined;
}
