import type { Session } from "../../src/web/contract/people.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** One's own password, changed with the old one; of a login that is the clinic's, who changes it. */
export function OwnPassword({ session, onClose }: { session: Session; onClose: () => void }) {
  const form = useForm({ password: "", newPassword: "" }, {
    password: text.ownPassword.old,
    newPassword: text.users.newPassword,
  });
  const save = form.submit(async () => {
    await api("PUT /api/session/password", { body: form.values });
    onClose();
  });
  return html`
    <${Dialog} title=${text.ownPassword.title} onClose=${onClose}>
      ${session.source === "clinic" ? html`<p class="lead">${text.ownPassword.ofClinic}</p>` : html`
        <form class="stack" onSubmit=${save}>
          <p class="lead">${text.ownPassword.lead}</p>
          <input type="text" autocomplete="username" value=${session.username} readonly hidden />
          ${form.field("password", "", {
            type: "password",
            autocomplete: "current-password",
            autofocus: true,
            required: true,
          })}
          ${form.field("newPassword", text.users.passwordHint, {
            type: "password",
            autocomplete: "new-password",
            minlength: 8,
            maxlength: 1000,
            required: true,
          })}
          <${FormEnd} form=${form} onClose=${onClose} />
        </form>
      `}
    <//>
  `;
}
