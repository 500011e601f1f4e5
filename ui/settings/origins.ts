import type { Machine, MachineOrigin } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

const sameKind = ({ kind }: MachineOrigin) => (origin: MachineOrigin) =>
  origin.kind === kind && origin.state === "allowed";

/** From where a machine's AE title was used: what an admin is asked about; with `all` what is allowed and refused too. */
export function Origins(
  { machine, all = false, onChanged }: { machine: Machine; all?: boolean; onChanged: () => Promise<void> },
) {
  const { busy, problem, act } = useAction();
  const shown = machine.origins.filter(({ state }) => all || state === "asked");
  if (shown.length === 0) return null;
  const answer = (origin: MachineOrigin, allow: "also" | "instead" | "no") =>
    act(async () => {
      const { kind, value } = origin;
      await api("POST /api/machines/:id/origins", { id: machine.id, body: { kind, value, allow } });
      await onChanged();
    });
  return html`
    <ul class="origins">
      ${shown.map((origin) => {
        const others = machine.origins.filter(sameKind(origin)).map(({ value }) => value);
        return html`
          <li key=${`${origin.kind} ${origin.value}`} class=${origin.state === "asked" ? "is-asked" : ""}>
            <span>${text.origins[origin.state][origin.kind](origin.value)}</span>
            <span class="machine-actions">
              ${origin.state !== "allowed" && html`
                <button class="button primary" disabled=${busy} onClick=${() => answer(origin, "also")}>
                  ${icons.check()}${text.origins.allow}
                </button>
                ${others.length > 0 && html`
                  <button class="button" disabled=${busy} onClick=${() => answer(origin, "instead")}>
                    ${text.origins.instead(others.join(", "))}
                  </button>
                `}
              `}
              ${origin.state !== "refused" && html`
                <button class="button danger" disabled=${busy} onClick=${() => answer(origin, "no")}>
                  ${text.origins.refuse}
                </button>
              `}
            </span>
          </li>
        `;
      })}
    </ul>
    <p class="problem" role="alert">${problem}</p>
  `;
}
