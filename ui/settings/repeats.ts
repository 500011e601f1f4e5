import { clockTime, dayAndTime } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** How often something was repeated, and when each time. @param times ISO 8601, newest first; one is no repetition */
export function Repeats({ times }: { times: string[] }) {
  const first = times.at(-1);
  if (times.length < 2 || first === undefined) return null;
  return html`
    <details class="repeats">
      <summary>${text.audit.times(times.length, dayAndTime(first))}</summary>
      <p>${times.map(clockTime).join(" · ")}</p>
    </details>
  `;
}
