// @ts-nocheck: not typed yet
// deno-lint-ignore-file no-explicit-any
import { dateInWords } from "./format.ts";
import { said } from "./said.ts";
import { text } from "./text.ts";

/*
 * Why a person should look at an object, a study or a booking, in the words of the page: by the reason's code; one that
 * is not known here stays in the box's own words.
 */

/** @param language its sentences */
export function reasonInWords(
  { code, parameters, sentence }: { code: string; parameters: Record<string, string>; sentence: string },
  language: any = text,
): string {
  const words = language.attention.reasons[code];
  if (words === undefined) return said(sentence);
  if (code === "noted") return said(words(parameters));
  const { by } = parameters;
  return words({
    ...parameters,
    by: code === "patient-differs" ? language.attention.matchedBy[by] ?? by : by,
    difference: differenceInWords(code, parameters, language),
  });
}

/** Several reasons, each sentence once. */
export function reasonsInWords(reasons: any[]): string[] {
  return [...new Set(reasons.map((reason) => reasonInWords(reason)))];
}

/** What each reason compares where it compares one thing only. */
const COMPARED = { "birth-date-differs": "birth-date", "sex-differs": "sex" };

/** What compares an object with its study; the others compare with the appointment. */
const OF_STUDY = ["another-patient", "names-another-patient"];

function differenceInWords(code, { what, received = "", expected = "" }, { attention, row }) {
  const words = attention.differences[COMPARED[code] ?? what];
  const whose = OF_STUDY.includes(code) ? attention.theStudy : attention.theAppointment;
  return words?.(valueInWords(received, row), valueInWords(expected, row), whose) ?? "";
}

/** A date or a sex as people write it; anything else as it is. */
function valueInWords(value: string, { genders }) {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return dateInWords(value);
  return /^[MFO]$/.test(value) ? genders[value.toLowerCase()] : value;
}
