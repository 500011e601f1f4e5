import { Dialog } from "../shared/dialog.ts";
import { dayInWords, monthInWords, weekdaysInShort } from "../shared/format.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

export interface CalendarProperties {
  /** YYYY-MM-DD, as the days below. */
  date: string;
  today: string;
  onDay: (date: string) => void;
  onClose: () => void;
}

/** Any day in two taps. */
export function Calendar({ date, today, onDay, onClose }: CalendarProperties) {
  const [month, setMonth] = useState(date.slice(0, 7));
  const days = daysOf(month);
  return html`
    <${Dialog} title=${text.calendar.title} onClose=${onClose}>
      <div class="calendar-head">
        <button type="button" class="button quiet round" aria-label=${text.calendar.previous} onClick=${() =>
          setMonth(monthAfter(month, -1))}>${icons.previous()}</button>
        <strong aria-live="polite">${monthInWords(month)}</strong>
        <button type="button" class="button quiet round" aria-label=${text.calendar.next} onClick=${() =>
          setMonth(monthAfter(month, 1))}>${icons.next()}</button>
      </div>
      <div class="calendar">
        ${weekdaysInShort().map((name) => html`<span key=${name} class="weekday" aria-hidden="true">${name}</span>`)}
        ${days.map((day, place) =>
          day === undefined ? html`<span key=${`none ${place}`}></span>` : html`
            <button
              type="button"
              key=${day}
              class=${`calendar-day ${day === today ? "is-today" : ""}`}
              aria-current=${day === date ? "date" : undefined}
              aria-label=${dayInWords(day)}
              onClick=${() => onDay(day)}
            >
              ${Number(day.slice(8))}
            </button>
          `
        )}
      </div>
      <div class="dialog-actions">
        <button type="button" class="button tall" onClick=${() => onDay(today)}>${text.header.backToToday}</button>
      </div>
      <//>
  `;
}

/** @param month YYYY-MM */
function monthAfter(month: string, months: number): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** The days of a month, Monday first, with the empty places before the first. */
function daysOf(month: string): (string | undefined)[] {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const before = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return [
    ...Array.from({ length: before }, () => undefined),
    ...Array.from({ length: count }, (_, n) => `${month}-${String(n + 1).padStart(2, "0")}`),
  ];
}
