/** An appointment's way. The words are the same in the tables, the API and on the pages. */
export const APPOINTMENT_STATUSES = [
  "scheduled",
  "sent",
  "seen by machine",
  "in progress",
  "images received",
  "completed",
  "cancelled",
  "no show",
] as const;

/** Where an appointment stands. */
export type AppointmentStatus = typeof APPOINTMENT_STATUSES[number];

/** What can happen to an appointment. */
export type AppointmentEvent =
  | "sent to machine"
  | "recalled"
  | "seen by machine"
  | "scan started"
  | "scan opened again"
  | "scan stopped"
  | "image received"
  | "images taken away"
  | "completed"
  | "completed by mistake, with images"
  | "completed by mistake, on a machine's list"
  | "completed by mistake, not sent"
  | "cancelled"
  | "reinstated"
  | "did not come"
  | "came after all"
  | "given to another patient";

/**
 * The one place where a status is chosen: what an appointment becomes when something happens to it.
 *
 * Facts only move it forward: an image that comes after completion leaves it completed, a machine that asks again
 * leaves it in progress. Only a machine that says that it goes on with what it had ended brings it back. An event that means nothing in the present status leaves it as it is.
 */
export function nextStatus(status: AppointmentStatus, event: AppointmentEvent): AppointmentStatus {
  switch (event) {
    case "sent to machine":
      return status === "in progress" || isOff(status) ? status : "sent";
    case "recalled":
      return status === "sent" || status === "seen by machine" ? "scheduled" : status;
    case "seen by machine":
      return status === "sent" ? "seen by machine" : status;
    case "scan started":
      return status === "completed" || status === "cancelled" || status === "images received" ? status : "in progress";
    case "scan opened again":
      return isOff(status) ? status : "in progress";
    case "scan stopped":
      return status === "in progress" ? "seen by machine" : status;
    case "image received":
      return status === "completed" ? status : "images received";
    case "images taken away":
      return status === "images received" ? "scheduled" : status;
    case "completed":
      return isOff(status) ? status : "completed";
    case "completed by mistake, with images":
      return status === "completed" ? "images received" : status;
    case "completed by mistake, on a machine's list":
      return status === "completed" ? "seen by machine" : status;
    case "completed by mistake, not sent":
      return status === "completed" ? "scheduled" : status;
    case "cancelled":
      return status === "images received" || status === "completed" ? status : "cancelled";
    case "did not come":
      return status === "scheduled" || status === "sent" || status === "seen by machine" ? "no show" : status;
    case "came after all":
      return status === "no show" ? "scheduled" : status;
    case "given to another patient":
      return isOff(status) ? status : "scheduled";
    case "reinstated":
      return status === "cancelled" ? "scheduled" : status;
  }
}

/** Nobody is expected: it is on no machine's list. */
export function isOff(status: AppointmentStatus): boolean {
  return status === "cancelled" || status === "no show";
}
