import { say, type Sentence } from "../sentences.ts";
/** An appointment's way. The words are the same in the tables, the API and on the pages. */
export const APPOINTMENT_STATUSES = [
  "scheduled",
  "sent",
  "seen by machine",
  "in progress",
  "images received",
  "completed",
  "cancelled",
] as const;

export type AppointmentStatus = typeof APPOINTMENT_STATUSES[number];

/** What can happen to an appointment. */
export type AppointmentEvent =
  | "sent to machine"
  | "recalled"
  | "seen by machine"
  | "scan started"
  | "scan stopped"
  | "image received"
  | "images taken away"
  | "completed"
  | "cancelled"
  | "reinstated"
  | "given to another patient";

/**
 * The one place where a status is chosen: what an appointment becomes when something happens to it.
 *
 * Facts only move it forward: an image that comes after completion leaves it completed, a machine that asks again
 * leaves it in progress. An event that means nothing in the present status leaves it as it is.
 */
export function nextStatus(status: AppointmentStatus, event: AppointmentEvent): AppointmentStatus {
  switch (event) {
    case "sent to machine":
      return status === "in progress" || status === "cancelled" ? status : "sent";
    case "recalled":
      return status === "sent" || status === "seen by machine" ? "scheduled" : status;
    case "seen by machine":
      return status === "sent" ? "seen by machine" : status;
    case "scan started":
      return status === "completed" || status === "cancelled" || status === "images received" ? status : "in progress";
    case "scan stopped":
      return status === "in progress" ? "seen by machine" : status;
    case "image received":
      return status === "completed" ? status : "images received";
    case "images taken away":
      return status === "images received" ? "scheduled" : status;
    case "completed":
      return status === "cancelled" ? status : "completed";
    case "cancelled":
      return status === "images received" || status === "completed" ? status : "cancelled";
    case "given to another patient":
      return status === "cancelled" ? status : "scheduled";
    case "reinstated":
      return status === "cancelled" ? "scheduled" : status;
  }
}

/** Why reception cannot send it now, in words; undefined when it can. */
export function reasonNotToSend(status: AppointmentStatus): Sentence | undefined {
  if (status === "cancelled") return say("book-again-first");
  if (status === "in progress") return say("machine-is-scanning");
  return undefined;
}
