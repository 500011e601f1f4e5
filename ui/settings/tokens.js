import { ago } from "../shared/ago.js";
import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { dateInWords } from "../shared/format.js";
import { html, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { ROLES } from "./users.js";

/** Programs that may use the API. */
export function Tokens() {
  const [tokens, setTokens] = useState([]);
  const [problem, setProblem] = useState("");
  /** @type {["form" | { token: string, name: string } | null, (open: any) => void]} */
  const [open, setOpen] = useState(null);

  const load = () => ask("/api/tokens").then(setTokens, (refusal) => setProblem(refusal.message || text.offline));
  useEffect(() => {
    load();
  }, []);

  async function revoke(token) {
    setProblem("");
    try {
      await ask(`/api/tokens/${token.id}`, { method: "DELETE" });
    } catch (refusal) {
      setProblem(refusal.message || text.offline);
    }
    await load();
  }

  return html`
    <section class="card" aria-labelledby="tokens-title">
      <div class="card-head">
        <div>
          <h2 id="tokens-title">${text.tokens.title}</h2>
          <p class="lead">${text.tokens.lead} <a href="/api/openapi.json">${text.tokens.openApi}</a></p>
        </div>
        <button class="button primary" onClick=${() => setOpen("form")}>${icons.add()}${text.tokens.add}</button>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <ul class="machines">
        ${tokens.map((token) =>
          html`
            <li key=${token.id}>
              <div class="machine-who">
                <strong>${token.name}</strong>
                <span>
                  ${[
                    text.users.roles[token.role],
                    token.readOnly ? text.tokens.onlyReads : text.tokens.writes,
                    token.expiresAt && text.tokens.until(dateInWords(token.expiresAt.slice(0, 10))),
                    `${text.tokens.lastUsed} ${token.lastUsedAt ? ago(token.lastUsedAt) : text.settings.never}`,
                  ].filter(Boolean).join(" · ")}
                </span>
              </div>
              <div class="machine-actions">
                <button class="button danger" onClick=${() => revoke(token)}>${text.tokens.revoke}</button>
              </div>
            </li>
          `
        )}
      </ul>
      ${open === "form" && html`
        <${TokenForm}
          onClose=${() => setOpen(null)}
          onMade=${(made) => {
            setOpen(made);
            load();
          }}
        />
      `}
      ${open?.token && html`
        <${Dialog} title=${open.name} onClose=${() => setOpen(null)} kind="wide">
          <p class="lead">${text.tokens.once}</p>
          <p class="fingerprint token">${open.token}</p>
          <div class="dialog-actions">
            <button class="button tall primary" onClick=${() => setOpen(null)}>${text.tokens.noted}</button>
          </div>
          <//>
      `}
    </section>
  `;
}

function TokenForm({ onMade, onClose }) {
  const [values, setValues] = useState({ name: "", role: "receptionist", readOnly: true, lastDay: "" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const set = (name, value) => setValues((before) => ({ ...before, [name]: value }));

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      onMade(await ask("/api/tokens", { body: { ...values, lastDay: values.lastDay || null } }));
    } catch (refusal) {
      setProblem(refusal.message || text.offline);
      setBusy(false);
    }
  }

  return html`
    <${Dialog} title=${text.tokens.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${submit}>
        <label class="field">
          <span>${text.tokens.name}</span>
          <input name="name" autofocus required maxlength="64" autocomplete="off" value=${values.name} onInput=${(
            event,
          ) => set("name", event.target.value)} />
          <small>${text.tokens.nameHint}</small>
        </label>
        <label class="field">
          <span>${text.tokens.lastDay}</span>
          <input name="lastDay" type="date" value=${values.lastDay} onInput=${(event) =>
            set("lastDay", event.target.value)} />
          <small>${text.tokens.lastDayHint}</small>
        </label>
        <fieldset class="field whole">
          <legend>${text.tokens.role}</legend>
          <div class="roles">
            ${ROLES.map((role) =>
              html`
                <label key=${role}>
                  <input type="radio" name="role" checked=${values.role === role} onChange=${() => set("role", role)} />
                  <span><strong>${text.users.roles[role]}</strong><small>${text.users.may[role]}</small></span>
                </label>
              `
            )}
          </div>
        </fieldset>
        <label class="check whole">
          <input type="checkbox" checked=${values.readOnly} onChange=${(event) =>
            set("readOnly", event.target.checked)} />
          <span>${text.tokens.onlyReads}</span>
        </label>
        <p class="problem whole" role="alert">${problem}</p>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button class="button tall primary" disabled=${busy}>${text.tokens.make}</button>
        </div>
      </form>
      <//>
  `;
}
