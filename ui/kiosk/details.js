import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { clockTime, dateInWords, fullName } from "../shared/format.js";
import { html, useEffect, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";

/** Everything known of one appointment, its history, and what else can be done with it. */
export function Details({ appointment, deed, onSend, onRecall, onClose }) {
  const [steps, setSteps] = useState([]);
  const { patient } = appointment;

  useEffect(() => {
    let gone = false;
    ask(`/api/appointments/${encodeURIComponent(appointment.id)}`).then((whole) => {
      if (!gone) setSteps(whole.steps);
    }, () => {});
    return () => {
      gone = true;
    };
  }, [appointment.id, appointment.status]);

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
      ${(again || appointment.sentAt !== null) && html`
        <div class="dialog-actions">
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
