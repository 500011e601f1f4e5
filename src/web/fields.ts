import * as v from "valibot";
import { isVisible, withPlainDigits } from "../dicom/written_text.ts";
import { today } from "./calendar.ts";
import { message } from "./messages.ts";

/*
 * The fields of requests, with refusals a person can act on. Lengths are those of the DICOM values they become
 * (PS3.5 6.2), counted in characters as DICOM does: a machine refuses an answer with a longer one.
 */

/** One line of text; `most` characters. What shows nothing is empty. */
export function line(most: number) {
  return v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.transform((text) => isVisible(text) ? text : ""),
    v.check((text) => !/[\\\p{Cc}]/u.test(text), message("field-characters")),
    v.check((text) => [...text].length <= most, message("field-too-long", { most })),
  );
}

export function filledLine(most: number) {
  return v.pipe(line(most), v.nonEmpty(message("field-empty")));
}

/** LO: 64 characters. */
export const longString = line(64);
export const filledLongString = filledLine(64);
/** SH: 16 characters. */
export const shortString = line(16);

/** A calendar day that exists, YYYY-MM-DD; in the digits of any script. */
export const day = v.pipe(
  v.string(message("field-no-date", { example: "2026-08-01" })),
  v.transform(withPlainDigits),
  v.check(isDay, message("field-no-date", { example: "2026-08-01" })),
);

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  const said = message("field-whole-number", { least, most });
  return v.pipe(v.number(said), v.integer(said), v.minValue(least, said), v.maxValue(most, said));
}

export const trueOrFalse = v.boolean(message("field-true-or-false"));

/** One of these. */
export function choice<const Choice extends string | number>(choices: readonly Choice[]) {
  return v.picklist(choices, message("field-one-of", { choices: choices.join(", ") }));
}

/** This word, or nothing. */
export function only<const Word extends string>(word: Word) {
  return v.optional(v.picklist([word], message("field-only", { only: word })));
}

/** In a query: a number that counts from 1, such as that of an event. */
export const ordinal = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,14}$/, message("field-counts-from", { least: 1 })),
  v.transform(Number),
);

/** A day of birth: none in the future. */
export const dayOfBirth = v.pipe(day, v.check((date) => date <= today(), message("field-in-future")));

/** A time of day, HH:MM or HH:MM:SS, as HH:MM:SS; in the digits of any script. */
export const timeOfDay = v.pipe(
  v.string(message("field-no-time", { example: "09:30" })),
  v.transform(withPlainDigits),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, message("field-no-time", { example: "09:30" })),
  v.transform((text) => text.length === 5 ? `${text}:00` : text),
);

/** What a person or a program may give as an id: text, or a whole number that becomes text. */
export function idOf(most: number) {
  return v.union(
    [
      v.pipe(v.number(), v.safeInteger(), v.transform(String)),
      filledLine(most),
    ],
    message("field-no-id", { most }),
  );
}

function isDay(text: string): boolean {
  if (!/^[12]\d{3}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
