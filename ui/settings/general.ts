import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import type { PageProperties } from "./pages.ts";
import { SettingFields } from "./setting_fields.ts";

/** What the clinic is called, its country, clock and language, when a page locks, and what screens in rooms show. */
export function General({ machines }: Pick<PageProperties, "machines">) {
  const rooms = new Set(machines.filter(({ admitted }) => admitted).map(({ room, name }) => room || name));
  return html`
    <section class="card" aria-labelledby="general-title">
      <div>
        <h2 id="general-title">${text.pages.general}</h2>
        <p class="lead">${text.general.lead}</p>
      </div>
      <${SettingFields} title=${text.pages.general} keys=${[
        "name",
        "country",
        "timeZone",
        "language",
        "lockSeconds",
        "completionMinutes",
        "waitSound",
      ]} />
    </section>
    <section class="card" aria-labelledby="rooms-title">
      <div>
        <h2 id="rooms-title">${text.general.rooms}</h2>
        <p class="lead">${text.general.roomsLead}</p>
      </div>
      <${SettingFields} title=${text.general.rooms} keys=${["roomDisplay"]} />
      ${rooms.size > 0 && html`
        <p class="lead">${text.general.roomsAt}</p>
        <ul class="room-links">
          ${[...rooms].map((room) =>
            html`
              <li key=${room}><a class="button" href=${`/room/${encodeURIComponent(room)}`}>${room}</a></li>
            `
          )}
        </ul>
      `}
    </section>
  `;
}
