import { BoxFacts } from "../shared/box_facts.ts";
import type { Box } from "../../src/web/contract/box.ts";
import { Dialog } from "../shared/dialog.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** What a technician types into a machine, and whether the box will let it in. */
export function Connect({ box, onClose }: { box: Box; onClose: () => void }) {
  return html`
    <${Dialog} title=${text.connect.title} onClose=${onClose} kind="wide">
      <p class="lead">${text.connect.lead}</p>
      <${BoxFacts} box=${box} />
      <p class="lead">${box.admission && text.connect[box.admission]}</p>
      <//>
  `;
}
