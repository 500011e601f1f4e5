import { ask } from "../shared/api.js";
import { Dialog } from "../shared/dialog.js";
import {
  clockTime,
  dateInWords,
  dayAfter,
  dayInShort,
  dayOf,
  fullName,
  readableName,
  searchable,
} from "../shared/format.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { Warning } from "../shared/warning.js";
import { imagesOf, matches } from "./day.js";
import { startDrag } from "./drag.js";
import { Thumbnail } from "./thumbnail.js";

/** Days before and after the study's own whose appointments it may belong to. */
const NEAR_DAYS = 7;
/** Appointments offered at once at most; letters typed make them fewer. */
const MOST_OFFERED = 60;

/**
 * Studies that belong to no appointment for sure: tap the study, tap the appointment, or drag one onto the other; compare
 * both, confirm. What was just matched can be taken back. Below them what machines scan that nobody booked.
 *
 * @param {{
 *   studies: any[],
 *   scans: any[],
 *   appointments: any[],
 *   date: string,
 *   machineNamed: (aeTitle: string) => string,
 *   onMatched: () => void,
 *   onClose: () => void,
 * }} properties `appointments` of the day that is shown, `date`
 */
export function Unmatched({ studies, scans, appointments, date, machineNamed, onMatched, onClose }) {
  const [uid, setUid] = useState(undefined);
  const [appointmentId, setAppointmentId] = useState(undefined);
  /** @type {[any[], (near: any[]) => void]} appointments of the days around the study's own */
  const [near, setNear] = useState([]);
  const [gone, setGone] = useState("");
  /** @type {[{ uid: string, name: string } | undefined, (matched: any) => void]} */
  const [matched, setMatched] = useState(undefined);
  const [problem, setProblem] = useState("");
  /** @type {[string | undefined, (id: any) => void]} the appointment over which a study is held */
  const [over, setOver] = useState(undefined);
  // the only one need not be tapped; one that was chosen gives way to no other
  const study = uid === undefined && studies.length === 1
    ? studies[0]
    : studies.find((one) => one.studyInstanceUid === uid);
  const offered = [...appointments, ...near.filter((one) => one.date !== date)]
    .filter(({ status }) => status !== "cancelled");
  const appointment = offered.find((one) => one.id === appointmentId);

  const studyIsGone = uid !== undefined && study === undefined;
  const appointmentIsGone = appointmentId !== undefined && appointment === undefined;
  useEffect(() => {
    if (!studyIsGone && !appointmentIsGone) return;
    setGone(studyIsGone ? text.unmatched.studyGone : text.unmatched.appointmentGone);
    choose(studyIsGone ? undefined : uid, undefined);
  }, [studyIsGone, appointmentIsGone]);

  const ownDate = study && (study.studyDate || dayOf(new Date(study.receivedAt)));
  useEffect(() => {
    if (ownDate === undefined) return;
    let past = false;
    ask(`/api/appointments?from=${dayAfter(ownDate, -NEAR_DAYS)}&to=${dayAfter(ownDate, NEAR_DAYS)}`).then(
      (found) => past || setNear(found),
      (refusal) => past || setProblem(refusal.message || text.offline),
    );
    return () => {
      past = true;
    };
  }, [ownDate]);

  function choose(study, appointment) {
    setUid(study);
    setAppointmentId(appointment);
    if (study !== undefined) setGone("");
  }

  function done() {
    setMatched({ uid: study.studyInstanceUid, name: fullName(appointment.patient) });
    choose(undefined, undefined);
    setGone("");
    onMatched();
  }

  async function undo() {
    try {
      await ask(`/api/studies/${matched.uid}/match`, { method: "DELETE", body: {} });
      setMatched(undefined);
      setProblem("");
      onMatched();
    } catch (refusal) {
      setProblem(refusal.message || text.offline);
    }
  }

  function drag(event, one) {
    startDrag(event, {
      label: readableName(one.patientName) || text.unmatched.noName,
      onOver: setOver,
      onDrop: (id) => choose(one.studyInstanceUid, id),
    });
  }

  return html`
    <${Dialog} title=${text.unmatched.title} onClose=${onClose} kind=${appointment ? "wide" : "widest"}>
      ${matched && html`
        <div class="matched" role="status">
          ${icons.check()}<span>${text.unmatched.matched(matched.name)}</span>
          <button class="button" onClick=${undo}>${icons.undo()}${text.unmatched.undo}</button>
        </div>
      `}
      ${gone !== "" && html`<p class="row-attention" role="alert">${icons.alert()}<span>${gone}</span></p>`}
      ${problem !== "" && html`<p class="problem" role="alert">${problem}</p>`}
      ${study && appointment
        ? html`
          <${Compare} key=${`${study.studyInstanceUid} ${appointment.id}`} study=${study} appointment=${appointment}
            onDone=${done} onBack=${() => setAppointmentId(undefined)} />
        `
        : studies.length === 0
        ? scans.length === 0 && html`<p class="lead">${text.unmatched.none}</p>`
        : html`
          <p class="lead">${text.unmatched.lead}</p>
          <div class=${`two-taps ${study ? "has-choice" : ""}`}>
            <ul class="unmatched">
              ${studies.map((one) =>
                html`
                  <${Study} key=${one.studyInstanceUid} study=${one} chosen=${one === study} onChoose=${(one) =>
                    choose(one, undefined)}
                    onDrag=${drag} />
                `
              )}
            </ul>
            <${Choose} study=${study} ownDate=${ownDate} appointments=${offered} date=${date} over=${over}
              onChoose=${(id) => choose(study.studyInstanceUid, id)} />
          </div>
        `}
      ${!appointment && scans.length > 0 && html`<${Scans} scans=${scans} machineNamed=${machineNamed} />`}
    <//>
  `;
}

