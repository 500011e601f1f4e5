import type { Fill, Looked, MappedAppointments, MappedPatients } from "./mapping.ts";
import { identifier, literal, relation } from "./quoting.ts";
import { BRANCHES_SETTING, dayOf, firstNameOf, lastNameOf, namesOf, timeOf } from "./reading.ts";

/*
 * How a walk-in is written: statements of PL/pgSQL that fill a row of the clinic's, `v.fresh`, from what the box tells.
 * An assignment takes a text over into whatever type the column has, so that the clinic may change it.
 */

/** A column of the row that is made, and the expression that it gets. */
interface Assignment {
  column: string;
  value: string;
  /** The names of what the box tells that it follows from; it is written when one of them has changed. */
  from: string[];
}

const fresh = (name: string) => `fresh.${identifier(name)}`;
/** What the box tells, as text. @param given the function's parameter */
const told = (given: string, name: string) => `(${given} ->> '${name}')`;

function patientAssignments(patients: MappedPatients): Assignment[] {
  const { name, birth, gender, phone } = patients;
  const assignments: Assignment[] = [];
  // of a name that is one column, a part is told alone: the other is the one it had
  const part = (key: string, before: string) => `coalesce(${told("patient", key)}, ${before})`;
  if (name.kind === "parts") {
    assignments.push({ column: name.first, value: told("patient", "firstName"), from: ["firstName"] });
    if (name.middle !== null) assignments.push({ column: name.middle, value: "NULL", from: ["firstName"] });
    assignments.push({ column: name.last, value: told("patient", "lastName"), from: ["lastName"] });
  } else {
    const [first, last] = [firstNameOf(patients, "fresh"), lastNameOf(patients, "fresh")];
    const both = [`nullif(${part("firstName", first)}, '')`, `nullif(${part("lastName", last)}, '')`];
    if (name.order === "family first") both.reverse();
    assignments.push({
      column: name.column,
      value: `concat_ws(' ', ${both.join(", ")})`,
      from: ["firstName", "lastName"],
    });
  }
  const day = `${told("patient", "birthDate")}::date`;
  if (birth.kind === "date") {
    assignments.push({ column: birth.column, value: asDay(day, birth.text), from: ["birthDate"] });
  }
  if (birth.kind === "age") {
    const value = `date_part('year', age(current_date, ${day}))::int`;
    assignments.push({ column: birth.column, value, from: ["birthDate"] });
  }
  if (gender !== null) {
    const value = backFrom(gender.values, told("patient", "gender"));
    assignments.push({ column: gender.column, value, from: ["gender"] });
  }
  if (phone !== null) {
    assignments.push({ column: phone, value: `nullif(${told("patient", "phone")}, '')`, from: ["phone"] });
  }
  return assignments;
}

/** The clinic's value for a word of the box: the first that means it. */
function backFrom(values: Readonly<Record<string, string>>, word: string): string {
  const entries = Object.entries(values);
  if (entries.length === 0) return word;
  const known = new Map(entries.filter(([, means]) => means !== "").reverse().map(([value, means]) => [means, value]));
  if (known.size === 0) return "NULL";
  const cases = [...known].map(([means, value]) => `WHEN ${literal(means)} THEN ${literal(value)}`);
  return `CASE ${word} ${cases.join(" ")} END`;
}

function asDay(day: string, text: string | null): string {
  return text === null ? day : `to_char(${day}, ${literal(text)})`;
}

function appointmentAssignments(appointments: MappedAppointments): Assignment[] {
  const { when, zone, doctor, service, accession } = appointments;
  const assignments: Assignment[] = [];
  const [day, time] = [`${told("appointment", "date")}::date`, `${told("appointment", "time")}::time`];
  if (when.kind === "one") {
    const moment = `(coalesce(${told("appointment", "date")}, left(${dayOf(appointments, "fresh")}, 10)) || ' ' ||
      coalesce(${told("appointment", "time")}, substring(${
      timeOf(appointments, "fresh")
    } from '[0-9]+:[0-9:]+')))::timestamp`;
    const value = zone !== null
      ? `${moment} AT TIME ZONE ${literal(zone)}`
      : when.text === null
      ? moment
      : `to_char(${moment}, ${literal(`${when.text} HH24:MI`)})`;
    assignments.push({ column: when.column, value, from: ["date", "time"] });
  } else {
    assignments.push({ column: when.date, value: asDay(day, when.text), from: ["date"] });
    if (when.time.kind === "clock") assignments.push({ column: when.time.column, value: time, from: ["time"] });
    if (when.time.kind === "slots") {
      const { column, prefix, first, minutes } = when.time;
      const place = `floor(extract(epoch FROM ${time} - time ${literal(first)}) / 60 / ${minutes})::int + 1`;
      const value = `${literal(prefix)} || CASE WHEN ${time} >= time ${literal(first)} THEN ${place} END`;
      assignments.push({ column, value, from: ["time"] });
    }
  }
  if (doctor !== null) assignments.push(lookedUp(doctor, "doctor"));
  if (service !== null) assignments.push(lookedUp(service, "department"));
  if (accession !== null) {
    assignments.push({ column: accession, value: told("appointment", "accessionNumber"), from: ["accessionNumber"] });
  }
  return assignments;
}

