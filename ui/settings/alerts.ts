import type { AlertTest } from "../../src/web/contract/box.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Outcome } from "./outcome.ts";
import { SettingFields } from "./setting_fields.ts";
import { TryLink } from "./try_link.ts";

/** Who is told outside when something is not well, by which mail server, and a message that shows whether it arrives. */
export function Alerts() {
  const { busy, problem, act } = useAction();
  const [tested, setTested] = useState<AlertTest[]>([]);
  const test = () =>
    act(async () => {
      setTested([]);
      setTested(await api("POST /api/alerts/test"));
    });
  const mailFailed = tested.some(({ ok, coded }) => !ok && coded?.code.startsWith("mail-"));
  return html`
    <section class="card" aria-labelledby="alerts-title">
      <div>
        <h2 id="alerts-title">${text.storage.alerts}</h2>
        <p class="lead">${text.storage.alertsLead}</p>
      </div>
      <${SettingFields}
        title=${text.storage.alerts}
        keys=${["alertUrl", "alertEmail", "smtpHost", "smtpPort", "smtpSecurity", "smtpUsername", "smtpPassword"]
          .concat("smtpFrom")}
      />
      <p class="problem" role="alert">${problem}</p>
      ${tested.map((result, n) => html`<${Outcome} key=${n} result=${result} />`)}
      ${mailFailed && html`<${TryLink} link=${{ link: "mail" }} />`}
      <div class="dialog-actions">
        <button type="button" class="button tall" disabled=${busy} onClick=${test}>
          ${busy ? text.storage.alertsTesting : text.storage.alertsTest}
        </button>
      </div>
    </section>
  `;
}
