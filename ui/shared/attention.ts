import type { Reason } from "../../src/web/contract/appointments.ts";
import { dateInWords } from "./format.ts";
import { type Catalogue, text, wordsFor } from "./text.ts";

/*
 * Why a person should look at an object, a study or a booking, in the words of the page: by the reason's code; one that
 * is not known here stays in the box's own words.
 */

/** What is told of a reason; its code may be one of a later version. */
type Told = Pick<Reason, "parameters" | "sentence"> & { code: string };

export function reasonInWords({ code, parameters, sentence }: Told, language: Catalogue = text): string {
  const words = wordsFor<(parameters: Record<string, string>) => string>(language.attention.reasons, code);
  if (words === undefined) return sentence;
  const { by = "" } = parameters;
  return words({
    ...parameters,
    by: code === "patient-differs" ? wordsFor(language.attention.matchedBy, by) ?? by : by,
    difference: differenceInWords(code, parameters, language),
  });
}

/** Several reasons, each sentence once. */
export function reasonsInWords(reasons: readonly Told[]): string[] {
  return [...new Set(reasons.map((reason) => reasonInWords(reason)))];
}

/** What each reason compares where it compares one thing only. */
const COMPARED: Partial<Record<string, string>> = { "birth-date-differs": "birth-date", "sex-differs": "sex" };

/** What compares an object with its study; the others compare with the appointment. */
const OF_STUDY = ["another-patient", "names-another-patient"];

function differenceInWords(code: string, parameters: Told["parameters"], { attention, row }: Catalogue): string {
  const { what = "", received = "", expected = "" } = parameters;
  const words = wordsFor(attention.differences, COMPARED[code] ?? what);
  const whose = OF_STUDY.includes(code) ? attention.theStudy : attention.theAppointment;
  return words?.(valueInWords(received, row), valueInWords(expected, row), whose) ?? "";
}

/** A date or a sex as people write it; anything else as it is. */
function valueInWords(value: string, { genders }: Catalogue["row"]): string {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return dateInWords(value);
  return /^[MFO]$/.test(value) ? genders[value.toLowerCase()] ?? value : value;
}
