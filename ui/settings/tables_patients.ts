import type { ColumnChoice, Mapping, TableName } from "../../src/web/contract/box.ts";
import { html } from "../shared/html.ts";
import { wordsFor } from "../shared/text.ts";
import { ColumnField, DeletedField, Pick, TableField, TextDateField } from "./tables_pick.ts";
import { clinicText } from "./clinic_text.ts";

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
      <legend>${clinicText.tables.patients}</legend>
      <${TableField} value=${mapping.table} tables=${tables} name="patients" onChange=${onTable} />
      <${ColumnField} label=${clinicText.tables.patientId} hint=${clinicText.tables.patientIdHint} name="patientId"
        value=${mapping.patientId} columns=${columns} onChange=${(patientId: string) => set({ patientId })} />
      <${Pick} label=${clinicText.tables.nameKind} name="nameKind" value=${name.kind} onChange=${setNameKind}
        choices=${Object.entries(clinicText.tables.nameKinds)} />
      ${name.kind === "parts"
        ? html`
          <${ColumnField} label=${clinicText.tables.firstName} name="firstName" value=${name.first} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, first: column } })} />
          <${ColumnField} label=${clinicText.tables.middleName} name="middleName" value=${name
            .middle} columns=${columns} optional
            onChange=${(column: string) => set({ name: { ...name, middle: column || null } })} />
          <${ColumnField} label=${clinicText.tables.lastName} name="lastName" value=${name.last} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, last: column } })} />
        `
        : html`
          <${ColumnField} label=${clinicText.tables.wholeName} name="wholeName" value=${name.column} columns=${columns}
            onChange=${(column: string) => set({ name: { ...name, column } })} />
          <${Pick} label=${clinicText.tables.nameOrder} name="nameOrder" value=${name.order}
            choices=${Object.entries(clinicText.tables.nameOrders)}
            onChange=${(order: typeof name.order) => set({ name: { ...name, order } })} />
        `}
      <${Pick} label=${clinicText.tables.birth} name="birth" value=${birth.kind} choices=${Object.entries(
        clinicText.tables.births,
      )}
        onChange=${(kind: string) => setBirth(kind, birth.kind === "none" ? first : birth.column)} />
      ${birth.kind !== "none" && html`
        <${ColumnField} label=${wordsFor(clinicText.tables.births, birth.kind)} name="birthColumn" value=${birth.column}
          columns=${columns} onChange=${(column: string) => setBirth(birth.kind, column)} />
      `}
      ${birth.kind === "date" && find(birth.column)?.kind === "text" && html`
        <${TextDateField} label=${clinicText.tables.birthWritten} name="birthText" value=${birth.text}
          onChange=${(written: string | null) => set({ birth: { ...birth, text: written } })} />
      `}
      <${ColumnField} label=${clinicText.tables.gender} name="gender" value=${gender
        ?.column} columns=${columns} optional
        onChange=${(column: string) =>
          set({ gender: column === "" ? null : { column, values: find(column)?.genders ?? {} } })} />
      ${gender && Object.keys(gender.values).length > 0 && html`
        <div class="values whole" role="group" aria-label=${clinicText.tables.genders}>
          ${Object.entries(gender.values).map(([value, means]) =>
            html`
              <${Pick} key=${value} label=${clinicText.tables.genderOf(value)} name=${`gender-${value}`} value=${means}
                choices=${Object.entries(clinicText.tables.sexes)}
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
