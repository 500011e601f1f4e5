import type { Appointment } from "../../src/web/contract/appointments.ts";
import { dayOf, minuteOfDay, minutesOf } from "../shared/format.ts";

/** Where appointments stand, as reception sorts them. */
export const STAGES = ["all", "not sent", "at machine", "done", "look"] as const;
export type Stage = (typeof STAGES)[number];

/** What of the day is shown. "" is every room, every doctor. */
export interface Filter {
  stage: Stage;
  room: string;
  doctor: string;
}

export const EVERYBODY: Filter = { stage: "all", room: "", doctor: "" };

const IS_IN: Record<Stage, (appointment: Appointment) => boolean> = {
  "all": () => true,
  "not sent": ({ status }) => status === "scheduled",
  "at machine": ({ status }) => ["sent", "seen by machine", "in progress"].includes(status),
  "done": ({ status }) => status === "images received" || status === "completed",
  "look": (appointment) => needsLook(appointment),
};

/** Whether a person should look at it. */
export function needsLook({ reasons, missing, stopped, status }: Appointment): boolean {
  return reasons.length > 0 || missing > 0 || (stopped !== null && status !== "cancelled");
}

export function fits(appointment: Appointment, { stage, room, doctor }: Filter): boolean {
  return IS_IN[stage](appointment) && (room === "" || appointment.department === room) &&
    (doctor === "" || appointment.doctor === doctor);
}

/** How many there are of each, whatever else is chosen. */
export function counted(appointments: readonly Appointment[], { room, doctor }: Filter): Record<Stage, number> {
  const inPlace = appointments.filter((one) => fits(one, { stage: "all", room, doctor }));
  return Object.fromEntries(STAGES.map((stage) => [stage, inPlace.filter(IS_IN[stage]).length])) as Record<
    Stage,
    number
  >;
}

/** In the order of the day. */
export function byTime(a: Appointment, b: Appointment): number {
  return a.time.localeCompare(b.time) || a.id.localeCompare(b.id);
}

/** How long after its time a booking that was not sent counts as next before one to come, minutes. */
const LATE_MINUTES = 60;

/**
 * Who is to be sent next: the first of today who is due, else the first to come; of another day the first.
 *
 * @param now milliseconds
 * @param except who is not meant
 */
export function nextOf(
  appointments: readonly Appointment[],
  date: string,
  now: number,
  except?: string,
): Appointment | undefined {
  const unsent = appointments.filter(({ id, status }) => status === "scheduled" && id !== except).sort(byTime);
  if (date !== dayOf(now)) return unsent[0];
  const minute = minuteOfDay(now);
  return unsent.find(({ time }) => minutesOf(time) >= minute - LATE_MINUTES) ?? unsent[0];
}

/** Minutes until a booking of today that was not sent, where that is within the hour; else undefined. */
export function away(appointment: Appointment, date: string, now: number): number | undefined {
  if (date !== dayOf(now) || appointment.status !== "scheduled") return undefined;
  const minutes = minutesOf(appointment.time) - minuteOfDay(now);
  return Math.abs(minutes) <= 60 ? minutes : undefined;
}
