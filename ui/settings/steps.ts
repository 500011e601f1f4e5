import type { Machine } from "../../src/web/contract/machines.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** How far a machine has come in being connected, ticked off as it happens. */
export function Steps({ machine }: { machine: Machine }) {
  const steps: [string, string | boolean | null][] = [
    [text.steps.called, machine.lastHeardAt],
    [text.steps.admitted, machine.admitted],
    [text.steps.verified, machine.lastEchoAt],
    [text.steps.asked, machine.lastQueryAt],
    [text.steps.image, machine.lastImageAt],
  ];
  return html`
    <ol class="steps">
      ${steps.map(([words, done]) =>
        html`
          <li key=${words} class=${done ? "is-done" : ""}>
            <span class="step-mark">${done ? icons.check() : ""}</span>
            <span>${words}${typeof done === "string" && html`<small>${relativeTime(done)}</small>`}</span>
            <span class="for-readers">${done ? text.steps.done : text.steps.open}</span>
          </li>
        `
      )}
    </ol>
  `;
}
