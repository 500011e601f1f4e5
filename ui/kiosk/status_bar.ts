// @ts-nocheck: not typed yet
import { ask } from "../shared/api.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";
import { ago } from "../shared/ago.ts";
import { Health } from "./health.ts";

const LIVE = { connecting: text.live.connecting, live: text.live.live, lost: text.live.reconnecting };

/** The bottom line: whether the page is live, how the box is, when machines last asked. */
export function StatusBar({ live, machines, now, mayChange, onConnect }) {
  const [report, setReport] = useState(undefined);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    ask("/healthz").then(setReport, (refusal) => setReport(refusal.problem?.checks ? refusal.problem : undefined));
  }, [now, live]);

  const ill = report?.checks?.find((check) => check.status === "failing") ??
    report?.checks?.find((check) => check.status === "warning");
  const latest = machines.filter((machine) => machine.lastQueryAt)
    .sort((a, b) => b.lastQueryAt.localeCompare(a.lastQueryAt))[0];
  const machineWords = latest
    ? text.health.asked(latest.name, ago(latest.lastQueryAt))
    : machines.length > 0
    ? text.health.noMachine
    : "";
  return html`
    <footer class="status-bar">
      <span class=${`live is-${live}`} role="status">${LIVE[live]}</span>
      <button class=${`health ${ill ? `is-${ill.status}` : ""}`} onClick=${() => setOpen(true)}>
        ${ill && icons.alert()}
        <span>${[
          ill ? text.health.states[ill.name]?.[ill.status] ?? said(ill.detail) : report && text.health.ok,
          machineWords,
        ].filter(Boolean).join(" · ")}</span>
      </button>
      <button class="button quiet" aria-label=${text.connect.title}
        onClick=${onConnect}>${icons
          .plug()}<span class="button-words">${text.connect
          .title}</span></button>
    </footer>
      ${open && html`
        <${Health}
          report=${report}
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
