import type { Appointment, AppointmentStep, PerformedStep } from "../../src/web/contract/appointments.ts";
import type { Verbs, Visit } from "../../src/web/contract/board.ts";
import { api } from "../shared/api.ts";
import { clockTime, fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";
import { Warning } from "../shared/warning.ts";
import { BigAction, type BigActionProperties } from "./big_action.ts";
import { EarlierVisits } from "./earlier_visits.ts";
import { SameName } from "./people.ts";
import { PersonMeasured } from "./person_measured.ts";
import { PersonMore } from "./person_more.ts";
import { PersonVerbs, type VerbWindow } from "./person_verbs.ts";
import { useSteady } from "./steady.ts";
import type { Decided } from "./taken_back.ts";
import type { May } from "./to_check.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";
import { bornAndSex, expected, isLate, minutesSince, statusClass, WaySteps } from "./where_now.ts";

export interface PersonPaneProperties extends BigActionProperties {
  /** Who looks, whose drafts are theirs alone. */
  user: string;
  sameName: boolean;
  /** Who was scanned together with them, in words; "" where nobody was. */
  together: string;
  may: May;
  machineNamed: (aeTitle: string) => string;
  now: number;
  /** What was done about them in a window, and its way back. */
  done: Decided | undefined;
  onDone: (done: Decided | undefined) => void;
  onTake: (appointment: Appointment) => void;
  onOpen: (window: VerbWindow) => void;
  onVisit: (visit: Visit) => void;
  /** Shows all visits of the person. */
  onVisits: () => void;
  onSendAgain: () => void;
  onComplete: (id: string) => void;
  onDecided: () => void;
}

/** The person chosen on the board, large: who it is, the one thing to do, the way so far, pictures, what was measured. */
export function PersonPane(properties: PersonPaneProperties) {
  const { appointment, action, images, sameName, together, may, machineNamed, now, onView } = properties;
  const { patient } = appointment;
  const shown = expected(appointment, action);
  const steady = useSteady();
  const [tall, setTall] = useState(false);
  const { steps, performed, verbs } = useWay(appointment);

  return html`
    <aside class=${`pane ${tall ? "is-tall" : ""}`} aria-label=${fullName(patient)} data-person=${appointment.id}>
      <div class="pane-scroll" ref=${steady} tabindex="0" role="region" aria-label=${text.pane.about(
        fullName(patient),
      )}>
        <header class="pane-head">
          <button class="button quiet round pane-tall" aria-expanded=${tall}
            aria-label=${tall ? text.pane.smaller : text.pane.larger} onClick=${() => setTall(!tall)}>
            ${tall ? icons.down() : icons.up()}
          </button>
          <h2>${fullName(patient)}</h2>
          <p class="pane-born">${bornAndSex(appointment)}</p>
          <p class="pane-id">
            <span>${patient.id}</span> ${patient.phone !== "" && html`<span>${patient.phone}</span>`}
          </p>
          ${sameName && html`<p class="same-name-line"><${SameName} /> ${text.attention.sameNameHint}</p>`}
        </header>
        <p class="pane-study">
          <time>${appointment.time.slice(0, 5)}</time>
          <span>
            <b>${appointment.description || appointment.department}</b>
            <small>${[appointment.doctor, appointment.description && appointment.department].filter(Boolean).join(
              " · ",
            )}</small>
          </span>
        </p>
        <${PersonVerbs} key=${`verbs ${appointment.id}`} appointment=${shown} verbs=${verbs} done=${properties.done}
          onDone=${properties.onDone} onTake=${properties.onTake} onOpen=${properties.onOpen}
          onRecall=${() => properties.onRecall(appointment.id)} />
        ${appointment.wait !== null && isLate(appointment, now) && html`
          <p class="row-attention" role="status">
            ${icons.clock()}
            <span>${text.wait[appointment.wait.code](
              minutesSince(appointment.wait.since, now),
              properties.machineName,
            )}</span>
          </p>
        `}
        <${Warning} reasons=${appointment.reasons} />
        ${appointment.missing > 0 && html`
          <p class="row-attention" role="status">
            ${icons.image()}<span>${text.status.missing(appointment.missing, appointment.made)}</span>
          </p>
        `}
        ${together !== "" && html`<p class="row-together">${icons.people()}<span>${together}</span></p>`}
        <div class=${`pane-way ${statusClass(shown)}`}><${WaySteps} status=${shown.status} /></div>
        ${images.length > 0 && html`
          <div class="thumbnails">
            ${images.map((image, place) =>
              html`
                <${Thumbnail} key=${image.uid} image=${image} label=${pictureName(image, place, images.length)}
                  onOpen=${may.decide ? () => onView(appointment.id, image.uid) : undefined} />
              `
            )}
          </div>
        `}
        ${may.decide && appointment.measurements > 0 && html`
          <${PersonMeasured} key=${`measured ${appointment.id}`} appointment=${appointment} />
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
          ${[...steps].reverse().map((step, place) =>
            html`
              <li key=${place}>
                <time>${clockTime(step.at)}</time>
                <span>${text.history[step.status]}</span>
                <small>${inWords(step.coded ?? {}, step.cause)}</small>
              </li>
            `
          )}
        </ol>
        <${EarlierVisits} key=${`visits ${appointment.id}`} appointment=${appointment} mayRead=${may.decide}
          onVisit=${properties.onVisit} onAll=${properties.onVisits} />
        ${appointment.accessionNumber !== "" && html`
          <dl class="facts">
            <div>
              <dt>${text.details.accession}</dt>
              <dd>${appointment.accessionNumber}</dd>
            </div>
          </dl>
        `}
        <${PersonMore} key=${`more ${appointment.id}`} ...${properties} shown=${shown} />
      </div>
      <${BigAction} ...${properties} />
    </aside>
  `;
}

interface Way {
  steps: AppointmentStep[];
  performed: PerformedStep[];
  verbs?: Verbs;
}

/** What happened so far, what machines said they did, and what can be done; asked for again when it can be otherwise. */
function useWay(appointment: Appointment): Way {
  const [way, setWay] = useState<Way & { of: string } | undefined>(undefined);
  const { id, status, statusChangedAt, images, made, missing, stopped, attention } = appointment;
  useEffect(() => {
    let gone = false;
    api("GET /api/appointments/:id", { id }).then(({ steps, performed, verbs }) => {
      if (!gone) setWay({ of: id, steps, performed, verbs });
    }, () => {});
    return () => {
      gone = true;
    };
  }, [id, status, statusChangedAt, images, made, missing, stopped, attention]);
  // nothing of the one before stands beside another's name
  return way?.of === id ? way : { steps: [], performed: [] };
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
