import type { Appointment, Patient } from "../../src/web/contract/appointments.ts";
import type { SentClaim, StudySummary } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { dateInWords, fullName, readableName, searchable } from "../shared/format.ts";
import { type ComponentChildren, html, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import type { Image } from "./day.ts";
import { genderInWords } from "./people.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";

/**
 * A row of a comparison: its name and both values, null for one that is not known on that side; and whether they differ,
 * where that is not plain from the words.
 */
export type ComparedRow = [name: string, left: string | null, right: string | null, differs?: boolean];

export interface SideBySideProperties {
  heads: [string, string];
  rows: ComparedRow[];
  images?: Image[];
  reasons: string[];
  confirm: string;
  act: (reason: string) => Promise<unknown>;
  onBack: () => void;
  children?: ComponentChildren;
}

/**
 * Two descriptions beside each other, what differs marked, and why somebody decides as they do; the usual reason unless
 * another is given.
 */
export function SideBySide(
  { heads, rows, images = [], reasons, confirm, act, onBack, children }: SideBySideProperties,
) {
  const form = useRef<HTMLFormElement>(null);
  const [reason, setReason] = useState(reasons[0] ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  // it takes the place of a list that may have been scrolled, and whose button had the focus
  useEffect(() => {
    form.current?.focus({ preventScroll: true });
    const body = form.current?.closest(".dialog-body");
    if (body) body.scrollTop = 0;
  }, []);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await act(reason);
    } catch (refusal) {
      setProblem(whyNot(refusal));
      setBusy(false);
    }
  }

  return html`
    <form class="compare" ref=${form} tabindex="-1" aria-label=${text.unmatched.comparison} onSubmit=${submit}>
      ${children}
      ${rows.length > 0 && html`
        <table>
          <thead>
            <tr>
              <td></td>
              <th scope="col">${heads[0]} <${Pictures} images=${images} most=${3} /></th>
              <th scope="col">${heads[1]}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(([name, left, right, isOther = differs(left, right)]) =>
              html`
                <tr key=${name} class=${isOther ? "differs" : ""}>
                  <th scope="row">${name}</th>
                  <td>${left ?? text.decide.nothing}</td>
                  <td>${right ?? text.decide.nothing}</td>
                </tr>
              `
            )}
          </tbody>
        </table>
      `}
      ${rows.length === 0 && html`<${Pictures} images=${images} />`}
      <${WhyField} reasons=${reasons} reason=${reason} onReason=${setReason} />
      <div class="dialog-actions sticky">
        <p class="problem" role="alert">${problem}</p>
        <button type="button" class="button tall" onClick=${onBack}>${text.unmatched.back}</button>
        <button class="button tall primary" disabled=${busy}>${icons.check()}${confirm}</button>
      </div>
    </form>
  `;
}

interface WhyFieldProperties {
  reasons: string[];
  reason: string;
  onReason: (reason: string) => void;
}

/** Why: a tap on a usual reason, or any other in words. */
export function WhyField({ reasons, reason, onReason }: WhyFieldProperties) {
  return html`
    <div class="field whole">
      <span id="why">${text.decide.why}</span>
      <div class="suggestions" role="group" aria-labelledby="why">
        ${reasons.map((words) =>
          html`
            <button type="button" class="choice small" key=${words} aria-pressed=${reason === words}
              onClick=${() => onReason(words)}>${words}</button>
          `
        )}
      </div>
      <input name="reason" aria-labelledby="why" maxlength="200" required autocomplete="off" value=${reason}
        onInput=${(event) => onReason(event.target.value)} />
    </div>
  `;
}

export function Pictures({ images, most = 8 }: { images: Image[]; most?: number }) {
  if (images.length === 0) return null;
  return html`
    <div class="strip">
      ${images.slice(0, most).map((image, place) =>
        html`
          <${Thumbnail} key=${image.uid} image=${image} label=${pictureName(image, place, images.length)} />
        `
      )}
    </div>
  `;
}

/** The same words in another order, or by other letters, are no difference. */
function differs(left: string | null, right: string | null) {
  if (left === null || right === null) return false;
  const words = (value: string) => searchable(value).split(/[\s.,-]+/).filter(Boolean).sort().join(" ");
  return words(left) !== words(right);
}

/** Of an appointment what is compared. */
type Booked = Pick<Appointment, "date" | "time" | "accessionNumber" | "doctor">;

/**
 * What an object names and what is known of whom it may be: the rows of a comparison.
 *
 * @param claim what it names, with the machine that sent it
 */
export function identityRows(
  claim: SentClaim,
  study: StudySummary | undefined,
  patient: Omit<Patient, "phone">,
  appointment: Booked | undefined,
  machineNamed: (aeTitle: string) => string,
): ComparedRow[] {
  const date = (day: string | null | undefined) => day ? dateInWords(day) : text.details.unknown;
  const when = (day: string | undefined, time: string | undefined) =>
    [date(day), time?.slice(0, 5)].filter(Boolean).join(" ");
  const machine = claim.machine ? machineNamed(claim.machine) : null;
  const sex = (word: string) => word ? genderInWords(word) : null;
  const own: ComparedRow[] = [
    [text.unmatched.name, readableName(claim.patientName) || text.unmatched.noName, fullName(patient)],
    [text.unmatched.patientId, claim.patientId || text.details.unknown, patient.id],
    [text.unmatched.born, date(claim.patientBirthDate), date(patient.birthDate)],
    [text.decide.sex, sex(claim.patientSex), sex(patient.gender)],
  ];
  const examined = when(study?.studyDate, study?.studyTime);
  if (!appointment) return [...own, [text.unmatched.date, examined, null], [text.decide.machine, machine, null]];
  const isOtherDay = Boolean(study?.studyDate) && study?.studyDate !== appointment.date;
  return [
    ...own,
    [text.unmatched.accession, study?.accessionNumber || null, appointment.accessionNumber],
    [text.unmatched.date, examined, when(appointment.date, appointment.time), isOtherDay],
    [text.decide.machineAndDoctor, machine, appointment.doctor || null, false],
  ];
}
