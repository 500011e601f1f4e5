import type { ColumnChoice, Mapping, TableName } from "../../src/web/contract/box.ts";
import { type FieldEvent, html } from "../shared/html.ts";
import { clinicText } from "./clinic_text.ts";

interface PickProperties {
  label: string;
  name: string;
  value: string;
  /** Each with what it is called. */
  choices: readonly (readonly [value: string, label: string])[];
  hint?: string;
  onChange: (value: string) => void;
}

/** One of several, by a tap. */
export function Pick({ label, name, value, choices, hint, onChange }: PickProperties) {
  return html`
    <label class="field">
      <span>${label}</span>
      <select name=${name} value=${value} onChange=${(event: FieldEvent) => onChange(event.target.value)}>
        ${choices.map(([one, said]) => html`<option key=${one} value=${one}>${said}</option>`)}
      </select>
      ${hint && html`<small>${hint}</small>`}
    </label>
  `;
}

interface ColumnFieldProperties extends Omit<PickProperties, "choices" | "value"> {
  value: string | null | undefined;
  columns: readonly ColumnChoice[];
  /** Whether there may be none. */
  optional?: boolean;
}

/** Types as people write them. */
const shortType = (type: string) =>
  type.replace("character varying", "varchar").replace("character(", "char(").replace(" with time zone", "tz")
    .replace(" without time zone", "");

/** A column of a table, with its type. */
export function ColumnField({ columns, optional, value, ...rest }: ColumnFieldProperties) {
  const choices = columns.map(({ name, type }) => [name, `${name} · ${shortType(type)}`] as const);
  return html`
    <${Pick} ...${rest} value=${value ?? ""}
      choices=${optional ? [["", clinicText.tables.none] as const, ...choices] : choices} />
  `;
}

interface TableFieldProperties {
  name: string;
  value: TableName;
  tables: readonly TableName[];
  onChange: (table: TableName) => void;
}

const keyOf = ({ schema, name }: TableName) => schema === null ? name : `${schema}.${name}`;

/** A table: another one has other columns, and is proposed anew. */
export function TableField({ name, value, tables, onChange }: TableFieldProperties) {
  const pick = (key: string) => {
    const table = tables.find((one) => keyOf(one) === key);
    if (table !== undefined) onChange(table);
  };
  return html`
    <${Pick} label=${clinicText.tables.table} name=${`table-${name}`} value=${keyOf(value)} onChange=${pick}
      choices=${tables.map((table) => [keyOf(table), keyOf(table)] as const)} />
  `;
}

/** As ISO 8601 has dates: what needs no words of a mapping. */
const ISO = "YYYY-MM-DD";
/** Ways in which dates are written as text. */
const WRITTEN = [ISO, "DD/MM/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "MM/DD/YYYY", "MM-DD-YYYY", "YYYY/MM/DD"];

interface TextDateFieldProperties {
  label: string;
  name: string;
  value: string | null;
  onChange: (written: string | null) => void;
}

/** How dates that are text are written, by an example. */
export function TextDateField({ label, name, value, onChange }: TextDateFieldProperties) {
  const example = (written: string) => written.replace("DD", "25").replace("MM", "04").replace("YYYY", "2026");
  return html`
    <${Pick} label=${label} name=${name} value=${value ?? ISO} hint=${clinicText.tables.writtenHint}
      onChange=${(written: string) => onChange(written === ISO ? null : written)}
      choices=${WRITTEN.map((one) => [one, example(one)] as const)} />
  `;
}

type Deleted = Mapping["patients"]["deleted"];

interface DeletedFieldProperties {
  name: string;
  value: Deleted;
  columns: readonly ColumnChoice[];
  onChange: (deleted: Deleted) => void;
}

/** What says that a row is deleted though it is there. */
export function DeletedField({ name, value, columns, onChange }: DeletedFieldProperties) {
  const meansOf = (column: string): "set" | "true" =>
    /date|timestamp|time/.test(columns.find(({ name }) => name === column)?.kind ?? "") ? "set" : "true";
  return html`
    <${ColumnField} label=${clinicText.tables.deleted} name=${name} value=${value?.column} columns=${columns} optional
      onChange=${(column: string) => onChange(column === "" ? null : { column, means: meansOf(column) })} />
    ${value && html`
      <${Pick} label=${clinicText.tables.deletedMeans} name=${`${name}Means`} value=${value.means}
        choices=${Object.entries(clinicText.tables.deletedWhen)}
        onChange=${(means: "set" | "true" | "false") => onChange({ ...value, means })} />
    `}
  `;
}
