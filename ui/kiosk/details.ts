import type { Appointment, AppointmentStep, PerformedStep } from "../../src/web/contract/appointments.ts";
import type { Study } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { clockTime, dateInWords, fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { translate } from "../shared/translate.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import { type Action, imagesOf } from "./day.ts";
import { genderInWords, SameName } from "./people.ts";
import { CorrectWindow, MergeWindow } from "./person.ts";
import { type Decided, Done } from "./taken_back.ts";
import type { May } from "./to_check.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";

export interface DetailsProperties {
  appointment: Appointment;
  sameName: boolean;
  together: string;
  action: Action | undefined;
  may: May;
  machineNamed: (aeTitle: string) => string;
  onSend: (id: string) => void;
  onRecall: (id: string) => void;
  onComplete: (id: string) => void;
  onView: (id: string, uid: string) => void;
  onDecided: () => void;
  onClose: () => void;
}

/** Everything known of one appointment, its history, and what else can be done with it. */
export function Details(
  {
    appointment,
    sameName,
    together,
    action,
    may,
    machineNamed,
    onSend,
    onRecall,
    onComplete,
    onView,
    onDecided,
    onClose,
  }: DetailsProperties,
) {
  const [steps, setSteps] = useState<AppointmentStep[]>([]);
  /** what machines said they did */
  const [performed, setPerformed] = useState<PerformedStep[]>([]);
  const [studies, setStudies] = useState<Study[]>([]);
  const [confirming, setConfirming] = useState(false);
  const [problem, setProblem] = useState("");
  /** what is done about the person */
  const [person, setPerson] = useState<"merge" | "correct" | undefined>(undefined);
  const [done, setDone] = useState<Decided | undefined>(undefined);
  const { patient } = appointment;

  useEffect(() => {
    let gone = false;
    api("GET /api/appointments/:id", { id: appointment.id }).then((whole) => {
      if (gone) return;
      setSteps(whole.steps);
      setPerformed(whole.performed);
    }, () => {});
    api("GET /api/studies", { query: { appointmentId: appointment.id } }).then((found) => {
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
    appointment.attention,
  ]);

  /** Takes every study from this appointment: they wait among the unmatched again. */
  async function takeAway() {
    try {
      for (const { studyInstanceUid } of studies) {
        await api("DELETE /api/studies/:uid/match", { uid: studyInstanceUid, body: {} });
      }
      setConfirming(false);
      onDecided();
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  const facts = [
    [text.details.patientId, patient.id],
    [text.details.born, patient.birthDate ? dateInWords(patient.birthDate) : text.details.unknown],
    [text.decide.sex, genderInWords(patient.gender)],
    [text.details.phone, patient.phone],
    [text.details.accession, appointment.accessionNumber],
    [text.details.doctor, appointment.doctor],
    [text.details.department, appointment.department],
  ].filter(([, value]) => value !== "");
  const atMachine = ["sent", "seen by machine", "in progress", "images received"].includes(appointment.status);
  const again = appointment.status === "images received" || appointment.status === "completed";
  const images = studies.toReversed().flatMap(imagesOf);
  function decided(what: Decided) {
    setDone(what);
    setPerson(undefined);
    onDecided();
  }
  function takenBack() {
    setDone(undefined);
    onDecided();
  }
  return html`
    <${Dialog} title=${fullName(patient)} onClose=${onClose} kind="wide">
      ${done && html`<${Done} done=${done} onTakenBack=${takenBack} />`}
      ${appointment.description !== "" && html`<p class="lead">${appointment.description}</p>`}
      ${sameName && html`<p class="same-name-line"><${SameName} /> ${text.attention.sameNameHint}</p>`}
      ${together !== "" && html`<p class="lead">${together}</p>`}
      <${Warning} reasons=${appointment.reasons} />
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
      ${images.length > 0 && html`
        <div class="details-images">
          <div class="strip">
          ${images.map((image, place) =>
            html`
              <${Thumbnail} key=${image.uid} image=${image} label=${pictureName(image, place, images.length)}
                onOpen=${may.decide ? () => onView(appointment.id, image.uid) : undefined} />
            `
          )}
          </div>
        </div>
      `}
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
              <span>${text.history[step.status]}</span>
              <small>${translate(step.cause)}</small>
            </li>
          `
        )}
      </ol>
      ${may.decide && html`
        <h3>${text.person.title}</h3>
        <div class="way-buttons">
          <button type="button" class="button tall" onClick=${() => setPerson("correct")}>${text.person
            .correct}</button>
          <button type="button" class="button tall" onClick=${() => setPerson("merge")}>
            ${icons.people()}${text.person.merge}
          </button>
        </div>
      `}
      ${action?.failed &&
        html`<p class="row-problem" role="alert">${icons.alert()}<span>${action.problem || text.offline}</span></p>`}
      ${problem !== "" && html`<p class="row-problem" role="alert">${icons.alert()}<span>${problem}</span></p>`}
      ${confirming && html`
        <div class="sure">
          <p>${text.details.takeAwaySure}</p>
          <button class="button tall" onClick=${() => setConfirming(false)}>${text.cancel}</button>
          <button class="button tall danger" onClick=${takeAway}>${text.details.takeAway}</button>
        </div>
      `}
      ${!confirming && (again || atMachine || appointment.sentAt !== null || studies.length > 0) && html`
        <div class="dialog-actions">
          ${studies.length > 0 && html`
            <button class="button tall" onClick=${() => setConfirming(true)}>${icons.undo()}${text.details
              .takeAway}</button>
          `}
          ${atMachine && html`
            <button class="button tall" disabled=${action?.doing} onClick=${() => onComplete(appointment.id)}>
              ${icons.check()}${text.details.complete}
            </button>
          `}
          ${appointment.sentAt !== null && html`
            <button class="button tall" disabled=${action?.doing} onClick=${() => onRecall(appointment.id)}>
              ${icons.undo()}${text.row.recall}
            </button>
          `}
          ${again && html`
            <button class="button tall" disabled=${action?.doing} onClick=${() => onSend(appointment.id)}>
              ${icons.send()}${text.row.sendAgain}
            </button>
          `}
        </div>
      `}
    <//>
    ${person === "merge" && html`
      <${MergeWindow} patient=${patient} mayTakeBack=${may.takeBack} onDone=${decided} onClose=${() =>
        setPerson(undefined)} />
    `}
    ${person === "correct" && html`
      <${CorrectWindow} patient=${patient} mayTakeBack=${may.takeBack} onDone=${decided} onClose=${() =>
        setPerson(undefined)} />
    `}
  `;
}

/** What a machine did, when, and what came of it. */
function performedInWords({ status, reason, startedAt, endedAt, made, missing }: PerformedStep) {
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
