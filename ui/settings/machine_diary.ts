import type { CopingSetting, DiaryEntry, Machine } from "../../src/web/contract/machines.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { copyText } from "../shared/copy.ts";
import { dayAndTime } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import { machineText } from "./machine_text.ts";
import { useOfMachine } from "./of_machine.ts";

/** What a machine does that is odd: how often, the setting that copes with it, and the sentence for its maker. */
export function MachineDiary({ machine, onChanged }: { machine: Machine; onChanged: () => Promise<void> }) {
  const { found, problem } = useOfMachine(machine, (id) => api("GET /api/machines/:id/diary", id));
  const { busy, problem: refused, act } = useAction();
  const { diary } = machineText;
  const set = ({ name, value }: CopingSetting) =>
    act(async () => {
      await api("PATCH /api/machines/:id", { id: machine.id, body: { [name]: value } });
      await onChanged();
    });
  const beginAnew = () =>
    act(async () => {
      await api("DELETE /api/machines/:id/diary", { id: machine.id });
      await onChanged();
    });
  return html`
    <section class="card" aria-labelledby="diary-title">
      <div class="card-head">
        <div>
          <h2 id="diary-title">${diary.title}</h2>
          <p class="lead">${found?.length === 0 ? diary.nothing : diary.lead}</p>
        </div>
        ${found && found.length > 0 && html`
          <button class="button" disabled=${busy} onClick=${beginAnew}>${diary.beginAnew}</button>
        `}
      </div>
      <p class="problem" role="alert">${problem || refused}</p>
      <ol class="queries diary">
        ${found?.map((entry) =>
          html`
            <li key=${`${entry.kind} ${entry.detail}`}>
              <p class="query-head">
                <strong>${diary.kinds[entry.kind]}</strong>
                ${entry.detail !== "" && html`<code>${entry.detail}</code>`}
                <span class="lead">${diary.times(
                  entry.count,
                  dayAndTime(entry.firstAt),
                  dayAndTime(entry.lastAt),
                )}</span>
              </p>
              ${entry.setting && html`
                <p class="query-head">
                  ${entry.setting.inForce
                    ? html`<span class="is-done">${icons.check()}${diary.inForce(settingInWords(entry.setting))}</span>`
                    : html`
                      <button class="button primary" disabled=${busy} onClick=${() => set(entry.setting!)}>
                        ${icons.check()}${diary.set(settingInWords(entry.setting))}
                      </button>
                    `}
                </p>
              `}
              <${ForMaker} entry=${entry} machine=${machine} />
            </li>
          `
        )}
      </ol>
    </section>
  `;
}

/** The sentence that one would write to the maker: in English in every language, as it is sent on. */
function ForMaker({ entry, machine }: { entry: DiaryEntry; machine: Machine }) {
  const [copied, setCopied] = useState(false);
  const { diary } = machineText;
  const sentence = `${machine.implementation || machine.aeTitle}: ${entry.forMaker}${
    entry.detail === "" ? "" : ` [${entry.detail}]`
  } (DICOM ${entry.standard}; ${entry.count} × since ${entry.firstAt.slice(0, 10)})`;
  return html`
    <details>
      <summary>${diary.forMaker}</summary>
      <p lang="en">${sentence}</p>
      <button
        class="button"
        onClick=${async (event: Event) =>
          setCopied(await copyText(sentence, (event.currentTarget as Element).parentElement!))}
      >
        ${copied ? diary.copied : diary.copy}
      </button>
    </details>
  `;
}

function settingInWords({ name, value }: CopingSetting): string {
  const { label } = text.habits[name];
  const shown = name === "characterSet" ? wordsFor(text.habits.characterSet.choices, value) ?? value : String(value);
  return `${label}: ${shown}`;
}
