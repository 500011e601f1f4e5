import type { Mapping, PreviewRow, TablesPreview } from "../../src/web/contract/box.ts";
import type { Role } from "../../src/web/contract/people.ts";
import { type FieldEvent, html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { dateInWords, dayInShort } from "../shared/format.ts";
import { text, wordsFor } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";
import { Pick } from "./tables_pick.ts";
import { clinicText } from "./clinic_text.ts";

/** Ten bookings as they would stand on the board, each with a reason where it would not, and how many there are. */
export function Counted({ preview }: { preview: TablesPreview }) {
  const { read, shown, cancelled, reasons, rows, from, to } = preview;
  return html`
    <p class=${`verified ${shown > 0 ? "is-ok" : "is-failing"}`} role="status">
      ${shown > 0 ? icons.check() : icons.alert()}<span>${clinicText.tables.counts(read, shown, cancelled)}</span>
    </p>
    <p class="lead">${from && to
      ? clinicText.tables.days(dayInShort(from), dayInShort(to))
      : clinicText.tables.newest}</p>
    ${reasons.length > 0 && html`
      <ul class="lacking">
        ${reasons.map(({ count, reason, coded }) =>
          html`<li key=${coded.code} class="is-needed"><span>${
            clinicText.tables.reason(count, inWords(coded, reason))
          }</span></li>`
        )}
      </ul>
    `}
    ${rows.length > 0 && html`
      <ul class="previewed" aria-label=${clinicText.tables.rows}>
        ${rows.map((row) => html`<${Row} key=${row.appointmentId} row=${row} />`)}
      </ul>
    `}
  `;
}

function Row({ row }: { row: PreviewRow }) {
  const {
    time,
    date,
    firstName,
    lastName,
    birthDate,
    gender,
    patientId,
    doctor,
    department,
    cancelled,
    reason,
    coded,
  } = row;
  const day = (value: string) => /^\d{4}-\d\d-\d\d$/.test(value) ? dayInShort(value) : value;
  const isShown = reason === "" && !cancelled;
  return html`
    <li class=${isShown ? "" : "is-out"}>
      <span class="previewed-when"><strong>${time || "–"}</strong> ${day(date)}</span>
      <span class="previewed-who">
        <strong>${[firstName, lastName].filter(Boolean).join(" ") || text.clinic.noName}</strong>
        <small>${[
          patientId,
          birthDate &&
          clinicText.tables.born(/^\d{4}-\d{2}-\d{2}$/.test(birthDate) ? dateInWords(birthDate) : birthDate),
          gender && (wordsFor(clinicText.tables.sexes, gender) ?? gender),
        ].filter(Boolean).join(" · ")}</small>
      </span>
      <span class="previewed-what">${[doctor, department].filter(Boolean).join(" · ")}</span>
      <span class="previewed-why">
        ${isShown ? icons.check() : icons.alert()}
        ${reason !== ""
          ? inWords(coded ?? {}, reason)
          : cancelled
          ? clinicText.tables.isCancelled
          : clinicText.tables.isShown}
      </span>
    </li>
  `;
}

interface NeededProperties {
  needed: TablesPreview["needed"];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** Columns of the clinic's that must have a value, of which the box knows none: a person says what walk-ins get. */
export function Needed({ needed, mapping, onChange }: NeededProperties) {
  if (needed.length === 0) return null;
  const set = (table: "patients" | "appointments", column: string, value: string) => {
    const { [column]: _before, ...others } = mapping[table].fill;
    const fill = value === "" ? others : { ...others, [column]: value };
    onChange({ ...mapping, [table]: { ...mapping[table], fill } });
  };
  return html`
    <fieldset class="mapped">
      <legend>${clinicText.tables.needed}</legend>
      <p class="lead whole">${clinicText.tables.neededLead}</p>
      ${needed.map(({ table, column, type, values }) => {
        const value = mapping[table].fill[column] ?? "";
        const change = (event: FieldEvent) => set(table, column, event.target.value);
        return html`
          <label class="field" key=${`${table}.${column}`}>
            <span>${column} · ${type}</span>
            ${values.length > 0
              ? html`
                <select name=${`fill-${column}`} value=${value} onChange=${change}>
                  ${["", ...values].map((one) =>
                    html`<option key=${one} value=${one}>${one || clinicText.tables.none}</option>`
                  )}
                </select>
              `
              : html`<input name=${`fill-${column}`} value=${value} maxlength="200" autocomplete="off" onInput=${change} />`}
          </label>
        `;
      })}
    </fieldset>
  `;
}

interface StaffProperties {
  roles: TablesPreview["roles"];
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** What the clinic's words for its staff mean here; one that nobody knows lets nobody in. */
export function Staff({ roles, mapping, onChange }: StaffProperties) {
  const { staff } = mapping;
  if (staff === null || roles.length === 0) return null;
  const choices = [...Object.entries(text.users.roles), ["", clinicText.tables.staysOut]] as [string, string][];
  const set = (word: string, means: string) =>
    onChange({ ...mapping, staff: { ...staff, roles: { ...staff.roles, [word]: means as Role | "" } } });
  return html`
    <fieldset class="mapped">
      <legend>${clinicText.tables.staff}</legend>
      <p class="lead whole">${clinicText.tables.staffLead}</p>
      ${roles.map(({ word, people, means }) =>
        html`
          <${Pick} key=${word} label=${clinicText.tables.staffOf(word, people)} name=${`role-${word}`}
            value=${staff.roles[word] ?? means ?? "?"} onChange=${(chosen: string) => set(word, chosen)}
            choices=${means === null && staff.roles[word] === undefined
              ? [["?", clinicText.tables.staffUnknown], ...choices]
              : choices} />
        `
      )}
    </fieldset>
  `;
}

interface BranchesProperties {
  branches: TablesPreview["branches"];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Of a clinic with several branches, those that this box works for. */
export function Branches({ branches, chosen, onChange }: BranchesProperties) {
  if (branches.length < 2) return null;
  return html`
    <fieldset class="mapped">
      <legend>${clinicText.tables.branches}</legend>
      <p class="lead whole">${clinicText.tables.branchesLead}</p>
      ${branches.map(({ id, name }) =>
        html`
          <label key=${id} class="check">
            <input type="checkbox" name=${`branch-${id}`} checked=${chosen.includes(id)}
              onChange=${(event: FieldEvent) =>
                onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))} />
            <span>${name}</span>
          </label>
        `
      )}
    </fieldset>
  `;
}
