import type { Finding } from "../../src/web/contract/box.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";

const TONES = { ok: "is-ok", warning: "is-warning", failed: "is-failing" };

/** What was looked at, one after another, each with how it is and what to do. */
export function Findings({ findings, label }: { findings: Finding[]; label: string }) {
  return html`
    <ol class="findings" aria-label=${label}>
      ${findings.map(({ what, how, detail, coded }, n) =>
        html`
          <li key=${n} class=${`verified ${TONES[how]}`}>
            ${how === "ok" ? icons.check() : icons.alert()}
            <span>
              <strong>${inWords(what.coded ?? {}, what.detail)}</strong>
              <small>${inWords(coded ?? {}, detail)}</small>
            </span>
          </li>
        `
      )}
    </ol>
  `;
}
