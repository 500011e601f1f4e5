import { dateInWords } from "./format.js";
import { said } from "./said.js";
import { text } from "./text.js";

/*
 * Why a person should look at an object, a study or a booking, in the words of the page: by the reason's code; one that
 * is not known here stays in the box's own words.
 */

/**
 * @param {{ code: string, parameters: Record<string, string>, sentence: string }} reason
 * @param {any} [language] its sentences
 * @returns {string}
 */
export function reasonInWords({ code, parameters, sentence }, language = text) {
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

/** Several reasons, each sentence once. @param {any[]} reasons @returns {string[]} */
export function reasonsInWords(reasons) {
  return [...new Set(reasons.map((reason) => reasonInWords(reason)))];
}

/** What each reason compares where it compares one thing only. */
const COMPARED = { "birth-date-differs": "birth-date", "sex-differs": "sex" };

function differenceInWords(code, { what, received = "", expected = "" }, { attention, row }) {
  const words = attention.differences[COMPARED[code] ?? what];
  const whose = code === "another-patient" ? attention.theStudy : attention.theAppointment;
  return words?.(valueInWords(received, row), valueInWords(expected, row), whose) ?? "";
}

/** A date or a sex as people write it; anything else as it is. @param {string} value */
function valueInWords(value, { genders }) {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return dateInWords(value);
  return /^[MFO]$/.test(value) ? genders[value.toLowerCase()] : value;
}
