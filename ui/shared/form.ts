import { focusAgain, whyNot } from "./action.ts";
import { Refusal } from "./api.ts";
import { type FieldEvent, html, useState } from "./html.ts";
import type { WrongField } from "../../src/web/contract/problem.ts";
import { inWords } from "./translate.ts";
import { text } from "./text.ts";

// what a browser finds wrong with a field it says in its own language: the pages' is another
addEventListener("invalid", ({ target }) => {
  if (isField(target)) target.setCustomValidity(fieldInWords(target));
}, { capture: true });
addEventListener("input", ({ target }) => {
  if (isField(target)) target.setCustomValidity("");
}, { capture: true });
// before a form is looked through again, by a tap or by Enter: what was wrong may be right through another field
addEventListener("click", ({ target }) => {
  const form = target instanceof Element ? target.closest("button")?.form : undefined;
  for (const field of form?.elements ?? []) if (isField(field)) field.setCustomValidity("");
}, { capture: true });

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function isField(target: unknown): target is Field {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement;
}

const wrongFieldsOf = (refusal: unknown) => refusal instanceof Refusal ? refusal.problem.fields ?? [] : [];
const nameOf = ({ field }: WrongField) => field.split(".").at(-1) ?? "";

/**
 * Why something was refused. A shape that the box cannot read is told by its fields, which are called as the page calls
 * them; all else has a sentence of its own.
 */
export function whyNotByField(refusal: unknown, labels: Labels): string {
  const isOfFields = refusal instanceof Refusal && refusal.problem.code === "wrong-fields";
  const wrong = (isOfFields ? wrongFieldsOf(refusal) : [])
    .map((one) => `${labelOf(labels, nameOf(one)) ?? one.field} ${inWords(one, one.problem)}`);
  return wrong.join("; ") || whyNot(refusal);
}

/** Each text field's label by its name; what else is there is none's. */
type Labels = Readonly<Record<string, unknown>>;

function labelOf(labels: Labels, name: string): string | undefined {
  const label = labels[name];
  return typeof label === "string" ? label : undefined;
}

function fieldInWords(field: Field) {
  const { validity } = field;
  if (validity.valueMissing) return text.form.missing;
  return validity.tooShort ? text.form.tooShort("minLength" in field ? field.minLength : 1) : text.form.odd;
}

/** What a field holds: text, or whether it is ticked. */
export type FieldValue = string | number | boolean | undefined;

/**
 * The values of a form, its text fields, and what became of sending it: what the box refuses is said, and its fields
 * are marked.
 *
 * @param initial values by the names of their fields
 */
export function useForm<Values extends Record<string, FieldValue>>(
  initial: Values | (() => Values),
  labels: Labels,
) {
  type Name = keyof Values & string;
  const [values, setValues] = useState<Values>(initial);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [wrong, setWrong] = useState<string[]>([]);
  /** what is not of its field's shape while one types */
  const [odd, setOdd] = useState<Record<string, boolean>>({});
  const set = <Of extends Name>(name: Of, value: Values[Of]) => setValues((before) => ({ ...before, [name]: value }));

  return {
    values,
    set,
    busy,
    problem,
    /** Names of the fields that the box refused. */
    wrong,
    /** @param send throws a `Refusal`; what it leads to takes the form away */
    submit: (send: (event: SubmitEvent) => Promise<void>) => async (event: SubmitEvent) => {
      event.preventDefault();
      if (busy) return;
      const { submitter } = event;
      setBusy(true);
      setProblem("");
      setWrong([]);
      try {
        await send(event);
      } catch (refusal) {
        setWrong(wrongFieldsOf(refusal).map(nameOf));
        setProblem(whyNotByField(refusal, labels));
        setBusy(false);
        focusAgain(submitter);
      }
    },
    /** It was sent, and the form stays. */
    done: () => setBusy(false),
    /** A text field under its label. @param more of the input itself */
    field: (name: Name, hint: string, more: object = {}) =>
      html`
        <label class="field">
          <span>${labelOf(labels, name)}</span>
          <input
            name=${name}
            value=${values[name]}
            aria-invalid=${wrong.includes(name) || odd[name]}
            autocomplete="off"
            spellcheck="false"
            onInput=${({ target }: FieldEvent) => {
              set(name, target.value as Values[Name]);
              setOdd((before) => ({ ...before, [name]: target.value !== "" && !target.validity.valid }));
              setWrong((before) => before.filter((one) => one !== name));
            }}
            ...${more}
          />
          ${hint && html`<small>${hint}</small>`}
        </label>
      `,
    /** A tick before its words. */
    ticked: (name: Name, label: string) =>
      html`
        <label class="check">
          <input name=${name} type="checkbox" checked=${values[name]} onChange=${(event) =>
            set(name, event.target.checked as Values[Name])} />
          <span>${label}</span>
        </label>
      `,
  };
}

export interface FormEndProperties {
  form: { problem: string; busy: boolean };
  onClose: () => void;
  label?: string;
}

/** The end of a form in a window: what the box refused, a way out, and the button that sends it. */
export function FormEnd({ form, onClose, label = text.save }: FormEndProperties) {
  return html`
    <p class="problem whole" role="alert">${form.problem}</p>
    <div class="dialog-actions whole">
      <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
      <button class="button tall primary" disabled=${form.busy}>${label}</button>
    </div>
  `;
}
