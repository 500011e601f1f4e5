import type { Box } from "../../src/web/contract/box.ts";
import { html } from "./html.ts";
import { text } from "./text.ts";

/** What is typed into a machine, big enough to read across the room. */
export function BoxFacts({ box }: { box: Box }) {
  return html`
    <dl class="facts big">
      <div class="whole">
        <dt>${text.connect.address}</dt>
        <dd>${box.addresses.length > 0 ? box.addresses.join(", ") : text.connect.noAddress}</dd>
      </div>
      <div class="whole">
        <dt>${text.connect.hostName}</dt>
        <dd>${box.hostName}</dd>
      </div>
      <div class="whole">
        <dt>${text.connect.aeTitle}</dt>
        <dd>${box.aeTitle}</dd>
      </div>
      <div>
        <dt>${text.connect.worklistPort}</dt>
        <dd>${box.worklistPort}</dd>
      </div>
      <div>
        <dt>${text.connect.storagePort}</dt>
        <dd>${box.storagePort}</dd>
      </div>
    </dl>
  `;
}
