import type { ColumnChoice, Mapping, TableName } from "../../src/web/contract/box.ts";
import { type FieldEvent, html } from "../shared/html.ts";
import { ColumnField, DeletedField, Pick, TableField, TextDateField } from "./tables_pick.ts";
import { clinicText } from "./clinic_text.ts";

type Appointments = Mapping["appointments"];
type Time = Extract<Appointments["when"], { kind: "two" }>["time"];

interface AppointmentFieldsProperties {
  mapping: Appointments;
  columns: ColumnChoice[];
  tables: TableName[];
  /** Time zone of the box. */
  zone: string;
  onTable: (table: TableName) => void;
  onChange: (mapping: Appointments) => void;
}

/** Where the first of a queue stands until somebody says it, and how far its numbers are apart. */
const FIRST = "09:00";
const STARTS = Array.from(
  { length: 28 },
  (_, half) => `${String(6 + Math.floor(half / 2)).padStart(2, "0")}:${half % 2 === 0 ? "00" : "30"}`,
);
const MINUTES = [5, 6, 10, 12, 15, 20, 30, 45, 60];

/** How the clinic's appointments are read: each line is a choice of their columns. */
export function AppointmentFields(
  { mapping, columns, tables, zone, onTable, onChange }: AppointmentFieldsProperties,
) {
  const set = (more: Partial<Appointments>) => onChange({ ...mapping, ...more });
  const find = (name: string) => columns.find((column) => column.name === name);
  const { when, status } = mapping;
  const first = columns[0]?.name ?? "";

  /** A moment is read in a time zone. */
  const setOne = (column: string) =>
    set({
      when: { kind: "one", column, text: find(column)?.text ?? null },
      zone: find(column)?.kind === "timestamptz" ? mapping.zone ?? zone : null,
    });
  const setTwo = (date: string, time: Time) =>
    set({ when: { kind: "two", date, text: find(date)?.text ?? null, time }, zone: null });
  const setWhenKind = (kind: string) => {
    const likely = (kinds: string[]) => columns.find((column) => kinds.includes(column.kind))?.name ?? first;
    if (kind === "one") setOne(likely(["timestamptz", "timestamp"]));
    else setTwo(likely(["date"]), { kind: "clock", column: likely(["time"]) });
  };
  const looked = (name: "doctor" | "service" | "branch") =>
    html`
      <${ColumnField} label=${clinicText.tables[name]} name=${name} value=${mapping[name]
        ?.column} columns=${columns} optional
        onChange=${(column: string) => set({ [name]: find(column)?.looked ?? null })} />
    `;
  const dayColumn = when.kind === "one" ? when.column : when.date;
  return html`
    <fieldset class="mapped whole">
      <legend>${clinicText.tables.appointments}</legend>
      <${TableField} value=${mapping.table} tables=${tables} name="appointments" onChange=${onTable} />
      <${ColumnField} label=${clinicText.tables.patientLink} name="patientLink" value=${mapping
        .patient} columns=${columns}
        onChange=${(patient: string) => set({ patient })} />
      <${Pick} label=${clinicText.tables.when} name="when" value=${when.kind} choices=${Object.entries(
        clinicText.tables.whens,
      )}
        onChange=${setWhenKind} />
      ${when.kind === "one"
        ? html`
          <${ColumnField} label=${clinicText.tables.moment} name="moment" value=${when.column} columns=${columns}
            onChange=${setOne} />
        `
        : html`
          <${ColumnField} label=${clinicText.tables.day} name="day" value=${when.date} columns=${columns}
            onChange=${(date: string) => setTwo(date, when.time)} />
          <${TimeFields} time=${when.time} columns=${columns}
            onChange=${(time: Time) => set({ when: { ...when, time } })} />
        `}
      ${find(dayColumn)?.kind === "text" && html`
        <${TextDateField} label=${clinicText.tables.dayWritten} name="dayText" value=${when.text}
          onChange=${(written: string | null) => set({ when: { ...when, text: written } })} />
      `}
      ${mapping.zone !== null && html`
        <${Pick} label=${clinicText.tables.zone} name="zone" value=${mapping.zone} hint=${clinicText.tables.zoneHint}
          choices=${[...new Set([mapping.zone, zone, "UTC"])].map((one) => [one, one] as const)}
          onChange=${(one: string) => set({ zone: one })} />
      `}
      ${looked("doctor")} ${looked("service")}
      <${ColumnField} label=${clinicText.tables.status} name="status" value=${status
        ?.column} columns=${columns} optional
        onChange=${(column: string) => set({ status: find(column)?.status ?? null })} />
      ${status && (find(status.column)?.values.length ?? 0) > 0 && html`
        <div class="values whole" role="group" aria-label=${clinicText.tables.cancelled}>
          <span class="lead whole">${clinicText.tables.cancelled}</span>
          ${find(status.column)!.values.map((value) =>
            html`
              <label key=${value} class="check">
                <input type="checkbox" name=${`cancelled-${value}`} checked=${status.cancelled?.includes(value) ??
                  false}
                  onChange=${(event: FieldEvent) => {
                    const others = (status.cancelled ?? []).filter((one) => one !== value);
                    set({ status: { ...status, cancelled: event.target.checked ? [...others, value] : others } });
                  }} />
                <span>${value}</span>
              </label>
            `
          )}
        </div>
      `}
      ${looked("branch")}
      <${DeletedField} name="appointmentDeleted" value=${mapping.deleted} columns=${columns}
        onChange=${(deleted: Appointments["deleted"]) => set({ deleted })} />
    </fieldset>
  `;
}

interface TimeFieldsProperties {
  time: Time;
  columns: ColumnChoice[];
  onChange: (time: Time) => void;
}

/** The time of day: a clock's, a number in a queue, or none. */
function TimeFields({ time, columns, onChange }: TimeFieldsProperties) {
  const likely = columns.find(({ kind }) => kind === "time")?.name ?? columns[0]?.name ?? "";
  const change = (kind: string, column: string) => {
    if (kind === "none") onChange({ kind, first: FIRST });
    else if (kind === "clock") onChange({ kind, column });
    else {
      const sample = columns.find(({ name }) => name === column)?.values[0] ?? "";
      onChange({ kind: "slots", column, prefix: /^\D{0,8}/.exec(sample.trim())?.[0] ?? "", first: FIRST, minutes: 10 });
    }
  };
  return html`
    <${Pick} label=${clinicText.tables.time} name="time" value=${time.kind} choices=${Object.entries(
      clinicText.tables.times,
    )}
      onChange=${(kind: string) => change(kind, time.kind === "none" ? likely : time.column)} />
    ${time.kind !== "none" && html`
      <${ColumnField} label=${clinicText.tables.timeColumn} name="timeColumn" value=${time.column} columns=${columns}
        onChange=${(column: string) => change(time.kind, column)} />
    `}
    ${time.kind !== "clock" && html`
      <${Pick} label=${clinicText.tables.first} name="first" value=${time.first}
        choices=${[...new Set([...STARTS, time.first])].toSorted().map((one) => [one, one] as const)}
        onChange=${(start: string) => onChange({ ...time, first: start })} />
    `}
    ${time.kind === "slots" && html`
      <${Pick} label=${clinicText.tables.minutes} name="minutes" value=${String(time.minutes)}
        choices=${[...new Set([...MINUTES, time.minutes])].toSorted((one, other) => one - other).map((one) =>
          [String(one), String(one)] as const
        )}
        onChange=${(minutes: string) => onChange({ ...time, minutes: Number(minutes) })} />
    `}
  `;
}
