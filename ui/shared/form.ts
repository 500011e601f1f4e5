// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { whyNot } from "./deed.ts";
import { html, useState } from "./html.ts";
import { said } from "./said.ts";
import { text } from "./text.ts";

// what a browser finds wrong with a field it says in its own language: the pages' is another
addEventListener("invalid", ({ target }) => target.setCustomValidity(inWords(target)), { capture: true });
addEventListener("input", ({ target }) => target.setCustomValidity?.(""), { capture: true });
// before a form is looked through again, by a tap or by Enter: what was wrong may be right through another field
addEventListener("click", ({ target }) => {
  const { form } = target.closest?.("button") ?? {};
  for (const field of form?.elements ?? []) field.setCustomValidity("");
}, { capture: true });

/** What the box finds wrong with a field, which is called as the page calls it. */
function wrongInWords({ field, name, problem }, words) {
  return said(`${typeof words[name] === "string" ? words[name] : field} ${problem}`);
}

function inWords({ validity, minLength }: HTMLInputElement) {
  if (validity.valueMissing) return text.form.missing;
  return validity.tooShort ? text.form.tooShort(minLength) : text.form.odd;
}

/**
 * The values of a form, its text fields, and what became of sending it: what the box refuses is said, and its fields
 * are marked.
 *
 * @param initial values by the names of their fields
 * @param words each text field's label by its name
 */
export function useForm(initial: Record<string, any> | (() => Record<string, any>), words: Record<string, any>) {
  const [values, setValues] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [wrong, setWrong] = useState([]);
  /** what is not of its field's shape while one types */
  const [odd, setOdd] = useState<Record<string, boolean>>({});
  const set = (name, value) => setValues((before) => ({ ...before, [name]: value }));

  return {
    values,
    set,
    busy,
    problem,
    /** Names of the fields that the box refused. */
    wrong,
    /** @param send throws a `Refusal`; what it leads to takes the form away */
    submit: (send: (event: SubmitEvent) => Promise<void>) => async (event) => {
      event.preventDefault();
      if (busy) return;
      const { submitter } = event;
      setBusy(true);
      setProblem("");
      setWrong([]);
      try {
        await send(event);
      } catch (refusal) {
        const fields = (refusal.problem?.fields ?? []).map((one) => ({ ...one, name: one.field.split(".").at(-1) }));
        setWrong(fields.map(({ name }) => name));
        // a shape that the box cannot read is told by its fields; all else has a sentence of its own
        const isShape = refusal.problem?.detail?.startsWith("Cannot read the request: ");
        const wrongFields = isShape ? fields.map((one) => wrongInWords(one, words)).join("; ") : "";
        setProblem(wrongFields || whyNot(refusal));
        setBusy(false);
        // a button that waits loses the focus
        requestAnimationFrame(() => document.activeElement === document.body && submitter?.focus());
      }
    },
    /** It was sent, and the form stays. */
    done: () => setBusy(false),
    /** A text field under its label. @param more of the input itself */
    field: (name, hint: string, more: Record<string, any> = {}) =>
      html`
        <label class="field">
          <span>${words[name]}</span>
          <input
            name=${name}
            value=${values[name]}
            aria-invalid=${wrong.includes(name) || odd[name]}
            autocomplete="off"
            spellcheck="false"
            onInput=${({ target }) => {
              set(name, target.value);
              setOdd((before) => ({ ...before, [name]: target.value !== "" && !target.validity.valid }));
              setWrong((before) => before.filter((one) => one !== name));
            }}
            ...${more}
          />
          ${hint && html`<small>${hint}</small>`}
        </label>
      `,
    /** A tick before its words. */
    ticked: (name, label: string) =>
      html`
        <label class="check">
          <input name=${name} type="checkbox" checked=${values[name]} onChange=${(event) =>
            set(name, event.target.checked)} />
          <span>${label}</span>
        </label>
      `,
  };
}

/** The end of a form in a window: what the box refused, a way out, and the button that sends it. */
export function FormEnd(
  { form, onClose, label = text.save }: {
    form: { problem: string; busy: boolean };
    onClose: () => void;
    label?: string;
  },
) {
  return html`
    <p class="problem whole" role="alert">${form.problem}</p>
    <div class="dialog-actions whole">
      <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
      <button class="button tall primary" disabled=${form.busy}>${label}</button>
    </div>
  `;
}
