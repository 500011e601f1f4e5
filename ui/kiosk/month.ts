import type { DayCount } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { dayInWords, monthInWords, weekdaysInShort } from "../shared/format.ts";
import { html, useEffect, useState, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

export interface MonthProperties {
  /** That is chosen: YYYY-MM-DD, as the days below. */
  date: string;
  today: string;
  onDay: (date: string) => void;
}

/** The days of a month with how many are booked on each, and the months before and after. */
export function Month({ date, today, onDay }: MonthProperties) {
  const [month, setMonth] = useState(date.slice(0, 7));
  const [counts, setCounts] = useState<ReadonlyMap<string, DayCount>>(new Map());
  const days = daysOf(month);

  useEffect(() => {
    let gone = false;
    const [first = "", ...rest] = days.filter((day) => day !== undefined);
    api("GET /api/days", { query: { from: first, to: rest.at(-1) ?? first } })
      .then((found) => gone || setCounts(new Map(found.map((one) => [one.date, one]))), () => {});
    return () => {
      gone = true;
    };
  }, [month]);

  const turn = (label: string, months: number, icon: () => VNode) =>
    html`
      <button type="button" class="button quiet round" aria-label=${label} onClick=${() =>
        setMonth(monthAfter(month, months))}>${icon()}</button>
    `;
  return html`
    <div class="calendar-head">
      ${turn(text.calendar.previous, -1, icons.previous)}
      <strong aria-live="polite">${monthInWords(month)}</strong>
      ${turn(text.calendar.next, 1, icons.next)}
    </div>
    <div class="calendar">
      ${weekdaysInShort().map((name) => html`<span key=${name} class="weekday" aria-hidden="true">${name}</span>`)}
      ${days.map((day, place) => {
        if (day === undefined) return html`<span key=${`none ${place}`}></span>`;
        const booked = counts.get(day)?.appointments ?? 0;
        return html`
          <button
            type="button"
            key=${day}
            class=${`calendar-day ${day === today ? "is-today" : ""}`}
            aria-current=${day === date ? "date" : undefined}
            data-day=${day}
            onClick=${() => onDay(day)}
          >
            ${Number(day.slice(8))}<small>${booked > 0 ? booked : ""}</small>
            <span class="for-readers">
              ${[dayInWords(day), booked > 0 && text.calendar.booked(booked)].filter(Boolean).join(", ")}
            </span>
          </button>
        `;
      })}
    </div>
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
