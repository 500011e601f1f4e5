import type { Appointment, AppointmentDetails } from "../../src/web/contract/appointments.ts";
import type { Box } from "../../src/web/contract/box.ts";
import type {
  MeasurementGroup,
  MeasurementLine,
  ObstetricSummary,
  StudyDetails,
} from "../../src/web/contract/studies.ts";
import { api, frameAddress, Refusal, wholeStudy } from "../shared/api.ts";
import { clockTime, dateInWords, dayOf, fullName, readableName, setPlace } from "../shared/format.ts";
import { obstetricTitle, qualifiersInWords, valueInWords } from "../shared/measured.ts";
import { WithSession } from "../shared/session.ts";
import { html, renderPage, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import { PrintButton } from "./print_here.ts";

/** With more values than this they are set smaller, in three columns. */
const MANY_LINES = 20;

/** One examination on paper: who, what, the starred images, and what the machine measured. */
function PrintPage() {
  const [box, setBox] = useState<Box | undefined>(undefined);
  const [sheets, setSheets] = useState<Printed[] | undefined>(undefined);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    load().then(setSheets, (refusal) => setProblem(sentenceOf(refusal)));
  }, []);

  async function load() {
    const found = await api("GET /api/box");
    setPlace({ timeZone: found.timeZone });
    setBox(found);
    const uids = new URLSearchParams(location.search).getAll("study");
    const loaded = await Promise.all(uids.map(loadSheet));
    document.adoptedStyleSheets = [pageMargins(loaded)];
    document.title = loaded.map(({ study }) => `${study.patientId} ${study.studyDate}`).join(", ") || found.name;
    return loaded;
  }

  return html`
    <nav class="print-bar" aria-label=${text.print.print}>
      <a class="button" href="/" onClick=${goBack}>${icons.previous()}${text.print.back}</a>
      <${PrintButton} studies=${sheets?.map(({ study }) => study.studyInstanceUid) ?? []} />
    </nav>
    <main>
    ${problem !== "" && html`<p class="print-says" role="alert">${problem}</p>`}
    ${sheets?.length === 0 && html`<p class="print-says">${text.print.noStudy}</p>`}
    ${sheets?.map((sheet, n) =>
      html`<${Sheet} key=${sheet.study.studyInstanceUid} box=${box} paper=${paperOf(n)} ...${sheet} />`
    )}
    </main>
  `;
}

/** What is printed of a study. */
interface Printed {
  study: StudyDetails;
  appointment: AppointmentDetails | undefined;
  obstetric: ObstetricSummary[];
  groups: MeasurementGroup[];
}

async function loadSheet(uid: string): Promise<Printed> {
  const study = await wholeStudy(uid);
  const { groups, obstetric } = await api("GET /api/studies/:uid/measurements", { uid });
  const appointment = study.appointmentId === null
    ? undefined
    : await api("GET /api/appointments/:id", { id: study.appointmentId });
  return { study, appointment, obstetric, groups: withoutSummed(groups, obstetric) };
}

/** Paper has each value once: what the summary of a pregnancy has is not in its group again. */
function withoutSummed(groups: MeasurementGroup[], obstetric: ObstetricSummary[]) {
  const keyOf = (fetus: string, { code, name, value, unit, detail }: MeasurementGroup["lines"][number]) =>
    JSON.stringify([fetus, code, name, value, unit, detail]);
  const summed = new Set(obstetric.flatMap(({ fetus, lines }) => lines.map((line) => keyOf(fetus, line))));
  return groups.map((group) => ({
    ...group,
    lines: group.lines.filter((line) => !summed.has(keyOf(group.fetus, line))),
  }))
    .filter(({ lines }) => lines.length > 0);
}

/** The name of the paper that a sheet is printed on, for the style sheet. */
function paperOf(n: number) {
  return `sheet-${n}`;
}

/** Every page of a sheet names the patient, so that a second page is nobody else's, and which page of all it is. */
function pageMargins(sheets: Printed[]) {
  const rules = sheets.map((sheet, n) => {
    const who = [...new Set([nameOn(sheet), sheet.study.patientId])].filter(Boolean).join(" · ");
    return `@page ${paperOf(n)} {
      @bottom-left { content: ${cssString(who)}; font: 8pt sans-serif; }
      @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; }
    }`;
  });
  const margins = new CSSStyleSheet();
  margins.replaceSync(rules.join("\n"));
  return margins;
}

/** Any text as a string of CSS, each letter by its number. */
function cssString(text: string) {
  return `"${[...text].map((letter) => `\\${letter.codePointAt(0)!.toString(16)} `).join("")}"`;
}

function nameOn({ study, appointment }: Pick<Printed, "study" | "appointment">) {
  return (appointment && fullName(appointment.patient)) || readableName(study.patientName) || study.patientId;
}

function goBack(event: MouseEvent) {
  if (history.length <= 1) return;
  event.preventDefault();
  history.back();
}

function sentenceOf(refusal: unknown) {
  if (!(refusal instanceof Refusal)) throw refusal;
  if (refusal.status === 401) return text.print.signIn;
  if (refusal.status === 403) return text.print.notAllowed;
  return refusal.message || text.offline;
}

