import type { Machine } from "../../src/web/contract/machines.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { text } from "../shared/text.ts";
import type { Standing } from "./home.ts";
import type { PageName } from "./pages.ts";

/** A step of setting up: done since, done at a time nobody knows, or left. */
interface Step {
  name: keyof typeof text.home.steps;
  done: string | boolean;
  page: PageName;
}

/** What is to be done until the box is of use, ticked off by itself as it happens. */
export function SetUp({ standing, machines }: { standing: Standing; machines: Machine[] }) {
  const { maintenance, clinic, users } = standing;
  // of what the box has not answered nobody knows whether it is done
  if (maintenance === null || clinic === null || users === null) return null;
  const steps = stepsOf({ maintenance, clinic, users }, machines);
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done)?.name;
  // not every clinic has a database for it
  const isOptional = ({ name }: Step) => name === "clinic" && clinic.state === "off";
  if (steps.every((step) => step.done || isOptional(step))) {
    return html`<p class="verified is-ok">${icons.check()}<span>${text.home.allDone}</span></p>`;
  }
  return html`
    <section class="card" aria-labelledby="set-up-title">
      <div>
        <h2 id="set-up-title">${text.home.setUp} <span class="count">${text.home.left(done, steps.length)}</span></h2>
        <p class="lead">${text.home.setUpLead}</p>
      </div>
      <ol class="home-list">
        ${steps.map(({ name, done, page }) =>
          html`
            <li key=${name} class=${done ? "is-done" : name === next ? "is-next" : ""}>
              <a class="home-item" href=${`#${page}`}>
                <span class="step-mark">${done ? icons.check() : ""}</span>
                <span>
                  <strong>${text.home.steps[name].title}</strong>
                  <span class="for-readers">${done ? text.steps.done : text.steps.open}</span>
                  ${done
                    ? typeof done === "string" && html`<small>${relativeTime(done)}</small>`
                    : name === next && html`<small>${text.home.steps[name].open}</small>`}
                </span>
                ${icons.next()}
              </a>
            </li>
          `
        )}
      </ol>
    </section>
  `;
}

type Known = { [Part in "maintenance" | "clinic" | "users"]: NonNullable<Standing[Part]> };

function stepsOf({ maintenance, clinic, users }: Known, machines: Machine[]): Step[] {
  const first = (times: (string | null)[]) => times.filter((time) => time !== null).sort()[0] ?? false;
  return [
    { name: "machine", done: first(machines.map(({ lastQueryAt }) => lastQueryAt)), page: "machines" },
    { name: "image", done: first(machines.map(({ lastImageAt }) => lastImageAt)), page: "machines" },
    { name: "backup", done: maintenance.backup.last?.at ?? false, page: "backup" },
    { name: "proof", done: maintenance.proof.last?.why === "" && maintenance.proof.last.at, page: "backup" },
    { name: "people", done: users.filter(({ disabled }) => !disabled).length > 1, page: "people" },
    { name: "clinic", done: clinic.state === "in sync" || clinic.state === "behind", page: "clinic" },
  ];
}