/** A word, or the row that has it; a word that no row has leaves what was there. */
function lookedUp(looked: Looked, name: string): Assignment {
  const word = told("appointment", name);
  const value = looked.table === null ? word : `coalesce(
      (SELECT w.${identifier(looked.key)}::text FROM ${relation(looked.table)} w
        WHERE ${namesOf(looked, "w")} = ${word} ORDER BY 1 LIMIT 1), ${fresh(looked.column)}::text)`;
  return { column: looked.column, value, from: [name] };
}

/** A row of the clinic's as it is made: the statements, and the columns they fill. */
export interface MadeRow {
  statements: string;
  columns: string[];
}

/** A walk-in's patient. */
export function newPatient(patients: MappedPatients): MadeRow {
  return made(patientAssignments(patients), patients.fill);
}

/** A walk-in's appointment. */
export function newAppointment(appointments: MappedAppointments): MadeRow {
  const { patient, status, branch, fill } = appointments;
  const assignments = appointmentAssignments(appointments);
  assignments.unshift({ column: patient, value: "sonodesk.patient_key(add_appointment.patient)", from: [] });
  const open = status?.open ?? null;
  if (status !== null && open !== null) assignments.push({ column: status.column, value: literal(open), from: [] });
  if (branch !== null && !(branch.column in fill)) {
    const ours = `nullif(current_setting('${BRANCHES_SETTING}', true), '')::jsonb ->> 0`;
    assignments.push({ column: branch.column, value: ours, from: [] });
  }
  return made(assignments, fill);
}

function made(assignments: readonly Assignment[], fill: Fill): MadeRow {
  const values = [
    ...assignments.map(({ column, value }) => [column, value] as const),
    ...Object.entries(fill).map(([column, value]) => [column, literal(value)] as const),
  ];
  return {
    statements: lines(values.map(([column, value]) => `${fresh(column)} := ${value};`)),
    columns: values.map(([column]) => column),
  };
}

/** What of a patient the box tells otherwise: statements that fill the row, and the columns that they may change. */
export function changedPatient(patients: MappedPatients): MadeRow {
  return changed(patientAssignments(patients), "patient");
}

/** What of an appointment the box tells otherwise. */
export function changedAppointment(appointments: MappedAppointments): MadeRow {
  const { patient, status } = appointments;
  const { statements, columns } = changed(appointmentAssignments(appointments), "appointment");
  const more = [`IF patient IS NOT NULL THEN ${fresh(patient)} := sonodesk.patient_key(patient); END IF;`];
  if (status !== null) {
    for (const [value, cancelled] of [[status.cancel, "true"], [status.open, "false"]] as const) {
      if (value === null) continue;
      more.push(
        `IF ${told("appointment", "cancelled")} = '${cancelled}' THEN ${fresh(status.column)} := ${
          literal(value)
        }; END IF;`,
      );
    }
  }
  return {
    statements: lines([...more, statements]),
    columns: [patient, ...columns, ...(status === null ? [] : [status.column])],
  };
}

function changed(assignments: Assignment[], given: string): MadeRow {
  return {
    statements: lines(
      assignments.map(({ column, value, from }) =>
        `IF ${from.map((name) => `${given} ? '${name}'`).join(" OR ")} THEN ${fresh(column)} := ${value}; END IF;`
      ),
    ),
    columns: assignments.map(({ column }) => column),
  };
}

const lines = (statements: string[]) => statements.filter((one) => one !== "").join("\n    ");
