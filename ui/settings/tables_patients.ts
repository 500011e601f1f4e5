import type { ColumnChoice, Mapping, TableName } from "../../src/web/contract/box.ts";
import { html } from "../shared/html.ts";
import { text, wordsFor } from "../shared/text.ts";
import { ColumnField, DeletedField, Pick, TableField, TextDateField } from "./tables_pick.ts";

type Patients = Mapping["patients"];

interface PatientFieldsProperties {
  mapping: Patients;
  columns: ColumnChoice[];
  tables: TableName[];
  onTable: (table: TableName) => void;
  onChange: (mapping: Patients) => void;
}

/** How the clinic's patients are read: each line is a choice of their columns. */
export function PatientFields({ mapping, columns, tables, onTable, onChange }: PatientFieldsProperties) {
  const set = (more: Partial<Patients>) => onChange({ ...mapping, ...more });
  const find = (name: string) => columns.find((column) => column.name === name);
  const { name, birth, gender } = mapping;
  const first = columns[0]?.name ?? "";

  const setNameKind = (kind: string) =>
    set({
      name: kind === "parts"
        ? { kind: "parts", first, middle: null, last: first }
        : { kind: "whole", column: name.kind === "parts" ? name.first : first, order: "given first" },
    });
  const setBirth = (kind: string, column: string) =>
    set({
      birth: kind === "date"
        ? { kind, column, text: find(column)?.text ?? null }
        : kind === "age"
        ? { kind, column }
        : { kind: "none" },
    });

  return html`
    <fieldset class="mapped whole">
      <legend>${text.tables.patients}</legend>
      <${TableField} value=${mapping.table} tables=${tables} name="patients" onChange=${onTable} />
      <${ColumnField} label=${text.tables.patientId} hint=${text.tables.patientIdHint} name="patientId"
        value=${mapping.patientId} columns=${columns} onChange=${(patientId: string) => set({ patientId })} />
      <${Pick} label=${text.tables.nameKind} name="nameKind" value=${name.kind} onChange=${setNameKind}
        choices=${Object.entries(text.tables.nameKinds)} />
      ${name.kind === "parts"
        ? html`
          <${ColumnField} label=${text.tables.firstName} name="firstName" value=${name.first} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, first: column } })} />
          <${ColumnField} label=${text.tables.middleName} name="middleName" value=${name
            .middle} columns=${columns} optional
            onChange=${(column: string) => set({ name: { ...name, middle: column || null } })} />
          <${ColumnField} label=${text.tables.lastName} name="lastName" value=${name.last} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, last: column } })} />
        `
        : html`
          <${ColumnField} label=${text.tables.wholeName} name="wholeName" value=${name.column} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, column } })} />
          <${Pick} label=${text.tables.nameOrder} name="nameOrder" value=${name.order}
            choices=${Object.entries(text.tables.nameOrders)}
            onChange=${(order: typeof name.order) => set({ name: { ...name, order } })} />
        `}
      <${Pick} label=${text.tables.birth} name="birth" value=${birth.kind} choices=${Object.entries(text.tables.births)}
        onChange=${(kind: string) => setBirth(kind, birth.kind === "none" ? first : birth.column)} />
      ${birth.kind !== "none" && html`
        <${ColumnField} label=${wordsFor(text.tables.births, birth.kind)} name="birthColumn" value=${birth.column}
          columns=${columns} onChange=${(column: string) => setBirth(birth.kind, column)} />
      `}
      ${birth.kind === "date" && find(birth.column)?.kind === "text" && html`
        <${TextDateField} label=${text.tables.birthWritten} name="birthText" value=${birth.text}
          onChange=${(written: string | null) => set({ birth: { ...birth, text: written } })} />
      `}
      <${ColumnField} label=${text.tables.gender} name="gender" value=${gender?.column} columns=${columns} optional
        onChange=${(column: string) =>
          set({ gender: column === "" ? null : { column, values: find(column)?.genders ?? {} } })} />
      ${gender && Object.keys(gender.values).length > 0 && html`
        <div class="values whole" role="group" aria-label=${text.tables.genders}>
          ${Object.entries(gender.values).map(([value, means]) =>
            html`
              <${Pick} key=${value} label=${text.tables.genderOf(value)} name=${`gender-${value}`} value=${means}
                choices=${Object.entries(text.tables.sexes)}
                onChange=${(sex: string) =>
                  set({ gender: { ...gender, values: { ...gender.values, [value]: sex } } })} />
            `
          )}
        </div>
      `}
      <${DeletedField} name="patientDeleted" value=${mapping.deleted} columns=${columns}
        onChange=${(deleted: Patients["deleted"]) => set({ deleted })} />
    </fieldset>
  `;
}
