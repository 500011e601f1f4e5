import { html } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { said } from "../shared/said.js";

/** Whether somebody answered, in the box's words. @param {{ result: { ok: boolean, detail: string } | undefined }} properties */
export function Outcome({ result }) {
  return result && html`
    <p class=${`verified ${result.ok ? "is-ok" : "is-failing"}`} role="status">
      ${result.ok ? icons.check() : icons.alert()}<span>${said(result.detail)}</span>
    </p>
  `;
}
