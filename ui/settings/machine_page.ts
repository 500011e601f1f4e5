import type { Machine, ReadableDataset, WorklistQuery } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { dayAndTime } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";
import { MachineForm } from "./machine_form.ts";
import { Origins } from "./origins.ts";
import { MachineDiary } from "./machine_diary.ts";
import { MachineRecording } from "./machine_recording.ts";
import { useOfMachine } from "./of_machine.ts";
import { Services } from "./services.ts";
import { Steps } from "./steps.ts";
import { fold } from "./fold.ts";
import { Repeats } from "./repeats.ts";

/** What is shown of an answer, by its DICOM names; a sequence's first item is looked into. */
const COLUMNS = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "AccessionNumber",
  "RequestedProcedureDescription",
  "ScheduledProcedureStepStartDate",
  "ScheduledProcedureStepStartTime",
  "ScheduledStationAETitle",
  "SpecificCharacterSet",
] as const;
const MOST_QUERIES = 25;

/** One machine: how far it is connected, what it would get now, what it asked and why it got what it got. */
export function MachinePage({ machine, onChanged }: { machine: Machine; onChanged: () => Promise<void> }) {
  const [editing, setEditing] = useState(false);
  return html`
    <p><a class="button" href="#machines">${icons.previous()}${text.pages.machines}</a></p>
    <section class="card" aria-labelledby="machine-title">
      <div class="card-head">
        <div>
          <h2 id="machine-title">${machine.name}</h2>
          <p class="lead">
            ${[
              machine.room && text.chooseMachine.room(machine.room),
              machine.aeTitle,
              [machine.address, machine.port].filter(Boolean).join(":"),
              machine.implementation && text.machine.says(machine.implementation),
            ].filter(Boolean).join(" · ")}
          </p>
        </div>
        <button class="button" onClick=${() => setEditing(true)}>${text.settings.edit}</button>
      </div>
      <${Steps} machine=${machine} />
    </section>
    ${machine.admitted && machine.origins.length > 0 && html`
      <section class="card" aria-labelledby="origins-title">
        <div>
          <h2 id="origins-title">${text.origins.title}</h2>
          <p class="lead">${text.origins.lead}</p>
        </div>
        <${Origins} machine=${machine} all onChanged=${onChanged} />
      </section>
    `}
    <${Services} machine=${machine} />
    <${MachineDiary} machine=${machine} onChanged=${onChanged} />
    <${MachineRecording} machine=${machine} />
    <${Preview} machine=${machine} />
    <${Queries} machine=${machine} />
    ${editing && html`
      <${MachineForm}
        machine=${machine}
        onClose=${() => setEditing(false)}
        onSaved=${async () => {
          setEditing(false);
          await onChanged();
        }}
      />
    `}
  `;
}

function Preview({ machine }: { machine: Machine }) {
  const { found, problem } = useOfMachine(machine, (id) => api("GET /api/machines/:id/preview", id));
  const answers = (found?.answers ?? []).map(flat);
  const columns = COLUMNS.filter((name) => answers.some((answer) => answer[name]));
  return html`
    <section class="card" aria-labelledby="preview-title">
      <div>
        <h2 id="preview-title">${text.machine.preview}</h2>
        <p class="lead">${text.machine.previewLead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${found && html`
        ${found.keys.length > 0 &&
          html`<p class="keys">${found.keys.map((key) => html`<code key=${key}>${key}</code>`)}</p>`}
        ${found.refused &&
          html`<p class="problem">${text.machine.refused(inWords(found.coded ?? {}, found.refused))}</p>`}
        ${answers.length === 0 ? !found.refused && html`<p class="lead">${text.machine.nothing}</p>` : html`
          <div class="table-scroll" tabindex="0" role="region" aria-label=${text.machine.preview}>
            <table class="table">
              <thead>
                <tr>${columns.map((name) => html`<th scope="col" key=${name}>${text.machine.columns[name]}</th>`)}</tr>
              </thead>
              <tbody>
                ${answers.map((answer, n) =>
                  html`<tr key=${n}>${columns.map((name) => html`<td key=${name}>${answer[name] ?? ""}</td>`)}</tr>`
                )}
              </tbody>
            </table>
          </div>
        `}
      `}
    </section>
  `;
}

function Queries({ machine }: { machine: Machine }) {
  const { found, problem } = useOfMachine(machine, (id) => api("GET /api/machines/:id/queries", id));
  return html`
    <section class="card" aria-labelledby="queries-title">
      <div>
        <h2 id="queries-title">${text.machine.queries}</h2>
        <p class="lead">${text.machine.queriesLead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${found?.length === 0 && html`<p class="lead">${text.machine.noQueries}</p>`}
      <ol class="queries">
        ${fold(found ?? [], () => "", sameness).slice(0, MOST_QUERIES).map(({ newest: query, all }, n) =>
          html`
            <li key=${`${query.at} ${n}`}>
              <p class="query-head">
                <time>${dayAndTime(query.at)}</time>
                <strong>${text.machine.got(query.answers)}</strong>
                <span class="lead">
                  ${[
                    query.outcome !== "answered" && outcomeOf(query),
                    text.machine.milliseconds(query.milliseconds),
                    query.address,
                  ].filter(Boolean).join(" · ")}
                </span>
              </p>
              <${Repeats} times=${all.map(({ at }) => at)} />
              ${query.keys.length > 0 &&
                html`<p class="keys">${query.keys.map((key) => html`<code key=${key}>${key}</code>`)}</p>`}
              ${query.notAnswered.length > 0 && html`
                <details>
                  <summary>${text.machine.without(query.notAnswered.length)}</summary>
                  <ul class="reasons">
                    ${query.notAnswered.map(({ appointmentId, reason, coded }) =>
                      html`<li key=${appointmentId}>${inWords(coded ?? {}, reason)}</li>`
                    )}
                  </ul>
                </details>
              `}
            </li>
          `
        )}
      </ol>
    </section>
  `;
}

/** How a query ended that was not answered, and why. */
function outcomeOf({ outcome, refusal, coded }: WorklistQuery) {
  return refusal === null
    ? wordsFor(text.machine.outcomes, outcome) ?? outcome
    : text.machine.unanswered(inWords(coded ?? {}, refusal));
}

/** An answer with what is in its sequences beside the rest: names are enough to tell them apart. */
function flat(answer: ReadableDataset): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer)) {
    const [first] = Array.isArray(value) ? value : [];
    if (typeof first === "object" && first !== null) Object.assign(all, flat(first));
    else all[name] ??= Array.isArray(value) ? value.join("\\") : String(value ?? "");
  }
  return all;
}

/** What it asked, what it got and why: a machine that asks every few seconds is one row as long as that stays. */
function sameness({ keys, answers, outcome, refusal, address, notAnswered }: WorklistQuery): string {
  return JSON.stringify([keys, answers, outcome, refusal, address, notAnswered]);
}
