import type { Appointment, UnscheduledStep } from "../../src/web/contract/appointments.ts";
import type { SentClaim, StudySummary } from "../../src/web/contract/studies.ts";
import { api, wholeStudy } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { fullName, readableName } from "../shared/format.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { CaseCard, nameOf, Scans } from "./case_card.ts";
import { type Case, inTheirPlaces, settleable } from "./cases.ts";
import { ChooseTarget, dayOfStudy, type Target, useOffered } from "./choose_target.ts";
import { startDrag } from "./drag.ts";
import { identityRows, SideBySide } from "./side_by_side.ts";
import { type Decided, Done, takeBack } from "./taken_back.ts";
import { Viewer } from "./viewer.ts";

/** What somebody may do about images: decide whose they are, and take a decision back. */
export interface May {
  decide: boolean;
  takeBack: boolean;
  /** Open them in the OHIF viewer, which not every box has. */
  ohif?: boolean;
}

export interface ToCheckProperties {
  cases: Case[];
  scans: UnscheduledStep[];
  /** Of the day that is shown, `date`. */
  appointments: Appointment[];
  date: string;
  may: May;
  machineNamed: (aeTitle: string) => string;
  onDecided: () => void;
  onClose: () => void;
}

/** Whose it is, or that all is right as it is. */
type Whose = Target | "right";

/**
 * What waits for a person's eyes, worst first: tap the images, then whose they are, or drag one onto the other; compare
 * both, give a reason, confirm. What was just decided can be taken back. Below them what machines scan that nobody booked.
 */
export function ToCheck(
  { cases, scans, appointments, date, may, machineNamed, onDecided, onClose }: ToCheckProperties,
) {
  const [key, setKey] = useState<string | undefined>(undefined);
  const [target, setTarget] = useState<Whose | undefined>(undefined);
  const [gone, setGone] = useState("");
  const [done, setDone] = useState<Decided | undefined>(undefined);
  const [problem, setProblem] = useState("");
  /** the appointment over which a study is held */
  const [over, setOver] = useState<string | undefined>(undefined);
  const [viewing, setViewing] = useState<Case | undefined>(undefined);
  /** What was decided here leaves its place at once. */
  const decided = useRef(new Set<string>());
  const places = useRef<{ one: Case; gone: boolean }[]>([]);
  places.current = inTheirPlaces(places.current.filter(({ one }) => !decided.current.has(one.key)), cases);

  // the only one need not be tapped; one that was chosen gives way to no other
  const chosen = key === undefined && cases.length === 1 ? cases[0] : cases.find((one) => one.key === key);
  const offered = useOffered(appointments, date, dayOfStudy(chosen?.study), setProblem);
  const appointmentId = target === undefined || target === "right" ? undefined : target.appointment?.id;
  const caseIsGone = key !== undefined && chosen === undefined;
  const appointmentIsGone = appointmentId !== undefined && !offered.some(({ id }) => id === appointmentId);
  useEffect(() => {
    if (!caseIsGone && !appointmentIsGone) return;
    if (key === undefined || !caseIsGone || !decided.current.has(key)) {
      setGone(caseIsGone ? text.unmatched.studyGone : text.unmatched.appointmentGone);
    }
    choose(caseIsGone ? undefined : key, undefined);
  }, [caseIsGone, appointmentIsGone]);

  function choose(one: string | undefined, whose: Whose | undefined) {
    setKey(one);
    setTarget(whose);
    if (one !== undefined) setGone("");
  }

  function decide(words: string, action: string, subjects: string[], back?: () => Promise<unknown>) {
    if (chosen) decided.current.add(chosen.key);
    setDone({ words, takeBack: may.takeBack ? () => takeBack(action, subjects) : back });
    choose(undefined, undefined);
    setGone("");
    setProblem("");
    onDecided();
  }

  function takenBack() {
    decided.current.clear();
    setDone(undefined);
    onDecided();
  }

  function drag(event: PointerEvent, one: Case) {
    startDrag(event, { label: nameOf(one), onOver: setOver, onDrop: (id) => drop(one, id) });
  }

  function drop(one: Case, id: string) {
    const appointment = offered.find((other) => other.id === id);
    if (appointment) choose(one.key, { appointment, patient: appointment.patient });
  }

  const compared = chosen && target !== undefined && !appointmentIsGone;
  return html`
    <${Dialog} title=${text.unmatched.title} onClose=${onClose} kind=${compared ? "wide" : "widest"}>
      ${done && html`<${Done} done=${done} onTakenBack=${takenBack} />`}
      ${gone !== "" && html`<p class="row-attention" role="alert">${icons.alert()}<span>${gone}</span></p>`}
      ${problem !== "" && html`<p class="problem" role="alert">${problem}</p>`}
      ${compared
        ? html`
          <${Decision} key=${`${chosen.key} ${appointmentId} ${
            target === "right" ? "" : target.patient.id
          }`} one=${chosen} target=${target}
            machineNamed=${machineNamed} onDecided=${decide} onBack=${() => setTarget(undefined)} />
        `
        : cases.length === 0
        ? scans.length === 0 && html`<p class="lead">${text.unmatched.none}</p>`
        : html`
          <p class="lead">${text.unmatched.lead}</p>
          <div class=${`two-taps ${chosen ? "has-choice" : ""}`}>
            <ul class="unmatched">
              ${places.current.map(({ one, gone }) =>
                html`
                  <${CaseCard} key=${one
                    .key} one=${one} gone=${gone} chosen=${one.key === chosen?.key} machineNamed=${machineNamed}
                    onChoose=${() => choose(one.key, undefined)} onDrag=${drag} />
                `
              )}
            </ul>
            <${Ways} one=${chosen} may=${may} offered=${offered} date=${date} over=${over}
              onOpen=${() => setViewing(chosen)} onTarget=${(whose: Whose) => choose(chosen?.key, whose)} />
          </div>
        `}
      ${!compared && scans.length > 0 && html`<${Scans} scans=${scans} machineNamed=${machineNamed} />`}
      ${viewing && html`
        <${Viewer} study=${viewing.study} images=${viewing.images} start=${viewing.images[0]?.uid} may=${may}
          appointments=${appointments} date=${date} machineNamed=${machineNamed} onDecided=${onDecided}
          onClose=${() => setViewing(undefined)} />
      `}
    <//>
  `;
}

