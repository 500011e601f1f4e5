import type { Found, FoundPerson } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { dateInWords, dayInShort, fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { factsOf, SameName } from "./people.ts";

/** Letters after which everybody is looked for, and how long a pause ends a word, milliseconds. */
const FEWEST_LETTERS = 2;
const PAUSE = 150;

/**
 * Who is found over all days, and which appointments of the day shown fit, as the box folds names, numbers and scripts;
 * undefined while that is not known.
 *
 * @param date YYYY-MM-DD
 */
export function useFound(words: string, date: string): Found | undefined {
  const [found, setFound] = useState<{ of: string; found: Found } | undefined>(undefined);
  const asked = words.trim().slice(0, 100);
  useEffect(() => {
    if (asked.length < FEWEST_LETTERS) return;
    let gone = false;
    const timer = setTimeout(() => {
      api("GET /api/search", { query: { text: asked, date } })
        .then(
          (answer) => gone || setFound({ of: `${date} ${asked}`, found: answer }),
          () => gone || setFound(undefined),
        );
    }, PAUSE);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [asked, date]);
  return asked.length >= FEWEST_LETTERS && found?.of === `${date} ${asked}` ? found.found : undefined;
}

export interface FoundElsewhereProperties {
  found: Found;
  /** Ids of patients who are on the board already. */
  here: ReadonlySet<string>;
  onDay: (day: string, patientId: string) => void;
  onWalkIn: (person: FoundPerson) => void;
}

/** Who is found that is not on the day shown: when they were or will be here, and a walk-in for them. */
export function FoundElsewhere({ found, here, onDay, onWalkIn }: FoundElsewhereProperties) {
  const people = found.people.filter(({ id }) => !here.has(id));
  if (people.length === 0) return null;
  return html`
    <section class="elsewhere" aria-label=${text.search.elsewhere}>
      <h2>${text.search.elsewhere}</h2>
      <ul>
        ${people.map((person) => {
          const day = person.nextVisit ?? person.lastVisit;
          return html`
            <li key=${person.id} class="elsewhere-person" data-id=${`found ${person.id}`}>
              <button type="button" class="elsewhere-open" disabled=${day === null}
                onClick=${() => day !== null && onDay(day, person.id)}>
                <span><strong>${fullName(person)}</strong> ${person.nameAlert && html`<${SameName} />`}</span>
                <small>${factsOf(person)}</small>
                <small>${visitsInWords(person)}</small>
              </button>
              <button type="button" class="button" aria-label=${text.search.walkIn(fullName(person))}
                onClick=${() => onWalkIn(person)}>${icons.add()}${text.header.walkIn}</button>
            </li>
          `;
        })}
      </ul>
      ${found.more && html`<p class="lead">${text.search.more}</p>`}
    </section>
  `;
}

function visitsInWords({ visits, lastVisit, nextVisit }: FoundPerson): string {
  return [
    nextVisit && text.search.next(dayInShort(nextVisit)),
    lastVisit && text.search.last(visits, dateInWords(lastVisit)),
  ].filter(Boolean).join(" · ") || text.search.never;
}
