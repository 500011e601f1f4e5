import { ask } from "../shared/api.js";
import { html, useEffect, useState } from "../shared/html.js";
import { said } from "../shared/said.js";
import { text } from "../shared/text.js";

/** The last good backup in a sentence. */
export function Care() {
  const [backup, setBackup] = useState(undefined);

  useEffect(() => {
    const take = (report) => setBackup(report?.checks?.find(({ name }) => name === "backup"));
    ask("/healthz").then(take, (refusal) => take(refusal.problem));
  }, []);

  return html`
    <dl class="facts">
      <div>
        <dt>${text.storage.backup}</dt>
        <dd class="backup-state">${backup ? said(backup.detail) : text.loading}</dd>
      </div>
    </dl>
  `;
}