/** What can be done about the case that was tapped. */
interface WaysProperties {
  one: Case | undefined;
  may: May;
  offered: Appointment[];
  date: string;
  over: string | undefined;
  onOpen: () => void;
  onTarget: (whose: Whose) => void;
}

function Ways({ one, may, offered, date, over, onOpen, onTarget }: WaysProperties) {
  const matchable = one === undefined || one.waits;
  const right = may.decide && one !== undefined && settleable(one).length > 0;
  const pictures = may.decide && one?.study !== undefined && one.images.length > 0;
  const movable = one?.study !== undefined && may.decide;
  const name = one === undefined ? "" : nameOf(one);
  return html`
    <div class="ways">
      ${(right || pictures) && html`
        <div class="way-buttons">
          ${pictures &&
            html`<button class="button tall" onClick=${onOpen}>${icons.image()}${text.decide.open}</button>`}
          ${right && html`
            <button class="button tall" onClick=${() => onTarget("right")}>${icons.check()}${text.decide.right}</button>
          `}
        </div>
      `}
      ${!matchable && !may.decide && html`<p class="lead">${text.decide.onlyDoctors}</p>`}
      ${(matchable || movable) && html`
        <${ChooseTarget}
          title=${one === undefined
            ? text.unmatched.first
            : one.waits
            ? text.unmatched.whose(name)
            : text.decide.whoElse}
          study=${one?.study}
          except=${one?.study?.appointmentId ?? undefined}
          appointments=${offered}
          date=${date}
          over=${over}
          withPeople=${may.decide}
          onChoose=${onTarget}
        />
      `}
    </div>
  `;
}

