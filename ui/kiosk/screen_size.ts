import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { html, useState } from "../shared/html.ts";
import { keepPixelsPerMillimetre, pixelsPerMillimetre, pixelsPerMillimetreOf } from "../shared/screen.ts";
import { text } from "../shared/text.ts";

/** Diagonals of panels that are sold, inches. */
const INCHES = [7, 10.1, 13.3, 15.6, 21.5, 24];

/** Makes a millimetre on the page a millimetre on the panel: hold a bank card against it. */
export function ScreenSize({ onClose }: { onClose: () => void }) {
  const [density, setDensity] = useState(pixelsPerMillimetre());

  function keep(value: number | null) {
    keepPixelsPerMillimetre(value);
    // the box's own screen is remembered by the box; any other only here
    api("PUT /api/screen", { body: { pixelsPerMillimetre: value } }).catch(() => {});
    onClose();
  }

  return html`
    <${Dialog} title=${text.screen.title} onClose=${onClose} kind="wide">
      <p class="lead">${text.screen.lead}</p>
      <div class="card-stage">
        <svg
          class="bank-card"
          width=${85.6 * density}
          height=${53.98 * density}
          viewBox="0 0 85.6 53.98"
          role="img"
          aria-label=${text.screen.card}
        >
          <rect x="0.4" y="0.4" width="84.8" height="53.18" rx="3.2" />
          <path d="M0.4 9h84.8v9h-84.8Z" />
        </svg>
      </div>
      <input
        class="slider"
        type="range"
        min="2"
        max="12"
        step="0.01"
        aria-label=${text.screen.slider}
        value=${density}
        onInput=${(event) => setDensity(Number(event.target.value))}
      />
      <div class="suggestions" role="group" aria-label=${text.screen.inches}>
        ${INCHES.map((inches) =>
          html`
            <button
              type="button"
              class="choice small"
              key=${inches}
              aria-pressed=${Math.abs(pixelsPerMillimetreOf(inches) - density) < 0.01}
              onClick=${() => setDensity(Math.min(12, Math.max(2, pixelsPerMillimetreOf(inches))))}
            >
              ${text.screen.inch(inches)}
            </button>
          `
        )}
      </div>
      <div class="dialog-actions sticky">
        <button class="button tall" onClick=${() => keep(null)}>${text.screen.usual}</button>
        <button class="button tall primary" onClick=${() => keep(density)}>${text.save}</button>
      </div>
      <//>
  `;
}
