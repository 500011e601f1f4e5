import type { Reason } from "../../src/web/contract/appointments.ts";
import { reasonsInWords } from "./attention.ts";
import { html } from "./html.ts";
import { icons } from "./icons.ts";

/** Why a person should look, each reason once; nothing where there is none. */
export function Warning(
  { reasons = [], className = "row-attention" }: { reasons: readonly Reason[] | undefined; className?: string },
) {
  const sentences = reasonsInWords(reasons);
  if (sentences.length === 0) return null;
  return html`
    <span class=${className}>
      ${icons.alert()}
      <span class="sentences">${sentences.map((sentence) => html`<span key=${sentence}>${sentence}</span>`)}</span>
    </span>
  `;
}
