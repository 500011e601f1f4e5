import { say, type Sentence } from "../../sentences.ts";
import { dayOf, timeOf } from "../schedule_row.ts";
import { genderOf, isCancelled } from "../words.ts";
import type { Catalogue, CatalogueColumn, CatalogueTable, ColumnKind } from "./catalogue.ts";
import * as names from "./column_names.ts";
import { fit } from "./column_names.ts";
import {
  type Deleted,
  type Looked,
  type MappedAppointments,
  type MappedBirth,
  type MappedName,
  type MappedPatients,
  type MappedStaff,
  type MappedTime,
  type MappedWhen,
  type Mapping,
  type TableName,
  TEXT_DATES,
} from "./mapping.ts";

/** A mapping as the box would make it, and what a person should look at before they take it. */
export interface Proposal {
  /** Null where no table of patients, or none of appointments, was found. */
  mapping: Mapping | null;
  /** What is not certain, or is told otherwise than the clinic keeps it. */
  notes: Sentence[];
}

/** Tables that a person chose where the box found others. */
export interface ChosenTables {
  /** Of the patients. */
  patients?: TableName | undefined;
  /** Of the appointments. */
  appointments?: TableName | undefined;
}

/** Characters of an id that the box gives. */
const BOX_ID = 15;
/** Times that a queue without any begins at, and how far its numbers are apart, until a person says it. */
const FIRST = "09:00";
const MINUTES = 10;

/**
 * The mapping that fits a database best. What only its values tell (the order of dates that are text, which states are
 * cancelled) follows from samples, where there are any.
 *
 * @param zone the time zone of the box, which stands in the clinic
 */
export function propose(catalogue: Catalogue, zone: string, chosen: ChosenTables = {}): Proposal {
  const patients = tableOf(catalogue, chosen.patients) ?? patientTable(catalogue);
  const appointments = tableOf(catalogue, chosen.appointments) ?? appointmentTable(catalogue, patients);
  if (patients === undefined) return { mapping: null, notes: [say("map-no-patients")] };
  if (appointments === undefined) return { mapping: null, notes: [say("map-no-appointments")] };
  const notes: Sentence[] = [];
  const link = linkTo(appointments, patients);
  // whatever column the appointments refer to tells one patient from another
  const key = link?.refersTo?.column ?? patients.primaryKey ?? patients.columns[0]!.name;
  const mapping: Mapping = {
    patients: patientsOf(patients, key, notes),
    appointments: appointmentsOf(catalogue, appointments, link?.name ?? "", zone, notes),
    staff: staffOf(catalogue),
  };
  return { mapping, notes };
}

/** A table by its name. */
export function tableOf(catalogue: Catalogue, wanted: TableName | undefined): CatalogueTable | undefined {
  return wanted &&
    catalogue.tables.find(({ schema, name }) =>
      name === wanted.name && (wanted.schema === null || schema === wanted.schema)
    );
}

const nameOf = ({ schema, name }: CatalogueTable): TableName => ({ schema, name });

/** The likeliest by its name, of those with columns that say it. */
function byName(
  tables: readonly CatalogueTable[],
  wanted: readonly string[],
  isOne: (table: CatalogueTable) => boolean,
): CatalogueTable | undefined {
  return tables.filter(isOne).map((table) => ({ table, place: fit(table.name, wanted) }))
    .filter((one): one is { table: CatalogueTable; place: number } => one.place !== undefined)
    .sort((one, other) => one.place - other.place)[0]?.table;
}

const hasName = (table: CatalogueTable) =>
  columnOf(table, names.FIRST_NAMES, ["text"]) !== undefined ||
  columnOf(table, names.WHOLE_NAMES, ["text"]) !== undefined;

const hasDay = (table: CatalogueTable) =>
  table.columns.some(({ kind, name }) => kind === "date" && fit(name, names.BIRTH_DATES) === undefined) ||
  columnOf(table, names.MOMENTS, ["timestamp", "timestamptz", "text"]) !== undefined ||
  columnOf(table, names.DAYS, ["text"]) !== undefined;

function patientTable({ tables }: Catalogue): CatalogueTable | undefined {
  return byName(tables, names.PATIENT_TABLES, hasName);
}

function appointmentTable({ tables }: Catalogue, patients: CatalogueTable | undefined): CatalogueTable | undefined {
  const linked = tables.filter((table) => table !== patients && patients && linkTo(table, patients) !== undefined);
  return byName(linked, names.APPOINTMENT_TABLES, hasDay) ?? linked.find(hasDay);
}

