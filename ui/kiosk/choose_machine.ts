import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { isOfRoom, rememberMachine } from "./machine_for.ts";
import { factsOf, SameName } from "./people.ts";

export interface ChooseMachineProperties {
  appointment: Appointment;
  sameName: boolean;
  machines: Machine[];
  usual: Machine | null;
  onChoose: (id: string | null) => void;
  onClose: () => void;
}

/** Which machine gets the patient; the one of the room first, then the usual one. */
export function ChooseMachine({ appointment, sameName, machines, usual, onChoose, onClose }: ChooseMachineProperties) {
  const rank = (machine: Machine) => isOfRoom(machine, appointment) ? 0 : machine === usual ? 1 : 2;
  const inOrder = [...machines].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));

  function choose(id: string | null) {
    // the box says so of its own screen, whose browser forgets; any other screen is refused that, and remembers itself
    api("PUT /api/screen", { body: { machineId: id } }).catch(() => {});
    rememberMachine(id);
    onChoose(id);
  }
  return html`
    <${Dialog} title=${text.chooseMachine.title(fullName(appointment.patient))} onClose=${onClose}>
      <p class="lead">
        ${sameName && html`<${SameName} />`} ${factsOf({ ...appointment.patient, phone: "" })}
      </p>
      <ul class="machine-choices">
        ${inOrder.map((machine) =>
          html`
            <li key=${machine.id}>
              <button class="button tall wide" onClick=${() => choose(machine.id)}>
                <span>
                  <strong>${machine.name}</strong>
                  <small>${[
                    machine.room && text.chooseMachine.room(machine.room),
                    machine.lastQueryAt
                      ? text.chooseMachine.asked(relativeTime(machine.lastQueryAt))
                      : text.health.neverAsked,
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
