import type { Box } from "../../src/web/contract/box.ts";
import type { Session } from "../../src/web/contract/people.ts";
import { clockTime, dayAfter, dayInShort, dayInWords } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Menu, type MenuWindow } from "./menu.ts";

export interface TopBarProperties {
  box: Box;
  session: Session;
  date: string;
  today: string;
  now: number;
  words: string;
  toCheck: number;
  onDay: (date: string) => void;
  onWords: (words: string) => void;
  onOpen: (window: MenuWindow | "calendar" | "to-check" | "walk-in") => void;
  onLock: () => void;
  onSignOut: () => void;
}

/** The day, the search, and what is always at hand. Nothing in it moves when something comes. */
export function TopBar(
  { box, session, date, today, now, words, toCheck, onDay, onWords, onOpen, onLock, onSignOut }: TopBarProperties,
) {
  return html`
    <header class="top">
      <div class="brand">
        <img src="/shared/mark.svg" alt="" width="40" height="40" />
        <h1>${box.name}</h1>
      </div>
      <nav class="days" aria-label=${dayInWords(date)}>
        <button class="button quiet round" aria-label=${text.header.previousDay} onClick=${() =>
          onDay(dayAfter(date, -1))}>
          ${icons.previous()}
        </button>
        <button class="day-name" onClick=${() => onOpen("calendar")} title=${text.calendar.title}>
          <strong>${relativeDay(date, today)}</strong>
          <span>${dayInShort(date)}</span>
        </button>
        <button class="button quiet round" aria-label=${text.header.nextDay} onClick=${() => onDay(dayAfter(date, 1))}>
          ${icons.next()}
        </button>
      </nav>
      <label class="search">
        ${icons.search()}
        <input
          type="search"
          placeholder=${text.header.search}
          aria-label=${text.header.search}
          value=${words}
          onInput=${(event) => onWords(event.target.value)}
        />
        ${words !== "" && html`
          <button class="button quiet round small" aria-label=${text.header.clearSearch} onClick=${() => onWords("")}>
            ${icons.close()}
          </button>
        `}
      </label>
      <button
        class=${`button to-check ${toCheck > 0 ? "attention" : "quiet"}`}
        aria-label=${toCheck > 0 ? text.header.unmatched(toCheck) : text.header.nothingUnmatched}
        onClick=${() => onOpen("to-check")}
      >
        ${icons.tray()}<span class="button-count">${toCheck > 0 ? toCheck : ""}</span>
      </button>
      <button class="button walk-in-button" aria-label=${text.header.walkIn} onClick=${() => onOpen("walk-in")}>
        ${icons.add()}<span class="button-words">${text.header.walkIn}</span>
      </button>
      <time class="clock">${clockTime(now)}</time>
      <${Menu} session=${session} onSignOut=${onSignOut} onLock=${onLock} onOpen=${onOpen} />
    </header>
  `;
}

function relativeDay(date: string, today: string) {
  if (date === today) return text.header.today;
  if (date === dayAfter(today, 1)) return text.header.tomorrow;
  if (date === dayAfter(today, -1)) return text.header.yesterday;
  return "";
}