/** The column of a table that refers to the patients, by a foreign key or its name. */
function linkTo(table: CatalogueTable, patients: CatalogueTable): CatalogueColumn | undefined {
  return table.columns.find(({ refersTo }) =>
    refersTo?.table.name === patients.name && refersTo.table.schema === patients.schema
  ) ?? columnOf(table, names.PATIENT_LINKS);
}

function patientsOf(table: CatalogueTable, key: string, notes: Sentence[]): MappedPatients {
  const patientId = columnOf(table, names.PATIENT_IDS, ["text", "number"], [key])?.name ?? key;
  const idColumn = table.columns.find(({ name }) => name === patientId);
  if (patientId !== key && !idColumn?.unique) notes.push(say("map-id-not-unique", { column: patientId }));
  const most = idColumn?.longest ?? null;
  if (most !== null && most < BOX_ID && !idColumn?.hasDefault) {
    notes.push(say("map-id-short", { column: patientId, most, length: BOX_ID }));
  }
  const gender = columnOf(table, names.GENDERS);
  const values = gender === undefined ? {} : genderValues(gender);
  if (gender !== undefined && Object.values(values).includes("")) {
    notes.push(say("map-genders", { column: gender.name }));
  }
  return {
    ...{ table: nameOf(table), key, patientId },
    name: personName(table, notes),
    birth: birthOf(table, notes),
    gender: gender === undefined ? null : { column: gender.name, values },
    phone: columnOf(table, names.PHONES, ["text"])?.name ?? null,
    deleted: deletedOf(table),
    fill: {},
  };
}

function personName(table: CatalogueTable, notes: Sentence[]): MappedName {
  const [first, middle, last] = [names.FIRST_NAMES, names.MIDDLE_NAMES, names.LAST_NAMES]
    .map((wanted) => columnOf(table, wanted, ["text"])?.name);
  if (first !== undefined && last !== undefined) return { kind: "parts", first, middle: middle ?? null, last };
  const whole = columnOf(table, names.WHOLE_NAMES, ["text"])?.name ?? first ?? table.columns[0]!.name;
  notes.push(say("map-whole-name", { column: whole }));
  return { kind: "whole", column: whole, order: "given first" };
}

function birthOf(table: CatalogueTable, notes: Sentence[]): MappedBirth {
  const date = columnOf(table, names.BIRTH_DATES, ["date", "timestamp", "timestamptz", "text"]);
  if (date !== undefined) return { kind: "date", column: date.name, text: textDateOf(date, notes) };
  const age = columnOf(table, names.AGES, ["number", "text"]);
  if (age === undefined) return { kind: "none" };
  notes.push(say("map-age", { column: age.name }));
  return { kind: "age", column: age.name };
}

/** What the values of a column mean, as far as a word says it: a number says nothing. */
export function genderValues({ kind, labels, samples, longest }: CatalogueColumn): Record<string, string> {
  const known = kind === "enum" ? labels : samples ?? [];
  if (known.length > 0 && (kind !== "text" || longest === null || longest > 2)) {
    const values = Object.fromEntries(known.map((value) => [value, genderOf(value)]));
    return kind === "text" ? { ...values, ...unseenGenders(values) } : values;
  }
  // a column for one letter takes no word
  return longest !== null && longest <= 2 ? { F: "Female", M: "Male", O: "Other" } : {};
}

/** Words for who is not among the samples, written as those are. */
function unseenGenders(values: Readonly<Record<string, string>>): Record<string, string> {
  const [like] = Object.keys(values).filter((value) => values[value] !== "");
  if (like === undefined) return {};
  const written = (word: string) => {
    const cut = like.trim().length === 1 ? word[0]! : word;
    return like === like.toUpperCase() ? cut.toUpperCase() : like === like.toLowerCase() ? cut.toLowerCase() : cut;
  };
  const unseen = ["Female", "Male", "Other"].filter((word) => !Object.values(values).includes(word));
  return Object.fromEntries(unseen.map((word) => [written(word), word]));
}

/** How the dates of a column are written; null where it is no text, or all are as ISO 8601 has them. */
export function textDateOf({ kind, name, samples }: CatalogueColumn, notes: Sentence[]): string | null {
  if (kind !== "text") return null;
  const written = (samples ?? []).map((sample) => sample.trim()).filter((sample) => /\d/.test(sample));
  if (written.length > 0 && written.every((sample) => dayOf(sample) !== undefined)) return null;
  const order = orderOf(written);
  if (order === undefined) {
    notes.push(say("map-date-order", { column: name }));
    return written.length === 0 ? null : "DD/MM/YYYY";
  }
  return order;
}

