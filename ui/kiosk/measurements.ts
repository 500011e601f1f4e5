import type {
  MeasurementGroup,
  MeasurementLine,
  ObstetricSummary,
  ReportDetails,
  StudyMeasurements,
} from "../../src/web/contract/studies.ts";
import { clockTime, dateInWords, dayOf } from "../shared/format.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text, wordsFor } from "../shared/text.ts";
import { copyText } from "../shared/copy.ts";
import { obstetricTitle, valueInWords } from "../shared/measured.ts";
import type { Image } from "./day.ts";
import { ReportTree } from "./report_tree.ts";

/** How long it is said that something was copied, milliseconds. */
const COPIED = 2500;

export interface MeasurementsProperties {
  /** Leads what is copied. */
  who: string;
  measurements: StudyMeasurements[];
  images: Image[];
  onOpenImage: (uid: string) => void;
}

/**
 * What the machine measured, group by group; a tap on a value shows it as it was sent. Below, the reports it is from,
 * those that were replaced included.
 */
export function Measurements({ who, measurements, images, onOpenImage }: MeasurementsProperties) {
  const [opened, setOpened] = useState("");
  const [tree, setTree] = useState<ReportDetails | undefined>(undefined);
  const [copied, setCopied] = useState<boolean | undefined>(undefined);
  const element = useRef<HTMLElement>(null);

  useEffect(() => {
    if (copied === undefined) return;
    const timer = setTimeout(() => setCopied(undefined), COPIED);
    return () => clearTimeout(timer);
  }, [copied]);

  const withValues = measurements.filter(({ groups }) => groups.length > 0);
  const several = withValues.length > 1;
  const reports = measurements.flatMap((one) => one.reports);
  return html`
    <aside class="viewer-list" aria-label=${text.viewer.measurements} ref=${element}>
      <div class="list-head">
        <h3>${text.viewer.measurements}</h3>
        ${withValues.length > 0 && html`
          <button
            class="button dark"
            onClick=${async () => setCopied(await copyText(asText(who, withValues), element.current!))}
          >
            ${copied ? icons.check() : icons.copy()}${copied ? text.viewer.copied : text.viewer.copy}
          </button>
        `}
      </div>
      ${copied === false && html`<p class="list-note">${text.viewer.cannotCopy}</p>`}
      ${withValues.length === 0 && html`<p class="list-note">${text.viewer.noValues}</p>`}
      ${withValues.map(({ studyInstanceUid, obstetric, groups }, study) =>
        html`
          <section key=${studyInstanceUid}>
            ${several && html`<h3>${text.viewer.studyOf(study + 1, withValues.length)}</h3>`}
            ${obstetric.map((summary) => html`<${Obstetric} key=${summary.fetus} summary=${summary} />`)}
            ${groups.map((group, place) =>
              html`
                <${Group}
                  key=${place}
                  group=${group}
                  name=${`${studyInstanceUid} ${place}`}
                  opened=${opened}
                  onOpen=${setOpened}
                  images=${images}
                  onOpenImage=${onOpenImage}
                />
              `
            )}
            <p class="list-downloads">
              <a class="button dark" href=${`/api/studies/${studyInstanceUid}/measurements.csv`} download>
                ${icons.save()}CSV
              </a>
              <a class="button dark" href=${`/api/studies/${studyInstanceUid}/measurements.fhir.json`} download>
                ${icons.save()}FHIR
              </a>
            </p>
          </section>
        `
      )}
      ${reports.length > 0 && html`
        <h4>${text.viewer.reports}</h4>
        <ul class="list-reports">
          ${reports.map((report) =>
            html`<${ReportRow} key=${report.sopInstanceUid} report=${report} onOpen=${() => setTree(report)} />`
          )}
        </ul>
      `}
      ${tree && html`<${ReportTree} report=${tree} onClose=${() => setTree(undefined)} />`}
    </aside>
  `;
}

/** What the machine sums up of a pregnancy, with its own name for each fact and what is odd about the value. */
function Obstetric({ summary }: { summary: ObstetricSummary }) {
  return html`
    <h4>${obstetricTitle(summary)}</h4>
    <dl class="list-summary">
      ${summary.lines.map((line, n) =>
        html`
          <div key=${n}>
            <dt>
              ${text.viewer.obstetricFacts[line.fact]}
              <small>${[line.name, line.detail, inWords(line.coded ?? {}, line.note)].filter(Boolean).join(
                ", ",
              )}</small>
            </dt>
            <dd>${valueInWords(line)}</dd>
          </div>
        `
      )}
    </dl>
  `;
}

interface GroupProperties extends Pick<MeasurementsProperties, "images" | "onOpenImage"> {
  group: MeasurementGroup;
  name: string;
  /** The key of the line that is open. */
  opened: string;
  onOpen: (key: string) => void;
}

