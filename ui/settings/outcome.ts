import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";

/** Whether somebody answered, in the box's words. */
export function Outcome({ result }: { result: { ok: boolean; detail: string } | undefined }) {
  return result && html`
    <p class=${`verified ${result.ok ? "is-ok" : "is-failing"}`} role="status">
      ${result.ok ? icons.check() : icons.alert()}<span>${said(result.detail)}</span>
    </p>
  `;
}
