import type { ScheduleProblem } from "../../src/web/contract/box.ts";
import { Dialog } from "../shared/dialog.ts";
import { dayInShort } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";

/** Bookings shown at most. */
const MOST = 100;

/** Bookings of the clinic's that cannot be on the board, and why: who stands before the desk may be one of them. */
export function Unusable({ problems, onClose }: { problems: ScheduleProblem[]; onClose: () => void }) {
  return html`
    <${Dialog} title=${text.unusable.title} onClose=${onClose} kind="wide">
      <p class="lead">${text.unusable.lead}</p>
      <ul class="unusable">
        ${problems.slice(0, MOST).map(({ appointmentId, patientName, date, time, reason, coded }) =>
          html`
            <li key=${appointmentId}>
              <strong>${patientName || text.unmatched.noName}</strong>
              <span>${[/^\d{4}-\d\d-\d\d$/.test(date) ? dayInShort(date) : date, time.slice(0, 5)].filter(Boolean)
                .join(" ")}</span>
              <small>${inWords(coded ?? {}, reason)}</small>
            </li>
          `
        )}
      </ul>
      ${problems.length > MOST && html`<p class="lead">${text.unusable.more(problems.length - MOST)}</p>`}
    <//>
  `;
}