/** The case beside whose it is to be, or beside what it was held for. */
interface DecisionProperties {
  one: Case;
  target: Whose;
  machineNamed: (aeTitle: string) => string;
  onDecided: (words: string, action: string, subjects: string[], back?: () => Promise<unknown>) => void;
  onBack: () => void;
}

function Decision({ one, target, machineNamed, onDecided, onBack }: DecisionProperties) {
  const { study } = one;
  if (target === "right" || study === undefined) {
    return html`<${Right} one=${one} ...${{ machineNamed, onDecided, onBack }} />`;
  }
  const claim = claimOf(one, study);
  const { appointment, patient } = target;
  const name = fullName(patient);
  const uid = study.studyInstanceUid;
  const matches = one.waits && appointment !== undefined;

  async function match(appointmentId: string, reason: string) {
    await api("POST /api/studies/:uid/match", { uid, body: { appointmentId, reason } });
    const undo = () => api("DELETE /api/studies/:uid/match", { uid, body: {} });
    onDecided(text.unmatched.matched(name), "study matched", [`study ${uid}`], undo);
  }

  async function move(reason: string) {
    const objects = await objectsOf(one, uid);
    const whose = appointment ? { appointmentId: appointment.id } : { patientId: patient.id };
    await api("POST /api/studies/:uid/move", { uid, body: { sopInstanceUids: objects, ...whose, reason } });
    onDecided(text.decide.moved(objects.length, name), "objects moved", [`study ${uid}`]);
  }

  return html`
    <${SideBySide}
      heads=${[text.decide.images, appointment ? text.decide.appointment : text.decide.patient]}
      rows=${identityRows(claim, study, patient, appointment, machineNamed)}
      images=${one.images}
      reasons=${matches ? text.unmatched.reasons : text.decide.reasons.move}
      confirm=${text.unmatched.match(name)}
      act=${(reason: string) => matches ? match(appointment.id, reason) : move(reason)}
      onBack=${onBack}
    />
  `;
}

/** Somebody has looked: what was odd stays as it is. */
function Right({ one, machineNamed, onDecided, onBack }: Omit<DecisionProperties, "target">) {
  const { beside, appointment, study } = one;
  const other = beside
    ? {
      id: beside.patientId,
      firstName: readableName(beside.patientName),
      lastName: "",
      birthDate: beside.patientBirthDate,
      gender: beside.patientSex,
    }
    : appointment?.patient;
  const settled = settleable(one);

  async function settle(reason: string) {
    for (const { id } of settled) await api("POST /api/attention/:id/settle", { id, body: { reason } });
    onDecided(text.decide.settled, "attention settled", settled.map(({ id }) => `attention ${id}`));
  }

  return html`
    <${SideBySide}
      heads=${[text.decide.images, beside ? text.decide.study : text.decide.appointment]}
      rows=${study && other
        ? identityRows(claimOf(one, study), study, other, beside ? undefined : appointment, machineNamed)
        : []}
      images=${one.images}
      reasons=${text.decide.reasons.right}
      confirm=${text.decide.right}
      act=${settle}
      onBack=${onBack}
    >
      <p class="lead">${text.decide.rightHint}</p>
      <//>
  `;
}

/** What the images of a case name; where the box does not have it, the study as it is filed. */
function claimOf({ claim }: Case, study: StudySummary): SentClaim {
  return claim ?? { ...study, machine: "" };
}

/** The objects that are meant: those there is a doubt about; else, or where nobody has said whose they are, all. */
async function objectsOf({ reasons, waits }: Case, uid: string): Promise<string[]> {
  const whole = await wholeStudy(uid);
  const all = whole.series.flatMap(({ instances }) => instances).map(({ sopInstanceUid }) => sopInstanceUid);
  const doubtful = all.filter((uid) => reasons.some(({ sopInstanceUid }) => sopInstanceUid === uid));
  return waits || doubtful.length === 0 ? all : doubtful;
}
