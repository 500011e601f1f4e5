import { api } from "../shared/api.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { SettingFields } from "./setting_fields.ts";

/** What the desk and the rooms' own screens do, and where each room's screen is found. */
export function Reception() {
  const [rooms, setRooms] = useState<string[]>([]);
  useEffect(() => {
    // the fields do not wait for it, and stand without it
    api("GET /api/machines").then(
      (machines) =>
        setRooms(
          [...new Set(machines.filter(({ admitted }) => admitted).map(({ room, name }) => room || name))].sort(),
        ),
      () => {},
    );
  }, []);
  return html`
    <section class="card" aria-labelledby="reception-title">
      <div>
        <h2 id="reception-title">${text.reception.title}</h2>
        <p class="lead">${text.reception.lead}</p>
      </div>
      <${SettingFields} title=${text.reception.title} keys=${["waitSound", "roomDisplay"]} />
      ${rooms.length > 0 && html`
        <p class="lead">
          ${text.reception.screens} ${rooms.map((room) =>
            html`<a key=${room} href=${`/room/${encodeURIComponent(room)}`}>${room}</a>${" "}`
          )}
        </p>
      `}
    </section>
  `;
}