/** What machines say they scan, or have scanned, for no appointment. */
function Scans({ scans, machineNamed }) {
  return html`
    <section class="unbooked" aria-labelledby="unbooked-title">
      <h3 id="unbooked-title">${text.unmatched.scans}</h3>
      <p class="lead">${text.unmatched.scansLead}</p>
      <ul>
        ${scans.map((scan) =>
          html`
            <li key=${scan.sopInstanceUid}>
              <strong>${readableName(scan.patientName) || text.unmatched.noName}</strong>
              <span class="row-facts">
                ${[
                  scan.patientId && `${text.unmatched.patientId} ${scan.patientId}`,
                  text.unmatched.scan[scan.status](
                    machineNamed(scan.aeTitle),
                    clockTime(scan.endedAt ?? scan.startedAt),
                  ),
                  scan.reason,
                  scan.missing > 0 && text.status.missing(scan.missing, scan.made),
                ].filter(Boolean).join(" · ")}
              </span>
            </li>
          `
        )}
      </ul>
    </section>
  `;
}

function Study({ study, chosen, onChoose, onDrag }) {
  return html`
    <li
      class=${chosen ? "is-chosen" : ""}
      onPointerDown=${(event) => onDrag(event, study)}
      onDragStart=${(event) => event.preventDefault()}
    >
      <button class="unmatched-study" aria-pressed=${chosen} onClick=${() => onChoose(study.studyInstanceUid)}>
        <strong>${readableName(study.patientName) || text.unmatched.noName}</strong>
        <span class="row-facts">
          ${[
            study.patientId && `${text.unmatched.patientId} ${study.patientId}`,
            study.patientBirthDate && `${text.unmatched.born} ${dateInWords(study.patientBirthDate)}`,
            study.accessionNumber && `${text.unmatched.accession} ${study.accessionNumber}`,
            text.unmatched.received(clockTime(study.receivedAt)),
          ].filter(Boolean).join(" · ")}
        </span>
        <${Warning} reasons=${study.reasons} />
      </button>
      <${Pictures} study=${study} />
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

/**
 * The appointments a study may belong to, the likely one first, then by how near their day is to the study's own; each
 * waits for a study to be chosen. Without words to search for, those of the day shown and of the study's own.
 */
function Choose({ study, ownDate, appointments, date, over, onChoose }) {
  const [words, setWords] = useState("");
  const isLikely = (appointment) => study !== undefined && appointment.id === study.suggestedAppointmentId;
  const away = (appointment) => Math.abs(Date.parse(appointment.date) - Date.parse(ownDate ?? date));
  const found = appointments
    .filter((appointment) =>
      words.trim() === ""
        ? [date, ownDate].includes(appointment.date) || isLikely(appointment)
        : matches(appointment, words, searchable)
    )
    .sort((a, b) =>
      Number(isLikely(b)) - Number(isLikely(a)) || away(a) - away(b) || a.date.localeCompare(b.date) ||
      a.time.localeCompare(b.time)
    );
  const shown = found.slice(0, MOST_OFFERED);
  return html`
    <section class="whose" aria-label=${text.unmatched.choose}>
      <h3>
        ${study ? text.unmatched.whose(readableName(study.patientName) || text.unmatched.noName) : text.unmatched.first}
      </h3>
      <label class="field">
        <input
          type="search"
          placeholder=${text.header.search}
          aria-label=${text.unmatched.searchBooking}
          value=${words}
          onInput=${(event) => setWords(event.target.value)}
        />
      </label>
      <ul class="machine-choices">
        ${shown.map((appointment) =>
          html`
            <li key=${appointment.id}>
              <button
                class=${`button tall wide ${appointment.id === over ? "is-over" : ""}`}
                data-drop=${appointment.id}
                disabled=${!study}
                onClick=${() => onChoose(appointment.id)}
              >
                <span class="choice-time">
                  ${appointment.date !== date && html`<small>${dayInShort(appointment.date)}</small>`}
                  ${appointment.time.slice(0, 5)}
                </span>
                <span>
                  <strong>${fullName(appointment.patient)}</strong>
                  <small>
                    ${[
                      isLikely(appointment) && text.unmatched.likely,
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
      ${found.length > shown.length && html`<p class="lead">${text.unmatched.more(found.length - shown.length)}</p>`}
      ${words.trim() !== "" && found.length === 0 && html`<p class="lead">${text.unmatched.nobody(NEAR_DAYS)}</p>`}
    </section>
  `;
}

/** Both identities side by side, what differs marked, and the reason: the usual one unless another is given. */
function Compare({ study, appointment, onDone, onBack }) {
  const form = useRef(null);
  const [reason, setReason] = useState(text.unmatched.reasons[0]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const { patient } = appointment;
  const date = (day) => day ? dateInWords(day) : text.details.unknown;
  const rows = [
    [text.unmatched.name, readableName(study.patientName) || text.unmatched.noName, fullName(patient)],
    [text.unmatched.patientId, study.patientId || text.details.unknown, patient.id],
    [text.unmatched.born, date(study.patientBirthDate), date(patient.birthDate)],
    [text.unmatched.accession, study.accessionNumber || text.details.unknown, appointment.accessionNumber],
    [text.unmatched.date, date(study.studyDate), date(appointment.date)],
  ];

  // it takes the place of a list that may have been scrolled, and whose button had the focus
  useEffect(() => {
    form.current.focus({ preventScroll: true });
    form.current.closest(".dialog-body").scrollTop = 0;
  }, []);

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
    <form class="compare" ref=${form} tabindex="-1" aria-label=${text.unmatched.comparison} onSubmit=${submit}>
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
