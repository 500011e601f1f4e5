import type { ContentItem, Description, Report } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api, Refusal } from "../shared/api.ts";
import { Dialog } from "../shared/dialog.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { PictureNotes } from "./picture_notes.ts";

/** Levels that are open at first; deeper ones open by a tap, and are not drawn before. */
const OPEN_LEVELS = 3;

export interface ReportTreeProperties {
  report: Pick<Report, "sopInstanceUid" | "title">;
  onClose: () => void;
}

/** A report as the machine sent it: all of its tree, item by item. */
export function ReportTree({ report, onClose }: ReportTreeProperties) {
  const [whole, setWhole] = useState<Report | undefined>(undefined);
  const [assumed, setAssumed] = useState<Description["assumed"]>([]);
  const [problem, setProblem] = useState("");
  const [held, setHeld] = useState(false);
  const [toDecide, setToDecide] = useState(false);

  useEffect(() => {
    let gone = false;
    const query = toDecide ? { toDecide: "true" as const } : {};
    api("GET /api/instances/:uid/report", { uid: report.sopInstanceUid, query }).then(
      (found) => {
        if (gone) return;
        setProblem("");
        setWhole(found);
      },
      (refusal) => {
        if (gone) return;
        setHeld(refusal instanceof Refusal && refusal.status === 451);
        setProblem(whyNot(refusal));
      },
    );
    return () => {
      gone = true;
    };
  }, [report.sopInstanceUid, toDecide]);

  useEffect(() => {
    let gone = false;
    // why it cannot be read is said of the tree
    api("GET /api/instances/:uid/description", { uid: report.sopInstanceUid }).catch(() => undefined).then((found) => {
      if (!gone && found) setAssumed(found.assumed);
    });
    return () => {
      gone = true;
    };
  }, [report.sopInstanceUid]);

  return html`
    <${Dialog} title=${report.title || text.viewer.report} onClose=${onClose} kind="wide">
      ${problem !== "" && html`
        <p class="problem">${problem}</p>
        ${held
          ? html`
            <button class="button" onClick=${() => setToDecide(true)}>${text.viewer.lookToDecide}</button>
          `
          : html`
            <a class="button" href=${`/api/instances/${report.sopInstanceUid}/file`} download>
              ${icons.save()}${text.viewer.download}
            </a>
          `}
      `}
      ${whole === undefined && problem === "" && html`<p class="lead">${text.loading}</p>`}
      ${whole && html`<${PictureNotes} assumed=${assumed} />`}
      ${whole && html`
        <ul class="tree">
          <${Item} item=${whole.root} level=${0} />
        </ul>
      `}
    <//>
  `;
}

function Item({ item, level }: { item: ContentItem; level: number }) {
  const [open, setOpen] = useState(level < OPEN_LEVELS);
  const { children, relationship, valueType, concept, target, references } = item;
  const name = concept ? concept.meaning || concept.value : "";
  const unit = item.unit ? item.unit.meaning || item.unit.value : "";
  const value = [item.value, unit, item.qualifier && (item.qualifier.meaning || item.qualifier.value)]
    .filter(Boolean).join(" ");
  const line = html`
    <span class="tree-line">
      <span>
        ${item.withheld && html`<span class="tree-value">${text.viewer.withheld}</span>`}
        ${name !== "" && html`<strong>${name}</strong>`}
        ${value !== "" && html`<span class="tree-value">${value}</span>`}
        ${target && html`<span class="tree-value">${text.viewer.pointsAt(target.join("."))}</span>`}
        ${references.map((one) =>
          html`
            <span key=${one.sopInstanceUid} class="tree-value">
              ${one.sopInstanceUid}${one.frames.length > 0 && ` · ${text.viewer.frames(one.frames.join(", "))}`}
            </span>
          `
        )}
        ${concept && concept.value !== "" && html`<small>${`${concept.value}, ${concept.scheme}`}</small>`}
      </span>
      <small class="tree-kind">${[relationship, valueType].filter(Boolean).join(" ")}</small>
    </span>
  `;
  if (children.length === 0) return html`<li>${line}</li>`;
  return html`
    <li>
      <button class="tree-fold" aria-expanded=${open} onClick=${() => setOpen(!open)}>${line}</button>
      ${open && html`
        <ul>
          ${children.map((child, n) => html`<${Item} key=${n} item=${child} level=${level + 1} />`)}
        </ul>
      `}
    </li>
  `;
}
