import { useAction } from "./action.ts";
import { Dialog } from "./dialog.ts";
import { html } from "./html.ts";
import { text } from "./text.ts";

export interface ConfirmProperties {
  title: string;
  question: string;
  /** Does it, and takes the question away. */
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** A question before something that is not meant by every tap. */
export function Confirm({ title, question, act, onClose }: ConfirmProperties) {
  const action = useAction();
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <p>${question}</p>
      <p class="problem" role="alert">${action.problem}</p>
      <div class="dialog-actions">
        <button class="button tall" onClick=${onClose}>${text.cancel}</button>
        <button class="button tall danger" disabled=${action.busy} onClick=${() => action.act(act)}>${title}</button>
      </div>
      <//>
  `;
}
