import type { PartHealth } from "../../src/web/contract/box.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { Dialog } from "../shared/dialog.ts";
import { shortHealth } from "../shared/health_words.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";
import { relativeTime } from "../shared/relative_time.ts";

export interface HealthProperties {
  checks: PartHealth[];
  machines: Machine[];
  mayChange: boolean;
  onConnect: () => void;
  onClose: () => void;
}

/** Every check of the box in a sentence, each machine, and for what is not well what to do. */
export function Health({ checks, machines, mayChange, onConnect, onClose }: HealthProperties) {
  return html`
    <${Dialog} title=${text.health.title} onClose=${onClose}>
      <ul class="checks">
        ${checks.map((check) => {
          const words = shortHealth(check);
          const advice = check.status === "ok" ? undefined : wordsFor(text.health.advice, check.name);
          return html`
            <li key=${check.name} class=${`is-${check.status}`}>
              ${check.status === "ok" ? icons.check() : icons.alert()}
              <div>
                <strong>${words ?? inWords(check.coded ?? {}, check.detail)}</strong>
                ${words && words !== check.detail && html`<small>${inWords(check.coded ?? {}, check.detail)}</small>`}
                ${advice && html`<p class="advice">${advice}</p>`}
              </div>
            </li>
          `;
        })}
        ${machines.map((machine) =>
          html`
            <li key=${machine.id} class=${machine.lastQueryAt ? "is-ok" : "is-warning"}>
              ${machine.lastQueryAt ? icons.check() : icons.alert()}
              <div>
                <strong>
                  ${machine.lastQueryAt
                    ? text.health.asked(machine.name, relativeTime(machine.lastQueryAt))
                    : `${machine.name} ${text.health.neverAsked}`}
                </strong>
                ${!machine.lastQueryAt && html`<p class="advice">${text.health.advice.machine}</p>`}
              </div>
            </li>
          `
        )}
        ${machines.length === 0 && html`
          <li class="is-warning">
            ${icons.alert()}
            <div><strong>${text.health.noMachine}</strong><p class="advice">${text.health.advice.machine}</p></div>
          </li>
        `}
      </ul>
      <div class="dialog-actions sticky">
        <button class="button tall" onClick=${onConnect}>${icons.plug()}${text.connect.title}</button>
        ${mayChange && html`<a class="button tall" href="/settings">${icons.gear()}${text.header.settings}</a>`}
      </div>
      <//>
  `;
}
