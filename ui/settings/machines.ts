import type { Box } from "../../src/web/contract/box.ts";
import type { Machine, Verification } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { html, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { MachineForm } from "./machine_form.ts";
import { Origins } from "./origins.ts";
import { Outcome } from "./outcome.ts";
import { TryLink } from "./try_link.ts";
import { Pairing } from "./pairing.ts";
import { Steps } from "./steps.ts";
import { Confirm } from "../shared/confirm.ts";

interface MachinesProperties {
  box: Box;
  machines: Machine[];
  onChanged: () => Promise<void>;
}

/** The window that is open over the page. */
type Open =
  | { window: "form"; machine?: Machine }
  | { window: "confirm"; machine: Machine };

/** The machines that may connect, and those that called and wait. */
export function Machines({ box, machines, onChanged }: MachinesProperties) {
  const [open, setOpen] = useState<Open | null>(null);
  const [pairing, setPairing] = useState(false);
  /** Machines that waited while pairing was open: they stay in view until the last step is ticked. */
  const came = useRef(new Set<string>());
  for (const { id, admitted } of machines) if (pairing && !admitted) came.current.add(id);
  const arriving = pairing ? machines.filter(({ id }) => came.current.has(id)) : [];
  const others = machines.filter((machine) => !arriving.includes(machine));
  const waiting = others.filter((machine) => !machine.admitted);
  const admitted = others.filter((machine) => machine.admitted);
  const noneAdmitted = machines.length > 0 && machines.every((machine) => !machine.admitted);

  const close = () => setOpen(null);

  /** Closes the window in which it was done, and none that was opened since. */
  async function done() {
    setOpen((now) => now === open ? null : now);
    await onChanged();
  }

  return html`
    <${Pairing} box=${box} onOpen=${setPairing}>
      ${arriving.length > 0 && html`
        <ul class="machines">
          ${arriving.map((machine) =>
            html`<${MachineItem} key=${machine.id} machine=${machine} onOpen=${setOpen} onChanged=${onChanged} />`
          )}
        </ul>
      `}
    <//>
    <section class="card" aria-labelledby="machines-title">
      <div class="card-head">
        <div>
          <h2 id="machines-title">${text.settings.machines}</h2>
          <p class="lead">${text.settings.machinesLead} ${box.admission && text.settings.admission[box.admission]}</p>
        </div>
        <button class="button primary" onClick=${() => setOpen({ window: "form" })}>
          ${icons.add()}${text.settings.add}
        </button>
      </div>
      ${waiting.length > 0 && html`
        <h3>${text.settings.waiting} <span class="count">${waiting.length}</span></h3>
        <p class="lead">${text.settings.waitingLead}</p>
        <ul class="machines">
          ${waiting.map((machine) =>
            html`<${MachineItem} key=${machine.id} machine=${machine} onOpen=${setOpen} onChanged=${onChanged} />`
          )}
        </ul>
      `}
      ${(admitted.length > 0 || noneAdmitted) && html`
        <h3>${text.settings.admitted} <span class="count">${admitted.length}</span></h3>
      `}
      ${machines.length === 0 && html`<p class="lead">${text.settings.none}</p>`}
      ${noneAdmitted && html`<p class="lead">${text.settings.noneAdmitted}</p>`}
      <ul class="machines">
        ${admitted.map((machine) =>
          html`<${MachineItem} key=${machine.id} machine=${machine} onOpen=${setOpen} onChanged=${onChanged} />`
        )}
      </ul>
      ${open?.window === "form" && html`
        <${MachineForm} machine=${open.machine} onSaved=${done} onClose=${close} />
      `}
      ${open?.window === "confirm" && html`
        <${Confirm}
          title=${text.settings.remove}
          question=${text.settings.removeSure(open.machine.name)}
          act=${async () => {
            await api("DELETE /api/machines/:id", { id: open.machine.id });
            await done();
          }}
          onClose=${close}
        />
      `}
    </section>
  `;
}

interface MachineItemProperties {
  machine: Machine;
  onOpen: (open: Open) => void;
  onChanged: () => Promise<void>;
}

function MachineItem({ machine, onOpen, onChanged }: MachineItemProperties) {
  const { busy, problem, act } = useAction();
  const [verified, setVerified] = useState<Verification | undefined>(undefined);
  const { id } = machine;

  const where = [machine.address, machine.port].filter(Boolean).join(":");
  return html`
    <li class=${machine.admitted ? "" : "is-waiting"}>
      <div class="machine-who">
        <strong>${machine.name}</strong>
        <span>${[machine.room && text.chooseMachine.room(machine.room), machine.aeTitle, where].filter(Boolean).join(
          " · ",
        )}</span>
        ${machine.implementation !== "" && html`<span>${text.machine.says(machine.implementation)}</span>`}
      </div>
      <div class="machine-actions">
        ${!machine.admitted && html`
          <button
            class="button primary"
            disabled=${busy}
            onClick=${() =>
              act(async () => {
                // at the address that is shown here, whoever may have called since
                await api("PATCH /api/machines/:id", { id, body: { admitted: true, address: machine.address } });
                await onChanged();
              })}
          >
            ${icons.check()}${text.settings.admit}
          </button>
        `}
        ${machine.port !== null && machine.address !== "" && html`
          <button
            class="button"
            disabled=${busy}
            onClick=${() => act(async () => setVerified(await api("POST /api/machines/:id/verify", { id })))}
          >
            ${busy ? text.settings.verifying : text.settings.verify}
          </button>
        `}
        <a class="button" href=${`#machine/${machine.id}`}>${text.machine.look}</a>
        <button class="button" onClick=${() => onOpen({ window: "form", machine })}>${text.settings.edit}</button>
        <button class="button danger" onClick=${() => onOpen({ window: "confirm", machine })}>
          ${text.settings.remove}
        </button>
      </div>
      ${machine.admitted && html`<${Origins} machine=${machine} onChanged=${onChanged} />`}
      <${Steps} machine=${machine} />
      <p class="problem" role="alert">${problem}</p>
      <${Outcome} result=${verified} />
      ${verified?.ok === false && html`<${TryLink} link=${{ link: "machine", id }} />`}
    </li>
  `;
}
