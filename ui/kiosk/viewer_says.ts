import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text, wordsFor } from "../shared/text.ts";
import type { Caliper, Kind } from "./caliper_geometry.ts";
import { measured, type Scale } from "./calipers.ts";

/** What to do with the tool in hand; else, of calipers that have no number, why not; else what the numbers are. */
interface SaysProperties {
  tool: Kind | undefined;
  playing: boolean;
  calipers: Caliper[];
  scale: Scale;
}

export function Says({ tool, playing, calipers, scale }: SaysProperties) {
  if (tool !== undefined) return html`<p>${playing ? text.viewer.pauseFirst : text.viewer.draw[tool]}</p>`;
  if (calipers.length === 0) return null;
  const found = calipers.map((caliper) => ({ kind: caliper.kind, result: measured(caliper, scale) }));
  const reasons = new Set(found.flatMap(({ result }) => "reason" in result ? [result.reason] : []));
  const rules = new Set(
    found.flatMap(({ kind, result }) => "sizes" in result ? [wordsFor(text.viewer.rules, kind)] : []),
  );
  return html`
    ${[...reasons].map((reason) =>
      html`<p key=${reason} class="says-reason">${icons.alert()}<span>${text.viewer.noSizeBecause[reason]}</span></p>`
    )}
    ${rules.size > 0 && html`<p>${[text.viewer.notKept, ...rules].filter(Boolean).join(" ")}</p>`}
  `;
}
