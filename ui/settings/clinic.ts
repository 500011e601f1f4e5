// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ago } from "../shared/ago.ts";
import { ask } from "../shared/api.ts";
import { useDeed } from "../shared/deed.ts";
import { Dialog } from "../shared/dialog.ts";
import { FormEnd, useForm } from "../shared/form.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";
import { useLive } from "./live.ts";
import { Outcome } from "./outcome.ts";
import { Sure } from "./sure.ts";

/** How often the page looks again by itself: numbers that change without an event, milliseconds. */
const LOOK_EVERY = 15_000;

/** What an address looks like. */
const EXAMPLE = "postgresql://user:password@host:5432/database";

/** The clinic's own database: connected or not, what it lacks, and what waits for it or for a person. */
export function Clinic() {
  const { found, problem, reload } = useLive(
    async () => {
      const [clinic, queue] = await Promise.all([ask("/api/clinic"), ask("/api/clinic/queue")]);
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
    ${clinic && (clinic.missing ?? []).length > 0 &&
      html`<${MissingParts} missing=${clinic.missing} onDone=${reload} />`}
    ${queue && queue.parkedAggregates.length > 0 && html`
      <${Parked} parked=${queue.parkedAggregates} onChanged=${reload} />
    `}
    ${clinic && clinic.scheduleProblems.length > 0 && html`<${Bookings} problems=${clinic.scheduleProblems} />`}
    ${clinic && clinic.staffProblems.length > 0 && html`
      <section class="card" aria-labelledby="staff-title">
        <h2 id="staff-title">${text.clinic.staffTitle}</h2>
        <ul class="machines">
          ${clinic.staffProblems.map(({ username, reason }) =>
            html`
              <li key=${username}>
                <div class="machine-who"><strong>${username || text.clinic.noName}</strong><span>${said(
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

function State({ clinic }) {
  const well = clinic.state === "in sync" || clinic.state === "behind";
  const ill = clinic.state === "away" || clinic.state === "needs mending";
  return html`
    <p class=${`verified ${well ? "is-ok" : ill ? "is-failing" : ""}`} role="status">
      ${well ? icons.check() : ill ? icons.alert() : icons.database()}<span>${text.clinic.states[clinic.state]}</span>
    </p>
    ${clinic.failure !== "" && html`<p class="lead">${said(clinic.failure)}</p>`}
    ${clinic.state !== "off" && html`
      <dl class="facts">
        <div>
          <dt>${text.clinic.address}</dt>
          <dd>${clinic.address}</dd>
        </div>
        <div>
          <dt>${text.clinic.read}</dt>
          <dd>${clinic.readAt ? ago(clinic.readAt) : text.settings.never}</dd>
        </div>
        <div>
          <dt>${text.clinic.waiting}</dt>
          <dd>${text.clinic.waitingSince(clinic.waiting, clinic.oldestAt ? ago(clinic.oldestAt) : "")}</dd>
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
function Address({ clinic, onChanged }) {
  const [url, setUrl] = useState("");
  const deed = useDeed();
  const { busy, problem } = deed;
  const [saved, setSaved] = useState(false);
  /** to be confirmed */
  const [certificate, setCertificate] = useState<{ fingerprint: string; subject: string } | undefined>(undefined);
  const [sure, setSure] = useState(false);
  const [tested, setTested] = useState<{ ok: boolean; detail: string } | undefined>(undefined);

  if (clinic.addressFrom === "environment") {
    return html`<p class="lead">${text.clinic.fixed("SONODESK_CLINIC_DATABASE_URL")}</p>`;
  }

  function act(work) {
    setSaved(false);
    return deed.act(work);
  }

  const test = () => act(async () => setTested(await ask("/api/clinic/test", { body: { url } })));

  const save = (event) => {
    event.preventDefault();
    return act(() => keep(undefined).catch(showCertificate));
  };

  /** @throws Refusal where it is about something else */
  function showCertificate(refusal: any) {
    if (!refusal.problem?.certificate) throw refusal;
    setCertificate(refusal.problem.certificate);
  }

  /** @param fingerprint of the certificate that was confirmed */
  async function keep(fingerprint: string | undefined) {
    await ask("/api/clinic", { method: "PUT", body: { url, ...(fingerprint && { fingerprint }) } });
    setCertificate(undefined);
    setUrl("");
    setTested(undefined);
    setSaved(true);
    await onChanged();
  }

  async function disconnect() {
    await ask("/api/clinic", { method: "PUT", body: { url: null } });
    setSure(false);
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
            setTested(undefined);
            setSaved(false);
            setUrl(event.target.value);
          }}
        />
        <small>${text.clinic.urlHint}</small>
      </label>
      <p class="problem whole" role="alert">${problem}</p>
      <${Outcome} result=${tested} />
      ${saved && html`<p class="verified is-ok whole" role="status">${icons.check()}${text.clinic.saved}</p>`}
      <div class="dialog-actions whole">
        ${connected && html`
          <button type="button" class="button tall danger" disabled=${busy} onClick=${() => setSure(true)}>
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
    ${sure && html`
      <${Sure}
        title=${text.clinic.disconnect}
        question=${text.clinic.disconnectSure}
        act=${disconnect}
        onClose=${() => setSure(false)}
      />
    `}
  `;
}

function MissingParts({ missing, onDone }) {
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
        <p class="lead">${text.clinic.missingLead}</p>
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
function byConsequence(missing: any[]) {
  const groups = new Map();
  for (const { what, consequence, needed } of missing) {
    if (!groups.has(consequence)) groups.set(consequence, { consequence, needed, what: [] });
    groups.get(consequence).what.push(what);
  }
  return [...groups.values()];
}

/** Runs the SQL, mostly as another user than the box's own, who may not make tables. */
function PutRight({ onDone, onClose }) {
  const form = useForm({ owner: "" }, text.clinic);
  const { values, busy, submit, field } = form;
  const install = submit(async () => {
    await ask("/api/clinic/install", { body: { url: values.owner } });
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

function Parked({ parked, onChanged }) {
  const { busy, problem, act } = useDeed();
  const again = (aggregate) =>
    act(async () => {
      await ask(`/api/clinic/queue/${encodeURIComponent(aggregate)}/retry`, { method: "POST" });
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
        ${parked.map(({ aggregate, reason, needs, parkedAt, events }) => {
          const [kind, id] = [aggregate.split(":")[0], aggregate.slice(aggregate.indexOf(":") + 1)];
          return html`
            <li key=${aggregate} class="is-waiting">
              <div class="machine-who">
                <strong>
                  ${[
                    `${text.clinic.kinds[kind] ?? kind}${id === kind ? "" : ` ${id}`}`,
                    needs === "a patient" && text.clinic.needsPatient,
                  ].filter(Boolean).join(" · ")}
                </strong>
                <span>${said(reason)}</span>
                <span>${[ago(parkedAt), text.clinic.behind(events)].join(" · ")}</span>
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

function Bookings({ problems }) {
  return html`
    <section class="card" aria-labelledby="bookings-title">
      <div>
        <h2 id="bookings-title">${text.clinic.problemsTitle} <span class="count">${problems.length}</span></h2>
        <p class="lead">${text.clinic.problemsLead}</p>
      </div>
      <ul class="machines">
        ${problems.map(({ appointmentId, date, time, patientName, reason }) =>
          html`
            <li key=${appointmentId}>
              <div class="machine-who">
                <strong>${patientName.replaceAll("^", " ") || text.clinic.noName}</strong>
                <span>${said(reason)}</span>
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
