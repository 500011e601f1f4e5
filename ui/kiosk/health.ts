// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { Dialog } from "../shared/dialog.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";
import { ago } from "../shared/ago.ts";

/** Every check of the box in a sentence, each machine, and for what is not well what to do. */
export function Health(
  { report, machines, mayChange, onConnect, onClose }: {
    report: any;
    machines: any[];
    mayChange: boolean;
    onConnect: () => void;
    onClose: () => void;
  },
) {
  return html`
    <${Dialog} title=${text.health.title} onClose=${onClose}>
      <ul class="checks">
        ${(report?.checks ?? []).map((check) => {
          const words = text.health.states[check.name]?.[check.status];
          const advice = check.status === "ok" ? undefined : text.health.advice[check.name];
          return html`
            <li key=${check.name} class=${`is-${check.status}`}>
              ${check.status === "ok" ? icons.check() : icons.alert()}
              <div>
                <strong>${words ?? said(check.detail)}</strong>
                ${words && words !== check.detail && html`<small>${said(check.detail)}</small>`}
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
                    ? text.health.asked(machine.name, ago(machine.lastQueryAt))
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
