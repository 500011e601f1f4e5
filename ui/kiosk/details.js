import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { clockTime, dateInWords, fullName } from "../shared/format.js";
import { html, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";

/** Everything known of one appointment, its history, and what else can be done with it. */
export function Details({ appointment, deed, onSend, onRecall, onUnmatched, onClose }) {
  const [steps, setSteps] = useState([]);
  const [studies, setStudies] = useState([]);
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState("");
  const { patient } = appointment;

  useEffect(() => {
    let gone = false;
    ask(`/api/appointments/${encodeURIComponent(appointment.id)}`).then((whole) => {
      if (!gone) setSteps(whole.steps);
    }, () => {});
    ask(`/api/studies?appointmentId=${encodeURIComponent(appointment.id)}`).then((found) => {
      if (!gone) setStudies(found);
    }, () => {});
    return () => {
      gone = true;
    };
  }, [appointment.id, appointment.status, appointment.images]);

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
      <h3>${text.details.history}</h3>
      <ol class="history">
        ${steps.map((step) =>
          html`
            <li key=${step.at}><time>${clockTime(step.at)}</time><span>${text.history[step.status] ??
              step.status}</span><small>${step
              .cause}</small></li>
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
      ${!sure && (again || appointment.sentAt !== null || studies.length > 0) && html`
        <div class="dialog-actions">
          ${studies.length > 0 && html`
            <button class="button tall" onClick=${() => setSure(true)}>${icons.undo()}${text.details.takeAway}</button>
          `}
          ${appointment.sentAt !== null && html`
            <button class="button tall" disabled=${deed?.doing} onClick=${() => onRecall(appointment.id)}>
              ${icons.undo()}${text.row.recall}
            </button>
          `}
          ${again && html`
            <button class="button tall" disabled=${deed?.doing} onClick=${() => onSend(appointment.id, null)}>
              ${icons.send()}${text.row.sendAgain}
            </button>
          `}
        </div>
      `}
    <//>
  `;
}
