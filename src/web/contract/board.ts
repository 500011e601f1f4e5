import type { FoundBy } from "../../store/person_search.ts";
import type { DayCount, Visit, VisitDays } from "../../store/visits.ts";
import type { Appointment, FoundPatient } from "./appointments.ts";

export type { DayCount, FoundBy, Visit };
export type { AppointmentVerb, VerbOutcome } from "../../store/appointment_verbs.ts";
export type { Verbs } from "../../store/appointment_changes.ts";
export type { Wait, WaitCode } from "../../store/appointment_ages.ts";

/** The windows in which what is typed is kept. */
export type DraftName = "walk-in" | "edit" | "move" | "note" | "correct";

/** What a form's fields hold, by their names; null for no draft. */
export interface Draft {
  /** By the names of the fields. */
  values: Record<string, string> | null;
}

/** Somebody who was found, with when they were and will be here. */
export interface FoundPerson extends FoundPatient, VisitDays {
  /** By what they were found. */
  by: FoundBy;
}

/** What a search over all days and people has found, the likeliest first. */
export interface Found {
  /** The surest first. */
  people: FoundPerson[];
  /** There are more than are told. */
  more: boolean;
  /** Those whose accession number begins so. */
  appointments: Appointment[];
  /**
   * Of the day that was asked with, the ids of the appointments that fit: by the patient as above, or by the doctor,
   * study, department or accession number.
   */
  onDay: string[];
}

/** All visits of a person under any of their ids, the latest first. */
export interface Visits {
  /** The latest first. */
  visits: Visit[];
  /** There are more than are told. */
  more: boolean;
}

/** Somebody in a room, by what the clinic lets a screen without a login say; "" where that is the time alone. */
export interface RoomPerson {
  /** What the screen may call them. */
  label: string;
  /** The booked time, HH:MM:SS. */
  time: string;
  /** Since when they wait, or are at the machine, ISO 8601. */
  since: string;
  /** Somebody said so at reception. */
  urgent: boolean;
}

/** What a room's own screen shows. */
export interface RoomDisplay {
  /** Its name. */
  room: string;
  /** The box's clock, ISO 8601. */
  now: string;
  /** Who is being scanned there. */
  atMachine: RoomPerson[];
  /** Who is next first. */
  waiting: RoomPerson[];
}
