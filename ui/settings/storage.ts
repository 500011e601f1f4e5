import type { Storage as Room } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/bytes.ts";
import { Alerts } from "./alerts.ts";
import { Maintenance } from "./maintenance.ts";
import { SetAside } from "./set_aside.ts";
import { SettingFields } from "./setting_fields.ts";

/** How full the disk is, how long it will do, and what is kept. */
export function Storage() {
  const [disk, setDisk] = useState<Room | undefined>(undefined);
  const [problem, setProblem] = useState("");
  /** Checks that have ended while the page was open: there may be something to mend. */
  const [checked, setChecked] = useState(0);

  useEffect(() => {
    api("GET /api/storage").then(setDisk, (refusal) => setProblem(whyNot(refusal)));
  }, []);

  return html`
    <section class="card" aria-labelledby="storage-title">
      <div>
        <h2 id="storage-title">${text.pages.storage}</h2>
        <p class="lead">${text.storage.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${disk && html`<${Disk} disk=${disk} />`}
      <${SettingFields}
        title=${text.pages.storage}
        keys=${["diskFloor", "retentionDays", "worklistDays"]}
      />
    </section>
    <section class="card" aria-labelledby="files-title">
      <div>
        <h2 id="files-title">${text.maintenance.files}</h2>
        <p class="lead">${text.maintenance.filesLead}</p>
      </div>
      <${Maintenance} task="verification" onEnded=${() => setChecked((n) => n + 1)} />
      <${Maintenance} key=${checked} task="mend" />
    </section>
    <${SetAside} />
    <${Alerts} />
    <section class="card" aria-labelledby="support-title">
      <div>
        <h2 id="support-title">${text.storage.support}</h2>
        <p class="lead">${text.storage.supportLead}</p>
      </div>
      <p><a class="button tall" href="/api/diagnostics" download>${icons.save()}${text.storage.diagnostics}</a></p>
    </section>
  `;
}

function Disk({ disk }: { disk: Room }) {
  const { free, floor, size, bytes, bytesOfMonth, count } = disk;
  const used = size - free;
  const other = Math.max(0, used - bytes);
  const percent = (part: number) => Math.max(0, Math.min(100, part / size * 100));
  const days = bytesOfMonth > 0 ? Math.max(0, Math.floor((free - floor) / (bytesOfMonth / 30))) : undefined;
  const [images, rest] = [percent(Math.min(bytes, used)), percent(other)];
  return html`
    <svg class="disk-bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${text.storage.bar(
      inWords(used),
      inWords(size),
    )}>
      <rect class="disk-free" width="100" height="4" />
      <rect class="disk-rest" width=${rest} height="4" />
      <rect class="disk-images" x=${rest} width=${images} height="4" />
    </svg>
    <dl class="facts">
      <div>
        <dt>${text.storage.free}</dt>
        <dd>${inWords(free)}</dd>
      </div>
      <div>
        <dt>${text.storage.images}</dt>
        <dd>${text.storage.objects(count, inWords(bytes))}</dd>
      </div>
      <div>
        <dt>${text.storage.month}</dt>
        <dd>${inWords(bytesOfMonth)}</dd>
      </div>
      <div>
        <dt>${text.storage.lasts}</dt>
        <dd>${text.storage.days(days)}</dd>
      </div>
      <div>
        <dt>${text.storage.floor}</dt>
        <dd>${inWords(floor)}</dd>
      </div>
    </dl>
  `;
}
