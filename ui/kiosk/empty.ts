import { dayInWords } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

export interface EmptyProperties {
  words: string;
  date: string;
  today: string;
  onClear: () => void;
  onWalkIn: () => void;
}

/** A day, or a search, with nobody in it. */
export function Empty({ words, date, today, onClear, onWalkIn }: EmptyProperties) {
  if (words.trim() !== "") {
    return html`
      <div class="empty">
        ${icons.search()}
        <h2>${text.empty.search(words.trim())}</h2>
        <p>${text.empty.searchHint}</p>
        <button class="button primary tall" onClick=${onWalkIn}>${icons.add()}${text.walkIn.searched(
          words.trim(),
        )}</button>
        <button class="button" onClick=${onClear}>${text.empty.clear}</button>
      </div>
    `;
  }
  return html`
    <div class="empty">
      ${icons.calendar()}
      <h2>${date === today ? text.empty.today : text.empty.day(dayInWords(date))}</h2>
      <p>${text.empty.hint}</p>
      ${date === today && html`
        <button class="button tall" onClick=${onWalkIn}>${icons.add()}${text.header.walkIn}</button>
      `}
    </div>
  `;
}
