import type { Box } from "../../src/web/contract/box.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { BoxFacts } from "../shared/box_facts.ts";
import { SettingFields } from "./setting_fields.ts";

/** Under which names and ports the box is found. */
export function Network({ box }: { box: Box }) {
  return html`
    <section class="card" aria-labelledby="network-title">
      <div>
        <h2 id="network-title">${text.pages.network}</h2>
        <p class="lead">${text.network.lead}</p>
      </div>
      <${BoxFacts} box=${box} />
      ${box.pageAddress && html`
        <dl class="facts">
          <div class="whole">
            <dt>${text.network.pages}</dt>
            <dd>${box.pageAddress}</dd>
          </div>
        </dl>
      `}
      <p class="lead">${text.network.warning}</p>
      <${SettingFields} title=${text.pages.network} keys=${[
        "aeTitle",
        "worklistPort",
        "storagePort",
        "associations",
      ]} />
      <dl class="facts">
        <div>
          <dt>${text.settings.version}</dt>
          <dd>${box.version}</dd>
        </div>
      </dl>
    </section>
  `;
}
