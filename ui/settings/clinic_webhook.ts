import type { Verification } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { text, wordsFor } from "../shared/text.ts";
import { useLive } from "./live.ts";
import { Outcome } from "./outcome.ts";
import { SettingFields } from "./setting_fields.ts";
import { clinicText } from "./clinic_text.ts";

/** How often the page looks again by itself: messages go without anybody's doing, milliseconds. */
const LOOK_EVERY = 5000;

/** The clinic's program that is told over HTTP: where it is, what proves who tells it, and what it was told last. */
export function ClinicWebhook() {
  const { found, reload } = useLive(() => api("GET /api/clinic/webhook"), { noun: "setting", every: LOOK_EVERY });
  const { busy, problem, act } = useAction();
  const [tested, setTested] = useState<Verification | undefined>(undefined);
  /** shown once */
  const [secret, setSecret] = useState("");

  const test = () => act(async () => setTested(await api("POST /api/clinic/webhook/test")));
  const makeSecret = () =>
    act(async () => {
      setSecret((await api("POST /api/clinic/webhook/secret")).secret);
      await reload();
    });
  const again = (id: string) =>
    act(async () => {
      await api("POST /api/clinic/webhook/messages/:id/again", { id });
      await reload();
    });

  const isOn = found !== undefined && found.state !== "off";
  return html`
    <section class="card" aria-labelledby="webhook-title">
      <div>
        <h2 id="webhook-title">${clinicText.webhook.title}</h2>
        <p class="lead">${clinicText.webhook.lead}</p>
      </div>
      <${SettingFields} title=${clinicText.webhook.title} keys=${["webhook", "webhookSecret"]} />
      ${isOn && html`
        <p class=${`verified ${found.state === "well" ? "is-ok" : "is-failing"}`} role="status">
          ${found.state === "well" ? icons.check() : icons.alert()}
          <span>${clinicText.webhook.states[found.state]} ${found.oldestAt !== null &&
            clinicText.webhook.waiting(found.waiting, relativeTime(found.oldestAt))}</span>
        </p>
      `}
      <p class="problem" role="alert">${problem}</p>
      <${Outcome} result=${tested} />
      <div class="dialog-actions">
        <button type="button" class="button tall" disabled=${busy} onClick=${makeSecret}>
          ${clinicText.webhook.makeSecret}
        </button>
        ${isOn && html`
          <button type="button" class="button tall" disabled=${busy} onClick=${test}>${clinicText.webhook.test}</button>
        `}
      </div>
      ${found && found.messages.length > 0 && html`
        <h3>${clinicText.webhook.last}</h3>
        <ul class="machines">
          ${found.messages.map(({ id, type, subject, happenedAt, state, status, error, attempts }) =>
            html`
              <li key=${id} class=${state === "failed" ? "is-waiting" : ""}>
                <div class="machine-who">
                  <strong>${[wordsFor(clinicText.webhook.types, type) ?? type, clinicText.webhook.outcomes[state]].join(
                    " · ",
                  )}</strong>
                  <span>${inWords(subject)}</span>
                  <span>${[
                    relativeTime(happenedAt),
                    error || status,
                    attempts > 1 && clinicText.webhook.attempts(attempts),
                  ]
                    .filter(Boolean).join(" · ")}</span>
                </div>
                ${state === "failed" && html`
                  <div class="machine-actions">
                    <button class="button" disabled=${busy} onClick=${() => again(id)}>${clinicText.webhook
                      .again}</button>
                  </div>
                `}
              </li>
            `
          )}
        </ul>
      `}
      ${secret !== "" && html`
        <${Dialog} title=${clinicText.webhook.secret} onClose=${() => setSecret("")} kind="wide">
          <p class="lead">${clinicText.webhook.secretOnce}</p>
          <p class="fingerprint token">${secret}</p>
          <div class="dialog-actions">
            <button class="button tall primary" onClick=${() => setSecret("")}>${text.tokens.noted}</button>
          </div>
          <//>
      `}
    </section>
  `;
}

/** `appointment:` and its id, or `study:` and its UID. */
function inWords(subject: string): string {
  const at = subject.indexOf(":");
  const kind = subject.slice(0, at);
  return `${wordsFor(text.clinic.kinds, kind) ?? kind} ${subject.slice(at + 1)}`;
}
