import { namePartsOf, nameWords } from "../dicom/identity.ts";
import { soundOf } from "../dicom/name_sound.ts";
import { withPlainDigits } from "../dicom/written_text.ts";
import type { Database } from "./database.ts";

/** A country's code: of one digit, of two, or of three (ITU-T E.164, list of assigned codes). */
const COUNTRY_CODE = /^(?:[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/;

/** What somebody is found by. */
export interface Described {
  /** Of the patient. */
  id: string;
  /** In any script. */
  firstName: string;
  /** In any script. */
  lastName: string;
  /** As typed; "" for none. */
  phone: string;
}

/** With another folding all keys are made anew. */
const VERSION = 1;
/** People whose keys are made in one go: others get their turn between. */
const AT_ONCE = 25;
/** The last so many digits of a phone number are its own: what stands before them may be a country's or a trunk's. */
const OWN_DIGITS = 10;

/**
 * The keys by which somebody is found, each by its kind: `n:` a word of the name, `s:` what one sounds like, `i:` the id,
 * `p:` the phone number without what comes before it, `r:` the same from its end.
 */
export function keysOf({ id, firstName, lastName, phone }: Described): string[] {
  const keys = new Set<string>();
  for (const part of [firstName, lastName]) {
    const words = namePartsOf(part);
    // De Souza is Desouza too, and O'Connor Connor
    const pieces = namePartsOf(part.replaceAll(/['\u2018\u2019\u02bc`\u00b4]/g, " "));
    for (const word of [...words, ...pieces, words.join("")]) if (word !== "") keys.add(`n:${word}`);
    for (const word of words.map(soundOf)) if (word !== "") keys.add(`s:${word}`);
  }
  const plainId = plain(id);
  if (plainId !== "") keys.add(`i:${plainId}`);
  const numbers = numbersOf(phone);
  for (const number of numbers) keys.add(`p:${number}`);
  // the others are its end
  if (numbers[0] !== undefined) keys.add(`r:${[...numbers[0]].reverse().join("")}`);
  return [...keys];
}

/** A range of keys, and by what somebody whose key is in it was found. */
export interface KeyRange {
  /** What was typed, as it is understood. */
  by: "id" | "phone" | "name" | "sound";
  /** The first key that fits. */
  from: string;
  /** The first that is not in it any more. */
  to: string;
}

/** The fewest digits of a phone number from its end on that find somebody. */
const FEWEST_LAST_DIGITS = 4;

/**
 * What was typed, word by word: each word is found where one of its ranges has a key. A text of digits alone, with what
 * people put between them, is one number.
 */
export function askedKeys(text: string): KeyRange[][] {
  const digits = withPlainDigits(text).trim();
  const isNumber = /^\+?[\d\s()/.-]*$/.test(digits) && /\d/.test(digits);
  const words = isNumber ? [digits] : digits.split(/\s+/);
  return words.slice(0, MOST_WORDS).map(rangesOf).filter((ranges) => ranges.length > 0);
}

/**
 * Whether every word that was typed is known of a person, as the search over everybody has it, or begins a word that is
 * said besides.
 *
 * @param besides such as the doctor's name, or an accession number
 */
export function isAskedFor(asked: readonly KeyRange[][], person: Described, besides: readonly string[] = []): boolean {
  const keys = keysOf(person);
  for (const text of besides) {
    for (const word of [...namePartsOf(text), plain(text)]) keys.push(`n:${word}`, `i:${word}`);
  }
  return asked.length > 0 &&
    asked.every((ranges) => ranges.some(({ from, to }) => keys.some((key) => key >= from && key < to)));
}

/** Words of a search that count. */
const MOST_WORDS = 8;

function rangesOf(word: string): KeyRange[] {
  const ranges: KeyRange[] = [];
  const add = (by: KeyRange["by"], key: string) => ranges.push({ by, from: key, to: `${key}\uffff` });
  const plainWord = plain(word);
  if (plainWord !== "") add("id", `i:${plainWord}`);
  if (/^\+?[\d()/.\s-]+$/.test(word)) {
    for (const number of numbersOf(word)) add("phone", `p:${number}`);
    const digits = word.replaceAll(/\D/g, "");
    if (digits.length >= FEWEST_LAST_DIGITS) add("phone", `r:${[...digits].reverse().join("")}`);
  }
  const words = namePartsOf(word);
  const name = words.join("");
  if (name !== "" && !/^\d+$/.test(name)) {
    add("name", `n:${name}`);
    const sound = soundOf(name);
    if (sound !== "") ranges.push({ by: "sound", from: `s:${sound}`, to: `s:${sound}\u0000` });
  }
  return ranges;
}

/** Letters and digits alone, small. */
function plain(text: string): string {
  return nameWords(withPlainDigits(text)).join("");
}

/**
 * A phone number as it may be dialled: its digits without the zeros before them, and where a country's may stand before
 * them, without those; the whole first. None where there are too few digits.
 */
function numbersOf(phone: string): string[] {
  const text = withPlainDigits(phone).trim();
  const digits = text.replaceAll(/\D/g, "");
  const number = digits.replace(/^0+/, "");
  if (number.length < 2) return [];
  const isAbroad = text.startsWith("+") || digits.startsWith("00");
  const numbers = new Set([number]);
  if (isAbroad) numbers.add(number.replace(COUNTRY_CODE, "").replace(/^0+/, ""));
  if (number.length > OWN_DIGITS) numbers.add(number.slice(-OWN_DIGITS));
  return [...numbers].filter((one) => one.length >= 2);
}

/** Owner of the table `person_keys`: what people are found by. */
export class PersonKeys {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Somebody was added, or is described otherwise. Part of a transaction. */
  keep(person: Described): void {
    this.#database.run(`DELETE FROM person_keys WHERE patient_id = $id`, { $id: person.id });
    this.#database.run(
      `INSERT INTO person_keys (key, patient_id) SELECT value, $id FROM json_each($keys)`,
      { $id: person.id, $keys: JSON.stringify(keysOf(person)) },
    );
    this.#database.run(`UPDATE patients SET keys_version = $version WHERE id = $id`, {
      ...{ $id: person.id, $version: VERSION },
    });
  }

  /**
   * Makes the keys of people who were brought in without them, or have those of an older version, a few at a time.
   *
   * @param stopping ends it
   */
  async keepRest(stopping?: AbortSignal): Promise<void> {
    while (!stopping?.aborted) {
      const rest = this.#database.all<Described & Record<string, never>>(
        `SELECT id, first_name AS firstName, last_name AS lastName, phone FROM patients
         WHERE keys_version < ${VERSION} LIMIT ${AT_ONCE}`,
      );
      if (rest.length === 0) return;
      this.#database.transaction(() => rest.forEach((person) => this.keep(person)));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}
