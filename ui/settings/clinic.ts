import type {
  Clinic as Link,
  ClinicQueue,
  Missing,
  ScheduleProblem,
  ShownCertificate,
} from "../../src/web/contract/box.ts";
import type { Verification } from "../../src/web/contract/machines.ts";
import { relativeTime } from "../shared/relative_time.ts";
import { api, Refusal } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { Dialog } from "../shared/dialog.ts";
import { FixedNote } from "../shared/fixed_note.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";
import { useLive } from "./live.ts";
import { Marks, Results } from "./clinic_results.ts";
import { ClinicWebhook } from "./clinic_webhook.ts";
import { Outcome } from "./outcome.ts";
import { TryLink } from "./try_link.ts";
import { Confirm } from "../shared/confirm.ts";

/** How often the page looks again by itself: numbers that change without an event, milliseconds. */
const LOOK_EVERY = 15_000;

/** What an address looks like. */
const EXAMPLE = "postgresql://user:password@host:5432/database";

/** The clinic's own database: connected or not, what it lacks, and what waits for it or for a person. */
export function Clinic() {
  const { found, problem, reload } = useLive(
    async () => {
      const [clinic, queue] = await Promise.all([api("GET /api/clinic"), api("GET /api/clinic/queue")]);
      return { clinic, queue };
    },
    { noun: "clinic", every: LOOK_EVERY },
  );
  const { clinic, queue } = found ?? {};

  return html`
    <section class="card" aria-labelledby="clinic-title">
      <div>
        <h2 id="clinic-title">${text.pages.clinic}</h2>
        <p class="lead">${text.clinic.lead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      ${clinic && html`<${State} clinic=${clinic} />`}
      ${clinic && html`<${Address} clinic=${clinic} onChanged=${reload} />`}
    </section>
    ${clinic?.missing && clinic.missing.length > 0 &&
      html`<${MissingParts} missing=${clinic.missing} onDone=${reload} />`}
    ${queue && queue.parkedAggregates.length > 0 && html`
      <${Parked} parked=${queue.parkedAggregates} onChanged=${reload} />
    `}
    ${clinic && ["in sync", "behind"].includes(clinic.state) &&
      html`<${Results} clinic=${clinic} onChanged=${reload} />`}
    <${Marks} />
    <${ClinicWebhook} />
    ${clinic && clinic.scheduleProblems.length > 0 && html`<${Bookings} problems=${clinic.scheduleProblems} />`}
    ${clinic && clinic.staffProblems.length > 0 && html`
      <section class="card" aria-labelledby="staff-title">
        <h2 id="staff-title">${text.clinic.staffTitle}</h2>
        <ul class="machines">
          ${clinic.staffProblems.map(({ username, reason, coded }) =>
            html`
              <li key=${username}>
                <div class="machine-who"><strong>${username || text.clinic.noName}</strong><span>${inWords(
                  coded,
                  reason,
                )}</span></div>
              </li>
            `
          )}
        </ul>
      </section>
    `}
  `;
}

function State({ clinic }: { clinic: Link }) {
  const well = clinic.state === "in sync" || clinic.state === "behind";
  const ill = clinic.state === "away" || clinic.state === "needs mending";
  return html`
    <p class=${`verified ${well ? "is-ok" : ill ? "is-failing" : ""}`} role="status">
      ${well ? icons.check() : ill ? icons.alert() : icons.database()}<span>${text.clinic.states[clinic.state]}</span>
    </p>
    ${clinic.failure !== "" && html`<p class="lead">${inWords(clinic.failureCoded ?? {}, clinic.failure)}</p>`}
    ${ill && html`<${TryLink} link=${{ link: "clinic" }} />`}
    ${clinic.state !== "off" && html`
      <dl class="facts">
        <div>
          <dt>${text.clinic.address}</dt>
          <dd>${clinic.address}</dd>
        </div>
        <div>
          <dt>${text.clinic.read}</dt>
          <dd>${clinic.readAt ? relativeTime(clinic.readAt) : text.settings.never}</dd>
        </div>
        <div>
          <dt>${text.clinic.waiting}</dt>
          <dd>${text.clinic.waitingSince(clinic.waiting, clinic.oldestAt ? relativeTime(clinic.oldestAt) : "")}</dd>
        </div>
        <div>
          <dt>${text.clinic.parked}</dt>
          <dd>${clinic.parked || text.clinic.nobody}</dd>
        </div>
      </dl>
    `}
  `;
}

