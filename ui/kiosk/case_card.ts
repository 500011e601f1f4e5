import type { UnscheduledStep } from "../../src/web/contract/appointments.ts";
import { clockTime, dateInWords, dayInShort, dayOf, fullName, readableName } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import type { Case } from "./cases.ts";
import { genderInWords } from "./people.ts";
import { Pictures } from "./side_by_side.ts";

/** Whose a case names itself. */
export function nameOf({ study, claim, appointment }: Case) {
  if (study === undefined) return appointment ? fullName(appointment.patient) : text.unmatched.noName;
  return readableName((claim ?? study).patientName) || text.unmatched.noName;
}

export interface CaseCardProperties {
  one: Case;
  gone: boolean;
  chosen: boolean;
  machineNamed: (aeTitle: string) => string;
  onChoose: () => void;
  onDrag: (event: PointerEvent, one: Case) => void;
}

/** One case: whose it names itself, where it is, why a person should look, and its pictures. */
export function CaseCard({ one, gone, chosen, machineNamed, onChoose, onDrag }: CaseCardProperties) {
  const { study, appointment, beside, reasons, images, waits } = one;
  const place = study === undefined || !waits ? appointment : undefined;
  return html`
    <li
      class=${`${chosen ? "is-chosen" : ""} ${gone ? "is-gone" : ""}`}
      onPointerDown=${(event: PointerEvent) => waits && !gone && onDrag(event, one)}
      onDragStart=${(event) => event.preventDefault()}
    >
      <button class="unmatched-study" aria-pressed=${chosen} disabled=${gone} onClick=${onChoose}>
        <strong>${nameOf(one)}</strong>
        <span class="row-facts">${factsOfCase(one, machineNamed)}</span>
        ${place && study && html`
          <span class="row-facts">${text.decide.inAppointment(
            `${dayInShort(place.date)} ${place.time.slice(0, 5)}`,
            fullName(place.patient),
          )}</span>
        `}
        ${beside && html`
          <span class="row-facts">${text.decide.beside(
            readableName(beside.patientName) || text.unmatched.noName,
            beside.patientId,
          )}</span>
        `}
        <${Warning} reasons=${reasons} />
      </button>
      <${Pictures} images=${images} />
      ${gone && html`<p class="gone-note" role="status">${text.decide.goneMeanwhile}</p>`}
    </li>
  `;
}

function factsOfCase({ study, claim, appointment, since }: Case, machineNamed: (aeTitle: string) => string) {
  const when = text.decide.since(momentInWords(since));
  if (study === undefined) {
    return [
      appointment?.patient.id,
      appointment && `${dayInShort(appointment.date)} ${appointment.time.slice(0, 5)}`,
      when,
    ].filter(Boolean).join(" · ");
  }
  const { patientId, patientBirthDate, patientSex } = claim ?? study;
  const machine = claim?.machine;
  return [
    patientId && `${text.unmatched.patientId} ${patientId}`,
    patientBirthDate && `${text.unmatched.born} ${dateInWords(patientBirthDate)}`,
    patientSex && genderInWords(patientSex),
    study.accessionNumber && `${text.unmatched.accession} ${study.accessionNumber}`,
    machine && machineNamed(machine),
    text.unmatched.received(momentInWords(study.receivedAt)),
    momentInWords(since) !== momentInWords(study.receivedAt) && when,
  ].filter(Boolean).join(" · ");
}

/** The time, and the day where it is another. @param at ISO 8601 */
function momentInWords(at: string) {
  const day = dayOf(new Date(at));
  return day === dayOf(Date.now()) ? clockTime(at) : `${dayInShort(day)} ${clockTime(at)}`;
}

export interface ScansProperties {
  scans: UnscheduledStep[];
  machineNamed: (aeTitle: string) => string;
}

/** What machines say they scan, or have scanned, for no appointment. */
export function Scans({ scans, machineNamed }: ScansProperties) {
  return html`
    <section class="unbooked" aria-labelledby="unbooked-title">
      <h3 id="unbooked-title">${text.unmatched.scans}</h3>
      <p class="lead">${text.unmatched.scansLead}</p>
      <ul>
        ${scans.map((scan) =>
          html`
            <li key=${scan.sopInstanceUid}>
              <strong>${readableName(scan.patientName) || text.unmatched.noName}</strong>
              <span class="row-facts">
                ${[
                  scan.patientId && `${text.unmatched.patientId} ${scan.patientId}`,
                  text.unmatched.scan[scan.status](
                    machineNamed(scan.aeTitle),
                    clockTime(scan.endedAt ?? scan.startedAt),
                  ),
                  scan.reason,
                  scan.missing > 0 && text.status.missing(scan.missing, scan.made),
                ].filter(Boolean).join(" · ")}
              </span>
            </li>
          `
        )}
      </ul>
    </section>
  `;
}
