import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { useForm } from "../shared/form.js";
import { html, useEffect, useState } from "../shared/html.js";
import { text } from "../shared/text.js";

/** The computer that the box is: only where it runs from the appliance's image. */
export function Computer({ box }) {
  const [computer, setComputer] = useState(undefined);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    ask("/api/computer").then(setComputer, (refusal) => setProblem(refusal.message || text.offline));
  }, []);

  return html`
    <section class="card" aria-labelledby="computer-title">
      <div>
        <h2 id="computer-title">${text.pages.computer}</h2>
        <p class="lead">${computer?.possible === false ? text.computer.elsewhere : text.computer.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
    </section>
    ${computer?.possible && html`<${Reset} box=${box} />`}
  `;
}

/** All data gone: never by one tap. */
function Reset({ box }) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);

  return html`
    <section class="card" aria-labelledby="reset-title">
      <div>
        <h2 id="reset-title">${text.computer.reset}</h2>
        <p class="lead">${text.computer.resetLead}</p>
      </div>
      <p class="verified" role="status">${done ? text.computer.resetting : ""}</p>
      ${!done &&
        html`<p><button class="button danger" onClick=${() => setOpen(true)}>${text.computer.reset}</button></p>`}
      ${open && html`
        <${ResetForm}
          box=${box}
          onClose=${() => setOpen(false)}
          onDone=${() => {
            setOpen(false);
            setDone(true);
          }}
        />
      `}
    </section>
  `;
}

function ResetForm({ box, onClose, onDone }) {
  const words = { name: text.computer.resetName(box.name), password: text.computer.password };
  const form = useForm({ name: "", password: "" }, words);
  const send = form.submit(async () => {
    await ask("/api/computer/reset", { body: form.values });
    onDone();
  });
  return html`
    <${Dialog} title=${text.computer.reset} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${send}>
        <p class="lead whole">${text.computer.resetLead}</p>
        ${form.field("name", "", { required: true })} ${form.field("password", "", {
          type: "password",
          required: true,
          autocomplete: "current-password",
        })}
        <p class="problem whole" role="alert">${form.problem}</p>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button class="button tall danger" disabled=${form.busy || form.values.name.trim() !== box.name.trim()}>
            ${text.computer.resetNow}
          </button>
        </div>
      </form>
      <//>
  `;
}
