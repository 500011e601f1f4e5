import type { Appointment } from "../../src/web/contract/appointments.ts";
import { fullName } from "../shared/format.ts";
import { html, memo, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import type { Action } from "./day.ts";
import { bornAndSex, expected, statusClass, WaySteps, whereNow } from "./where_now.ts";

export interface BoardRowProperties {
  appointment: Appointment;
  images: number;
  action: Action | undefined;
  machineName: string;
  sameName: boolean;
  /** It is no longer on this day, or no longer at all. */
  gone: boolean;
  chosen: boolean;
  /** How long until it is due, or since when they wait, in words; "" where neither is told. */
  waits: string;
  /** It waits longer than it should. */
  late: boolean;
  onChoose: (id: string) => void;
}

/** One appointment in a line of fixed height, whatever becomes of it: who, what, where they are. A tap shows the person. */
export const BoardRow = memo(function Row(
  { appointment, images, action, machineName, sameName, gone, chosen, waits, late, onChoose }: BoardRowProperties,
) {
  const shown = expected(appointment, action);
  const [now, more] = whereNow(shown, images, machineName);
  const name = fullName(appointment.patient);
  const here = appointment.arrivedAt !== null && shown.status === "scheduled";
  const flagged = late || appointment.reasons.length > 0 || appointment.missing > 0;
  const mark = (icon: VNode, words: string) =>
    html`<span class="row-mark" title=${words}>${icon}<span class="for-readers">${words}</span></span>`;
  return html`
    <li
      class=${`row ${statusClass(shown)} ${gone ? "is-gone" : ""} ${late ? "is-late" : ""} ${
        chosen ? "is-chosen" : ""
      }`}
      data-id=${appointment.id}
    >
      <button class="row-button" aria-current=${chosen ? "true" : undefined} onClick=${() => onChoose(appointment.id)}>
        <span class="row-time">
          <time>${appointment.time.slice(0, 5)}</time>
          <small class=${here ? "here" : ""}>${here && icons.here()}${waits}</small>
        </span>
        <span class="row-who">
          <span class="row-name">
            <span class="row-words">${name}</span>
            ${appointment.urgent && mark(icons.urgent(), text.verbs.urgent)}
            ${sameName && mark(icons.people(), text.attention.sameName)}
            ${flagged && mark(icons.alert(), text.board.look)}
            ${appointment.note !== "" && mark(icons.note(), text.verbs.note)}
          </span>
          <small class="row-words">${bornAndSex(appointment)}</small>
        </span>
        <span class="row-what">
          <span class="row-words">${appointment.description || appointment.department}</span>
          <small class="row-words">${[appointment.description && appointment.department, appointment.doctor].filter(
            Boolean,
          ).join(" · ")}</small>
        </span>
        <span class="row-where">
          <span class="row-now row-words">${gone ? text.board.gone : now}</span>
          <small class="row-words">${gone ? "" : more}</small>
          <${WaySteps} status=${shown.status} />
        </span>
      </button>
    </li>
  `;
});
