import { reasonsInWords } from "./attention.js";
import { html } from "./html.js";
import { icons } from "./icons.js";

/**
 * Why a person should look, each reason once; nothing where there is none.
 *
 * @param {{ reasons: any[] | undefined, className?: string }} properties
 */
export function Warning({ reasons = [], className = "row-attention" }) {
  const sentences = reasonsInWords(reasons);
  if (sentences.length === 0) return null;
  return html`
    <span class=${className}>
      ${icons.alert()}
      <span class="sentences">${sentences.map((sentence) => html`<span key=${sentence}>${sentence}</span>`)}</span>
    </span>
  `;
}
