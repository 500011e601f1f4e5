import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Visit } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { dateInWords } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** Visits shown here; the others are on the person's page. */
const FIRST = 5;

export interface EarlierVisitsProperties {
  appointment: Appointment;
  /** Whether pictures and measurements are for who looks. */
  mayRead: boolean;
  /** Shows that day, with that visit chosen. */
  onVisit: (visit: Visit) => void;
  /** Shows all of them beside each other. */
  onAll: () => void;
}

/** When else somebody was here or will be, and what for: a tap leads there. */
export function EarlierVisits({ appointment, mayRead, onVisit, onAll }: EarlierVisitsProperties) {
  const { id, patient } = appointment;
  const [visits, setVisits] = useState<Visit[]>([]);
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
    <button type="button" class="button" data-id="visits" onClick=${onAll}>
      ${icons.columns()}${mayRead ? text.visits.sideBySide : text.visits.all}
    </button>
    <ul class="visits">
      ${visits.slice(0, FIRST).map((visit, place) =>
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
  `;
}