/** Of dates that are all written alike: day before month where no other order is possible or told. */
function orderOf(written: readonly string[]): string | undefined {
  const parts = written.map((sample) => /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:\D|$)/.exec(sample))
    .filter((match) => match !== null);
  if (parts.length === 0) return undefined;
  const separator = parts[0]![2]!;
  const fits = (order: string) => TEXT_DATES.find((one) => one === order.replaceAll("-", separator));
  if (parts.every(([, first]) => first!.length === 4)) return fits("YYYY-MM-DD");
  const isDayFirst = parts.some(([, first]) => Number(first) > 12);
  const isMonthFirst = parts.some(([, , , second]) => Number(second) > 12);
  if (isDayFirst === isMonthFirst) return undefined;
  return fits(isDayFirst ? "DD-MM-YYYY" : "MM-DD-YYYY");
}

function appointmentsOf(
  catalogue: Catalogue,
  table: CatalogueTable,
  patient: string,
  zone: string,
  notes: Sentence[],
): MappedAppointments {
  const when = whenOf(table, notes);
  const columns = when.kind === "one" ? [when.column] : [when.date, when.time.kind === "none" ? "" : when.time.column];
  const isMoment = table.columns.some(({ name, kind }) => columns.includes(name) && kind === "timestamptz");
  if (isMoment && zone !== catalogue.zone) notes.push(say("map-zone", { zone, theirs: catalogue.zone }));
  const looked = (wanted: readonly string[], tables: readonly string[] = [], without: string[] = []) =>
    lookedOf(
      catalogue,
      columnOf(table, wanted, [], [patient, ...columns, ...without]) ??
        table.columns.find(({ refersTo }) => refersTo !== null && fit(refersTo.table.name, tables) !== undefined),
    );
  const status = columnOf(table, names.STATUSES, ["text", "enum"]);
  const service = looked(names.SERVICES, names.SERVICE_TABLES, status ? [status.name] : []);
  return {
    ...{ table: nameOf(table), key: table.primaryKey ?? table.columns[0]!.name, patient, when },
    zone: isMoment ? zone : null,
    doctor: looked(names.DOCTORS, names.DOCTOR_TABLES),
    service,
    status: status === undefined ? null : statusOf(status),
    branch: looked(names.BRANCHES),
    deleted: deletedOf(table),
    mark: columnOf(table, names.MARKS, ["boolean"])?.name ?? null,
    accession: columnOf(table, names.ACCESSIONS, ["text"])?.name ?? null,
    fill: {},
  };
}

function whenOf(table: CatalogueTable, notes: Sentence[]): MappedWhen {
  const moment = columnOf(table, names.MOMENTS, ["timestamptz", "timestamp"]);
  const day = columnOf(table, names.DAYS, ["date"]) ?? columnOf(table, names.DAYS, ["text"]);
  // a day of its own with a time beside it says more than when the row was made
  const time = day && columnOf(table, names.TIMES, ["time", "text", "number"], [day.name]);
  if (moment !== undefined && time === undefined) return { kind: "one", column: moment.name, text: null };
  if (day !== undefined) {
    return { kind: "two", date: day.name, text: textDateOf(day, notes), time: timeFrom(time, notes) };
  }
  const any = table.columns.find(({ kind }) => ["date", "timestamptz", "timestamp"].includes(kind)) ??
    columnOf(table, names.MOMENTS, ["text"]) ?? table.columns[0]!;
  return any.kind === "date"
    ? { kind: "two", date: any.name, text: null, time: timeFrom(undefined, notes) }
    : { kind: "one", column: any.name, text: textDateOf(any, notes) };
}

function timeFrom(column: CatalogueColumn | undefined, notes: Sentence[]): MappedTime {
  if (column === undefined) {
    notes.push(say("map-no-time", { first: FIRST }));
    return { kind: "none", first: FIRST };
  }
  const samples = column.samples ?? [];
  const isNumber = (sample: string) => timeOf(sample) === undefined && /^\D{0,8}\d{1,3}$/.test(sample.trim());
  if (column.kind === "number" || (samples.length > 0 && samples.every(isNumber))) {
    notes.push(say("map-slots", { column: column.name, first: FIRST, minutes: MINUTES }));
    const prefix = /^\D*/.exec(samples[0]?.trim() ?? "")![0];
    return { kind: "slots", column: column.name, prefix, first: FIRST, minutes: MINUTES };
  }
  return { kind: "clock", column: column.name };
}

