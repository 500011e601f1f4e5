import { Dialog } from "../shared/dialog.ts";
import { html, render, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/**
 * Asks for the name and password of a second admin.
 *
 * @param why in words
 * @returns as the box takes it: base64 of JSON; undefined where nobody confirms
 */
export function askSecondAdmin(why: string): Promise<string | undefined> {
  const place = document.body.appendChild(document.createElement("div"));
  return new Promise((resolve) => {
    const done = (confirmation: string | undefined) => {
      render(null, place);
      place.remove();
      resolve(confirmation);
    };
    render(html`<${SecondAdmin} why=${why} onDone=${done} />`, place);
  });
}

function SecondAdmin({ why, onDone }: { why: string; onDone: (confirmation: string | undefined) => void }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");

  function confirm(event: SubmitEvent) {
    event.preventDefault();
    const bytes = new TextEncoder().encode(JSON.stringify({ username, password }));
    onDone(btoa(String.fromCharCode(...bytes)));
  }

  return html`
    <${Dialog} title=${text.secondAdmin.title} onClose=${() => onDone(undefined)}>
      <p>${why}</p>
      <form class="machine-form" onSubmit=${confirm}>
        <label class="field whole">
          <span>${text.login.username}</span>
          <input name="second-username" required autocomplete="off" autocapitalize="none" value=${username}
            onInput=${({ target }) => setUsername(target.value)} />
        </label>
        <label class="field whole">
          <span>${text.login.password}</span>
          <input name="second-password" type="password" required autocomplete="off" value=${password}
            onInput=${({ target }) => setPassword(target.value)} />
        </label>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${() => onDone(undefined)}>${text.cancel}</button>
          <button class="button tall primary">${text.secondAdmin.confirm}</button>
        </div>
      </form>
      <//>
  `;
}
