import { Dialog } from "../shared/dialog.js";
import { html } from "../shared/html.js";
import { text } from "../shared/text.js";

/** What a technician types into a machine, big enough to read across the room. */
export function Connect({ box, onClose }) {
  return html`
    <${Dialog} title=${text.connect.title} onClose=${onClose} kind="wide">
      <p class="lead">${text.connect.lead}</p>
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
      <p class="lead">${text.connect[box.admission]}</p>
      <//>
  `;
}