/** A column, with the words of the table that it refers to. */
export function lookedOf(catalogue: Catalogue, column: CatalogueColumn | undefined): Looked | null {
  if (column === undefined) return null;
  const to = tableOf(catalogue, column.refersTo?.table);
  if (to === undefined) return { column: column.name, table: null, key: "", names: [] };
  const parts = [names.FIRST_NAMES, names.LAST_NAMES].map((wanted) => columnOf(to, wanted, ["text"])?.name);
  const words = parts.every((one) => one !== undefined)
    ? parts
    : [columnOf(to, names.WHOLE_NAMES, ["text"])?.name ?? to.columns.find(({ kind }) => kind === "text")?.name];
  return {
    column: column.name,
    table: nameOf(to),
    key: column.refersTo!.column,
    names: words.filter((one) => one !== undefined),
  };
}

/** Words that say more than `isCancelled` takes alone: who cancelled, or that nobody came. */
const SAYS_CANCELLED = /cancel|no[\s_-]*show|delet|reject|declin|void|missed/i;
/** What a booking begins as, the likeliest first. */
const OPEN = ["booked", "scheduled", "confirmed", "new", "open", "pending", "registered", "waiting", "active"];
const BY_CLINIC = [/^cancell?ed$/i, /cancel.*(clinic|staff|hospital)/i, /cancel/i];

/** What each state is, by the words of an enumeration or of samples. */
export function statusOf({ name, labels, samples, kind }: CatalogueColumn): MappedAppointments["status"] {
  const words = kind === "enum" ? labels : samples ?? [];
  if (words.length === 0) return { column: name, cancelled: null, open: "scheduled", cancel: "cancelled" };
  const cancelled = words.filter((word) => isCancelled(word) || SAYS_CANCELLED.test(word));
  const standing = words.filter((word) => !cancelled.includes(word));
  const open = OPEN.map((one) => standing.find((word) => word.toLowerCase() === one)).find((one) => one !== undefined);
  const cancel = BY_CLINIC.map((one) => cancelled.find((word) => one.test(word))).find((one) => one !== undefined);
  // a free text takes a word that no row has yet
  return {
    column: name,
    cancelled,
    open: open ?? standing[0] ?? null,
    cancel: cancel ?? cancelled[0] ?? (kind === "enum" ? null : "cancelled"),
  };
}

function deletedOf(table: CatalogueTable): Deleted | null {
  const column = columnOf(table, names.DELETED);
  if (column === undefined) return null;
  return { column: column.name, means: ["boolean", "number", "text"].includes(column.kind) ? "true" : "set" };
}

function staffOf(catalogue: Catalogue): MappedStaff | null {
  const hasPassword = (table: CatalogueTable) =>
    columnOf(table, names.PASSWORDS, ["text"]) !== undefined &&
    columnOf(table, names.USERNAMES, ["text"]) !== undefined;
  const table = byName(catalogue.tables, names.STAFF_TABLES, hasPassword);
  if (table === undefined) return null;
  const [active, disabled] = [columnOf(table, names.ACTIVE), columnOf(table, names.DISABLED)];
  const deleted = disabled ?? columnOf(table, names.DELETED);
  return {
    table: nameOf(table),
    username: columnOf(table, names.USERNAMES, ["text"])!.name,
    password: columnOf(table, names.PASSWORDS, ["text"])!.name,
    role: lookedOf(catalogue, columnOf(table, names.ROLES)),
    roles: {},
    disabled: active !== undefined
      ? { column: active.name, means: "false" }
      : deleted === undefined
      ? null
      : { column: deleted.name, means: /timestamp|date/.test(deleted.kind) ? "set" : "true" },
  };
}

/** The column of a table whose name fits best, of those that hold one of some kinds. */
function columnOf(
  table: CatalogueTable,
  wanted: readonly string[],
  kinds: readonly ColumnKind[] = [],
  without: readonly (string | null | undefined)[] = [],
): CatalogueColumn | undefined {
  return table.columns
    .filter(({ kind, name }) => (kinds.length === 0 || kinds.includes(kind)) && !without.includes(name))
    .map((column) => ({ column, place: fit(column.name, wanted) }))
    .filter((one): one is { column: CatalogueColumn; place: number } => one.place !== undefined)
    .sort((one, other) => one.place - other.place)[0]?.column;
}
