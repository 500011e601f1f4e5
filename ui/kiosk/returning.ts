import type { FoundPatient } from "../../src/web/contract/appointments.ts";
import { api } from "../shared/api.ts";
import { fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { factsOf, SameName } from "./people.ts";

/** Letters after which people are looked for, and how long a pause ends a word, milliseconds. */
const FEWEST_LETTERS = 2;
const PAUSE = 120;

/** People known here who fit what is typed. */
export function usePeople(words: string): FoundPatient[] {
  const [found, setFound] = useState<FoundPatient[]>([]);

  useEffect(() => {
    let gone = false;
    if (words.trim().length < FEWEST_LETTERS) {
      setFound([]);
      return;
    }
    const timer = setTimeout(() => {
      api("GET /api/patients", { query: { search: words.trim().slice(0, 100) } })
        .then((patients) => gone || setFound(patients), () => gone || setFound([]));
    }, PAUSE);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [words]);

  return found;
}

/** People who were here before and fit what is typed; a tap takes them over, so that nobody gets a second id. */
export function Returning({ words, onChoose }: { words: string; onChoose: (patient: FoundPatient) => void }) {
  const found = usePeople(words);
  if (found.length === 0) return null;
  return html`
    <div class="returning whole" role="group" aria-label=${text.walkIn.returning}>
      <p>${text.walkIn.returning}</p>
      <div class="suggestions">
        ${found.map((patient) =>
          html`
            <button type="button" class="choice known" key=${patient.id} onClick=${() => onChoose(patient)}>
              <strong>${fullName(patient)}</strong> ${patient.nameAlert && html`<${SameName} />`}
              <small>${factsOf(patient)}</small>
            </button>
          `
        )}
      </div>
    </div>
  `;
}

/** Who it is, chosen from those known: shown in place of the fields. */
export function Known({ patient, onBack }: { patient: FoundPatient; onBack: () => void }) {
  return html`
    <div class="matched known-patient whole">
      ${icons.check()}
      <span>
        <strong>${fullName(patient)}</strong> ${patient.nameAlert && html`<${SameName} />`}
        <small>${factsOf(patient)}</small>
      </span>
      <button type="button" class="button" onClick=${onBack}>${text.walkIn.somebodyElse}</button>
    </div>
  `;
}
