import type { Appointment } from "../../src/web/contract/appointments.ts";
import { ageOn, clockTime, dateInWords, fullName } from "../shared/format.ts";
import { html, memo, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import type { Action, Doing, Image } from "./day.ts";
import { genderInWords, SameName } from "./people.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";

/** Thumbnails in a row at most; the rest is a tap away. */
const MOST_THUMBNAILS = 12;

export interface AppointmentRowProperties {
  appointment: Appointment;
  images: Image[] | undefined;
  action: Action | undefined;
  machineName: string;
  sameName: boolean;
  /** Who was scanned together with them, in words; "" where nobody was. */
  together: string;
  /** Minutes until it is due, where that is told. */
  away: number | undefined;
  done: boolean;
  mayReadImages: boolean;
  sendTo: string | null;
  sendToName: string | undefined;
  onSend: (id: string, machineId: string | null) => void;
  onChoose: ((id: string) => void) | undefined;
  onRecall: (id: string) => void;
  onDismiss: (id: string) => void;
  onDetails: (id: string) => void;
  onView: (id: string, uid: string) => void;
}

/** One appointment: who, what, where it is now, and the one thing to do about it. */
export const AppointmentRow = memo(function Row(
  {
    appointment,
    images = [],
    action,
    machineName,
    sameName,
    together,
    away,
    done,
    mayReadImages,
    sendTo,
    sendToName,
    onSend,
    onChoose,
    onRecall,
    onDismiss,
    onDetails,
    onView,
  }: AppointmentRowProperties,
) {
  const shown = expected(appointment, action);
  const { patient } = appointment;
  const name = fullName(patient);
  const who = useRef<HTMLButtonElement>(null);
  const pressed = useRef(false);
  // the button that was pressed gives way to another one: whoever goes by keys stays in the row
  useEffect(() => {
    if (pressed.current && document.activeElement === document.body) who.current?.focus({ preventScroll: true });
    pressed.current = false;
  });
  const kind = shown.status.replaceAll(" ", "-");
  const does = actionOf(shown, action, images.length > 0 && mayReadImages);
  const rests = useRest(does);
  return html`
    <li class=${`row is-${kind} ${done ? "is-done" : ""} ${action?.doing ? "is-busy" : ""}`} data-id=${appointment.id}>
      <div class="row-line">
        <div class="row-time">
          <time>${appointment.time.slice(0, 5)}</time>
          ${away !== undefined && html`<span class=${away < 0 ? "late" : ""}>${inWords(away)}</span>`}
        </div>
        <button class="row-patient" ref=${who} onClick=${() => onDetails(appointment.id)}>
          <span class="row-name">${name} ${sameName && html`<${SameName} />`}</span>
          <span class="row-facts">${factsOf(appointment, sameName)}</span>
          <span class="for-readers">${text.row.details(name)}</span>
        </button>
        <div class="row-study">
          <span class="row-description">${appointment.description || appointment.department}</span>
          <span class="row-doctor">${appointment.doctor}</span>
        </div>
        <${Way} appointment=${shown} images=${images.length} machineName=${machineName} />
        <div class="row-action" onClick=${() => pressed.current = true}>${mainButton(does, shown, {
          images,
          isUnderWay: action?.doing === does,
          rests,
          sendTo,
          sendToName,
          onSend,
          onChoose,
          onRecall,
          onView,
        })}</div>
      </div>
      ${action?.failed && html`
        <p class="row-problem" role="alert">
          ${icons.alert()}
          <span>
            <strong>${FAILED[action.failed]()}</strong>
            ${" "}${action.problem || text.offline}
          </span>
          <button class="button quiet" onClick=${() => onDismiss(appointment.id)}>${text.row.dismiss}</button>
        </p>
      `}
      ${appointment.missing > 0 && html`
        <p class="row-attention" role="status">
          ${icons.image()}<span>${text.status.missing(appointment.missing, appointment.made)}</span>
        </p>
      `}
      <${Warning} reasons=${appointment.reasons} />
      ${together !== "" && html`<p class="row-together">${icons.people()}<span>${together}</span></p>`}
      ${images.length > 0 && html`
        <div class="strip">
          ${images.slice(0, MOST_THUMBNAILS).map((image, place) =>
            html`
              <${Thumbnail}
                key=${image.uid}
                image=${image}
                label=${pictureName(image, place, images.length)}
                onOpen=${mayReadImages ? () => onView(appointment.id, image.uid) : undefined}
              />
            `
          )}
          ${images.length > MOST_THUMBNAILS && html`
            <button class="thumbnail more" onClick=${() => onView(appointment.id, images[MOST_THUMBNAILS]!.uid)}>
              ${text.row.moreImages(images.length - MOST_THUMBNAILS)}
            </button>
          `}
        </div>
      `}
    </li>
  `;
});

/** What was not done, in words. */
export const FAILED: Record<Doing, () => string> = {
  send: () => text.row.failedSend,
  recall: () => text.row.failedRecall,
  complete: () => text.row.failedComplete,
};

/** The appointment as it will be when what reception does has succeeded. */
function expected(appointment: Appointment, action: Action | undefined): Appointment {
  if (action?.doing === "send") return { ...appointment, status: "sent", sentAt: action.at };
  if (action?.doing === "recall") return { ...appointment, status: "scheduled", sentAt: null, seenAt: null };
  if (action?.doing === "complete") return { ...appointment, status: "completed", statusChangedAt: action.at };
  return appointment;
}

/** How long a button that has taken another one's place does nothing, milliseconds: a second tap was meant for that. */
const REST = 2000;

/** Whether the action of a row has become another one just now, by whomever. */
function useRest(action: string) {
  const [, redraw] = useState(0);
  const last = useRef({ action, since: -Infinity });
  if (last.current.action !== action) last.current = { action, since: performance.now() };
  const rests = performance.now() - last.current.since < REST;
  useEffect(() => {
    if (!rests) return;
    const timer = setTimeout(() => redraw((n) => n + 1), REST);
    return () => clearTimeout(timer);
  }, [action]);
  return rests;
}

/** What the one button of a row does; "" where there is none. */
type Does = "send" | "recall" | "view" | "";

/** What the action of a row is: `send`, `recall`, `view`; the button of what is under way is the one it began with. */
function actionOf({ status }: Appointment, action: Action | undefined, hasImages: boolean): Does {
  if (action?.doing === "send" || action?.doing === "recall") return action.doing;
  if (status === "scheduled") return "send";
  if (status === "sent" || status === "seen by machine") return "recall";
  return hasImages ? "view" : "";
}

interface MainButtonProperties
  extends Pick<AppointmentRowProperties, "sendTo" | "sendToName" | "onSend" | "onChoose" | "onRecall" | "onView"> {
  images: Image[];
  isUnderWay: boolean;
  /** It has taken another one's place just now. */
  rests: boolean;
}

/** The one action of a row. */
function mainButton(
  does: Does,
  { id }: Appointment,
  { images, isUnderWay, rests, sendTo, sendToName, onSend, onChoose, onRecall, onView }: MainButtonProperties,
) {
  if (isUnderWay) {
    return html`<button class="button main" disabled>${
      does === "send" ? text.row.sending : text.row.recalling
    }</button>`;
  }
  if (does === "send") {
    return html`
      <span class="split">
        <button class="button main primary" disabled=${rests} onClick=${() => onSend(id, sendTo)}>
          ${icons.send()}${sendToName ? text.row.sendTo(sendToName) : text.row.send}
        </button>
        ${onChoose && html`
          <button
            class="button main primary"
            disabled=${rests}
            aria-label=${text.row.otherMachine}
            onClick=${() => onChoose(id)}
          >
            ${icons.down()}
          </button>
        `}
      </span>
    `;
  }
  if (does === "recall") {
    return html`
      <button class="button main" disabled=${rests} onClick=${() => onRecall(id)}>
        ${icons.undo()}${text.row.recall}
      </button>
    `;
  }
  if (does === "view") {
    return html`
      <button class="button main soft" disabled=${rests} onClick=${() => onView(id, images[0]!.uid)}>
        ${icons.image()}${text.row.view(images.length)}
      </button>
    `;
  }
  return null;
}

const STEPS = ["sent", "seen", "scanning", "images"];

/** How far an appointment has come, as steps and in words. */
interface WayProperties {
  appointment: Appointment;
  images: number;
  machineName: string;
}

function Way({ appointment, images, machineName }: WayProperties) {
  const reached = REACHED[appointment.status] ?? 0;
  const [sentence, more] = wordsOf(appointment, images, machineName);
  return html`
    <div class="way">
      <p class="way-now">${sentence}</p>
      <p class="way-more">${more}</p>
      <ol class="way-steps" aria-hidden="true">
        ${STEPS.map((step, place) =>
          html`
            <li key=${step} class=${place < reached ? "past" : ""} data-now=${place === reached - 1}></li>
          `
        )}
      </ol>
    </div>
  `;
}

/** How many of the steps are reached. */
const REACHED: Partial<Record<Appointment["status"], number>> = {
  ...{ "sent": 1, "seen by machine": 2, "in progress": 3, "images received": 4, "completed": 4 },
};

/** @returns where it is now, and what belongs to that */
function wordsOf(appointment: Appointment, images: number, machineName: string): [string, string] {
  const { status, statusChangedAt, sentAt, seenAt, measurements } = appointment;
  const since = clockTime(statusChangedAt);
  const measured = measurements > 0 ? text.status.measurements(measurements) : "";
  const stopped = appointment.stopped === null ? "" : text.status.stopped(appointment.stopped);
  switch (status) {
    case "scheduled":
      return [text.status.notSent, ""];
    case "sent":
      return [
        text.status.sent(clockTime(sentAt)),
        machineName ? text.status.waitingFor(machineName) : text.status.waitingForMachine,
      ];
    case "seen by machine":
      if (stopped !== "") return [stopped, machineName ? text.status.onMachine(machineName) : ""];
      return [
        text.status["seen by machine"](clockTime(seenAt ?? statusChangedAt)),
        machineName ? text.status.onMachine(machineName) : text.status.sent(clockTime(sentAt)),
      ];
    case "in progress":
      return [text.status["in progress"](since), machineName ? text.status.onMachine(machineName) : ""];
    case "images received":
      return [
        images > 0 ? text.status.images(images) : text.status.objectsReceived,
        [measured, text.status.firstAt(since), stopped].filter(Boolean).join(" · "),
      ];
    case "completed":
      return [
        text.status.completed(since),
        [images > 0 ? text.status.images(images) : "", measured].filter(Boolean).join(" · "),
      ];
    case "cancelled":
      return [text.status.cancelled(since), ""];
    default:
      return [status, ""];
  }
}

/** Who it is; with the birth date where the name alone does not tell it. */
function factsOf({ patient, date }: Appointment, sameName: boolean) {
  const age = ageOn(patient.birthDate, date);
  return [
    sameName && patient.birthDate && dateInWords(patient.birthDate),
    age && text.row.age[age.unit](age.count),
    genderInWords(patient.gender),
    patient.id,
  ].filter(Boolean).join(" · ");
}

function inWords(minutes: number) {
  if (minutes === 0) return text.row.now;
  return minutes > 0 ? text.row.inMinutes(minutes) : text.row.minutesAgo(-minutes);
}
