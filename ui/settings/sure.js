import { useDeed } from "../shared/deed.js";
import { Dialog } from "../shared/dialog.js";
import { html } from "../shared/html.js";
import { text } from "../shared/text.js";

/**
 * A question before something that is not meant by every tap.
 *
 * @param {{ title: string, question: string, act: () => Promise<any>, onClose: () => void }} properties `act` does it,
 *   and takes the question away
 */
export function Sure({ title, question, act, onClose }) {
  const deed = useDeed();
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p>${question}</p>
      <p class="problem" role="alert">${deed.problem}</p>
      <div class="dialog-actions">
        <button class="button tall" onClick=${onClose}>${text.cancel}</button>
        <button class="button tall danger" disabled=${deed.busy} onClick=${() => deed.act(act)}>${title}</button>
      </div>
      <//>
  `;
}
