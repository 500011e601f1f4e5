import type { Machine, MachineRecord } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html } from "../shared/html.ts";
import { AE_TITLE, HOST, MODALITY, PORT } from "../shared/shapes.ts";
import { text, wordsFor } from "../shared/text.ts";

/** Character sets that machines have, the usual first; "" is the smallest that has every letter. */
const CHARACTER_SETS = ["", "ISO_IR 6", "ISO_IR 100", "ISO_IR 192", "ISO_IR 144", "ISO_IR 127", "GB18030"];
const HABITS = { characterSet: 1, unshowable: 1, ownListOnly: 1, fillsStation: 1, dateWindow: 1, answerLimit: 1 };

interface MachineFormProperties {
  /** None for a new one. */
  machine?: Machine | undefined;
  onSaved: () => Promise<void>;
  onClose: () => void;
}

/** Adds a machine or changes one. */
export function MachineForm(
  { machine, onSaved, onClose }: MachineFormProperties,
) {
  const form = useForm({
    name: machine?.name ?? "",
    room: machine?.room ?? "",
    aeTitle: machine?.aeTitle ?? "",
    address: machine?.address ?? "",
    port: machine?.port ?? "",
    modality: machine?.modality ?? "US",
    characterSet: machine?.characterSet ?? "",
    unshowable: machine?.unshowable ?? "transliterate" as MachineRecord["unshowable"],
    ownListOnly: machine?.ownListOnly ?? true,
    fillsStation: machine?.fillsStation ?? true,
    dateWindow: machine?.dateWindow ?? "",
    answerLimit: machine?.answerLimit ?? "",
    tls: machine?.tls ?? false,
    needsIdentity: machine?.needsIdentity ?? false,
  }, text.settings);
  const { values, set, wrong, submit, field, ticked } = form;

  const save = submit(async () => {
    const numberOf = (text: string | number) => text === "" ? null : Number(text);
    const { port, dateWindow, answerLimit } = values;
    const numbers = { port: numberOf(port), dateWindow: numberOf(dateWindow), answerLimit: numberOf(answerLimit) };
    const body = { ...values, ...numbers };
    if (machine) await api("PATCH /api/machines/:id", { id: machine.id, body });
    else await api("POST /api/machines", { body });
    await onSaved();
  });

  const habit = (name: "dateWindow" | "answerLimit") =>
    html`
      <label class="field">
        <span>${text.habits[name].label}</span>
        <input
          name=${name}
          value=${values[name]}
          aria-invalid=${wrong.includes(name)}
          inputmode="numeric"
          pattern="[0-9]{1,6}"
          autocomplete="off"
          onInput=${(event) => set(name, event.target.value)}
        />
        <small>${text.habits[name].hint}</small>
      </label>
    `;
  const chosen = (name: "characterSet" | "unshowable", choices: string[]) =>
    html`
      <label class="field">
        <span>${text.habits[name].label}</span>
        <select name=${name} value=${values[name]} onChange=${(event) => set(name, event.target.value)}>
          ${[...new Set([values[name], ...choices])].map((choice) =>
            html`<option key=${choice} value=${choice}>${
              wordsFor(text.habits[name].choices, choice) ?? choice
            }</option>`
          )}
        </select>
        <small>${text.habits[name].hint}</small>
      </label>
    `;
  const habitTicked = (name: "tls" | "needsIdentity" | "ownListOnly" | "fillsStation") =>
    ticked(name, text.habits[name].label);
  return html`
    <${Dialog} title=${machine ? machine.name : text.settings.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${save}>
        ${field("name", text.settings.nameHint, { autofocus: true })}
        ${field("room", "")}
        ${field("aeTitle", text.settings.aeTitleHint, { required: true, ...AE_TITLE })}
        ${field("modality", "", { required: true, ...MODALITY })}
        ${field("address", text.settings.addressHint, HOST)}
        ${field("port", text.settings.portHint, PORT)}
        ${habitTicked("tls")} ${habitTicked("needsIdentity")}
        <details class="whole habits" open=${wrong.some((name) => name in HABITS)}>
          <summary>${text.habits.title}</summary>
          <div class="machine-form">
            <p class="lead whole">${text.habits.lead}</p>
            ${chosen("characterSet", CHARACTER_SETS)} ${chosen(
              "unshowable",
              Object.keys(text.habits.unshowable.choices),
            )}
            ${habit("dateWindow")} ${habit("answerLimit")} ${habitTicked("ownListOnly")} ${habitTicked(
              "fillsStation",
            )}
          </div>
        </details>
        <${FormEnd} form=${form} onClose=${onClose} />
      </form>
      <//>
  `;
}
