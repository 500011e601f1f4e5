import type { Appointment, FoundPatient, Patient } from "../../src/web/contract/appointments.ts";
import type { StudySummary } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api } from "../shared/api.ts";
import { dateInWords, dayAfter, dayInShort, dayOf, fullName } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { text } from "../shared/text.ts";
import { matches } from "./matches.ts";
import { factsOf, genderInWords, SameName, sharedNames } from "./people.ts";
import { usePeople } from "./returning.ts";

/** Days before and after a study's own whose appointments it may belong to. */
const NEAR_DAYS = 7;
/** Appointments offered at once at most; letters typed make them fewer. */
const MOST_OFFERED = 60;

/** The clinic's day of a study. */
export function dayOfStudy(study: StudySummary | undefined): string | undefined {
  return study && (study.studyDate || dayOf(new Date(study.receivedAt)));
}

/**
 * The appointments that a study may belong to: those of the day shown, and of the days around its own.
 *
 * @param appointments of the day that is shown
 * @param date that day
 * @param ownDate the study's day
 */
export function useOffered(
  appointments: Appointment[],
  date: string,
  ownDate: string | undefined,
  onProblem: (problem: string) => void,
): Appointment[] {
  const [near, setNear] = useState<Appointment[]>([]);
  useEffect(() => {
    if (ownDate === undefined) return;
    let past = false;
    const [from, to] = [dayAfter(ownDate, -NEAR_DAYS), dayAfter(ownDate, NEAR_DAYS)];
    api("GET /api/appointments", { query: { from, to } }).then(
      (found) => past || setNear(found),
      (refusal) => past || onProblem(whyNot(refusal)),
    );
    return () => {
      past = true;
    };
  }, [ownDate]);
  return [...appointments, ...near.filter((one) => one.date !== date)].filter(({ status }) => status !== "cancelled");
}

/** Whose images are: an appointment's patient, or one without an appointment. */
export interface Target {
  appointment?: Appointment;
  patient: Patient;
}

export interface ChooseTargetProperties {
  title: string;
  /** None while none is chosen: nothing can be tapped then. */
  study: StudySummary | undefined;
  except?: string | undefined;
  appointments: Appointment[];
  date: string;
  /** The appointment over which something is held. */
  over?: string | undefined;
  withPeople: boolean;
  onChoose: (target: Target) => void;
}

/**
 * Whose images may be: appointments, the likely one first, then by how near their day is to the study's own; and, where
 * that is allowed, patients without one, by words typed. Without words, the appointments of the day shown and of the
 * study's own.
 */
export function ChooseTarget(
  { title, study, except, appointments, date, over, withPeople, onChoose }: ChooseTargetProperties,
) {
  const [words, setWords] = useState("");
  const ownDate = dayOfStudy(study);
  const people = usePeople(withPeople ? words : "");
  const shared = sharedNames(appointments);
  const isLikely = (appointment: Appointment) => study !== undefined && appointment.id === study.suggestedAppointmentId;
  const away = (appointment: Appointment) => Math.abs(Date.parse(appointment.date) - Date.parse(ownDate ?? date));
  const found = appointments
    .filter(({ id }) => id !== except)
    .filter((appointment) =>
      words.trim() === ""
        ? [date, ownDate].includes(appointment.date) || isLikely(appointment)
        : matches(appointment, words)
    )
    .sort((a, b) =>
      Number(isLikely(b)) - Number(isLikely(a)) || away(a) - away(b) || a.date.localeCompare(b.date) ||
      a.time.localeCompare(b.time)
    );
  const shown = found.slice(0, MOST_OFFERED);
  return html`
    <section class="whose" aria-label=${text.unmatched.choose}>
      <h3>${title}</h3>
      <label class="field">
        <input
          type="search"
          placeholder=${text.header.search}
          aria-label=${text.unmatched.searchBooking}
          value=${words}
          onInput=${(event) => setWords(event.target.value)}
        />
      </label>
      <ul class="machine-choices">
        ${shown.map((appointment) =>
          html`
            <li key=${appointment.id}>
              <button
                type="button"
                class=${`button tall wide ${appointment.id === over ? "is-over" : ""}`}
                data-drop=${appointment.id}
                disabled=${!study}
                onClick=${() => onChoose({ appointment, patient: appointment.patient })}
              >
                <span class="choice-time">
                  ${appointment.date !== date && html`<small>${dayInShort(appointment.date)}</small>`}
                  ${appointment.time.slice(0, 5)}
                </span>
                <span>
                  <strong>${fullName(appointment.patient)}</strong>
                  ${shared.has(appointment.nameKey) && html`<${SameName} />`}
                  <small>
                    ${[
                      isLikely(appointment) && text.unmatched.likely,
                      appointment.patient.birthDate && dateInWords(appointment.patient.birthDate),
                      genderInWords(appointment.patient.gender),
                      appointment.patient.id,
                      appointment.description,
                    ].filter(Boolean).join(" · ")}
                  </small>
                </span>
              </button>
            </li>
          `
        )}
      </ul>
      ${found.length > shown.length && html`<p class="lead">${text.unmatched.more(found.length - shown.length)}</p>`}
      ${people.length > 0 && html`
        <h3>${text.decide.people}</h3>
        <ul class="machine-choices">
          ${people.map((patient) =>
            html`
              <li key=${patient.id}>
                <${PersonButton} patient=${patient} note=${text.decide.noAppointment} disabled=${!study}
                  onChoose=${() => onChoose({ patient })} />
              </li>
            `
          )}
        </ul>
      `}
      ${words.trim() !== "" && found.length === 0 && people.length === 0 &&
        html`<p class="lead">${text.unmatched.nobody(NEAR_DAYS)}</p>`}
    </section>
  `;
}

interface PersonButtonProperties {
  patient: FoundPatient;
  note?: string;
  disabled?: boolean;
  onChoose: () => void;
}

/** A patient to tap. */
export function PersonButton({ patient, note = "", disabled = false, onChoose }: PersonButtonProperties) {
  return html`
    <button type="button" class="button tall wide" disabled=${disabled} onClick=${onChoose}>
      <span>
        <strong>${fullName(patient)}</strong>
        ${patient.nameAlert && html`<${SameName} />`}
        <small>${[factsOf(patient), note].filter(Boolean).join(" · ")}</small>
      </span>
    </button>
  `;
}
