import type { ClinicMapping, Mapping, TableName, TablesPreview, TablesProposal } from "../../src/web/contract/box.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { Confirm } from "../shared/confirm.ts";
import { type FieldEvent, html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";
import { useLive } from "./live.ts";
import { AppointmentFields } from "./tables_appointments.ts";
import { PatientFields } from "./tables_patients.ts";
import { Branches, Counted, Needed, Staff } from "./tables_preview.ts";
import { clinicText } from "./clinic_text.ts";

/** What an address looks like. */
const EXAMPLE = "postgresql://user:password@host:5432/database";

/** How the clinic's own tables are read: proposed, looked at on ten bookings, and taken. */
export function Tables() {
  const { found, problem: notFound, reload } = useLive(
    async () => {
      const [clinic, { taken }] = await Promise.all([api("GET /api/clinic"), api("GET /api/clinic/mapping")]);
      return { clinic, taken };
    },
    { noun: "clinic", every: 30_000 },
  );
  const [owner, setOwner] = useState("");
  const [samples, setSamples] = useState(false);
  const [proposal, setProposal] = useState<TablesProposal | undefined>(undefined);
  const [mapping, setMapping] = useState<Mapping | undefined>(undefined);
  const [branches, setBranches] = useState<string[]>([]);
  /** of the mapping as it is now */
  const [preview, setPreview] = useState<TablesPreview | undefined>(undefined);
  const { busy, problem, act } = useAction();
  const url = owner.trim();

  const propose = (chosen: { patients?: TableName; appointments?: TableName } = {}) =>
    act(async () => {
      const next = await api("POST /api/clinic/mapping/proposal", { body: { url, samples, ...chosen } });
      setProposal(next);
      setMapping(next.mapping ?? undefined);
      setPreview(undefined);
      setBranches([...found?.taken?.branches ?? []]);
    });
  /** What was seen is no longer so. */
  function change(next: Mapping) {
    setMapping(next);
    setPreview(undefined);
  }
  const look = (of = branches) =>
    act(async () => {
      if (mapping === undefined) return;
      setPreview(await api("POST /api/clinic/mapping/preview", { body: { url, mapping, branches: of } }));
    });
  async function taken() {
    setProposal(undefined);
    setMapping(undefined);
    setPreview(undefined);
    await reload();
  }

  return html`
    <section class="card" aria-labelledby="tables-title">
      <div>
        <h2 id="tables-title">${text.pages.tables}</h2>
        <p class="lead">${clinicText.tables.lead}</p>
      </div>
      ${found && html`<${Now} taken=${found.taken} url=${url} onChanged=${reload} />`}
      ${found?.clinic.state === "off"
        ? html`<p class="lead"><a href="#clinic">${clinicText.tables.connectFirst}</a></p>`
        : html`
          <form class="machine-form" onSubmit=${(event: SubmitEvent) => {
            event.preventDefault();
            void propose();
          }}>
            <label class="check whole">
              <input type="checkbox" name="samples" checked=${samples}
                onChange=${(event: FieldEvent) => setSamples(event.target.checked)} />
              <span>${clinicText.tables.samples}</span>
            </label>
            <details class="whole">
              <summary>${clinicText.tables.asOwner}</summary>
              <label class="field">
                <span>${text.clinic.url}</span>
                <input name="owner" value=${owner} maxlength="2000" placeholder=${EXAMPLE} autocomplete="off"
                  autocapitalize="none" spellcheck="false" onInput=${(event: FieldEvent) =>
                    setOwner(event.target.value)} />
                <small>${clinicText.tables.ownerHint}</small>
              </label>
            </details>
            <p class="problem whole" role="alert">${notFound || problem}</p>
            <div class="dialog-actions whole">
              <button class=${`button tall ${proposal ? "" : "primary"}`} disabled=${busy}>${busy
                ? clinicText.tables.looking
                : clinicText.tables.propose}</button>
            </div>
          </form>
        `}
    </section>
    ${proposal && html`
      <section class="card" aria-labelledby="proposed-title">
        <div>
          <h2 id="proposed-title" ref=${inView}>${clinicText.tables.proposed}</h2>
          <p class="lead">${clinicText.tables.proposedLead}</p>
        </div>
        ${proposal.notes.length > 0 && html`
          <ul class="lacking">
            ${proposal.notes.map(({ note, coded }) =>
              html`<li key=${note} class="is-needed"><span>${inWords(coded, note)}</span></li>`
            )}
          </ul>
        `}
        ${mapping && html`
          <form class="machine-form" onSubmit=${(event: SubmitEvent) => event.preventDefault()}>
            <${AppointmentFields} mapping=${mapping.appointments} columns=${proposal.appointments}
              tables=${proposal.tables} zone=${proposal.zone}
              onTable=${(table: TableName) => propose({ appointments: table, patients: mapping.patients.table })}
              onChange=${(next: Mapping["appointments"]) => change({ ...mapping, appointments: next })} />
            <${PatientFields} mapping=${mapping.patients} columns=${proposal.patients} tables=${proposal.tables}
              onTable=${(table: TableName) => propose({ patients: table, appointments: mapping.appointments.table })}
              onChange=${(next: Mapping["patients"]) => change({ ...mapping, patients: next })} />
            <p class="problem whole" role="alert">${problem}</p>
            <div class="dialog-actions whole">
              <button type="button" class=${`button tall ${preview ? "" : "primary"}`} disabled=${busy}
                onClick=${() => look()}>${busy ? clinicText.tables.looking : clinicText.tables.look}</button>
            </div>
          </form>
        `}
        ${!mapping && html`<${ChooseTables} tables=${proposal.tables} onChoose=${propose} />`}
      </section>
    `}
    ${mapping && preview && html`
      <section class="card" aria-labelledby="preview-title">
        <h2 id="preview-title" ref=${inView}>${clinicText.tables.preview}</h2>
        <${Counted} preview=${preview} />
        <${Branches} branches=${preview.branches} chosen=${branches} onChange=${(chosen: string[]) => {
          setBranches(chosen);
          void look(chosen);
        }} />
        <${Needed} needed=${preview.needed} mapping=${mapping} onChange=${setMapping} />
        <${Staff} roles=${preview.roles} mapping=${mapping} onChange=${setMapping} />
        <${Take} mapping=${mapping} branches=${branches} url=${url} canTake=${preview.shown > 0 ||
          preview.read === 0} onTaken=${taken} />
      </section>
    `}
  `;
}

/** What a tap has brought below is looked at. */
function inView(heading: Element | null) {
  heading?.scrollIntoView({ block: "start", behavior: "smooth" });
}

/** How the tables are read now, and back to what is expected. */
function Now({ taken, url, onChanged }: ClinicMapping & { url: string; onChanged: () => Promise<void> }) {
  const [open, setOpen] = useState(false);
  if (taken === null) return html`<p class="lead">${clinicText.tables.asExpected}</p>`;
  const forget = async () => {
    await api("PUT /api/clinic/mapping", { body: { url, mapping: null, branches: [], run: true } });
    setOpen(false);
    await onChanged();
  };
  const nameOf = ({ schema, name }: TableName) => schema ? `${schema}.${name}` : name;
  const { patients, appointments } = taken.mapping;
  return html`
    <p class="verified is-ok" role="status">${icons.check()}<span>${clinicText.tables.taken(
      nameOf(appointments.table),
      nameOf(patients.table),
      relativeTime(taken.at),
    )}</span></p>
    <div class="dialog-actions">
      <button class="button tall" onClick=${() => setOpen(true)}>${clinicText.tables.forget}</button>
    </div>
    ${open && html`
      <${Confirm} title=${clinicText.tables.forget} question=${clinicText.tables.forgetSure} act=${forget}
        onClose=${() => setOpen(false)} />
    `}
  `;
}

interface ChooseTablesProperties {
  tables: TableName[];
  onChoose: (chosen: { patients: TableName; appointments: TableName }) => void;
}

/** Where no table looks like it, a person says which ones they are. */
function ChooseTables({ tables, onChoose }: ChooseTablesProperties) {
  const [chosen, setChosen] = useState({ patients: 0, appointments: 0 });
  const pick = (which: "patients" | "appointments") =>
    html`
      <label class="field">
        <span>${clinicText.tables[which]}</span>
        <select name=${`choose-${which}`} value=${chosen[which]}
          onChange=${(event: FieldEvent) => setChosen({ ...chosen, [which]: Number(event.target.value) })}>
          ${tables.map(({ schema, name }, at) => html`<option key=${at} value=${at}>${schema}.${name}</option>`)}
        </select>
      </label>
    `;
  const [patients, appointments] = [tables[chosen.patients], tables[chosen.appointments]];
  return html`
    <form class="machine-form" onSubmit=${(event: SubmitEvent) => {
      event.preventDefault();
      if (patients && appointments) onChoose({ patients, appointments });
    }}>
      ${pick("patients")} ${pick("appointments")}
      <div class="dialog-actions whole"><button class="button tall primary">${clinicText.tables.propose}</button></div>
    </form>
  `;
}

interface TakeProperties {
  mapping: Mapping;
  branches: string[];
  url: string;
  canTake: boolean;
  onTaken: () => Promise<void>;
}

/** Takes the mapping: the box runs its SQL, or shows it to whoever owns the database. */
function Take({ mapping, branches, url, canTake, onTaken }: TakeProperties) {
  const { busy, problem, act } = useAction();
  const [sql, setSql] = useState("");
  const take = (run: boolean) =>
    act(async () => {
      await api("PUT /api/clinic/mapping", { body: { url, mapping, branches, run } });
      await onTaken();
    });
  const show = () => act(async () => setSql((await api("POST /api/clinic/mapping/sql", { body: { mapping } })).sql));
  return html`
    <p class="lead">${clinicText.tables.takeLead}</p>
    <p class="problem" role="alert">${problem}</p>
    ${sql !== "" && html`
      <pre class="sql" tabindex="0" role="region" aria-label=${text.clinic.sql}>${sql}</pre>
    `}
    <div class="dialog-actions">
      ${sql === ""
        ? html`<button class="button tall" disabled=${busy} onClick=${show}>${text.clinic.showSql}</button>`
        : html`<button class="button tall" disabled=${busy || !canTake} onClick=${() =>
          take(false)}>${clinicText.tables.takeOnly}</button>`}
      <button class="button tall primary" disabled=${busy || !canTake} onClick=${() => take(true)}>${busy
        ? clinicText.tables.taking
        : clinicText.tables.take}</button>
    </div>
  `;
}
