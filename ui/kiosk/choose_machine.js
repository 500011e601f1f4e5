import { ago } from "../shared/ago.js";
import { Dialog } from "../shared/dialog.js";
import { fullName } from "../shared/format.js";
import { html } from "../shared/html.js";
import { text } from "../shared/text.js";

const REMEMBERED = "machine";

/** The machine this kiosk sends to unless told otherwise: the one chosen last here; null for any. @param {any[]} machines */
export function usualMachine(machines) {
  const id = localStorage.getItem(REMEMBERED);
  return machines.find((machine) => machine.id === id) ?? null;
}

/** Which machine gets the patient. @param {{ appointment: any, machines: any[], onChoose: (id: string | null) => void, onClose: () => void }} properties */
export function ChooseMachine({ appointment, machines, onChoose, onClose }) {
  function choose(id) {
    if (id === null) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, id);
    onChoose(id);
  }
  return html`
    <${Dialog} title=${text.chooseMachine.title(fullName(appointment.patient))} onClose=${onClose}>
      <ul class="machine-choices">
        ${machines.map((machine) =>
          html`
            <li key=${machine.id}>
              <button class="button tall wide" onClick=${() => choose(machine.id)}>
                <span>
                  <strong>${machine.name}</strong>
                  <small>${[
                    machine.room && text.chooseMachine.room(machine.room),
                    machine.lastQueryAt ? text.chooseMachine.asked(ago(machine.lastQueryAt)) : text.health.neverAsked,
                  ].filter(Boolean).join(" · ")}</small>
                </span>
              </button>
            </li>
          `
        )}
        <li>
          <button class="button tall wide" onClick=${() => choose(null)}>
            <span><strong>${text.chooseMachine.any}</strong><small>${text.chooseMachine.anyHint}</small></span>
          </button>
        </li>
      </ul>
      <p class="lead">${text.chooseMachine.remembered}</p>
      <//>
  `;
}
