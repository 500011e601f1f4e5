import { ago } from "../shared/ago.js";
import { html } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";

/** How far a machine has come in being connected, ticked off as it happens. @param {{ machine: any }} properties */
export function Steps({ machine }) {
  const steps = [
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
            <span>${words}${typeof done === "string" && html`<small>${ago(done)}</small>`}</span>
            <span class="for-readers">${done ? text.steps.done : text.steps.open}</span>
          </li>
        `
      )}
    </ol>
  `;
}
