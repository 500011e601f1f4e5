import type { Clinic, MaintenanceStatus, PartHealth, Update } from "../../src/web/contract/box.ts";
import type { User } from "../../src/web/contract/people.ts";
import { api, Refusal } from "../shared/api.ts";
import { healthInWords } from "../shared/health_words.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { attentionOf, type Notice } from "./attention.ts";
import { useLive } from "./live.ts";
import type { PageProperties } from "./pages.ts";
import { SelfTest } from "./self_test.ts";
import { SetUp } from "./set_up.ts";

/** How often the page looks again by itself: much of it changes without an event, milliseconds. */
const LOOK_EVERY = 15_000;

/** What the overview is made of; null is what the box has not answered. */
export interface Standing {
  checks: PartHealth[] | null;
  maintenance: MaintenanceStatus | null;
  clinic: Clinic | null;
  users: User[] | null;
  update: Update | null;
}

/** The home of the settings: what is well, what is not and where it is mended, and what of setting up is left. */
export function Home({ machines }: Pick<PageProperties, "machines">) {
  const { found } = useLive(look, { noun: "machine", every: LOOK_EVERY });
  return html`
    <div class="home" aria-busy=${found === undefined}>
      ${found && html`
        <${State} standing=${found} machines=${machines} />
        <${SetUp} standing=${found} machines=${machines} />
        <${SelfTest} />
      `}
    </div>
  `;
}

async function look(): Promise<Standing> {
  const orNull = <T>(asked: Promise<T>) => asked.catch(() => null);
  const [checks, maintenance, clinic, users, update] = await Promise.all([
    api("GET /healthz").then(({ checks }) => checks, checksOf),
    orNull(api("GET /api/care")),
    orNull(api("GET /api/clinic")),
    orNull(api("GET /api/users")),
    orNull(api("GET /api/update")),
  ]);
  return { checks, maintenance, clinic, users, update };
}

/** What is failing is told by a refusal. */
function checksOf(refusal: unknown): PartHealth[] | null {
  return refusal instanceof Refusal ? refusal.problem.checks ?? null : null;
}

function State({ standing, machines }: { standing: Standing } & Pick<PageProperties, "machines">) {
  const notices = attentionOf(standing, machines);
  const stopping = notices.filter(({ weight }) => weight === "failing").length;
  const well = standing.checks?.filter(({ status }) => status === "ok") ?? [];
  const unknown = standing.checks === null;
  return html`
    <section class="card home-state" aria-labelledby="state-title">
      <h2 id="state-title" class=${stopping > 0 ? "is-failing" : notices.length > 0 ? "is-warning" : "is-ok"}>
        ${notices.length > 0 || unknown ? icons.alert() : icons.check()}
        <span>${stopping > 0
          ? text.home.stops(stopping)
          : notices.length > 0
          ? text.home.attention(notices.length)
          : unknown
          ? text.offline
          : text.home.well}</span>
      </h2>
      ${notices.length > 0 && html`
        <ul class="home-list">${notices.map((notice) => html`<${Item} key=${notice.words} notice=${notice} />`)}</ul>
      `}
      ${well.length > 0 && html`
        <div>
          ${notices.length > 0 && html`<h3>${text.home.wellParts}</h3>`}
          <ul class="home-well">
            ${well.map((check) =>
              html`<li key=${check.name}>${icons.check()}<span>${healthInWords(check)}</span></li>`
            )}
          </ul>
        </div>
      `}
    </section>
  `;
}

function Item({ notice: { weight, words, advice, page } }: { notice: Notice }) {
  return html`
    <li>
      <a class=${`home-item is-${weight}`} href=${`#${page}`}>
        ${icons.alert()}
        <span><strong>${words}</strong><small>${advice}</small></span>
        ${icons.next()}
      </a>
    </li>
  `;
}
