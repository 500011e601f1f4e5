import { html, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { BackupTargets } from "./backup_targets.ts";
import { Maintenance } from "./maintenance.ts";
import type { PageProperties } from "./pages.ts";
import { Replacement } from "./replacement.ts";
import { SettingFields } from "./setting_fields.ts";

/** Where copies of everything go each night, how the last one went, and whether it can be read back. */
export function Backup({ box }: Pick<PageProperties, "box">) {
  /** Backups that have ended while the page was open: there may be something to prove. */
  const [ended, setEnded] = useState(0);
  return html`
    <section class="card" aria-labelledby="backup-title">
      <div>
        <h2 id="backup-title">${text.storage.backup}</h2>
        <p class="lead">${text.storage.backupLead}</p>
      </div>
      <${Maintenance} task="backup" onEnded=${() => setEnded((n) => n + 1)} />
      <${Maintenance} key=${ended} task="proof" />
      <${BackupTargets} key=${`places ${ended}`} />
      <${SettingFields}
        title=${text.storage.backup}
        keys=${["backupFolder", "backupPassphrase", "backupSnapshots", "backupForget"]}
      />
    </section>
    <section class="card" aria-labelledby="s3-title">
      <div>
        <h2 id="s3-title">${text.storage.s3}</h2>
        <p class="lead">${text.storage.s3Lead}</p>
      </div>
      <${SettingFields}
        title=${text.storage.s3}
        keys=${["backupS3Endpoint", "backupS3Region", "backupS3Access", "backupS3Secret"]}
      />
    </section>
    <${Replacement} box=${box} />
  `;
}
