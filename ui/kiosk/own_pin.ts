import type { Session } from "../../src/web/contract/people.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";

export interface OwnPinProperties {
  session: Session;
  onSaved: (session: Session) => void;
  onClose: () => void;
}

/** One's own PIN, which unlocks this screen: set, changed or removed, with the password. */
export function OwnPin({ session, onSaved, onClose }: OwnPinProperties) {
  const [pin, setPin] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, act } = useAction();
  const first = useRef<HTMLInputElement>(null);

  useEffect(() => first.current?.focus(), []);

  return html`
    <${Dialog} title=${session.pin ? text.pin.change : text.pin.set} onClose=${onClose}>
      <form
        class="stack"
        onSubmit=${(event) => {
          event.preventDefault();
          act(async () => onSaved(await api("PUT /api/session/pin", { body: { pin, password } })));
        }}
      >
        <p class="lead">${text.pin.lead}</p>
        <label class="field">
          <span>${text.pin.pin}</span>
          <input
            ref=${first}
            name="pin"
            type="password"
            inputmode="numeric"
            autocomplete="off"
            pattern="[0-9]{4,8}"
            maxlength="8"
            required
            value=${pin}
            onInput=${(event) => setPin(event.target.value)}
          />
          <small>${text.pin.hint}</small>
        </label>
        <label class="field">
          <span>${text.login.password}</span>
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value=${password}
            onInput=${(event) => setPassword(event.target.value)}
          />
        </label>
        <p class="problem" role="alert">${problem}</p>
        <div class="dialog-actions">
          ${session.pin && html`
            <button type="button" class="button tall danger" disabled=${busy} onClick=${() =>
              act(async () => onSaved(await api("DELETE /api/session/pin")))}>${text.pin.remove}</button>
          `}
          <button class="button tall primary" disabled=${busy}>${text.save}</button>
        </div>
      </form>
      <//>
  `;
}
