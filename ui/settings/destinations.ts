import { relativeTime } from "../shared/relative_time.ts";
import type { Destination, QueuedObject, Verification } from "../../src/web/contract/machines.ts";
import type { Machine } from "../../src/web/contract/machines.ts";
import { api } from "../shared/api.ts";
import { useAction, whyNot } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.ts";
import { DateInput } from "../shared/date_input.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { DestinationForm } from "./destination_form.ts";
import { useLive } from "./live.ts";
import { Outcome } from "./outcome.ts";
import { TryLink } from "./try_link.ts";
import { Confirm } from "../shared/confirm.ts";

/** How often the page looks again by itself: a queue moves without anybody's doing, milliseconds. */
const LOOK_EVERY = 10_000;

/** The window that is open over the page. */
type Open =
  | { window: "form"; destination?: Destination }
  | { window: "older" | "confirm"; destination: Destination };

/** Where images are sent on to: each with its queue, and what a person has to decide. */
export function Destinations({ machines }: { machines: Machine[] }) {
  const { found: destinations, problem, reload } = useLive(() => api("GET /api/destinations"), {
    noun: "destination",
    every: LOOK_EVERY,
  });
  const [open, setOpen] = useState<Open | null>(null);

  const close = () => setOpen(null);
  /** Closes the window in which it was done, and none that was opened since. */
  const done = async () => {
    setOpen((now) => now === open ? null : now);
    await reload();
  };
  return html`
    <section class="card" aria-labelledby="destinations-title">
      <div class="card-head">
        <div>
          <h2 id="destinations-title">${text.pages.forwarding}</h2>
          <p class="lead">${text.forwarding.lead}</p>
        </div>
        <button class="button primary" onClick=${() => setOpen({ window: "form" })}>
          ${icons.add()}${text.forwarding.add}
        </button>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${destinations?.length === 0 && html`<p class="lead">${text.forwarding.none}</p>`}
      <ul class="machines">
        ${(destinations ?? []).map((destination) =>
          html`
            <${DestinationItem} key=${destination
              .id} destination=${destination} onOpen=${setOpen} onChanged=${reload} />
          `
        )}
      </ul>
      ${open?.window === "form" && html`
        <${DestinationForm} destination=${open.destination} machines=${machines} onSaved=${done} onClose=${close} />
      `}
      ${open?.window === "older" &&
        html`<${Older} destination=${open.destination} onDone=${reload} onClose=${close} />`}
      ${open?.window === "confirm" && html`
        <${Confirm}
          title=${text.settings.remove}
          question=${text.forwarding.removeSure(open.destination.name)}
          act=${async () => {
            await api("DELETE /api/destinations/:id", { id: open.destination.id });
            await done();
          }}
          onClose=${close}
        />
      `}
    </section>
  `;
}

interface DestinationItemProperties {
  destination: Destination;
  onOpen: (open: Open) => void;
  onChanged: () => Promise<void>;
}

function DestinationItem({ destination, onOpen, onChanged }: DestinationItemProperties) {
  const { busy, problem, act } = useAction();
  const [verified, setVerified] = useState<Verification | undefined>(undefined);
  const [looking, setLooking] = useState(false);
  const { name, aeTitle, address, port, tls, enabled, rules, queue, lastSentAt, lastError, commits } = destination;
  const { id } = destination;

  const open = queue.waiting + queue.unmatched + queue.held + queue.parked;
  return html`
    <li class=${queue.parked > 0 ? "is-waiting" : ""}>
      <div class="machine-who">
        <strong>${name}</strong>
        <span>${[aeTitle, `${address}:${port}`, tls && text.forwarding.tlsShort, !enabled && text.forwarding.disabled]
          .filter(Boolean).join(
            " · ",
          )}</span>
        <span>${rules.length === 0 ? text.forwarding.everything : text.forwarding.byRules(rules.length)}</span>
      </div>
      <div class="machine-actions">
        <button
          class="button"
          disabled=${busy}
          onClick=${() => act(async () => setVerified(await api("POST /api/destinations/:id/verify", { id })))}
        >
          ${busy ? text.settings.verifying : text.settings.verify}
        </button>
        <button class="button" onClick=${() => onOpen({ window: "older", destination })}>${text.forwarding
          .older}</button>
        <button class="button" onClick=${() => onOpen({ window: "form", destination })}>${text.settings.edit}</button>
        <button class="button danger" onClick=${() => onOpen({ window: "confirm", destination })}>
          ${text.settings.remove}
        </button>
      </div>
      <dl class="facts whole">
        <div><dt>${text.forwarding.waiting}</dt><dd>${queue.waiting}</dd></div>
        <div><dt>${text.forwarding.unmatched}</dt><dd>${queue.unmatched}</dd></div>
        ${queue.held > 0 && html`
          <div>
            <dt>${text.forwarding.held}</dt>
            <dd>${queue.held}</dd>
          </div>
        `}
        <div><dt>${text.forwarding.parked}</dt><dd>${queue.parked}</dd></div>
        <div>
          <dt>${text.forwarding.sent}</dt>
          <dd>
            ${queue.sent}${lastSentAt && html`<small>${relativeTime(lastSentAt)}</small>`}
          </dd>
        </div>
        <div>
          <dt>${text.forwarding.committed}</dt>
          <dd>
            ${commits
              ? text.forwarding.of(queue.committed, queue.sent)
              : commits === false
              ? text.forwarding.notOffered
              : text.services.never}
          </dd>
        </div>
      </dl>
      ${lastError !== "" && lastError !== verified?.detail && html`
        <p class="verified is-failing">${icons.alert()}<span>${lastError}</span></p>
      `}
      <p class="problem" role="alert">${problem}</p>
      <${Outcome} result=${verified} />
      ${(verified === undefined ? lastError !== "" : !verified.ok) &&
        html`<${TryLink} link=${{ link: "destination", id }} />`}
      ${open > 0 && html`
        <div class="machine-actions whole">
          <button class="button" aria-expanded=${looking} onClick=${() => setLooking(!looking)}>
            ${icons.list()}${text.forwarding.queue(open)}
          </button>
          <button
            class="button"
            disabled=${busy}
            onClick=${() =>
              act(async () => {
                await api("POST /api/destinations/:id/retry", { id });
                await onChanged();
              })}
          >
            ${icons.send()}${text.forwarding.retry}
          </button>
        </div>
      `}
      ${looking && open > 0 && html`<${Queue} destination=${destination} />`}
    </li>
  `;
}