/** Where the database is: tried out before it is kept. */
function Address({ clinic, onChanged }: { clinic: Link; onChanged: () => Promise<void> }) {
  const [url, setUrl] = useState("");
  const action = useAction();
  const { busy, problem } = action;
  const [saved, setSaved] = useState(false);
  /** to be confirmed */
  const [certificate, setCertificate] = useState<ShownCertificate | undefined>(undefined);
  const [confirming, setConfirming] = useState(false);
  /** the address that was tried last, and how that went */
  const [tested, setTested] = useState<{ url: string; result: Verification } | undefined>(undefined);

  if (clinic.addressFrom === "environment") {
    return html`
      <div class="machine-form">
        <label class="field whole">
          <span>${text.clinic.url}</span>
          <input name="url" value=${clinic.address} disabled />
          <${FixedNote} name="SONODESK_CLINIC_DATABASE_URL" />
        </label>
      </div>
    `;
  }

  function act(work: () => Promise<unknown>) {
    setSaved(false);
    return action.act(work);
  }

  const test = () => act(async () => setTested({ url, result: await api("POST /api/clinic/test", { body: { url } }) }));

  const save = (event: SubmitEvent) => {
    event.preventDefault();
    return act(() => keep(undefined).catch(showCertificate));
  };

  /** @throws Refusal where it is about something else */
  function showCertificate(refusal: unknown) {
    if (!(refusal instanceof Refusal) || !refusal.problem.certificate) throw refusal;
    setCertificate(refusal.problem.certificate);
  }

  /** @param fingerprint of the certificate that was confirmed */
  async function keep(fingerprint: string | undefined) {
    await api("PUT /api/clinic", { body: { url, ...(fingerprint && { fingerprint }) } });
    setCertificate(undefined);
    setUrl("");
    setSaved(true);
    await onChanged();
  }

  async function disconnect() {
    await api("PUT /api/clinic", { body: { url: null } });
    setConfirming(false);
    setTested(undefined);
    await onChanged();
  }

  const connected = clinic.addressFrom === "stored";
  return html`
    <form class="machine-form" onSubmit=${save} aria-label=${text.clinic.url}>
      <h3 class="whole">${connected ? text.clinic.changeTitle : text.clinic.connectTitle}</h3>
      <label class="field whole">
        <span>${text.clinic.url}</span>
        <input
          name="url"
          value=${url}
          required
          maxlength="2000"
          placeholder=${EXAMPLE}
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          onInput=${(event) => {
            setSaved(false);
            setUrl(event.target.value);
          }}
        />
        <small>${text.clinic.urlHint}</small>
      </label>
      <p class="problem whole" role="alert">${problem}</p>
      <${Outcome} result=${tested?.url === url ? tested.result : undefined} />
      ${tested?.url === url && !tested.result.ok && html`<${TryLink} key=${url} link=${{ link: "clinic", url }} />`}
      ${saved && html`<p class="verified is-ok whole" role="status">${icons.check()}${text.clinic.saved}</p>`}
      <div class="dialog-actions whole">
        ${connected && html`
          <button type="button" class="button tall danger" disabled=${busy} onClick=${() => setConfirming(true)}>
            ${text.clinic.disconnect}
          </button>
        `}
        <button type="button" class="button tall" disabled=${busy || url.trim() === ""} onClick=${test}>
          ${busy ? text.clinic.testing : text.clinic.test}
        </button>
        <button class="button tall primary" disabled=${busy || url.trim() === ""}>${text.clinic.save}</button>
      </div>
    </form>
    ${certificate && html`
      <${Dialog} title=${text.clinic.certificate} onClose=${() => setCertificate(undefined)} kind="wide">
        <p>${text.clinic.compare}</p>
        <p class="fingerprint">
          ${certificate.fingerprint.split(/(?<=:)/).map((pair) => html`${pair}<wbr />`)}
        </p>
        <p class="lead">${certificate.subject}</p>
        <p class="problem" role="alert">${problem}</p>
        <div class="dialog-actions">
          <button type="button" class="button tall" onClick=${() => setCertificate(undefined)}>${text.cancel}</button>
          <button type="button" class="button tall primary" disabled=${busy}
            onClick=${() => act(() => keep(certificate.fingerprint))}>${text.clinic.confirm}</button>
        </div>
        <//>
    `}
    ${confirming && html`
      <${Confirm}
        title=${text.clinic.disconnect}
        question=${text.clinic.disconnectSure}
        act=${disconnect}
        onClose=${() => setConfirming(false)}
      />
    `}
  `;
}

