import { Dialog } from "../shared/dialog.js";
import { html } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { ago } from "../shared/ago.js";

/** Every check of the box in a sentence, and each machine. */
export function Health({ report, machines, onClose }) {
  return html`
    <${Dialog} title=${text.health.title} onClose=${onClose}>
      <ul class="checks">
        ${(report?.checks ?? []).map((check) =>
          html`
            <li key=${check.name} class=${`is-${check.status}`}>
              ${check.status === "ok" ? icons.check() : icons.alert()}<span>${check.detail}</span>
            </li>
          `
        )}
        ${machines.map((machine) =>
          html`
            <li key=${machine.id} class=${machine.lastQueryAt ? "is-ok" : "is-warning"}>
              ${machine.lastQueryAt ? icons.check() : icons.alert()}
              <span>
                ${machine.lastQueryAt
                  ? text.health.asked(machine.name, ago(machine.lastQueryAt))
                  : `${machine.name} ${text.health.neverAsked}`}
              </span>
            </li>
          `
        )}
      </ul>
      <//>
  `;
}
