import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { AppointmentVerb, Verbs } from "../../src/web/contract/board.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useEffect, useRef, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { useRest } from "./steady.ts";
import { type Decided, Done } from "./taken_back.ts";

/** The windows in which more is asked before something is done. */
export type VerbWindow = "edit" | "move" | "note";

export interface PersonVerbsProperties {
  appointment: Appointment;
  /** What can be done now; undefined while that is asked for. */
  verbs: Verbs | undefined;
  /** What was done in a window, and its way back. */
  done: Decided | undefined;
  onDone: (done: Decided | undefined) => void;
  onTake: (appointment: Appointment) => void;
  onOpen: (window: VerbWindow) => void;
  onRecall: () => void;
}

/** What a tile asks of the box, and what it is called while it is so. */
interface Toggle {
  isSet: boolean;
  verbs: readonly [set: AppointmentVerb, unset: AppointmentVerb];
  set: () => Promise<Appointment>;
  unset: () => Promise<Appointment>;
}

/**
 * What can be done about a booking besides sending it. The tiles are always there and never move; one that is set shows
 * it, and the next tap takes it back, but not the second of a double tap.
 */
export function PersonVerbs(
  { appointment, verbs, done, onDone, onTake, onOpen, onRecall }: PersonVerbsProperties,
) {
  const { busy, problem, act } = useAction();
  const said = useRef<HTMLDivElement>(null);
  // on a low panel it would be said out of sight
  useEffect(() => said.current?.scrollIntoView({ block: "nearest" }), [problem, done]);
  const { id } = appointment;
  const asked = { id };

  function change(request: () => Promise<Appointment>) {
    onDone(undefined);
    act(async () => onTake(await request()));
  }

  const toggle = (name: "arrived" | "urgent" | "noShow" | "cancelled", icon: VNode, toggles: Toggle) =>
    html`
      <${ToggleTile} key=${name} id=${id} name=${name} icon=${icon} isSet=${toggles.isSet}
        possible=${verbs !== undefined && isPossible(verbs[toggles.verbs[toggles.isSet ? 1 : 0]]) && !busy}
        onTap=${() => change(toggles.isSet ? toggles.unset : toggles.set)} />
    `;
  const opens = (name: VerbWindow, icon: VNode, verb: AppointmentVerb) =>
    html`
      <button type="button" class=${`tile ${name === "note" && appointment.note !== "" ? "is-set" : ""}`} key=${name}
        data-id=${`verb ${name}`} disabled=${verbs === undefined || !isPossible(verbs[verb]) || busy}
        onClick=${() => onOpen(name)}>${icon}<span>${text.verbs[name]}</span></button>
    `;
  return html`
    <div class="tiles" role="group" aria-label=${text.pane.more}>
      ${toggle("arrived", icons.here(), {
        isSet: appointment.arrivedAt !== null,
        verbs: ["mark arrived", "unmark arrived"],
        set: () => api("PUT /api/appointments/:id/arrived", asked),
        unset: () => api("DELETE /api/appointments/:id/arrived", asked),
      })}
      ${toggle("urgent", icons.urgent(), {
        isSet: appointment.urgent,
        verbs: ["mark urgent", "unmark urgent"],
        set: () => api("PUT /api/appointments/:id/urgent", asked),
        unset: () => api("DELETE /api/appointments/:id/urgent", asked),
      })}
      ${opens("note", icons.note(), "note")} ${opens("edit", icons.edit(), "edit")}
      ${opens("move", icons.move(), "move to machine")}
      ${toggle("noShow", icons.absent(), {
        isSet: appointment.status === "no show",
        verbs: ["mark no show", "unmark no show"],
        set: () => api("PUT /api/appointments/:id/no-show", asked),
        unset: () => api("DELETE /api/appointments/:id/no-show", asked),
      })}
      ${toggle("cancelled", icons.close(), {
        isSet: appointment.status === "cancelled",
        verbs: ["cancel", "reinstate"],
        set: () => api("PUT /api/appointments/:id/cancelled", asked),
        unset: () => api("DELETE /api/appointments/:id/cancelled", asked),
      })}
      <${RecallTile} appointment=${appointment} busy=${busy} onRecall=${onRecall} />
    </div>
    ${(problem !== "" || done) && html`
      <div ref=${said}>
        ${problem !== "" && html`<p class="row-problem" role="alert">${icons.alert()}<span>${problem}</span></p>`}
        ${done && html`<${Done} done=${done} onTakenBack=${() => onDone(undefined)} />`}
      </div>
    `}
    ${appointment.note !== "" && html`<p class="pane-note">${icons.note()}<span>${appointment.note}</span></p>`}
  `;
}

/** Whether a tap leads anywhere: who does it instead is told by the box. */
function isPossible(outcome: Verbs[AppointmentVerb]): boolean {
  return outcome === "done" || outcome === "clinic-owns";
}

interface ToggleTileProperties {
  id: string;
  name: "arrived" | "urgent" | "noShow" | "cancelled";
  icon: VNode;
  isSet: boolean;
  possible: boolean;
  onTap: () => void;
}

function ToggleTile({ id, name, icon, isSet, possible, onTap }: ToggleTileProperties) {
  const rests = useRest(id, String(isSet));
  return html`
    <button type="button" class=${`tile tile-${name} ${isSet ? "is-set" : ""}`} data-id=${`verb ${name}`}
      aria-pressed=${isSet} disabled=${!possible || rests} onClick=${onTap}>
      ${icon}<span>${text.verbs[name]}</span>
    </button>
  `;
}

function RecallTile(
  { appointment, busy, onRecall }: { appointment: Appointment; busy: boolean; onRecall: () => void },
) {
  const sent = appointment.sentAt !== null && appointment.status !== "cancelled" && appointment.status !== "no show";
  const rests = useRest(appointment.id, String(sent));
  return html`
    <button type="button" class="tile" data-id="verb recall" disabled=${!sent || rests || busy} onClick=${onRecall}>
      ${icons.undo()}<span>${text.row.recall}</span>
    </button>
  `;
}
