// deno-lint-ignore-file no-explicit-any
import { useDeed } from "../shared/deed.ts";
import { Dialog } from "../shared/dialog.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/**
 * A question before something that is not meant by every tap.
 *
 * @param properties `act` does it,
 *   and takes the question away
 */
export function Sure(
  { title, question, act, onClose }: { title: string; question: string; act: () => Promise<any>; onClose: () => void },
) {
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
