import type { Appointment } from "../../src/web/contract/appointments.ts";
import { useAction } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { html, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { WINDOWS } from "./desk_windows.ts";
import type { PersonPaneProperties } from "./person_pane.ts";
import { useRest } from "./steady.ts";
import { type Decided, Done } from "./taken_back.ts";

/** What is rarely done about somebody: recall, completed, send again, give the images back, correct, merge. */
export function PersonMore(
  { appointment, user, shown, action, images, may, onComplete, onSendAgain, onTake, onDecided }:
    & PersonPaneProperties
    & {
      shown: Appointment;
    },
) {
  const [window, setWindow] = useState<"merge" | "correct" | "take away" | undefined>(undefined);
  const [done, setDone] = useState<Decided | undefined>(undefined);
  const takingAway = useAction();
  const reopening = useAction();
  const { id, patient } = appointment;
  const rests = useRest(id, shown.status);
  const close = () => setWindow(undefined);

  function decided(what: Decided) {
    setDone(what);
    close();
    onDecided();
  }

  /** Takes every study from this appointment: they wait among the unmatched again. */
  async function takeAway() {
    const studies = await api("GET /api/studies", { query: { appointmentId: id } });
    for (const { studyInstanceUid: uid } of studies) {
      await api("DELETE /api/studies/:uid/match", { uid, body: {} });
    }
    close();
    onDecided();
  }

  const atMachine = ["sent", "seen by machine", "in progress", "images received"].includes(shown.status);
  const again = shown.status === "images received" || shown.status === "completed";
  const waits = rests || action?.doing !== undefined;
  return html`
    ${done && html`
      <${Done} done=${done} onTakenBack=${() => {
        setDone(undefined);
        onDecided();
      }} />
    `}
    <div class="pane-more" role="group" aria-label=${text.pane.rarely}>
      ${atMachine && html`
        <button class="button" data-id="more complete" disabled=${waits} onClick=${() => onComplete(id)}>${icons
          .check()}${text.details
          .complete}</button>
      `}
      ${shown.status === "completed" && html`
        <button class="button" data-id="more reopen" disabled=${waits || reopening.busy} onClick=${() =>
          reopening.act(async () => onTake(await api("DELETE /api/appointments/:id/completed", { id })))}>
          ${icons.undo()}${text.pane.reopen}
        </button>
      `}
      ${again && html`
        <button class="button" data-id="more again" disabled=${waits} onClick=${onSendAgain}>${icons.send()}${text.row
          .sendAgain}</button>
      `}
      ${(images.length > 0 || appointment.measurements > 0) && html`
        <button class="button" data-id="more takeaway" onClick=${() => setWindow("take away")}>${icons.image()}${text
          .details
          .takeAway}</button>
      `}
      ${may.decide && html`
        <button class="button" data-id="more correct" onClick=${() => setWindow("correct")}>${icons.edit()}${text.person
          .correct}</button>
        <button class="button" data-id="more merge" onClick=${() => setWindow("merge")}>${icons.people()}${text.person
          .merge}</button>
      `}
    </div>
    <p class="problem" role="alert">${reopening.problem}</p>
    ${window === "take away" && html`
      <div class="sure">
        <p>${text.details.takeAwaySure}</p>
        <p class="problem" role="alert">${takingAway.problem}</p>
        <button class="button tall" onClick=${close}>${text.cancel}</button>
        <button class="button tall danger" disabled=${takingAway.busy} onClick=${() => takingAway.act(takeAway)}>${text
          .details.takeAway}</button>
      </div>
    `}
    ${window === "merge" && html`
      <${WINDOWS.merge.component} patient=${patient} mayTakeBack=${may.takeBack} onDone=${decided} onClose=${close} />
    `}
    ${window === "correct" && html`
      <${WINDOWS.correct.component} patient=${patient} user=${user} mayTakeBack=${may.takeBack} onDone=${decided}
        onClose=${close} />
    `}
  `;
}
