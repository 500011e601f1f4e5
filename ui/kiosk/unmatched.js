import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import { clockTime, dateInWords, fullName, readableName, searchable } from "../shared/format.js";
import { html, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { imagesOf, matches } from "./day.js";
import { Thumbnail } from "./thumbnail.js";

/**
 * Studies that belong to no appointment for sure: look, choose the appointment, compare, say why.
 *
 * @param {{ studies: any[], appointments: any[], onMatched: () => void, onClose: () => void }} properties
 */
export function Unmatched({ studies, appointments, onMatched, onClose }) {
  const [uid, setUid] = useState(undefined);
  const [appointmentId, setAppointmentId] = useState(undefined);
  const study = studies.find((one) => one.studyInstanceUid === uid);
  const appointment = appointments.find((one) => one.id === appointmentId);

  function done() {
    setUid(undefined);
    setAppointmentId(undefined);
    onMatched();
  }

  return html`
    <${Dialog} title=${text.unmatched.title} onClose=${onClose} kind="wide">
      ${study && appointment
        ? html`<${Compare} study=${study} appointment=${appointment} onDone=${done} onBack=${() =>
          setAppointmentId(undefined)} />`
        : study
        ? html`
          <${Choose}
            study=${study}
            appointments=${appointments}
            onChoose=${setAppointmentId}
            onBack=${() => setUid(undefined)}
          />
        `
        : html`
          <p class="lead">${studies.length > 0 ? text.unmatched.lead : text.unmatched.none}</p>
          <ul class="unmatched">
            ${studies.map((one) => html`<${Study} key=${one.studyInstanceUid} study=${one} onChoose=${setUid} />`)}
          </ul>
        `}
    <//>
  `;
}

function Study({ study, onChoose }) {
  return html`
    <li>
      <h3>${readableName(study.patientName) || text.unmatched.noName}</h3>
      <p class="row-facts">
        ${[
          study.patientId && `${text.unmatched.patientId} ${study.patientId}`,
          study.patientBirthDate && `${text.unmatched.born} ${dateInWords(study.patientBirthDate)}`,
          study.accessionNumber && `${text.unmatched.accession} ${study.accessionNumber}`,
          text.unmatched.received(clockTime(study.receivedAt)),
        ].filter(Boolean).join(" · ")}
      </p>
      ${study.attention !== "" && html`<p class="row-attention">${icons.alert()}<span>${study.attention}</span></p>`}
      <${Pictures} study=${study} />
      <button class="button tall primary" onClick=${() => onChoose(study.studyInstanceUid)}>
        ${text.unmatched.choose}
      </button>
    </li>
  `;
}

function Pictures({ study }) {
  const images = imagesOf(study);
  return html`
    <div class="strip">
      ${images.slice(0, 8).map((image, place) =>
        html`
          <${Thumbnail} key=${image.uid} image=${image} label=${text.row.imageOf(place + 1, images.length)} />
        `
      )}
    </div>
  `;
}

/** The day's appointments, the likely one first. */
function Choose({ study, appointments, onChoose, onBack }) {
  const [words, setWords] = useState("");
  const likely = (appointment) => appointment.id === study.suggestedAppointmentId ? 0 : 1;
  const shown = appointments
    .filter((appointment) => appointment.status !== "cancelled")
    .filter((appointment) => words.trim() === "" || matches(appointment, words, searchable))
    .sort((a, b) => likely(a) - likely(b) || a.time.localeCompare(b.time));
  return html`
    <p class="lead">
      ${text.unmatched.whose(readableName(study.patientName) || text.unmatched.noName)}
    </p>
    <label class="field">
      <input
        type="search"
        placeholder=${text.header.search}
        aria-label=${text.header.search}
        value=${words}
        onInput=${(event) => setWords(event.target.value)}
      />
    </label>
    <ul class="machine-choices">
      ${shown.map((appointment) =>
        html`
          <li key=${appointment.id}>
            <button class="button tall wide" onClick=${() => onChoose(appointment.id)}>
              <span class="choice-time">${appointment.time.slice(0, 5)}</span>
              <span>
                <strong>${fullName(appointment.patient)}</strong>
                <small>
                  ${[
                    likely(appointment) === 0 && text.unmatched.likely,
                    appointment.patient.id,
                    appointment.description,
                  ].filter(Boolean).join(" · ")}
                </small>
              </span>
            </button>
          </li>
        `
      )}
    </ul>
    <div class="dialog-actions"><button class="button tall" onClick=${onBack}>${text.unmatched.back}</button></div>
  `;
}

/** Both identities side by side, what differs marked, and the reason. */
function Compare({ study, appointment, onDone, onBack }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const { patient } = appointment;
  const date = (day) => day ? dateInWords(day) : text.details.unknown;
  const rows = [
    [text.unmatched.name, readableName(study.patientName) || text.unmatched.noName, fullName(patient)],
    [text.unmatched.patientId, study.patientId || text.details.unknown, patient.id],
    [text.unmatched.born, date(study.patientBirthDate), date(patient.birthDate)],
    [text.unmatched.accession, study.accessionNumber || text.details.unknown, appointment.accessionNumber],
  ];

  async function submit(event) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await ask(`/api/studies/${study.studyInstanceUid}/match`, { body: { appointmentId: appointment.id, reason } });
      onDone();
    } catch (refusal) {
      setProblem(refusal.message || text.offline);
      setBusy(false);
    }
  }

  return html`
    <form class="compare" onSubmit=${submit}>
      <table>
        <thead>
          <tr>
            <td></td>
            <th scope="col">${text.unmatched.says}</th>
            <th scope="col">${text.unmatched.booked}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(([name, ofImages, ofBooking]) =>
            html`
              <tr key=${name} class=${ofImages === ofBooking ? "" : "differs"}>
                <th scope="row">${name}</th>
                <td>${ofImages}</td>
                <td>${ofBooking}</td>
              </tr>
            `
          )}
        </tbody>
      </table>
      <${Pictures} study=${study} />
      <label class="field">
        <span>${text.unmatched.reason}</span>
        <input name="reason" maxlength="200" required value=${reason} onInput=${(event) =>
          setReason(event.target.value)} />
      </label>
      <div class="suggestions">
        ${text.unmatched.reasons.map((words) =>
          html`
            <button type="button" class="choice small" key=${words} aria-pressed=${reason === words}
              onClick=${() => setReason(words)}>${words}</button>
          `
        )}
      </div>
      <p class="problem" role="alert">${problem}</p>
      <div class="dialog-actions sticky">
        <button type="button" class="button tall" onClick=${onBack}>${text.unmatched.back}</button>
        <button class="button tall primary" disabled=${busy}>${icons.check()}${text.unmatched.match(
          fullName(patient),
        )}</button>
      </div>
    </form>
  `;
}
