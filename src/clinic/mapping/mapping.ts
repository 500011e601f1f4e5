import type { Role } from "../../store/users.ts";
import type { Store } from "../../store/store.ts";

/** A table of the clinic's; `schema` null: wherever the search path finds it. */
export interface TableName {
  /** The schema it is in. */
  schema: string | null;
  /** Its name there. */
  name: string;
}

/** How dates that are kept as text are written there; the separator is what the box writes, and any is read. */
export const TEXT_DATES: readonly string[] = ["DD/MM/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "MM/DD/YYYY", "MM-DD-YYYY"]
  .concat("YYYY-MM-DD", "YYYY/MM/DD");

/** A column, and the table that it refers to where a person reads another table's words for it. */
export interface Looked {
  /** Of the patients or the appointments. */
  column: string;
  /** The table with the words; null where the column has them itself. */
  table: TableName | null;
  /** The column that is referred to; "" without a table. */
  key: string;
  /** The columns of the words, joined by spaces; none without a table. */
  names: readonly string[];
}

/** What says that a row is deleted: a column that is set at all, that is true, or that is false. */
export interface Deleted {
  /** Its name. */
  column: string;
  /** What in it says so. */
  means: "set" | "true" | "false";
}

/** A person's name: a column for each part, or one for all of it. */
export type MappedName =
  | { kind: "parts"; first: string; middle: string | null; last: string }
  | { kind: "whole"; column: string; order: "given first" | "family first" | "not divided" };

/** A birth date; an age alone is none: it is written for walk-ins, and read by nobody. */
export type MappedBirth =
  | { kind: "date"; column: string; text: string | null }
  | { kind: "age"; column: string }
  | { kind: "none" };

/** The time of day: a column of its own, a number in a queue that begins at a time, or one time for all. */
export type MappedTime =
  | { kind: "clock"; column: string }
  | { kind: "slots"; column: string; prefix: string; first: string; minutes: number }
  | { kind: "none"; first: string };

/** When an appointment is. `text`: how its date is written where that is text, one of `TEXT_DATES`. */
export type MappedWhen =
  | { kind: "one"; column: string; text: string | null }
  | { kind: "two"; date: string; text: string | null; time: MappedTime };

/** Values for columns that must have one and are nothing of the box's, by the column. */
export type Fill = Readonly<Record<string, string>>;

/** The clinic's patients. */
export interface MappedPatients {
  /** Where they are. */
  table: TableName;
  /** The column that other tables refer to. */
  key: string;
  /** The column that machines get as Patient ID (0010,0020). */
  patientId: string;
  /** Their names. */
  name: MappedName;
  /** When they were born. */
  birth: MappedBirth;
  /** `values`: what the clinic's values mean, `Female`, `Male`, `Other` or ""; the first of each is written. */
  gender: { column: string; values: Readonly<Record<string, string>> } | null;
  /** The column of their telephone number. */
  phone: string | null;
  /** What says that somebody is deleted. */
  deleted: Deleted | null;
  /** What walk-ins get besides. */
  fill: Fill;
}

/** The clinic's appointments. */
export interface MappedAppointments {
  /** Where they are. */
  table: TableName;
  /** The column of their ids. */
  key: string;
  /** The column that refers to the patients' key. */
  patient: string;
  /** Day and time. */
  when: MappedWhen;
  /** The IANA time zone that moments (`timestamptz`) are read in; null where there are none. */
  zone: string | null;
  /** Who sees the patient. */
  doctor: Looked | null;
  /** What is done, or where. */
  service: Looked | null;
  /**
   * `cancelled`: the values of a booking that nobody comes for, null: by the words; `open` and `cancel` are what the box
   * writes, null: nothing.
   */
  status: { column: string; cancelled: readonly string[] | null; open: string | null; cancel: string | null } | null;
  /** Of several branches. */
  branch: Looked | null;
  /** What says that an appointment is deleted. */
  deleted: Deleted | null;
  /** The boolean that says whether it is on a machine's list; null: kept beside, in the box's own schema. */
  mark: string | null;
  /** The column of the accession number; null: kept beside. */
  accession: string | null;
  /** What walk-ins get besides. */
  fill: Fill;
}

/** The clinic's logins. */
export interface MappedStaff {
  /** Where they are. */
  table: TableName;
  /** The name they sign in with. */
  username: string;
  /** The hash of their password. */
  password: string;
  /** What they are; null: nobody has a role, and nobody signs in. */
  role: Looked | null;
  /** What the clinic's words for it mean here; "": whoever is that does not sign in. Others are taken by the words. */
  roles: Readonly<Record<string, Role | "">>;
  /** What says that somebody may not sign in. */
  disabled: Deleted | null;
}

/** How a clinic's tables are read and written. */
export interface Mapping {
  /** Their patients. */
  patients: MappedPatients;
  /** Their appointments. */
  appointments: MappedAppointments;
  /** Their logins; null where none are read. */
  staff: MappedStaff | null;
}

/** The column that tells the day. */
export function dayColumn({ when }: MappedAppointments): string {
  return when.kind === "one" ? when.column : when.date;
}

/** The tables as the SQL fits them where nobody has mapped any. */
export const DEFAULT_MAPPING: Mapping = {
  patients: {
    table: { schema: null, name: "patients" },
    key: "id",
    patientId: "id",
    name: { kind: "parts", first: "first_name", middle: null, last: "last_name" },
    birth: { kind: "date", column: "birth_date", text: null },
    gender: { column: "gender", values: {} },
    phone: null,
    deleted: null,
    fill: {},
  },
  appointments: {
    table: { schema: null, name: "appointments" },
    key: "id",
    patient: "patient_id",
    when: { kind: "two", date: "date", text: null, time: { kind: "clock", column: "time" } },
    zone: null,
    doctor: { column: "doctor", table: null, key: "", names: [] },
    service: { column: "department", table: null, key: "", names: [] },
    status: { column: "status", cancelled: null, open: "scheduled", cancel: "cancelled" },
    branch: null,
    deleted: null,
    mark: "mwl_sent",
    accession: "accession_number",
    fill: {},
  },
  staff: null, // looked for when the SQL runs
};

/** The mapping that was taken, and which branches this box works for; none: all. */
export interface TakenMapping {
  /** How the tables are read. */
  mapping: Mapping;
  /** Ids of branches as text; the first is where its walk-ins are. */
  branches: readonly string[];
  /** When it was taken, ISO 8601. */
  at: string;
}

/** The setting that keeps it: what the clinic's database drops is put back by it. */
export const MAPPING_SETTING = "clinic.mapping";

/** The mapping that a person has taken; undefined while the tables are as they are expected. */
export function takenMapping(store: Store): TakenMapping | undefined {
  const kept = store.settings.get(MAPPING_SETTING);
  return kept === undefined ? undefined : JSON.parse(kept);
}

/** Takes a mapping; the SQL is to be run for it. @param at ISO 8601: of two boxes the one that took it later counts */
export function takeMapping(
  store: Store,
  mapping: Mapping,
  branches: readonly string[],
  at = new Date().toISOString(),
): void {
  const taken: TakenMapping = { mapping, branches, at };
  store.settings.set(MAPPING_SETTING, JSON.stringify(taken));
}

/** Forgets the mapping: the tables are as they are expected. */
export function forgetMapping(store: Store): void {
  store.settings.remove(MAPPING_SETTING);
}