function MissingParts({ missing, onDone }: { missing: Missing[]; onDone: () => Promise<void> }) {
  const [sql, setSql] = useState("");
  const [problem, setProblem] = useState("");
  const [open, setOpen] = useState(false);

  async function show() {
    try {
      const answer = await fetch("/api/clinic/sql");
      if (!answer.ok) throw new Error();
      setSql(await answer.text());
    } catch {
      setProblem(text.offline);
    }
  }

  return html`
    <section class="card" aria-labelledby="missing-title">
      <div>
        <h2 id="missing-title">${text.clinic.missingTitle}</h2>
        <p class="lead">${text.clinic.missingLead} <a href="#tables">${text.clinic.otherTables}</a></p>
      </div>
      <ul class="lacking">
        ${byConsequence(missing).map(({ consequence, needed, what }) =>
          html`
            <li key=${consequence} class=${needed ? "is-needed" : ""}>
              <strong>${needed ? consequence : `${consequence} (${text.clinic.slower})`}</strong>
              <span>${what.join(", ")}</span>
            </li>
          `
        )}
      </ul>
      <p class="problem" role="alert">${problem}</p>
      <div class="dialog-actions">
        ${sql === "" && html`<button class="button tall" onClick=${show}>${text.clinic.showSql}</button>`}
        <button class="button tall primary" onClick=${() => setOpen(true)}>${text.clinic.putRight}</button>
      </div>
      ${sql !== "" && html`<pre class="sql" tabindex="0" role="region" aria-label=${text.clinic.sql}>${sql}</pre>`}
      ${open && html`<${PutRight} onDone=${onDone} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}

/** What one cannot do, with everything that is missing for it. */
function byConsequence(missing: Missing[]) {
  const groups = Map.groupBy(missing, ({ coded, consequence }) => inWords(coded.consequence, consequence));
  return [...groups].map(([consequence, parts]) => ({
    consequence,
    needed: parts[0]?.needed,
    what: parts.map(({ coded, what }) => inWords(coded.what, what)),
  }));
}

/** Runs the SQL, mostly as another user than the box's own, who may not make tables. */
function PutRight({ onDone, onClose }: { onDone: () => Promise<void>; onClose: () => void }) {
  const form = useForm({ owner: "" }, text.clinic);
  const { values, busy, submit, field } = form;
  const install = submit(async () => {
    await api("POST /api/clinic/install", { body: { url: values.owner } });
    onClose();
    await onDone();
  });

  return html`
    <${Dialog} title=${text.clinic.putRight} onClose=${onClose} kind="wide">
      <form class="machine-form" onSubmit=${install}>
        <p class="whole">${text.clinic.putRightSure}</p>
        ${field("owner", text.clinic.ownerHint, { maxlength: 2000, placeholder: EXAMPLE, autocapitalize: "none" })}
        <${FormEnd}
          form=${form}
          onClose=${onClose}
          label=${busy ? text.clinic.puttingRight : text.clinic.putRight}
        />
      </form>
      <//>
  `;
}

interface ParkedProperties {
  parked: ClinicQueue["parkedAggregates"];
  onChanged: () => Promise<void>;
}

function Parked({ parked, onChanged }: ParkedProperties) {
  const { busy, problem, act } = useAction();
  const again = (aggregate: string) =>
    act(async () => {
      await api("POST /api/clinic/queue/:aggregate/retry", { aggregate });
      await onChanged();
    });

  return html`
    <section class="card" aria-labelledby="parked-title">
      <div>
        <h2 id="parked-title">${text.clinic.queueTitle} <span class="count">${parked.length}</span></h2>
        <p class="lead">${text.clinic.queueLead}</p>
      </div>
      <p class="problem" role="alert">${problem}</p>
      <ul class="machines">
        ${parked.map(({ aggregate, reason, coded, needs, parkedAt, events }) => {
          const [kind, id] = [aggregate.split(":")[0] ?? "", aggregate.slice(aggregate.indexOf(":") + 1)];
          return html`
            <li key=${aggregate} class="is-waiting">
              <div class="machine-who">
                <strong>
                  ${[
                    `${wordsFor(text.clinic.kinds, kind) ?? kind}${id === kind ? "" : ` ${id}`}`,
                    needs === "a patient" && text.clinic.needsPatient,
                  ].filter(Boolean).join(" · ")}
                </strong>
                <span>${inWords(coded ?? {}, reason)}</span>
                <span>${[relativeTime(parkedAt), text.clinic.behind(events)].join(" · ")}</span>
              </div>
              <div class="machine-actions">
                <button class="button" disabled=${busy} onClick=${() => again(aggregate)}>${text.clinic.again}</button>
              </div>
            </li>
          `;
        })}
      </ul>
    </section>
  `;
}

function Bookings({ problems }: { problems: ScheduleProblem[] }) {
  return html`
    <section class="card" aria-labelledby="bookings-title">
      <div>
        <h2 id="bookings-title">${text.clinic.problemsTitle} <span class="count">${problems.length}</span></h2>
        <p class="lead">${text.clinic.problemsLead}</p>
      </div>
      <ul class="machines">
        ${problems.map(({ appointmentId, date, time, patientName, reason, coded }) =>
          html`
            <li key=${appointmentId}>
              <div class="machine-who">
                <strong>${patientName.replaceAll("^", " ") || text.clinic.noName}</strong>
                <span>${inWords(coded ?? {}, reason)}</span>
                <span>${[[date, time.slice(0, 5)].filter(Boolean).join(" "), appointmentId].filter(Boolean).join(
                  " · ",
                )}</span>
              </div>
            </li>
          `
        )}
      </ul>
    </section>
  `;
}
