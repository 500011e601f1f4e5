import type { Appointment } from "../../src/web/contract/appointments.ts";
import { ageOn, clockTime, dateInWords } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import type { Action, Doing } from "./day.ts";
import { genderInWords } from "./people.ts";

/** What was not done, in words. */
export const FAILED: Record<Doing, () => string> = {
  send: () => text.row.failedSend,
  recall: () => text.row.failedRecall,
  complete: () => text.row.failedComplete,
};

/** The appointment as it will be when what reception does has succeeded. */
export function expected(appointment: Appointment, action: Action | undefined): Appointment {
  if (action?.doing === "send") return { ...appointment, status: "sent", sentAt: action.at };
  if (action?.doing === "recall") return { ...appointment, status: "scheduled", sentAt: null, seenAt: null };
  if (action?.doing === "complete") return { ...appointment, status: "completed", statusChangedAt: action.at };
  return appointment;
}

/** @returns where somebody is now, and what belongs to that */
export function whereNow(appointment: Appointment, images: number, machineName: string): [string, string] {
  const { status, statusChangedAt, sentAt, seenAt, measurements } = appointment;
  const since = clockTime(statusChangedAt);
  const measured = measurements > 0 ? text.status.measurements(measurements) : "";
  const stopped = appointment.stopped === null ? "" : text.status.stopped(appointment.stopped);
  switch (status) {
    case "scheduled":
      return [text.status.notSent, ""];
    case "sent":
      return [
        text.status.sent(clockTime(sentAt)),
        machineName ? text.status.waitingFor(machineName) : text.status.waitingForMachine,
      ];
    case "seen by machine":
      if (stopped !== "") return [stopped, machineName ? text.status.onMachine(machineName) : ""];
      return [
        text.status["seen by machine"](clockTime(seenAt ?? statusChangedAt)),
        machineName ? text.status.onMachine(machineName) : text.status.sent(clockTime(sentAt)),
      ];
    case "in progress":
      return [
        appointment.reopened ? text.status.reopened(since) : text.status["in progress"](since),
        machineName ? text.status.onMachine(machineName) : "",
      ];
    case "images received":
      return [
        images > 0 ? text.status.images(images) : text.status.objectsReceived,
        [measured, text.status.firstAt(since), stopped].filter(Boolean).join(" · "),
      ];
    case "completed":
      return [
        text.status.completed(since),
        [images > 0 ? text.status.images(images) : "", measured].filter(Boolean).join(" · "),
      ];
    case "cancelled":
    case "no show":
      return [text.status[status](since), ""];
    default:
      return [status, ""];
  }
}

/** Whether it waits longer than it should. @param now milliseconds */
export function isLate({ wait }: Pick<Appointment, "wait">, now: number): boolean {
  return wait !== null && Date.parse(wait.lateAt) <= now;
}

/** Whole minutes. @param at ISO 8601 @param now milliseconds */
export function minutesSince(at: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
}

const STEPS = ["sent", "seen", "scanning", "images"];

/** How many of the steps are reached. */
const REACHED: Partial<Record<Appointment["status"], number>> = {
  ...{ "sent": 1, "seen by machine": 2, "in progress": 3, "images received": 4, "completed": 4 },
};

/** How far somebody has come, as four marks. */
export function WaySteps({ status }: Pick<Appointment, "status">) {
  const reached = REACHED[status] ?? 0;
  return html`
    <span class="way-steps" aria-hidden="true">
      ${STEPS.map((step, place) =>
        html`<i key=${step} class=${place < reached ? "past" : ""} data-now=${place === reached - 1}></i>`
      )}
    </span>
  `;
}

/** Who it is beside the name: birth date, age, sex. */
export function bornAndSex({ patient, date }: Pick<Appointment, "patient" | "date">): string {
  const age = ageOn(patient.birthDate, date);
  return [
    patient.birthDate ? dateInWords(patient.birthDate) : text.row.noBirthDate,
    age && text.row.age[age.unit](age.count),
    genderInWords(patient.gender),
  ].filter(Boolean).join(" · ");
}

/** The class of what shows an appointment: `is-sent`. */
export function statusClass({ status }: Pick<Appointment, "status">): string {
  return `is-${status.replaceAll(" ", "-")}`;
}
