// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { ask, askStudy } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { ChooseTarget, dayOfStudy, useOffered } from "./choose_target.ts";
import { identityRows, SideBySide } from "./side_by_side.ts";
import { takeBack } from "./taken_back.ts";

/** The study that an image is in. */
export function studyOf(uid: string, studies: any[]) {
  return studies.find(({ series }) =>
    series.some(({ instances }) => instances.some(({ sopInstanceUid }) => sopInstanceUid === uid))
  );
}

/** How many images are chosen, and what can be done with them. */
export function ChoiceBar({ chosen, images, studies, onChosen, onMove }) {
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

/** Where chosen images go: to an appointment or a patient, after a look at both; or apart, into a study of their own. */
export function MoveWindow(
  { kind, chosen, images, studies, appointments, date, mayTakeBack, machineNamed, onDecided, onClose }: {
    kind: "move" | "split";
    chosen: string[];
    images: any[];
    studies: any[];
    appointments: any[];
    date: string;
    mayTakeBack: boolean;
    machineNamed: (aeTitle: string) => string;
    onDecided: (done: { words: string; takeBack?: () => Promise<any> }, uids: string[]) => void;
    onClose: () => void;
  },
) {
  const study = studyOf(chosen[0], studies);
  const [target, setTarget] = useState(undefined);
  const [problem, setProblem] = useState("");
  /** whose each of the chosen images names itself */
  const [claims, setClaims] = useState<any[]>([]);
  const offered = useOffered(appointments, date, dayOfStudy(study), setProblem);
  const uid = study.studyInstanceUid;

  useEffect(() => {
    let gone = false;
    askStudy(uid).then(({ series }) => {
      const instances = series.flatMap(({ instances }) => instances);
      if (!gone) {
        setClaims(instances.filter(({ sopInstanceUid }) => chosen.includes(sopInstanceUid)).map(({ claim }) => claim));
      }
    }, (refusal) => gone || setProblem(refusal.message || text.offline));
    return () => {
      gone = true;
    };
  }, [uid]);

  async function send(whose, reason, words, action) {
    await ask(`/api/studies/${uid}/move`, {
      body: { sopInstanceUids: objectsOf(study, chosen, kind), ...whose, reason },
    });
    onDecided({ words, ...(mayTakeBack && { takeBack: () => takeBack(action, [`study ${uid}`]) }) }, chosen);
  }

  const shown = images.filter((image) => chosen.includes(image.uid));
  const name = target && fullName(target.patient);
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
            act=${(reason) => send({}, reason, text.decide.splitDone(chosen.length), "study split")}
            onBack=${onClose}
          >
            <p class="lead">${text.decide.splitLead}</p>
            <//>
        `
        : target === undefined
        ? html`
          <${ChooseTarget} title=${text.decide.whoElse} study=${study} except=${study.appointmentId}
            appointments=${offered} date=${date} withPeople=${true} onChoose=${setTarget} />
        `
        : html`
          <${SideBySide}
            heads=${[text.decide.images, target.appointment ? text.decide.appointment : text.decide.patient]}
            rows=${identityRows(
              claims[0] ?? study.claim ?? study,
              study,
              target.patient,
              target.appointment,
              machineNamed,
            )}
            images=${shown}
            reasons=${text.decide.reasons.move}
            confirm=${text.decide.move(chosen.length, name)}
            act=${(reason) =>
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
function objectsOf({ series }, chosen, kind) {
  const instances = series.flatMap(({ instances }) => instances);
  const isWhole = instances.every(({ sopInstanceUid, frames }) => frames === 0 || chosen.includes(sopInstanceUid));
  return kind === "move" && isWhole ? instances.map(({ sopInstanceUid }) => sopInstanceUid) : chosen;
}
