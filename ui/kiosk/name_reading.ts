import { html, type VNode } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { isRead, type NameFields } from "./name_groups.ts";

/** How a name is read, and what it is in Latin letters: asked for only where it is written in others that have a reading. */
export function NameReading({ values, field, disabled = false }: {
  values: NameFields;
  field: (name: "reading" | "latin", hint: string, more?: object) => VNode;
  disabled?: boolean;
}) {
  const needs = isRead(values);
  if (!needs && values.reading === "") return null;
  return html`
    ${field("reading", text.walkIn.familyFirst, { disabled })}
    ${needs && field("latin", text.walkIn.familyFirst, { autocapitalize: "words", disabled })}
  `;
}
