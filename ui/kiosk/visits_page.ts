import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Visit } from "../../src/web/contract/board.ts";
import type { MeasurementGroup, MeasurementLine, StudyDetails } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api, wholeStudy } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { dateInWords, fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import type { Address } from "./address.ts";
import { type Day, type Image, imagesOf } from "./day.ts";
import { factsOf, SameName } from "./people.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";
import type { May } from "./to_check.ts";
import { Viewer } from "./viewer.ts";
import { addressOfKeys, besideAtFirst, keysIn, measuredBeside, toggled, visitKey } from "./visits_beside.ts";

/** Pictures of a visit shown beside those of another; all of them are in the viewer. */
const MOST_PICTURES = 6;
/** How long more changes are waited for before all is asked for again, milliseconds. */
const PAUSE = 500;

export interface VisitsPageProperties {
  appointment: Appointment;
  address: Address;
  day: Day;
  may: May;
  sameName: boolean;
  machineNamed: (aeTitle: string) => string;
  onClose: () => void;
}

/** What a visit brought. */
interface Brought {
  studies: StudyDetails[];
  groups: MeasurementGroup[];
  images: Image[];
  /** Of the visit's booking, where it has one: the viewer shows it as on its day. */
  appointment: Appointment | undefined;
}

/**
 * All visits of a person, the latest first; of two of them, beside each other, the pictures and what was measured, the
 * same thing in one row. Who may not read images sees days and counts.
 */
export function VisitsPage({ appointment, address, day, may, sameName, machineNamed, onClose }: VisitsPageProperties) {
  const { patient } = appointment;
  const { place, go, be, close } = address;
  const changes = useChanges(day);
  const { visits, more, problem } = useVisits(patient.id, changes);
  const keys = place.visits === "" ? besideAtFirst(visits ?? []) : keysIn(place.visits);
  // the earlier one is left, as one reads
  const beside = (visits ?? []).filter((visit) => keys.includes(visitKey(visit))).reverse();
  const brought = useBrought(may.decide ? beside : [], changes);
  const shown = beside.map((visit) => ({ visit, brought: brought.of.get(visitKey(visit)) }));
  const opened = place.image === ""
    ? undefined
    : shown.find(({ brought }) => brought?.images.some(({ uid }) => uid === place.image));
  const choose = (key: string) => be({ visits: addressOfKeys(toggled(keys, key)) || NONE });

  return html`
    <${Dialog} title=${fullName(patient)} onClose=${onClose} kind=${`visits-page ${may.decide ? "" : "is-short"}`}>
      <p class="lead visits-who">
        ${[factsOf(patient), visits && text.visits.count(visits.length)].filter(Boolean).join(" · ")}
        ${sameName && html`<${SameName} />`}
      </p>
      <p class="problem" role="alert">${problem || brought.problem}</p>
      <nav class="visits-list" aria-label=${text.visits.all} aria-busy=${visits === undefined}>
        ${may.decide && html`<p class="lead">${text.visits.lead}</p>`}
        <ul class="visits">
          ${visits?.map((visit) =>
            html`
              <${VisitLine} key=${visitKey(visit)} visit=${visit} chosen=${keys.includes(visitKey(visit))}
                onChoose=${may.decide ? choose : undefined} />
            `
          )}
        </ul>
        ${more && html`<p class="lead">${text.visits.more}</p>`}
      </nav>
      ${may.decide && visits !== undefined && html`
        <section class="visits-beside" aria-label=${text.visits.beside} tabindex="0">
          ${shown.length === 0
            ? html`<p class="lead">${text.visits.chooseOne}</p>`
            : html`<${Beside} shown=${shown} onOpen=${(image: string) => go({ image })} />`}
        </section>
      `}
      ${opened?.brought && html`
        <${Viewer}
          appointment=${opened.brought.appointment}
          study=${opened.brought.studies[0]}
          images=${opened.brought.images}
          start=${place.image}
          sameName=${sameName}
          appointments=${[...day.appointments.values()]}
          date=${day.date}
          may=${may}
          machineNamed=${machineNamed}
          onDecided=${() => day.load()}
          onClose=${() => close({ image: "" })}
        />
      `}
    <//>
  `;
}

/** Of an address in which somebody has chosen no visit: none is called so. */
const NONE = "-";

interface VisitLineProperties {
  visit: Visit;
  chosen: boolean;
  onChoose: ((key: string) => void) | undefined;
}

function VisitLine({ visit, chosen, onChoose }: VisitLineProperties) {
  const { date, time, description, doctor, images, measurements, status } = visit;
  const what = html`
    <b>${date ? dateInWords(date) : text.details.unknown} <small>${time.slice(0, 5)}</small></b>
    ${onChoose && html`<span>${[description || text.visits.study, doctor].filter(Boolean).join(" · ")}</span>`}
    <small>${[
      images > 0 && text.status.images(images),
      measurements > 0 && text.status.measurements(measurements),
      images + measurements === 0 && status !== "" && text.history[status],
    ].filter(Boolean).join(" · ")}</small>
  `;
  if (onChoose === undefined) return html`<li class="visit">${what}</li>`;
  return html`
    <li>
      <button type="button" class="visit" aria-pressed=${chosen} onClick=${() => onChoose(visitKey(visit))}>
        ${what} ${chosen && icons.check()}
      </button>
    </li>
  `;
}

interface Shown {
  visit: Visit;
  /** undefined while it is asked for */
  brought: Brought | undefined;
}

/** The visits as columns: when, what is to be looked at, the pictures, then what was measured. */
function Beside({ shown, onOpen }: { shown: Shown[]; onOpen: (uid: string) => void }) {
  const groups = measuredBeside(shown.map(({ brought }) => brought?.groups ?? []));
  const loaded = shown.every(({ brought }) => brought !== undefined);
  return html`
    <table class="beside" aria-busy=${!loaded}>
      <thead>
        <tr>
          <th scope="col"><span class="for-readers">${text.viewer.measurements}</span></th>
          ${shown.map(({ visit }) =>
            html`
              <th scope="col" key=${visitKey(visit)}>
                <b>${visit.date ? dateInWords(visit.date) : text.details.unknown}</b>
                <small>${[visit.description || text.visits.study, visit.doctor].filter(Boolean).join(" · ")}</small>
              </th>
            `
          )}
        </tr>
      </thead>
      <tbody>
        <tr class="beside-pictures">
          <th scope="row">${text.visits.pictures}</th>
          ${shown.map(({ visit, brought }) =>
            html`<td key=${visitKey(visit)}>${
              brought && html`<${Pictures} brought=${brought} onOpen=${onOpen} />`
            }</td>`
          )}
        </tr>
      </tbody>
      ${groups.map((group, n) =>
        html`
          <tbody key=${n}>
            <tr class="beside-group">
              <th scope="rowgroup" colspan=${shown.length + 1}>
                ${text.viewer.groupTitle(group) || text.viewer.otherValues}
              </th>
            </tr>
            ${group.rows.map(({ name, detail, cells }, place) =>
              html`
                <tr key=${place}>
                  <th scope="row">${name} ${detail !== "" && html`<small>${detail}</small>`}</th>
                  ${cells.map((lines, column) =>
                    html`<td key=${column}>${lines.map((line, n) => html`<${Value} key=${n} line=${line} />`)}</td>`
                  )}
                </tr>
              `
            )}
          </tbody>
        `
      )}
    </table>
    ${loaded && groups.length === 0 && html`<p class="lead">${text.viewer.noValues}</p>`}
  `;
}

/** A value as the machine said it; one of an object that a person should look at says so. */
export function Value({ line }: { line: MeasurementLine }) {
  const flagged = line.context.attention !== undefined;
  return html`
    <span class=${`beside-value ${flagged ? "is-flagged" : ""}`} title=${flagged ? text.board.look : undefined}>
      ${flagged && html`${icons.alert()}<span class="for-readers">${text.board.look}: </span>`}${line.text}
    </span>
  `;
}

function Pictures({ brought: { images, studies }, onOpen }: { brought: Brought; onOpen: (uid: string) => void }) {
  const first = images[0];
  return html`
    <${Warning} reasons=${studies.flatMap(reasonsHere)} />
    <div class="thumbnails beside-images">
      ${images.slice(0, MOST_PICTURES).map((image, place) =>
        html`
          <${Thumbnail} key=${image.uid} image=${image} label=${pictureName(image, place, images.length)}
            onOpen=${() => onOpen(image.uid)} />
        `
      )}
    </div>
    ${images.length === 0 && html`<span class="lead">${text.visits.noPictures}</span>`}
    ${first !== undefined && images.length > MOST_PICTURES && html`
      <button type="button" class="button" onClick=${() => onOpen(first.uid)}>
        ${icons.image()}${text.visits.allPictures(images.length)}
      </button>
    `}
  `;
}

/** Why a person should look at what is in a study. What came under its UID and was kept apart is not in it. */
function reasonsHere({ reasons, studyInstanceUid }: StudyDetails) {
  return reasons.filter(({ besideStudyUid }) => besideStudyUid !== studyInstanceUid);
}

/** How often something changed in the box that may be of another day than the one on the board. */
function useChanges(day: Day): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = day.followed((noun) => {
      if (noun !== "study" && noun !== "instance" && noun !== "appointment") return;
      timer ??= setTimeout(() => {
        timer = undefined;
        setCount((n) => n + 1);
      }, PAUSE);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return count;
}

/** @param changes asks again with each */
function useVisits(patientId: string, changes: number) {
  const [found, setFound] = useState<{ visits?: Visit[]; more: boolean; problem: string }>({
    more: false,
    problem: "",
  });
  useEffect(() => {
    let gone = false;
    api("GET /api/patients/:id/visits", { id: patientId }).then(
      (answer) => gone || setFound({ ...answer, problem: "" }),
      (refusal) => gone || setFound((before) => ({ ...before, problem: whyNot(refusal) })),
    );
    return () => {
      gone = true;
    };
  }, [patientId, changes]);
  return found;
}

/** What the visits brought, by their keys. @param changes asks again with each */
function useBrought(visits: Visit[], changes: number): { of: Map<string, Brought>; problem: string } {
  const [of, setOf] = useState(new Map<string, Brought>());
  const [problem, setProblem] = useState("");
  const asked = JSON.stringify([visits.map((visit) => [visitKey(visit), visit.studies]), changes]);
  useEffect(() => {
    let gone = false;
    setProblem("");
    // what is a person's no more is gone at once, and what is new comes when it is here
    const keys = new Set(visits.map(visitKey));
    setOf((before) => new Map([...before].filter(([key]) => keys.has(key))));
    for (const visit of visits) {
      bringOf(visit).then(
        (brought) => gone || setOf((before) => new Map([...before, [visitKey(visit), brought]])),
        (refusal) => {
          if (gone) return;
          // what was shown may be somebody else's by now
          setOf((before) => new Map([...before].filter(([key]) => key !== visitKey(visit))));
          setProblem(`${text.visits.notLoaded} ${whyNot(refusal)}`);
        },
      );
    }
    return () => {
      gone = true;
    };
  }, [asked]);
  return { of, problem };
}

/** @throws Refusal */
async function bringOf({ studies: uids, appointmentId }: Visit): Promise<Brought> {
  const [studies, measured, appointment] = await Promise.all([
    Promise.all(uids.map(wholeStudy)),
    Promise.all(uids.map((uid) => api("GET /api/studies/:uid/measurements", { uid }))),
    appointmentId === null ? undefined : api("GET /api/appointments/:id", { id: appointmentId }),
  ]);
  return {
    studies,
    groups: measured.flatMap(({ groups }) => groups),
    images: studies.flatMap(imagesOf),
    appointment,
  };
}
