import { html } from "./html.ts";
import { icons } from "./icons.ts";
import { text } from "./text.ts";

/** Why a field cannot be changed here: the environment has the last word. @param name of the variable */
export function FixedNote({ name }: { name: string }) {
  return html`<small class="fixed-note">${icons.lock()}<span>${text.setting.fixed(name)}</span></small>`;
}
