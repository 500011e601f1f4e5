import type { PartHealth } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { api, Refusal } from "../shared/api.ts";
import { healthInWords } from "../shared/health_words.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { WINDOWS } from "./desk_windows.ts";

const LIVE = { connecting: text.live.connecting, live: text.live.live, lost: text.live.reconnecting };

/** Whether live events come. */
export type Live = keyof typeof LIVE;

export interface StatusBarProperties {
  live: Live;
  machines: Machine[];
  now: number;
  mayChange: boolean;
  onConnect: () => void;
}

/** The bottom line: whether the page is live, how the box is, when machines last asked. */
export function StatusBar({ live, machines, now, mayChange, onConnect }: StatusBarProperties) {
  const [checks, setChecks] = useState<PartHealth[] | undefined>(undefined);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    api("GET /healthz").then(
      (report) => setChecks(report.checks),
      (refusal) => setChecks(refusal instanceof Refusal ? refusal.problem.checks : undefined),
    );
  }, [now, live]);

  const ill = checks?.find((check) => check.status === "failing") ??
    checks?.find((check) => check.status === "warning");
  const latest = machines.filter((machine) => machine.lastQueryAt)
    .sort((a, b) => (b.lastQueryAt ?? "").localeCompare(a.lastQueryAt ?? ""))[0];
  const machineWords = latest?.lastQueryAt
    ? text.health.asked(latest.name, relativeTime(latest.lastQueryAt))
    : machines.length > 0
    ? text.health.noMachine
    : "";
  return html`
    <footer class="status-bar">
      <span class=${`live is-${live}`} role="status">${LIVE[live]}</span>
      <button class=${`health ${ill ? `is-${ill.status}` : ""}`} onClick=${() => setOpen(true)}>
        ${ill && icons.alert()}
        <span>${[
          ill ? healthInWords(ill) : checks && text.health.ok,
          machineWords,
        ].filter(Boolean).join(" · ")}</span>
      </button>
      <button class="button quiet" aria-label=${text.connect.title}
        onClick=${onConnect}>${icons
          .plug()}<span class="button-words">${text.connect
          .title}</span></button>
    </footer>
      ${open && html`
        <${WINDOWS.health.component}
          checks=${checks ?? []}
          machines=${machines}
          mayChange=${mayChange}
          onConnect=${() => {
            setOpen(false);
            onConnect();
          }}
          onClose=${() => setOpen(false)}
        />
      `}
  `;
}
