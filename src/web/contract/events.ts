import type { Change } from "../../store/changes.ts";
import type { Appointment } from "./appointments.ts";

type Told<Noun extends Change["noun"]> = Extract<Change, { noun: Noun }>;

/** What changed in the box, as it is told to the pages: an appointment whole, null where there is none any more. */
export type LiveEvent =
  | Told<"appointment"> & { appointment: Appointment | null }
  | Told<"instance"> & { frames: number }
  | Exclude<Change, { noun: "appointment" | "instance" | "outbox event" }>;

/** The box's clock: now, ISO 8601, and its day, YYYY-MM-DD. It comes with `hello` and each `alive`. */
export interface Clock {
  now: string;
  today: string;
}

/** What each page begins with: another `serverId` than before, and something was missed. */
export interface Hello extends Clock {
  serverId: string;
  version: string;
}
