import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** Play, pause, a step to each side, and a place to scrub. */
export interface PlayBarProperties {
  playing: boolean;
  value: number;
  least: number;
  most: number;
  label: string;
  note: string;
  onPlay: () => void;
  onStep: (steps: number) => void;
  onScrub: (value: number) => void;
}

export function PlayBar({ playing, value, least, most, label, note, onPlay, onStep, onScrub }: PlayBarProperties) {
  return html`
    <div class="clip-bar">
      <button class="button dark round" aria-label=${playing ? text.viewer.pause : text.viewer.play} onClick=${onPlay}>
        ${playing ? icons.pause() : icons.play()}
      </button>
      <button class="button dark round" aria-label=${text.viewer.stepBack} onClick=${() => onStep(-1)}>
        ${icons.stepBack()}
      </button>
      <button class="button dark round" aria-label=${text.viewer.stepOn} onClick=${() => onStep(1)}>
        ${icons.stepOn()}
      </button>
      <input
        type="range"
        min=${least}
        max=${most}
        step="any"
        value=${value}
        aria-label=${text.viewer.place}
        aria-valuetext=${label}
        onInput=${(event) => onScrub(Math.round(Number(event.target.value)))}
      />
      <span class="clip-place"><span>${label}</span><small>${note}</small></span>
    </div>
  `;
}
