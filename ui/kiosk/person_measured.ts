import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { MeasurementLine, Study } from "../../src/web/contract/studies.ts";
import { api } from "../shared/api.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** Values shown at most; all of them are in the viewer. */
const MOST_VALUES = 6;

/** What was measured, in short: the first values as the machine said them, and how many there are more. */
export function PersonMeasured({ appointment }: { appointment: Appointment }) {
  const [lines, setLines] = useState<MeasurementLine[]>([]);
  const { id, measurements } = appointment;
  useEffect(() => {
    let gone = false;
    measuredOf(id).then((found) => gone || setLines(found), () => {});
    return () => {
      gone = true;
    };
  }, [id, measurements]);
  if (lines.length === 0) return null;
  return html`
    <h3>${text.viewer.measurements}</h3>
    <ul class="pane-values">
      ${lines.slice(0, MOST_VALUES).map((line, place) =>
        html`
          <li key=${place}>
            <span>${line.name} ${line.detail !== "" && html`<small>${line.detail}</small>`}</span>
            <b>${line.context.attention !== undefined &&
              html`${icons.alert()} <span class="for-readers">${text.board.look}: </span>`}${line.text}</b>
          </li>
        `
      )}
    </ul>
    ${lines.length > MOST_VALUES && html`<p class="lead">${text.pane.moreValues(lines.length - MOST_VALUES)}</p>`}
  `;
}

/** @throws Refusal */
async function measuredOf(appointmentId: string): Promise<MeasurementLine[]> {
  const studies: Study[] = await api("GET /api/studies", { query: { appointmentId } });
  const measured = await Promise.all(
    studies.map(({ studyInstanceUid: uid }) => api("GET /api/studies/:uid/measurements", { uid })),
  );
  return measured.flatMap(({ groups }) => groups.flatMap((group) => group.lines));
}
