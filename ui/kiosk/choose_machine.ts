// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ago } from "../shared/ago.ts";
import { ask } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { factsOf, SameName } from "./people.ts";

const REMEMBERED = "machine";
/** No machine has this for its id. */
const ANY = "any";

/**
 * The machine this desk sends to unless told otherwise: the one chosen last here, which of its own screen the box
 * remembers; null for any.
 */
export function usualMachine(machines: any[], box: any) {
  const id = localStorage.getItem(REMEMBERED) ?? box.screenMachineId;
  return machines.find((machine) => machine.id === id) ?? null;
}

/**
 * The machine that a patient goes to with one tap: that of the room they are booked in, which is called as the
 * department is; else the desk's usual one.
 */
export function machineFor(appointment: any, machines: any[], usual: any) {
  return machines.find((machine) => isOfRoom(machine, appointment)) ?? usual;
}

function isOfRoom({ room }, { department }) {
  return room.trim() !== "" && room.trim().toLowerCase() === department.trim().toLowerCase();
}

/** Which machine gets the patient; the one of the room first, then the usual one. */
export function ChooseMachine({ appointment, sameName, machines, usual, onChoose, onClose }: {
  appointment: any;
  sameName: boolean;
  machines: any[];
  usual: any;
  onChoose: (id: string | null) => void;
  onClose: () => void;
}) {
  const rank = (machine) => isOfRoom(machine, appointment) ? 0 : machine === usual ? 1 : 2;
  const inOrder = machines.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));

  function choose(id) {
    // the box says so of its own screen, whose browser forgets; any other screen is refused that, and remembers itself
    ask("/api/screen", { method: "PUT", body: { machineId: id } }).catch(() => {});
    localStorage.setItem(REMEMBERED, id ?? ANY);
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