/** What has not been sent, object by object, what needs a person first. */
function Queue({ destination }: { destination: Destination }) {
  const [objects, setObjects] = useState<QueuedObject[]>([]);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    api("GET /api/destinations/:id/queue", { id: destination.id }).then((found) => {
      if (!gone) setObjects(found);
    }, (refusal) => {
      if (!gone) setProblem(whyNot(refusal));
    });
    return () => {
      gone = true;
    };
  }, [destination]);
  return html`
    <div class="table-scroll whole" tabindex="0" role="region" aria-label=${text.forwarding.queueOf(destination.name)}>
      <p class="problem" role="alert">${problem}</p>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">${text.forwarding.since}</th>
            <th scope="col">${text.forwarding.why}</th>
            <th scope="col">${text.forwarding.tries}</th>
            <th scope="col">${text.forwarding.object}</th>
          </tr>
        </thead>
        <tbody>
          ${objects.map(({ sequence, sopInstanceUid, queuedAt, attempts, lastError, parkedAt }) =>
            html`
              <tr key=${sequence}>
                <td>${relativeTime(queuedAt)}</td>
                <td class="wraps">${parkedAt ? `${text.forwarding.parked}: ${lastError}` : lastError}</td>
                <td>${attempts}</td>
                <td>${sopInstanceUid}</td>
              </tr>
            `
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** Sends what came before the destination was there. */
interface OlderProperties {
  destination: Destination;
  onDone: () => Promise<void>;
  onClose: () => void;
}

function Older({ destination, onDone, onClose }: OlderProperties) {
  const [days, setDays] = useState({ from: "", to: "" });
  const { busy, problem, act } = useAction();
  const [queued, setQueued] = useState<number | undefined>(undefined);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    return act(async () => {
      const body = Object.fromEntries(Object.entries(days).filter(([, day]) => day !== ""));
      setQueued((await api("POST /api/destinations/:id/older", { id: destination.id, body })).queued);
      await onDone();
    });
  };

  const day = (name: "from" | "to") =>
    html`
      <label class="field">
        <span>${text.forwarding[name]}</span>
        <${DateInput} name=${name} value=${days[name]} onDay=${(day: string) => setDays({ ...days, [name]: day })} />
      </label>
    `;
  return html`
    <${Dialog} title=${`${text.forwarding.older}: ${destination.name}`} onClose=${onClose}>
      <form class="machine-form" onSubmit=${submit}>
        <p class="lead whole">${text.forwarding.olderLead}</p>
        ${day("from")} ${day("to")}
        <p class="problem whole" role="alert">${problem}</p>
        ${queued !== undefined && html`
          <p class="verified is-ok whole" role="status">${icons.check()}<span>${text.forwarding.queued(
            queued,
          )}</span></p>
        `}
        <div class="dialog-actions whole">
          <button type="button" class="button tall" onClick=${onClose}>
            ${queued === undefined ? text.cancel : text.close}
          </button>
          <button class="button tall primary" disabled=${busy}>${text.forwarding.send}</button>
        </div>
      </form>
      <//>
  `;
}
