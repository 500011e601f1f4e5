import type { Appointment, Patient } from "../../src/web/contract/appointments.ts";
import { dateInWords, fullName } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";

/**
 * The names that more than one patient of a list has.
 *
 * @returns name keys
 */
export function sharedNames(appointments: { nameKey: string; patient: { id: string } }[]): Set<string> {
  const ids = new Map<string, Set<string>>();
  for (const { nameKey, patient } of appointments) {
    if (nameKey !== "") ids.set(nameKey, (ids.get(nameKey) ?? new Set<string>()).add(patient.id));
  }
  return new Set([...ids].filter(([, own]) => own.size > 1).map(([key]) => key));
}

/** That somebody else has the same name. */
export function SameName() {
  return html`
    <span class="same-name" title=${text.attention.sameNameHint}>${icons.people()}${text.attention.sameName}</span>
  `;
}

/** By what one tells a patient from another of the same name. */
export function factsOf({ id, birthDate, gender, phone }: Pick<Patient, "id" | "birthDate" | "gender" | "phone">) {
  return [id, birthDate && dateInWords(birthDate), genderInWords(gender), phone].filter(Boolean).join(" · ");
}

/** The clinic's own word where it is none of the usual ones. */
export function genderInWords(gender: string): string {
  return text.row.genders[gender.toLowerCase()] ?? gender;
}

/** Appointments that were scanned together with one, in words; "" where there are none. */
export function togetherInWords(ids: readonly string[], appointments: ReadonlyMap<string, Appointment>) {
  const others = ids.flatMap((id) => appointments.get(id) ?? [])
    .map(({ time, patient, description }) => `${time.slice(0, 5)} ${description || fullName(patient)}`);
  return others.length === 0 ? "" : text.attention.together(others.join(", "));
}
