import { html, useState, type VNode } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { isRead, type NameFields } from "./name_groups.ts";

/** How a name is read, and in Latin letters: asked for where it is written in others, else by a tap. */
export function NameReading({ values, field, disabled = false }: {
  values: NameFields;
  field: (name: "reading" | "latin", hint: string, more?: object) => VNode;
  disabled?: boolean;
}) {
  const [asked, setAsked] = useState(false);
  const needs = isRead(values);
  if (!needs && !asked && values.reading === "") {
    return html`
      <div class="field whole">
        <button type="button" class="choice small" disabled=${disabled} onClick=${() => setAsked(true)}>
          ${text.walkIn.reading}
        </button>
      </div>
    `;
  }
  return html`
    ${field("reading", text.walkIn.familyFirst, { maxlength: 40, disabled })}
    ${needs && field("latin", text.walkIn.familyFirst, { maxlength: 40, autocapitalize: "words", disabled })}
  `;
}
