import { BoxFacts } from "../shared/box_facts.js";
import { Dialog } from "../shared/dialog.js";
import { html } from "../shared/html.js";
import { text } from "../shared/text.js";

/** What a technician types into a machine, and whether the box will let it in. */
export function Connect({ box, onClose }) {
  return html`
    <${Dialog} title=${text.connect.title} onClose=${onClose} kind="wide">
      <p class="lead">${text.connect.lead}</p>
      <${BoxFacts} box=${box} />
      <p class="lead">${text.connect[box.admission]}</p>
      <//>
  `;
}
