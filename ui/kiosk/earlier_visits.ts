import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Visit } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { dateInWords } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** Visits shown at first. */
const FIRST = 5;

export interface EarlierVisitsProperties {
  appointment: Appointment;
  /** Shows that day, with that visit chosen. */
  onVisit: (visit: Visit) => void;
}

/** When else somebody was here or will be, and what for: a tap leads there. */
export function EarlierVisits({ appointment, onVisit }: EarlierVisitsProperties) {
  const { id, patient } = appointment;
  const [visits, setVisits] = useState<Visit[]>([]);
  const [all, setAll] = useState(false);
  useEffect(() => {
    let gone = false;
    api("GET /api/patients/:id/visits", { id: patient.id })
      .then((found) => gone || setVisits(found.visits.filter(({ appointmentId }) => appointmentId !== id)), () => {});
    return () => {
      gone = true;
    };
  }, [patient.id, id]);

  if (visits.length === 0) return null;
  return html`
    <h3>${text.visits.title(visits.length)}</h3>
    <ul class="visits">
      ${visits.slice(0, all ? undefined : FIRST).map((visit, place) =>
        html`
          <li key=${place}>
            <button type="button" class="visit" data-id=${`visit ${place}`} disabled=${visit.date ===
              ""} onClick=${() => onVisit(visit)}>
              <b>${visit.date ? dateInWords(visit.date) : text.details.unknown}</b>
              <span>${visit.description || text.visits.study}</span>
              <small>${[
                visit.images > 0 && text.status.images(visit.images),
                visit.measurements > 0 && text.status.measurements(visit.measurements),
                visit.status !== "" && visit.images === 0 && text.history[visit.status],
              ].filter(Boolean).join(" · ")}</small>
            </button>
          </li>
        `
      )}
    </ul>
    ${visits.length > FIRST && !all && html`
      <button type="button" class="button" onClick=${() => setAll(true)}>${text.visits.all(visits.length)}</button>
    `}
  `;
}
