import type { Box, PartHealth, ScheduleProblem } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { api, Refusal } from "../shared/api.ts";
import { minutesAhead } from "../shared/clock.ts";
import { healthInWords } from "../shared/health_words.ts";
import { html, useEffect, useState, type VNode } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { WINDOWS } from "./desk_windows.ts";

const LIVE = { connecting: text.live.connecting, live: text.live.live, lost: text.live.reconnecting };

/** Whether live events come. */
export type Live = keyof typeof LIVE;

export interface StatusBarProperties {
  live: Live;
  box: Box;
  /** Those that may connect. */
  machines: Machine[];
  /** How many have called at all. */
  known: number;
  now: number;
  mayChange: boolean;
  onConnect: () => void;
}

/**
 * The bottom line, always of the same height: whether the page is live, and the weightiest of what there is to say. What
 * stops work fills it, what can wait is a line.
 */
export function StatusBar({ live, box, machines, known, now, mayChange, onConnect }: StatusBarProperties) {
  const [checks, setChecks] = useState<PartHealth[] | undefined>(undefined);
  const [unusable, setUnusable] = useState<ScheduleProblem[]>([]);
  const [open, setOpen] = useState<"health" | "unusable" | undefined>(undefined);
  const close = () => setOpen(undefined);

  useEffect(() => {
    api("GET /healthz").then(
      (report) => setChecks(report.checks),
      (refusal) => setChecks(refusal instanceof Refusal ? refusal.problem.checks : undefined),
    );
    // what could not be read this time is asked for in a minute
    api("GET /api/unusable-bookings").then(setUnusable, () => {});
  }, [now, live]);

  const failing = checks?.find((check) => check.status === "failing");
  const notices = noticesOf({ box, machines, known, mayChange, onConnect, unusable }, () => setOpen("unusable"));
  const warnings = checks?.filter((check) => check.status === "warning") ?? [];
  const more = (checks?.filter((check) => check.status === "failing").length ?? 0) + notices.length + warnings.length -
    1;
  const ill = failing ?? (notices.length > 0 ? undefined : warnings[0]);
  const latest = machines.filter((machine) => machine.lastQueryAt)
    .sort((a, b) => (b.lastQueryAt ?? "").localeCompare(a.lastQueryAt ?? ""))[0];
  const machineWords = latest?.lastQueryAt
    ? text.health.asked(latest.name, relativeTime(latest.lastQueryAt))
    : machines.length > 0
    ? text.health.noMachine
    : "";
  const advice = failing && wordsFor(text.health.advice, failing.name);
  return html`
    <footer class=${`status-bar ${failing ? "is-stopping" : ""}`} role=${failing ? "alert" : undefined}>
      <span class=${`live is-${live}`} role="status">${LIVE[live]}</span>
      <button class=${`health ${ill ? `is-${ill.status}` : ""}`} onClick=${() => setOpen("health")}>
        ${ill && icons.alert()}
        <span>${failing ? html`<b>${healthInWords(failing)}.</b> ${advice}` : [
          ill ? healthInWords(ill) : notices.length === 0 && checks && text.health.ok,
          notices.length === 0 && machineWords,
        ].filter(Boolean).join(" · ") || text.health.short}</span>
        ${more > 0 && html`<span class="more">+${more}</span>`}
      </button>
      ${!failing && notices[0]}
      <button class="button quiet" aria-label=${text.connect.title} onClick=${onConnect}>
        ${icons.plug()}<span class="button-words">${text.connect.title}</span>
      </button>
    </footer>
    ${open === "unusable" && html`<${WINDOWS.unusable.component} problems=${unusable} onClose=${close} />`}
    ${open === "health" && html`
      <${WINDOWS.health.component}
        checks=${checks ?? []}
        machines=${machines}
        mayChange=${mayChange}
        onConnect=${() => {
          close();
          onConnect();
        }}
        onClose=${close}
      />
    `}
  `;
}

/** What waits for somebody and stops nobody, the weightiest first. */
function noticesOf(
  { box, machines, known, mayChange, onConnect, unusable }:
    & Pick<StatusBarProperties, "box" | "machines" | "known" | "mayChange" | "onConnect">
    & { unusable: ScheduleProblem[] },
  onUnusable: () => void,
): VNode[] {
  const waiting = box.admission === "pairing" ? known - machines.length : 0;
  const elsewhere = box.admission === "open"
    ? 0
    : machines.filter(({ origins }) => origins?.some(({ state }) => state === "asked")).length;
  const settings = mayChange
    ? html`<a class="button link" href="/settings">${text.waiting.action}</a>`
    : html`<span>${text.waiting.ask}</span>`;
  const notice = (words: string, action: VNode | null) =>
    html`<p class="notice">${icons.alert()}<span>${words}</span> ${action}</p>`;
  const minutes = minutesAhead();
  return [
    minutes !== 0 && notice(text.waiting.clock(minutes), null),
    waiting > 0 && notice(text.waiting.notice(waiting), settings),
    elsewhere > 0 && notice(text.waiting.elsewhere(elsewhere), settings),
    unusable.length > 0 && notice(
      text.unusable.notice(unusable.length),
      html`<button class="button link" onClick=${onUnusable}>${text.unusable.show}</button>`,
    ),
    box.admission === "open" &&
    notice(text.open.notice, html`<button class="button link" onClick=${onConnect}>${text.open.action}</button>`),
  ].filter((one): one is VNode => one !== false);
}
