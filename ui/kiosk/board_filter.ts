import type { Appointment } from "../../src/web/contract/appointments.ts";
import { dayOf, minuteOfDay, minutesOf } from "../shared/format.ts";
import { isLate } from "./where_now.ts";

/** Where appointments stand, as reception sorts them. */
export const STAGES = ["all", "not sent", "here", "at machine", "done", "look"] as const;
export type Stage = (typeof STAGES)[number];

/** What of the day is shown. "" is every room, every doctor; a room may be a department, see `rooms.ts`. */
export interface Filter {
  stage: Stage;
  room: string;
  doctor: string;
}

export const EVERYBODY: Filter = { stage: "all", room: "", doctor: "" };

const IS_IN: Record<Stage, (appointment: Appointment, now: number) => boolean> = {
  "all": () => true,
  "not sent": ({ status }) => status === "scheduled",
  "here": ({ status, arrivedAt }) => status === "scheduled" && arrivedAt !== null,
  "at machine": ({ status }) => ["sent", "seen by machine", "in progress"].includes(status),
  "done": ({ status }) => status === "images received" || status === "completed",
  "look": (appointment, now) => needsLook(appointment, now),
};

/** Whether a person should look at it. @param now milliseconds */
export function needsLook(appointment: Appointment, now: number): boolean {
  const { reasons, missing, stopped, status } = appointment;
  return reasons.length > 0 || missing > 0 || isLate(appointment, now) ||
    (stopped !== null && status !== "cancelled" && status !== "completed");
}

/** Whether an appointment is of the room that is shown. */
export type InRoom = (appointment: Appointment, room: string) => boolean;

/** @param now milliseconds */
export function fits(
  appointment: Appointment,
  { stage, room, doctor }: Filter,
  now: number,
  inRoom: InRoom,
): boolean {
  return IS_IN[stage](appointment, now) && inRoom(appointment, room) &&
    (doctor === "" || appointment.doctor === doctor);
}

/** How many there are of each, whatever else is chosen. */
export function counted(
  appointments: readonly Appointment[],
  { room, doctor }: Filter,
  now: number,
  inRoom: InRoom,
): Record<Stage, number> {
  const inPlace = appointments.filter((one) => fits(one, { stage: "all", room, doctor }, now, inRoom));
  const count = (stage: Stage) => inPlace.filter((one) => IS_IN[stage](one, now)).length;
  return Object.fromEntries(STAGES.map((stage) => [stage, count(stage)])) as Record<
    Stage,
    number
  >;
}

/** In the order of the day, behind what is left of the day before. */
function byTime(a: Appointment, b: Appointment): number {
  return a.date.localeCompare(b.date) || a.time.localeCompare(b.time) || a.id.localeCompare(b.id);
}

/** Who is urgent first, then whoever has waited longest. */
function byArrival(a: Appointment, b: Appointment): number {
  return Number(b.urgent) - Number(a.urgent) || (a.arrivedAt ?? "~").localeCompare(b.arrivedAt ?? "~") || byTime(a, b);
}

/** Those who are here by how long they wait, all others in the order of the day. */
export function inOrder(appointments: readonly Appointment[], stage: Stage): Appointment[] {
  return [...appointments].sort(stage === "here" ? byArrival : byTime);
}

/** How long after its time a booking that was not sent counts as next before one to come, minutes. */
const LATE_MINUTES = 60;

/**
 * Who is to be sent next: who is here, the urgent and those who wait longest first; else the first of today who is due;
 * of another day the first.
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
  const unsent = inOrder(appointments.filter(({ id, status }) => status === "scheduled" && id !== except), "all");
  const here = inOrder(unsent.filter(({ arrivedAt }) => arrivedAt !== null), "here")[0];
  if (here !== undefined) return here;
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
