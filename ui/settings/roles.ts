import type { Role } from "../../src/web/contract/people.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

const ROLES = ["receptionist", "doctor", "admin"] as const satisfies Role[];

interface RolesProperties {
  legend: string;
  role: Role;
  onChange: (role: Role) => void;
}

/** One of the roles, with what it may. */
export function Roles({ legend, role, onChange }: RolesProperties) {
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
