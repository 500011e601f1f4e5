import type { Change } from "../../store/changes.ts";
import type { Appointment } from "./appointments.ts";

/** What is told of a change of a noun. */
export type Told<Noun extends Change["noun"]> = Extract<Change, { noun: Noun }>;

/** What changed in the box, as it is told to the pages: an appointment whole, null where there is none any more. */
export type LiveEvent =
  | Told<"appointment"> & { appointment: Appointment | null }
  | Omit<Told<"instance">, "arrival"> & { frames: number }
  | Exclude<Change, { noun: "appointment" | "instance" | "outbox event" }>;

/** The box's clock: now, ISO 8601, and its day, YYYY-MM-DD. It comes with `hello` and each `alive`. */
export interface Clock {
  /** ISO 8601. */
  now: string;
  /** On the clinic's wall clock, YYYY-MM-DD. */
  today: string;
}

/** What each page begins with: another `serverId` than before, and something was missed. */
export interface Hello extends Clock {
  /** Another one after each start of the box. */
  serverId: string;
  /** Of the program. */
  version: string;
}
