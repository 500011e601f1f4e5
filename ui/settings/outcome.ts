import type { Verification } from "../../src/web/contract/machines.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";

/** Whether somebody answered, in the box's words. */
export function Outcome({ result }: { result: Verification | undefined }) {
  return result && html`
    <p class=${`verified ${result.ok ? "is-ok" : "is-failing"}`} role="status">
      ${result.ok ? icons.check() : icons.alert()}<span>${inWords(result.coded ?? {}, result.detail)}</span>
    </p>
  `;
}
