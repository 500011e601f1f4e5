import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { type Filter, type Stage, STAGES } from "./board_filter.ts";

export interface ChipsProperties {
  filter: Filter;
  counts: Record<Stage, number>;
  /** To choose from, where there is more than one. */
  places: string[];
  roomFirst: boolean;
  doctors: string[];
  /** Whether the rooms are beside each other; undefined where they cannot be. */
  lanes: boolean | undefined;
  onFilter: (filter: Filter) => void;
  onLanes: (on: boolean) => void;
}

/**
 * What of the day is shown: by where they stand, by room, by doctor. Where machines stand in several rooms the room comes
 * first. A count never moves what is beside it.
 */
export function Chips({ filter, counts, places, roomFirst, doctors, lanes, onFilter, onLanes }: ChipsProperties) {
  const choose = (name: "room" | "doctor", all: string, values: string[]) =>
    values.length < 2 && filter[name] === "" ? null : html`
      <label class=${`chip chip-choice ${filter[name] === "" ? "" : "is-on"}`}>
        <select aria-label=${all} onChange=${(event) => onFilter({ ...filter, [name]: event.target.value })}>
          <option value="" selected=${filter[name] === ""}>${all}</option>
          ${values.map((value) =>
            html`<option key=${value} value=${value} selected=${value === filter[name]}>${value}</option>`
          )}
        </select>
        ${icons.down()}
      </label>
    `;
  const room = choose("room", text.board.everyRoom, places);
  const beside = lanes !== undefined && html`
    <button class="chip" aria-pressed=${lanes} onClick=${() => onLanes(!lanes)}>${text.board.lanes}</button>
  `;
  return html`
    <div class=${`chips digits-${String(counts.all).length}`} role="group" aria-label=${text.board.filter}>
      ${roomFirst && room} ${beside} ${STAGES.map((stage) =>
        html`
          <button
            key=${stage}
            class=${`chip chip-${stage.replaceAll(" ", "-")} ${counts[stage] === 0 ? "is-none" : ""}`}
            aria-pressed=${filter.stage === stage}
            onClick=${() => onFilter({ ...filter, stage })}
          >
            ${text.board.stages[stage]} <b>${counts[stage]}</b>
          </button>
        `
      )}
      ${!roomFirst && room} ${choose("doctor", text.board.everyDoctor, doctors)}
    </div>
  `;
}
