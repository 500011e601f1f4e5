import type { Machine } from "../../src/web/contract/machines.ts";
import { clockTime, dayAndTime, dayOf } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/** A service, when it was last used, and how that went. */
interface Used {
  name: string;
  at: string | null;
  what?: string | null;
  failing?: boolean | null;
  why?: string;
}

/** What a machine uses of the box, each service with its last success. */
export function Services({ machine }: { machine: Machine }) {
  const { lastEchoAt, lastQueryAt, lastImageAt, lastStepAt, lastCommitment } = machine;
  const { objects = 0, committed = 0, reportedAt = null, requestedAt = null, lastError = "" } = lastCommitment ?? {};
  const services: Used[] = [
    { name: text.services.verification, at: lastEchoAt },
    { name: text.services.worklist, at: lastQueryAt },
    { name: text.services.storage, at: lastImageAt },
    { name: text.services.steps, at: lastStepAt },
    {
      name: text.services.commitment,
      at: reportedAt ?? requestedAt,
      what: lastCommitment && text.services.committed(committed, objects),
      // a report that is still owed is no success yet
      failing: lastCommitment && (committed < objects || !reportedAt),
      why: lastError,
    },
  ];
  return html`
    <section class="card" aria-labelledby="services-title">
      <div>
        <h2 id="services-title">${text.services.title}</h2>
        <p class="lead">${text.services.lead}</p>
      </div>
      <dl class="services">
        ${services.map(({ name, at, what, failing, why }) =>
          html`
            <div key=${name} class=${failing ? "is-failing" : at ? "is-done" : ""}>
              <dt><span>${failing ? icons.alert() : at ? icons.check() : ""}</span><span>${name}</span></dt>
              <dd>${at ? [what, when(at)].filter(Boolean).join(", ") : text.services.never}${why &&
                html`<small>${why}</small>`}</dd>
            </div>
          `
        )}
      </dl>
    </section>
  `;
}

/** The time, and the day where it is not today. @param at ISO 8601 */
function when(at: string) {
  return dayOf(new Date(at)) === dayOf(new Date()) ? clockTime(at) : dayAndTime(at);
}