function Sheet({ box, study, appointment, obstetric, groups, paper }: Printed & { box: Box; paper: string }) {
  const images = study.series.flatMap(({ instances }) => instances).filter(({ frames }) => frames > 0);
  const starred = images.flatMap((image, place) => {
    const star = study.stars?.find(({ sopInstanceUid }) => sopInstanceUid === image.sopInstanceUid);
    return star ? [{ uid: image.sopInstanceUid, place: place + 1, frame: star.frame, frames: image.frames }] : [];
  });
  const born = appointment?.patient.birthDate || study.patientBirthDate;
  const gender = appointment?.patient.gender ?? "";
  const facts: [string, string][] = ([
    [text.print.patientId, study.patientId],
    [text.print.born, born ? dateInWords(born) : ""],
    [text.print.sex, text.row.genders[gender.toLowerCase()] ?? gender],
    [text.print.study, study.description || appointment?.description || ""],
    [
      text.print.date,
      study.studyDate ? `${dateInWords(study.studyDate)} ${study.studyTime.slice(0, 5)}`.trim() : "",
    ],
    [text.print.accession, study.accessionNumber || appointment?.accessionNumber || ""],
    [text.print.doctor, appointment?.doctor ?? ""],
  ] satisfies [string, string][]).filter(([, value]) => value !== "");
  const lines = [...groups, ...obstetric].reduce((sum, group) => sum + group.lines.length, 0);
  const now = Date.now();
  return html`
    <article class="sheet" style=${{ page: paper }}>
      <header class="sheet-head">
        <h1>${nameOn({ study, appointment })}</h1>
        <p>${box.name}</p>
      </header>
      <${Warning} reasons=${[...study.reasons, ...ofBooking(appointment)]} className="sheet-warning" />
      <dl class="sheet-facts">
        ${facts.map(([name, value]) =>
          html`
            <div key=${name}>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>
          `
        )}
      </dl>
      ${starred.length === 0 && html`<p class="print-says">${text.print.noStars}</p>`}
      ${starred.length > 0 && html`
        <section class=${`sheet-images images-${Math.min(starred.length, 3)}`}>
          ${starred.map((image) => html`<${SheetImage} key=${image.uid} image=${image} />`)}
        </section>
      `}
      <h2>${text.print.measurements} <small>${text.print.fromMachine}</small></h2>
      ${groups.length + obstetric.length === 0 && html`<p>${text.print.noValues}</p>`}
      <div class=${`sheet-groups ${lines > MANY_LINES ? "is-many" : ""}`}>
      ${obstetric.map((summary) =>
        html`
          <${ValueTable} key=${summary.fetus} title=${obstetricTitle(summary)} lines=${summary.lines}
            className="sheet-obstetric" />
        `
      )}
      ${groups.map((group, n) =>
        html`
          <${ValueTable} key=${n} title=${text.viewer.groupTitle(group) || text.viewer.otherValues} lines=${group
            .lines} />
        `
      )}
      </div>
      <footer class="sheet-foot">
        <strong>${text.print.notDiagnostic}</strong>
        <span>${text.print.printed(`${dateInWords(dayOf(now))} ${clockTime(now)}`)}</span>
      </footer>
    </article>
  `;
}

interface ValueTableProperties {
  title: string;
  lines: readonly MeasurementLine[];
  className?: string;
}

/** Measured values below one title, each with what qualifies it and why a person should look at it. */
function ValueTable({ title, lines, className = "" }: ValueTableProperties) {
  return html`
    <section class=${`sheet-group ${className}`}>
      <table>
        <colgroup>
          <col />
          <col class="sheet-values" />
        </colgroup>
        <thead>
          <tr>
            <th colspan="2" scope="colgroup">${title}</th>
          </tr>
        </thead>
        <tbody>
          ${lines.map((line, place) => {
            const more = qualifiersInWords(line);
            return html`
              <tr key=${place}>
                <th scope="row">${line.name} ${more !== "" && html`<small>${more}</small>`}</th>
                <td>${valueInWords(line)}</td>
              </tr>
            `;
          })}
        </tbody>
      </table>
    </section>
  `;
}

/** Why a person should look at the booking itself; what is about its studies stands on their own sheets. */
function ofBooking(appointment: Appointment | undefined) {
  return (appointment?.reasons ?? []).filter(({ appointmentId }) => appointmentId !== null);
}

/** A starred image: its place among those of the study, and the frame that is meant. */
interface StarredImage {
  uid: string;
  place: number;
  frame: number;
  frames: number;
}

function SheetImage({ image: { uid, place, frame, frames } }: { image: StarredImage }) {
  const [failed, setFailed] = useState(false);
  const caption = frames > 1 ? text.print.imageFrame(place, frame) : text.print.image(place);
  return html`
    <figure>
      ${failed
        ? html`<p>${text.print.cannotShow}</p>`
        : html`<img src=${frameAddress(uid, frame)} alt=${caption} onError=${() => setFailed(true)} />`}
      <figcaption>${caption}</figcaption>
    </figure>
  `;
}

// the sheet is of a patient: it goes when nobody is there, as the day does
renderPage(html`<${WithSession}>${() => html`<${PrintPage} />`}<//>`);
