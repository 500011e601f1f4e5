import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { clockTime, dateInWords, fullName } from "../shared/format.js";
import { html, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { said } from "../shared/said.js";
import { text } from "../shared/text.js";

/** Everything known of one appointment, its history, and what else can be done with it. */
export function Details(
  { appointment, deed, machineNamed, onSend, onRecall, onComplete, onUnmatched, onClose },
) {
  const [steps, setSteps] = useState([]);
  /** @type {[any[], (performed: any[]) => void]} what machines said they did */
  const [performed, setPerformed] = useState([]);
  const [studies, setStudies] = useState([]);
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState("");
  const { patient } = appointment;

  useEffect(() => {
    let gone = false;
    ask(`/api/appointments/${encodeURIComponent(appointment.id)}`).then((whole) => {
      if (gone) return;
      setSteps(whole.steps);
      setPerformed(whole.performed);
    }, () => {});
    ask(`/api/studies?appointmentId=${encodeURIComponent(appointment.id)}`).then((found) => {
      if (!gone) setStudies(found);
    }, () => {});
    return () => {
      gone = true;
    };
  }, [
    appointment.id,
    appointment.status,
    appointment.images,
    appointment.made,
    appointment.missing,
    appointment.stopped,
  ]);

  /** Takes every study from this appointment: they wait among the unmatched again. */
  async function takeAway() {
    try {
      for (const { studyInstanceUid } of studies) {
        await ask(`/api/studies/${studyInstanceUid}/match`, { method: "DELETE", body: {} });
      }
      setSure(false);
      onUnmatched();
    } catch (refusal) {
      setProblem(refusal.message || text.offline);
    }
  }

  const facts = [
    [text.details.patientId, patient.id],
    [text.details.born, patient.birthDate ? dateInWords(patient.birthDate) : text.details.unknown],
    [text.details.phone, patient.phone],
    [text.details.accession, appointment.accessionNumber],
    [text.details.doctor, appointment.doctor],
    [text.details.department, appointment.department],
  ].filter(([, value]) => value !== "");
  const atMachine = ["sent", "seen by machine", "in progress", "images received"].includes(appointment.status);
  const again = appointment.status === "images received" || appointment.status === "completed";
  return html`
    <${Dialog} title=${fullName(patient)} onClose=${onClose} kind="wide">
      ${appointment.description !== "" && html`<p class="lead">${appointment.description}</p>`}
      <dl class="facts">
        ${facts.map(([name, value]) =>
          html`
            <div key=${name}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>
          `
        )}
      </dl>
      ${performed.length > 0 && html`
        <h3>${text.details.performed}</h3>
        <ul class="performed">
          ${performed.map((step) =>
            html`
              <li key=${step.startedAt} class=${step.missing > 0 ? "is-missing" : ""}>
                <strong>${machineNamed(step.aeTitle)}</strong>
                <span>${performedInWords(step)}</span>
              </li>
            `
          )}
        </ul>
      `}
      <h3>${text.details.history}</h3>
      <ol class="history">
        ${steps.map((step, place) =>
          html`
            <li key=${place}>
              <time>${clockTime(step.at)}</time>
              <span>${text.history[step.status] ?? step.status}</span>
              <small>${said(step.cause)}</small>
            </li>
          `
        )}
      </ol>
      ${deed?.failed &&
        html`<p class="row-problem" role="alert">${icons.alert()}<span>${deed.problem || text.offline}</span></p>`}
      ${problem !== "" && html`<p class="row-problem" role="alert">${icons.alert()}<span>${problem}</span></p>`}
      ${sure && html`
        <div class="sure">
          <p>${text.details.takeAwaySure}</p>
          <button class="button tall" onClick=${() => setSure(false)}>${text.cancel}</button>
          <button class="button tall danger" onClick=${takeAway}>${text.details.takeAway}</button>
        </div>
      `}
      ${!sure && (again || atMachine || appointment.sentAt !== null || studies.length > 0) && html`
        <div class="dialog-actions">
          ${studies.length > 0 && html`
            <button class="button tall" onClick=${() => setSure(true)}>${icons.undo()}${text.details.takeAway}</button>
          `}
          ${atMachine && html`
            <button class="button tall" disabled=${deed?.doing} onClick=${() => onComplete(appointment.id)}>
              ${icons.check()}${text.details.complete}
            </button>
          `}
          ${appointment.sentAt !== null && html`
            <button class="button tall" disabled=${deed?.doing} onClick=${() => onRecall(appointment.id)}>
              ${icons.undo()}${text.row.recall}
            </button>
          `}
          ${again && html`
            <button class="button tall" disabled=${deed?.doing} onClick=${() => onSend(appointment.id)}>
              ${icons.send()}${text.row.sendAgain}
            </button>
          `}
        </div>
      `}
    <//>
  `;
}

/** What a machine did, when, and what came of it. */
function performedInWords({ status, reason, startedAt, endedAt, made, missing }) {
  const ended = clockTime(endedAt);
  return [
    status === "COMPLETED"
      ? text.details.fromTo(clockTime(startedAt), ended)
      : status === "DISCONTINUED"
      ? `${ended} ${text.status.stopped(reason)}`
      : text.status["in progress"](clockTime(startedAt)),
    missing > 0 ? text.status.missing(missing, made) : made > 0 ? text.details.allHere(made) : "",
  ].filter(Boolean).join(" · ");
}
