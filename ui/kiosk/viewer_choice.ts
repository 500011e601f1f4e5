import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { SentClaim, Study } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api, wholeStudy } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { ChooseTarget, dayOfStudy, type Target, useOffered } from "./choose_target.ts";
import type { Image } from "./day.ts";
import { identityRows, SideBySide } from "./side_by_side.ts";
import { type Decided, takeBack } from "./taken_back.ts";

/** The study that an image is in. */
export function studyOf(uid: string, studies: Study[]): Study | undefined {
  return studies.find(({ series }) =>
    series.some(({ instances }) => instances.some(({ sopInstanceUid }) => sopInstanceUid === uid))
  );
}

/** What is to become of chosen images: another's, or a study of their own. */
export type Moving = "move" | "split";

export interface ChoiceBarProperties {
  chosen: Set<string>;
  images: Image[];
  studies: Study[];
  onChosen: (chosen: Set<string> | undefined) => void;
  onMove: (kind: Moving) => void;
}

/** How many images are chosen, and what can be done with them. */
export function ChoiceBar({ chosen, images, studies, onChosen, onMove }: ChoiceBarProperties) {
  const of = new Set([...chosen].map((uid) => studyOf(uid, studies)?.studyInstanceUid));
  const isAll = chosen.size === images.length;
  const ready = chosen.size > 0 && of.size === 1 && !of.has(undefined);
  return html`
    <div class="choice-bar" role="toolbar" aria-label=${text.decide.choose}>
      <span role="status">
        ${chosen.size === 0 ? text.decide.chooseHint : text.decide.chosen(chosen.size)}
        ${of.size > 1 && html`<small>${text.decide.oneStudy}</small>`}
      </span>
      <button type="button" class="button dark" onClick=${() =>
        onChosen(new Set(isAll ? [] : images.map(({ uid }) => uid)))}>
        ${isAll ? text.decide.chooseNone : text.decide.chooseAll}
      </button>
      <button type="button" class="button dark" disabled=${!ready || isAll} onClick=${() => onMove("split")}>
        ${text.decide.split}
      </button>
      <button type="button" class="button primary" disabled=${!ready} onClick=${() => onMove("move")}>
        ${icons.send()}${text.decide.moveTo}
      </button>
      <button type="button" class="button dark" onClick=${() => onChosen(undefined)}>${text.cancel}</button>
    </div>
  `;
}

export interface MoveWindowProperties {
  kind: Moving;
  chosen: string[];
  /** That all of them are in. */
  study: Study;
  images: Image[];
  appointments: Appointment[];
  date: string;
  mayTakeBack: boolean;
  machineNamed: (aeTitle: string) => string;
  onDecided: (done: Decided, uids: string[]) => void;
  onClose: () => void;
}

/** Where chosen images go: to an appointment or a patient, after a look at both; or apart, into a study of their own. */
export function MoveWindow(
  { kind, chosen, study, images, appointments, date, mayTakeBack, machineNamed, onDecided, onClose }:
    MoveWindowProperties,
) {
  const [target, setTarget] = useState<Target | undefined>(undefined);
  const [problem, setProblem] = useState("");
  /** whose each of the chosen images names itself */
  const [claims, setClaims] = useState<(SentClaim | undefined)[]>([]);
  const offered = useOffered(appointments, date, dayOfStudy(study), setProblem);
  const uid = study.studyInstanceUid;

  useEffect(() => {
    let gone = false;
    wholeStudy(uid).then(({ series }) => {
      const instances = series.flatMap(({ instances }) => instances);
      if (!gone) {
        setClaims(instances.filter(({ sopInstanceUid }) => chosen.includes(sopInstanceUid)).map(({ claim }) => claim));
      }
    }, (refusal) => gone || setProblem(whyNot(refusal)));
    return () => {
      gone = true;
    };
  }, [uid]);

  async function send(
    whose: { appointmentId?: string; patientId?: string },
    reason: string,
    words: string,
    action: string,
  ) {
    const sopInstanceUids = objectsOf(study, chosen, kind);
    await api("POST /api/studies/:uid/move", { uid, body: { sopInstanceUids, ...whose, reason } });
    onDecided({ words, ...(mayTakeBack && { takeBack: () => takeBack(action, [`study ${uid}`]) }) }, chosen);
  }

  const shown = images.filter((image) => chosen.includes(image.uid));
  const name = target === undefined ? "" : fullName(target.patient);
  const several = new Set(claims.map((claim) => JSON.stringify({ ...claim, machine: "" }))).size > 1;
  return html`
    <${Dialog} title=${kind === "split" ? text.decide.splitTitle(chosen.length) : text.decide.moveTitle(chosen.length)}
      onClose=${onClose} kind="wide">
      ${problem !== "" && html`<p class="problem" role="alert">${problem}</p>`}
      ${several && html`
        <p class="row-attention" role="status">${icons.alert()}<span>${text.decide.several}</span></p>
      `}
      ${kind === "split"
        ? html`
          <${SideBySide}
            heads=${["", ""]}
            rows=${[]}
            images=${shown}
            reasons=${text.decide.reasons.split}
            confirm=${text.decide.splitTitle(chosen.length)}
            act=${(reason: string) => send({}, reason, text.decide.splitDone(chosen.length), "study split")}
            onBack=${onClose}
          >
            <p class="lead">${text.decide.splitLead}</p>
            <//>
        `
        : target === undefined
        ? html`
          <${ChooseTarget} title=${text.decide.whoElse} study=${study} except=${study.appointmentId ?? undefined}
            appointments=${offered} date=${date} withPeople=${true} onChoose=${setTarget} />
        `
        : html`
          <${SideBySide}
            heads=${[text.decide.images, target.appointment ? text.decide.appointment : text.decide.patient]}
            rows=${identityRows(
              claims[0] ?? study.claim ?? { ...study, machine: "" },
              study,
              target.patient,
              target.appointment,
              machineNamed,
            )}
            images=${shown}
            reasons=${text.decide.reasons.move}
            confirm=${text.decide.move(chosen.length, name)}
            act=${(reason: string) =>
              send(
                target.appointment ? { appointmentId: target.appointment.id } : { patientId: target.patient.id },
                reason,
                text.decide.moved(chosen.length, name),
                "objects moved",
              )}
            onBack=${() => setTarget(undefined)}
          />
        `}
    <//>
  `;
}

/** The chosen images; with the last of a study's images its reports go too. */
function objectsOf({ series }: Study, chosen: string[], kind: Moving): string[] {
  const instances = series.flatMap(({ instances }) => instances);
  const isWhole = instances.every(({ sopInstanceUid, frames }) => frames === 0 || chosen.includes(sopInstanceUid));
  return kind === "move" && isWhole ? instances.map(({ sopInstanceUid }) => sopInstanceUid) : chosen;
}
