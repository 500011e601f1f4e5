import type { Appointment } from "../../src/web/contract/appointments.ts";
import { fullName } from "../shared/format.ts";
import { html, useEffect, useRef } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import type { Action, Image } from "./day.ts";
import { useRest } from "./steady.ts";
import { expected, FAILED, statusClass, whereNow } from "./where_now.ts";

/** Where somebody is sent to with one tap: null for any machine. */
export interface SendTo {
  id: string | null;
  name: string | undefined;
}

export interface BigActionProperties {
  appointment: Appointment;
  action: Action | undefined;
  images: Image[];
  mayReadImages: boolean;
  machineName: string;
  sendTo: SendTo;
  /** It was sent here, and can be taken back with a tap. */
  sentHere: boolean;
  /** Who comes after them, and where they are sent to. */
  next: Appointment | undefined;
  nextTo: SendTo;
  onSend: (id: string, machineId: string | null) => void;
  onChoose: ((id: string) => void) | undefined;
  onRecall: (id: string) => void;
  onDismiss: (id: string) => void;
  onView: (id: string, uid: string) => void;
}

/** What the place of the action holds: never two of them at the same time. */
type Holds = "send" | "sending" | "recalling" | "undo" | "view" | "state";

/**
 * The one thing to do about somebody, always at the same place, and below it the one who comes next: a queue is one tap
 * each. What has just changed its meaning does nothing for a moment.
 */
export function BigAction(properties: BigActionProperties) {
  const { appointment, action, next, nextTo, onSend, onDismiss } = properties;
  const shown = expected(appointment, action);
  const canSend = shown.status === "scheduled";
  const nextRests = useRest("next", next === undefined ? "" : `${canSend ? "then" : "send"} ${next.id}`);

  return html`
    <div class="act" role="group" aria-label=${text.pane.act(fullName(appointment.patient))}>
      <${Place} ...${properties} shown=${shown} />
      ${action?.failed && html`
        <p class="act-problem" role="alert">
          ${icons.alert()}
          <span><strong>${FAILED[action.failed]()}</strong> ${action.problem || text.offline}</span>
          <button class="button quiet" onClick=${() => onDismiss(appointment.id)}>${text.row.dismiss}</button>
        </p>
      `}
      ${next === undefined
        ? html`<p class="act-next">${text.pane.nobodyNext}</p>`
        : canSend
        ? html`<p class="act-next"><span class="act-then">${text.pane.then} <b>${who(next)}</b></span></p>`
        : html`
          <p class="act-next">
            <button class="button next-button" data-next=${next.id} disabled=${nextRests} onClick=${() =>
              onSend(next.id, nextTo.id)}>
              <span class="next-who"><small>${text.pane.next}</small> <b>${who(next)}</b></span>
              <span class="next-send">${icons.send()}${nextTo.name ?? text.pane.send}</span>
            </button>
          </p>
        `}
    </div>
  `;
}

function Place(
  {
    appointment,
    shown,
    action,
    images,
    mayReadImages,
    machineName,
    sendTo,
    sentHere,
    onSend,
    onChoose,
    onRecall,
    onView,
  }: BigActionProperties & { shown: Appointment },
) {
  const { id } = appointment;
  const holds = holdsOf(shown, action, sentHere, mayReadImages && images.length > 0);
  const rests = useRest(id, holds);
  const place = useRef<HTMLDivElement>(null);
  const pressed = useRef(false);
  // the button that was pressed gives way to another one: whoever goes by keys stays at this place
  useEffect(() => {
    if (!pressed.current) return;
    // a button that rests keeps the focus for a moment longer
    const { activeElement } = document;
    if (activeElement === document.body || activeElement?.matches(":disabled")) {
      const other = place.current?.querySelector<HTMLElement>("button:not(:disabled), .act-state");
      if (!other) return;
      other.focus({ preventScroll: true });
    }
    pressed.current = false;
  });
  const [now, more] = whereNow(shown, images.length, machineName);
  const state = html`
    <div class=${`act-state ${statusClass(shown)}`} role="status" tabindex="-1">
      ${["scheduled", "cancelled", "no show"].includes(shown.status) ? icons.absent() : icons.check()}
      <span><b>${now}</b><small>${more}</small></span>
    </div>
  `;
  const content = {
    send: () =>
      html`
        <button class="button main primary" disabled=${rests} onClick=${() => onSend(id, sendTo.id)}>
          ${icons.send()}${sendTo.name ? text.row.sendTo(sendTo.name) : text.row.send}
        </button>
        ${onChoose && html`
          <button
            class="button main primary choose"
            disabled=${rests}
            aria-label=${text.row.otherMachine}
            onClick=${() => onChoose(id)}
          >
            ${icons.down()}
          </button>
        `}
      `,
    sending: () => html`<button class="button main" disabled>${text.row.sending}</button>`,
    recalling: () => html`<button class="button main" disabled>${text.row.recalling}</button>`,
    undo: () =>
      html`
        ${state}
        <button class="button main undo" disabled=${rests} onClick=${() => onRecall(id)}>
          ${icons.undo()}${text.pane.undo}
        </button>
      `,
    view: () =>
      html`
        ${state}
        <button class="button main soft" disabled=${rests} onClick=${() => onView(id, images[0]!.uid)}>
          ${icons.image()}${text.row.view(images.length)}
        </button>
      `,
    state: () => state,
  };
  return html`
    <div class=${`act-place holds-${holds}`} ref=${place} onClick=${() => pressed.current = true}>
      ${content[holds]()}
    </div>
  `;
}

function holdsOf({ status }: Appointment, action: Action | undefined, sentHere: boolean, canView: boolean): Holds {
  if (action?.doing === "send") return "sending";
  if (action?.doing === "recall") return "recalling";
  if (status === "scheduled") return "send";
  if (sentHere && (status === "sent" || status === "seen by machine")) return "undo";
  return canView ? "view" : "state";
}

function who({ time, patient }: Appointment): string {
  return `${time.slice(0, 5)} ${fullName(patient)}`;
}
