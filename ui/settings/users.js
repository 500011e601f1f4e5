import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { html, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";

export const ROLES = ["receptionist", "doctor", "admin"];

/** Who may sign in, and as what. */
export function Users() {
  const [users, setUsers] = useState([]);
  /** @type {[{ user?: any } | null, (open: any) => void]} */
  const [open, setOpen] = useState(null);

  async function load() {
    setUsers(await ask("/api/users"));
    setOpen(null);
  }

  useEffect(() => {
    load().catch(() => {});
  }, []);

  return html`
    <section class="card" aria-labelledby="users-title">
      <div class="card-head">
        <div>
          <h2 id="users-title">${text.users.title}</h2>
          <p class="lead">${text.users.lead}</p>
        </div>
        <button class="button primary" onClick=${() => setOpen({})}>${icons.add()}${text.users.add}</button>
      </div>
      <ul class="machines">
        ${users.map((user) =>
          html`
            <li key=${user.id}>
              <div class="machine-who">
                <strong>${user.displayName || user.username}</strong>
                <span>
                  ${[
                    user.username,
                    text.users.roles[user.role],
                    user.source === "clinic" && text.users.fromClinic,
                    user.disabled && text.users.disabled,
                  ].filter(Boolean).join(" · ")}
                </span>
              </div>
              <div class="machine-actions">
                ${user.source === "clinic"
                  ? html`<span class="lead">${text.users.changedThere}</span>`
                  : html`<button class="button" onClick=${() => setOpen({ user })}>${text.settings.edit}</button>`}
              </div>
            </li>
          `
        )}
      </ul>
      ${open && html`<${UserForm} user=${open.user} onSaved=${load} onClose=${() => setOpen(null)} />`}
    </section>
  `;
}

function UserForm({ user, onSaved, onClose }) {
  const [values, setValues] = useState({
    username: user?.username ?? "",
    displayName: user?.displayName ?? "",
    role: user?.role ?? "receptionist",
    disabled: user?.disabled ?? false,
    password: "",
  });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [wrong, setWrong] = useState([]);
  const set = (name, value) => setValues((before) => ({ ...before, [name]: value }));

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    setWrong([]);
    const { username, disabled, password, ...same } = values;
    try {
      if (user) {
        const body = { ...same, disabled, ...(password === "" ? {} : { password }) };
        await ask(`/api/users/${user.id}`, { method: "PATCH", body });
      } else {
        await ask("/api/users", { body: { ...same, username, password } });
      }
      await onSaved();
    } catch (refusal) {
      setWrong((refusal.problem?.fields ?? []).map(({ field }) => field));
      setProblem(refusal.message || text.offline);
      setBusy(false);
      // a button that waits loses the focus
      requestAnimationFrame(() => document.activeElement === document.body && event.submitter?.focus());
    }
  }

  const field = (name, label, hint, more) =>
    html`
      <label class="field">
        <span>${label}</span>
        <input
          name=${name}
          value=${values[name]}
          aria-invalid=${wrong.includes(name)}
          spellcheck="false"
          onInput=${(event) => set(name, event.target.value)}
          ...${more}
        />
        ${hint && html`<small>${hint}</small>`}
      </label>
    `;
  return html`
    <${Dialog} title=${user ? user.displayName || user.username : text.users.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${submit}>
        ${!user &&
          field("username", text.login.username, "", {
            autofocus: true,
            required: true,
            maxlength: 64,
            autocomplete: "off",
            autocapitalize: "none",
          })}
        ${field("displayName", text.users.displayName, text.users.displayNameHint, {
          maxlength: 64,
          autocomplete: "off",
        })}
        ${field("password", user ? text.users.newPassword : text.login.password, text.users.passwordHint, {
          type: "password",
          minlength: 8,
          required: !user,
          autocomplete: "new-password",
        })}
        <fieldset class="field whole">
          <legend>${text.users.role}</legend>
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
        ${user && html`
          <label class="check whole">
            <input type="checkbox" checked=${values.disabled} onChange=${(event) =>
              set("disabled", event.target.checked)} />
            <span>${text.users.disable}</span>
          </label>
          <p class="lead whole">${text.users.endsSessions}</p>
        `}
        <p class="problem whole" role="alert">${problem}</p>
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>${text.cancel}</button>
          <button class="button tall primary" disabled=${busy}>${text.save}</button>
        </div>
      </form>
      <//>
  `;
}