function Group({ group, name, opened, onOpen, images, onOpenImage }: GroupProperties) {
  return html`
    <h4>${text.viewer.groupTitle(group) || text.viewer.otherValues}</h4>
    <ul class="list-lines">
      ${group.lines.map((line, n) => {
        const key = `${name} ${n}`;
        const isOpen = opened === key;
        return html`
          <li key=${key}>
            <button class="line" aria-expanded=${isOpen} onClick=${() => onOpen(isOpen ? "" : key)}>
              <span class="line-name">
                ${line.name}
                ${line.detail !== "" && html`<small>${line.detail}</small>`}
                ${line.note !== "" &&
                  html`<small class="line-odd">${icons.alert()}${inWords(line.coded ?? {}, line.note)}</small>`}
              </span>
              <span class="line-value">${valueInWords(line)}</span>
            </button>
            ${isOpen && html`<${Exact} line=${line} images=${images} onOpenImage=${onOpenImage} />`}
          </li>
        `;
      })}
    </ul>
  `;
}

/** A value as the machine sent it, with all that qualifies it. */
function Exact(
  { line, images, onOpenImage }: Pick<GroupProperties, "images" | "onOpenImage"> & { line: MeasurementLine },
) {
  const {
    image,
    frame,
    sent,
    unitMeaning: _unit,
    unitCode: _unitCode,
    siteCode: _site,
    lateralityCode: _side,
    valueType: _type,
    valueCode: _value,
    note: _note,
    ...others
  } = line.context;
  const facts = [
    [text.viewer.asSent, line.exact],
    [text.viewer.code, line.code],
    [text.viewer.site, [line.laterality, line.site].filter(Boolean).join(" ")],
    ...Object.entries(others).map(([name, value]) => [wordsFor(text.viewer.contexts, name) ?? name, value]),
    [text.viewer.repeated, sent ? text.viewer.sentTimes(sent) : ""],
    [text.viewer.reports, line.reports.length > 1 ? text.viewer.inReports(line.reports.length) : ""],
  ].filter(([, value]) => value !== "");
  const place = images.findIndex(({ uid }) => uid === image);
  return html`
    <dl class="line-exact">
      ${facts.map(([name, value]) =>
        html`
          <div key=${name}>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>
        `
      )}
      ${image !== undefined && place !== -1 && html`
        <button class="button dark" onClick=${() => onOpenImage(image)}>
          ${icons.image()}${text.viewer.measuredOn(place + 1, frame ?? "")}
        </button>
      `}
    </dl>
  `;
}

function ReportRow({ report, onOpen }: { report: ReportDetails; onOpen: () => void }) {
  if (report.problem !== "") return html`<${UnreadReport} report=${report} />`;
  const { title, receivedAt, contentDate, contentTime, manufacturer, model, values, replacedBy, notRepeated } = report;
  const made = contentDate ? `${dateInWords(contentDate)} ${contentTime.slice(0, 5)}`.trim() : "";
  return html`
    <li class=${replacedBy === null ? "" : "is-replaced"}>
      <div>
        <strong>${title || text.viewer.report}</strong>
        <small>${[[manufacturer, model].filter(Boolean).join(" "), made].filter(Boolean).join(" · ")}</small>
        <small>
          ${[text.viewer.values(values), receivedInWords(receivedAt)].join(" · ")}
        </small>
        ${report.completion === "PARTIAL" && html`<small class="line-odd">${text.viewer.partial}</small>`}
        ${replacedBy !== null && html`<small class="line-odd">${text.viewer.replaced}</small>`}
        ${notRepeated > 0 && html`
          <small class="line-odd">${icons.alert()}${text.viewer.notRepeated(notRepeated)}</small>
        `}
      </div>
      <button class="button dark" onClick=${onOpen}>${text.viewer.openReport}</button>
    </li>
  `;
}

/** One that the box cannot read: its file is there all the same. */
function UnreadReport({ report: { sopInstanceUid, receivedAt } }: { report: ReportDetails }) {
  return html`
    <li>
      <div>
        <strong>${text.viewer.report}</strong>
        <small>${receivedInWords(receivedAt)}</small>
        <small class="line-odd">${icons.alert()}${text.viewer.reportUnread}</small>
      </div>
      <a class="button dark" href=${`/api/instances/${sopInstanceUid}/file`} download aria-label=${text.viewer
        .download}>
        ${icons.save()}${text.save}
      </a>
    </li>
  `;
}

function receivedInWords(receivedAt: string) {
  return text.viewer.receivedAt(`${dateInWords(dayOf(new Date(receivedAt)))} ${clockTime(receivedAt)}`);
}

/** Measurements to paste into a letter: who, then group by group. */
function asText(who: string, measurements: StudyMeasurements[]): string {
  const lines = measurements.flatMap(({ groups }) =>
    groups.flatMap(({ title, lines }) => [
      "",
      title || text.viewer.otherValues,
      ...lines.map((line) =>
        `${line.name}: ${valueInWords(line)}${
          [line.detail, line.note].filter(Boolean).map((part) => ` (${part})`).join("")
        }`
      ),
    ])
  );
  return [who, ...lines].join("\n") + "\n";
}
