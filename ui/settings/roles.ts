import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

const ROLES = ["receptionist", "doctor", "admin"];

/** One of the roles, with what it may. */
export function Roles({ legend, role, onChange }: { legend: string; role: string; onChange: (role: string) => void }) {
  return html`
    <fieldset class="field whole">
      <legend>${legend}</legend>
      <div class="roles">
        ${ROLES.map((one) =>
          html`
            <label key=${one}>
              <input type="radio" name="role" checked=${role === one} onChange=${() => onChange(one)} />
              <span><strong>${text.users.roles[one]}</strong><small>${text.users.may[one]}</small></span>
            </label>
          `
        )}
      </div>
    </fieldset>
  `;
}
