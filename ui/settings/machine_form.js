import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { html, useState } from "../shared/html.js";
import { text } from "../shared/text.js";

/**
 * Adds a machine or changes one.
 *
 * @param {{ machine?: any, onSaved: () => Promise<void>, onClose: () => void }} properties without a machine a new one
 */
export function MachineForm({ machine, onSaved, onClose }) {
  const [values, setValues] = useState({
    name: machine?.name ?? "",
    room: machine?.room ?? "",
    aeTitle: machine?.aeTitle ?? "",
    address: machine?.address ?? "",
    port: machine?.port ?? "",
    modality: machine?.modality ?? "US",
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [wrong, setWrong] = useState([]);

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    setWrong([]);
    const body = { ...values, port: values.port === "" ? null : Number(values.port) };
    try {
      if (machine) await ask(`/api/machines/${machine.id}`, { method: "PATCH", body });
      else await ask("/api/machines", { body });
      await onSaved();
    } catch (refusal) {
      setWrong((refusal.problem.fields ?? []).map(({ field }) => field));
      setProblem(refusal.message || text.offline);
      setBusy(false);
    }
  }

  const field = (name, hint, more = {}) =>
    html`
      <label class="field">
        <span>${text.settings[name]}</span>
        <input
          name=${name}
          value=${values[name]}
          aria-invalid=${wrong.includes(name)}
          autocomplete="off"
          spellcheck="false"
          onInput=${(event) => setValues({ ...values, [name]: event.target.value })}
          ...${more}
        />
        ${hint && html`<small>${hint}</small>`}
      </label>
    `;
  return html`
    <${Dialog} title=${machine ? machine.name : text.settings.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${submit}>
        ${field("name", text.settings.nameHint, { maxlength: 64 })}
        ${field("room", "", { maxlength: 64 })}
        ${field("aeTitle", text.settings.aeTitleHint, { required: true, maxlength: 16, autocapitalize: "characters" })}
        ${field("modality", "", { required: true, maxlength: 16, autocapitalize: "characters" })}
        ${field("address", text.settings.addressHint, { inputmode: "url" })}
        ${field("port", text.settings.portHint, { inputmode: "numeric", pattern: "[0-9]{1,5}", maxlength: 5 })}
        <p class="problem whole" role="alert">${problem}</p>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button class="button tall primary" disabled=${busy}>${text.save}</button>
        </div>
      </form>
      <//>
  `;
}
