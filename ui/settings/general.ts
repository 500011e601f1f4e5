import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Reception } from "./reception.ts";
import { SettingFields } from "./setting_fields.ts";

/** What the clinic is called, its country, clock and language, and when a page locks. */
export function General() {
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
      ]} />
    </section>
    <${Reception} />
  `;
}
