import type { ApiToken, Purpose, Role } from "../../src/web/contract/people.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { dateInWords } from "../shared/format.ts";
import { DateInput } from "../shared/date_input.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Roles } from "./roles.ts";

type GivenPurpose = Exclude<Purpose, "">;

const PURPOSES = ["reading", "bookings", "images", "fleet"] as const satisfies GivenPurpose[];

/** One that was just made, which is shown once. */
type MadeToken = ApiToken & { token: string };

/** Programs that may use the API. */
export function Tokens() {
  const [tokens, setTokens] = useState<ApiToken[]>([]);
  const { busy, problem, act } = useAction();
  const [open, setOpen] = useState<"form" | MadeToken | null>(null);

  const load = async () => setTokens(await api("GET /api/tokens"));
  useEffect(() => {
    act(load);
  }, []);

  const revoke = (token: ApiToken) =>
    act(async () => {
      await api("DELETE /api/tokens/:id", { id: token.id });
      await load();
    });

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
                    text.tokens.purposes[token.purpose || "any"],
                    token.address,
                    token.readOnly ? text.tokens.onlyReads : text.tokens.writes,
                    token.expiresAt && text.tokens.until(dateInWords(token.expiresAt.slice(0, 10))),
                    `${text.tokens.lastUsed} ${
                      token.lastUsedAt ? relativeTime(token.lastUsedAt) : text.settings.never
                    }`,
                  ].filter(Boolean).join(" · ")}
                </span>
              </div>
              <div class="machine-actions">
                <button class="button danger" disabled=${busy} onClick=${() => revoke(token)}>${text.tokens
                  .revoke}</button>
              </div>
            </li>
          `
        )}
      </ul>
      ${open === "form" && html`
        <${TokenForm}
          onClose=${() => setOpen(null)}
          onMade=${(made: MadeToken) => {
            setOpen(made);
            act(load);
          }}
        />
      `}
      ${typeof open === "object" && open !== null && html`
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

function TokenForm({ onMade, onClose }: { onMade: (made: MadeToken) => void; onClose: () => void }) {
  const form = useForm(
    {
      name: "",
      role: "receptionist" as Role,
      purpose: "reading" as GivenPurpose,
      readOnly: true as boolean,
      address: "",
      lastDay: "",
    },
    text.tokens,
  );
  const { values, set, submit, field } = form;

  const make = submit(async () =>
    onMade(await api("POST /api/tokens", { body: { ...values, lastDay: values.lastDay || null } }))
  );

  return html`
    <${Dialog} title=${text.tokens.add} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${make}>
        ${field("name", text.tokens.nameHint, { autofocus: true, required: true, maxlength: 64 })}
        <label class="field">
          <span>${text.tokens.lastDay}</span>
          <${DateInput} name="lastDay" value=${values.lastDay} onDay=${(day: string) => set("lastDay", day)} />
          <small>${text.tokens.lastDayHint}</small>
        </label>
        <${Roles} legend=${text.tokens.role} role=${values.role} onChange=${(role: Role) => set("role", role)} />
        <label class="field">
          <span>${text.tokens.purpose}</span>
          <select name="purpose" value=${values.purpose} onChange=${({ target }) => {
            set("purpose", target.value as GivenPurpose);
            set("readOnly", target.value === "reading");
          }}>
            ${PURPOSES.map((one) => html`<option key=${one} value=${one}>${text.tokens.purposes[one]}</option>`)}
          </select>
        </label>
        ${field("address", text.tokens.addressHint, { maxlength: 45 })}
        <label class="check whole">
          <input type="checkbox" disabled=${values.purpose === "reading"} checked=${values.readOnly} onChange=${(
            event,
          ) => set("readOnly", event.target.checked)} />
          <span>${text.tokens.onlyReads}</span>
        </label>
        <${FormEnd} form=${form} onClose=${onClose} label=${text.tokens.make} />
      </form>
      <//>
  `;
}
