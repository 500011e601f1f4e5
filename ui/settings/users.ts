import type { Role, User } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { useAction } from "../shared/action.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Roles } from "./roles.ts";

/** Who may sign in, and as what. */
export function Users() {
  const [users, setUsers] = useState<User[]>([]);
  const { problem, act } = useAction();
  const [open, setOpen] = useState<{ user?: User } | null>(null);

  async function load() {
    setUsers(await api("GET /api/users"));
  }

  /** Closes the form that was sent, and none that was opened since. */
  function saved() {
    setOpen((now) => now === open ? null : now);
    act(load);
  }

  useEffect(() => {
    act(load);
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
      <p class="problem" role="alert">${problem}</p>
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
      ${open && html`<${UserForm} user=${open.user} onSaved=${saved} onClose=${() => setOpen(null)} />`}
    </section>
  `;
}

interface UserFormProperties {
  /** None for a new one. */
  user: User | undefined;
  onSaved: () => void;
  onClose: () => void;
}

function UserForm({ user, onSaved, onClose }: UserFormProperties) {
  const form = useForm({
    username: user?.username ?? "",
    displayName: user?.displayName ?? "",
    role: user?.role ?? "receptionist" as Role,
    disabled: user?.disabled ?? false,
    password: "",
  }, {
    username: text.login.username,
    displayName: text.users.displayName,
    password: user ? text.users.newPassword : text.login.password,
  });
  const { values, set, submit, field } = form;

  const save = submit(async () => {
    const { username, disabled, password, ...same } = values;
    if (user) {
      const body = { ...same, disabled, ...(password === "" ? {} : { password }) };
      await api("PATCH /api/users/:id", { id: user.id, body });
    } else {
      await api("POST /api/users", { body: { ...same, username, password } });
    }
    onSaved();
  });

  return html`
    <${Dialog} title=${user ? user.displayName || user.username : text.users.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${save}>
        ${!user && field("username", "", { autofocus: true, required: true, autocapitalize: "none" })}
        ${field("displayName", text.users.displayNameHint)}
        ${field("password", text.users.passwordHint, {
          type: "password",
          minlength: 8,
          required: !user,
          autocomplete: "new-password",
        })}
        <${Roles} legend=${text.users.role} role=${values.role} onChange=${(role: Role) => set("role", role)} />
        ${user && html`
          <label class="check whole">
            <input type="checkbox" checked=${values.disabled} onChange=${(event) =>
              set("disabled", event.target.checked)} />
            <span>${text.users.disable}</span>
          </label>
          <p class="lead whole">${text.users.endsSessions}</p>
        `}
        <${FormEnd} form=${form} onClose=${onClose} />
      </form>
      <//>
  `;
}
