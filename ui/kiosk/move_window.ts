import type { Machine } from "../../src/web/contract/machines.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { boxNow } from "../shared/clock.ts";
import { Dialog } from "../shared/dialog.ts";
import { dayInShort, dayOf, fullName } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { LeftBefore, useDraft } from "./draft.ts";
import type { BookingWindowProperties } from "./edit_window.ts";
import { Month } from "./month.ts";

export interface MoveWindowProperties extends BookingWindowProperties {
  machines: Machine[];
}

/** HH:MM. */
const TIME = "([01][0-9]|2[0-3]):[0-5][0-9]";

/** A time as it is typed, with the colon that nobody need type. */
function withColon(typed: string): string {
  return /^\d{3,4}$/.test(typed) ? `${typed.slice(0, -2).padStart(2, "0")}:${typed.slice(-2)}` : typed;
}

type When = { date: string; time: string; machineId: string | null };

/** What somebody has changed; "" for any machine. */
function typedIn(from: When, to: When): Record<string, string> {
  return {
    ...(to.date !== from.date && { date: to.date }),
    ...(to.time !== from.time && { time: to.time }),
    ...(to.machineId !== from.machineId && { machineId: to.machineId ?? "" }),
  };
}

/** A booking on another machine, at another time or on another day. */
export function MoveWindow({ appointment, user, machines, onTake, onDone, onClose }: MoveWindowProperties) {
  const { id, ofClinic } = appointment;
  const machineBefore = appointment.sentAt === null ? appointment.plannedMachineId : appointment.machineId;
  const [before] = useState({ date: appointment.date, time: appointment.time.slice(0, 5), machineId: machineBefore });
  const [to, setTo] = useState(before);
  const { busy, problem, act } = useAction();
  const isSame = to.date === before.date && to.time === before.time && to.machineId === before.machineId;

  const draft = useDraft({ user, window: "move", about: id }, isSame ? null : typedIn(before, to), (left) => {
    const { machineId, ...when } = left;
    // a machine that is there no more is none to choose
    const machine = machineId === "" || machines.some(({ id }) => id === machineId);
    setTo({ ...before, ...when, ...(machineId !== undefined && machine && { machineId: machineId || null }) });
  }, onClose);
  const { close } = draft;

  const move = async (wanted: typeof before, from: typeof before) =>
    onTake(
      await api("POST /api/appointments/:id/move", {
        id,
        body: {
          ...(wanted.date !== from.date && { date: wanted.date }),
          ...(wanted.time !== from.time && { time: wanted.time }),
          ...(wanted.machineId !== from.machineId && { machineId: wanted.machineId }),
        },
      }),
    );
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    await act(async () => {
      await move(to, before);
      close();
      const name = machines.find((machine) => machine.id === to.machineId)?.name ?? text.chooseMachine.any;
      const where = to.date !== before.date || to.time !== before.time ? `${dayInShort(to.date)} ${to.time}` : name;
      onDone({ words: text.verbs.moved(where), takeBack: () => move(before, to) });
    });
  }
  const machine = (machineId: string | null, name: string) =>
    html`
      <button type="button" class="choice small" key=${machineId} aria-pressed=${to.machineId === machineId}
        onClick=${() => setTo({ ...to, machineId })}>${name}</button>
    `;
  return html`
    <${Dialog} title=${text.verbs.moveTitle(fullName(appointment.patient))} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <${LeftBefore} draft=${draft} />
        ${machines.length > 1 && html`
          <fieldset class="field plain">
            <legend>${text.verbs.machine}</legend>
            <div class="suggestions">
              ${machines.map(({ id, name }) => machine(id, name))} ${machine(null, text.chooseMachine.any)}
            </div>
          </fieldset>
        `}
        ${ofClinic ? html`<p class="lead">${text.verbs.clinicMoves}</p>` : html`
          <label class="field">
            <span>${text.verbs.time}</span>
            <input name="time" type="text" inputmode="numeric" maxlength="5" required pattern=${TIME} autocomplete="off"
              value=${to.time} onInput=${(event) => setTo({ ...to, time: withColon(event.target.value) })} />
          </label>
          <${Month} date=${to.date} today=${dayOf(boxNow())} onDay=${(date: string) => setTo({ ...to, date })} />
        `}
        <div class="dialog-actions sticky">
          <p class="problem" role="alert">${problem}</p>
          <button type="button" class="button tall" onClick=${close}>${text.cancel}</button>
          <button class="button tall primary" disabled=${busy || isSame}>${text.verbs.moveNow}</button>
        </div>
      </form>
      <//>
  `;
}
