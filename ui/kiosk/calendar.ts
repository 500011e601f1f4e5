import { Dialog } from "../shared/dialog.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Month, type MonthProperties } from "./month.ts";

/** Any day in two taps. */
export function Calendar({ onClose, ...month }: MonthProperties & { onClose: () => void }) {
  return html`
    <${Dialog} title=${text.calendar.title} onClose=${onClose}>
      <${Month} ...${month} />
      <div class="dialog-actions">
        <button type="button" class="button tall" onClick=${() => month.onDay(month.today)}>${text.header
          .backToToday}</button>
      </div>
      <//>
  `;
}
