import type { PartHealth } from "../../src/web/contract/box.ts";
import { api, Refusal } from "./api.ts";
import { useMinute } from "./clock.ts";
import { healthInWords } from "./health_words.ts";
import { html, useEffect, useState } from "./html.ts";
import { icons } from "./icons.ts";
import { text, wordsFor } from "./text.ts";

/** What stops work in the box, and what to do about it; nothing while nothing does. */
export function StopBanner() {
  const now = useMinute();
  const [failing, setFailing] = useState<PartHealth[]>([]);
  useEffect(() => {
    const take = (checks: PartHealth[] = []) => setFailing(checks.filter(({ status }) => status === "failing"));
    api("GET /healthz").then(
      (report) => take(report.checks),
      (refusal) => take(refusal instanceof Refusal ? refusal.problem.checks : undefined),
    );
  }, [now]);
  if (failing.length === 0) return null;
  return html`
    <div class="stop-banner" role="alert">
      ${icons.alert()}
      <span class="sentences">${failing.map((check) =>
        html`<span key=${check.name}><b>${healthInWords(check)}.</b> ${wordsFor(text.health.advice, check.name)}</span>`
      )}</span>
    </div>
  `;
}
