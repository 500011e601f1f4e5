import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { differencesOf, type Identity, sharesWord } from "../dicom/identity.ts";
import { sexOf } from "../dicom/patient_sex.ts";
import { personNameOf } from "../dicom/person_name.ts";
import { type RowOf, Table, text, textOrNull } from "./columns.ts";
import { type Database, timestamp } from "./database.ts";
import type { PersonKeys } from "./person_keys.ts";

const FIELDS = {
  firstName: text("first_name"),
  lastName: text("last_name"),
  /** YYYY-MM-DD. */
  birthDate: textOrNull("birth_date"),
  /** The clinic's own word. */
  gender: text("gender"),
  phone: text("phone"),
};

/** A person as the clinic knows them. */
export interface Patient extends RowOf<typeof FIELDS> {
  /** The clinic's id, or one that the box made. */
  id: string;
}

const PATIENTS = new Table("patients", FIELDS, {}, ["updated_at"]);

/** Who says so. */
export type Source = "clinic" | "box" | "demo";

/** The columns that `patientOf` takes, among those of other tables. */
export const PATIENT_COLUMNS = PATIENTS.selected("patient.");

/** Owner of the table `patients`. */
export class Patients {
  readonly #database: Database;
  readonly #keys: PersonKeys;
  readonly #boxId: () => string;
  #mark: string | undefined;

  /**
   * @internal `Store` makes it.
   *
   * @param boxId what this box is called among others; made once, at the latest with the first id
   */
  constructor(database: Database, keys: PersonKeys, boxId: () => string) {
    this.#database = database;
    this.#keys = keys;
    this.#boxId = boxId;
  }

  /** Four letters and digits by which the ids that this box makes differ from those of another box. */
  get boxMark(): string {
    return this.#mark ??= markOf(this.#boxId());
  }

  /**
   * Adds the patient, or takes over what is new about one that is known by this id; a phone that is not told stays.
   *
   * @param whole all is told: without a phone there is none any more
   * @returns whether anything changed
   */
  save(patient: Patient, source: Source, whole = false): boolean {
    const before = this.find(patient.id);
    // who corrects somebody here has them before their eyes; a clinic's row may be of somebody else by now
    const isSure = source !== "clinic" || before === undefined || !mayBeSomebodyElse(before, patient);
    if (before !== undefined && isSure && isCorrected(before, patient)) this.#remember(before);
    if (before === undefined) {
      PATIENTS.insert(this.#database, patient.id, patient, { source });
      this.#keys.keep(patient);
      return true;
    }
    const after = { ...patient, phone: patient.phone || (whole ? "" : before.phone) };
    if (!PATIENTS.updateIfOther(this.#database, patient.id, after)) return false;
    this.#keys.keep(after);
    return true;
  }

  /** What a machine took from its list before a correction names the person as they were described then. */
  #remember(patient: Patient): void {
    const { patientId, patientName, patientBirthDate, patientSex } = personOf(patient);
    this.#database.run(
      `INSERT INTO former_descriptions (patient_id, patient_name, patient_birth_date, patient_sex, until)
       VALUES ($id, $name, $birthDate, $sex, $now) ON CONFLICT DO UPDATE SET until = excluded.until`,
      { $id: patientId, $name: patientName, $birthDate: patientBirthDate, $sex: patientSex, $now: timestamp() },
    );
  }

  /** How a person was described before they were corrected, the latest first. */
  formerly(id: string): Required<Identity>[] {
    return this.#database.all<Required<Identity> & Record<string, never>>(
      `SELECT patient_id AS patientId, patient_name AS patientName, patient_birth_date AS patientBirthDate,
         patient_sex AS patientSex
       FROM former_descriptions WHERE patient_id = $id ORDER BY until DESC LIMIT 10`,
      { $id: id },
    );
  }

  /** The person that an id was merged into, at the end of however many merges; undefined where it was not. */
  survivorOf(id: string): Patient | undefined {
    const row = this.#database.get<{ id: string }>(
      `WITH RECURSIVE up(id, n) AS (
         SELECT merged_into, 1 FROM patients WHERE id = $id AND merged_into IS NOT NULL
         UNION SELECT merged_into, n + 1 FROM up JOIN patients USING (id) WHERE merged_into IS NOT NULL)
       SELECT id FROM up ORDER BY n DESC LIMIT 1`,
      { $id: id },
    );
    return row && this.find(row.id);
  }

  /**
   * A free id for a patient whom the clinic's database does not know yet: W, the day, the box, a count. 15 characters,
   * which machines show; two boxes never give the same.
   */
  newId(date: string): string {
    const day = `W${date.slice(2).replaceAll("-", "")}${this.boxMark}`;
    const row = this.#database.get<{ last: string | null }>(
      `SELECT max(id) AS last FROM patients WHERE id GLOB $pattern`,
      { $pattern: `${day}[0-9][0-9][0-9][0-9]` },
    );
    const next = row?.last ? Number(row.last.slice(day.length)) + 1 : 1;
    return `${day}${String(next).padStart(4, "0")}`;
  }

  /** Who registered the patient; undefined when there is none with this id. */
  sourceOf(id: string): Source | undefined {
    return this.#database.get<{ source: Source }>(`SELECT source FROM patients WHERE id = $id`, { $id: id })?.source;
  }

  /** The other ids of a person: those merged into this one, and the one that this was merged into with its others. */
  otherIdsOf(id: string): string[] {
    return this.#database.all<{ id: string }>(
      `WITH RECURSIVE
         up(id) AS (SELECT $id UNION SELECT merged_into FROM up JOIN patients USING (id) WHERE merged_into IS NOT NULL),
         one(id) AS (SELECT id FROM up UNION SELECT patients.id FROM one JOIN patients ON merged_into = one.id)
       SELECT id FROM one WHERE id <> $id`,
      { $id: id },
    ).map((row) => row.id);
  }

  /** Two ids are one person's: what is of `gone` is of `kept` from now on. Part of a transaction. */
  merge(gone: string, kept: string): void {
    this.#database.run(`UPDATE patients SET merged_into = $kept, updated_at = $now WHERE id = $gone`, {
      $gone: gone,
      $kept: kept,
      $now: timestamp(),
    });
  }

  /** They are two people after all. Part of a transaction. */
  unmerge(gone: string): void {
    this.#database.run(`UPDATE patients SET merged_into = NULL, updated_at = $now WHERE id = $gone`, {
      $gone: gone,
      $now: timestamp(),
    });
  }

  /** The id that a person was merged into; null where they were not. */
  mergedInto(id: string): string | null {
    return this.#database.get<{ keptAs: string | null }>(`SELECT merged_into AS keptAs FROM patients WHERE id = $id`, {
      $id: id,
    })?.keptAs ?? null;
  }

  /** One by their id. */
  find(id: string): Patient | undefined {
    return this.#database.get<Patient>(
      `${PATIENTS.select} WHERE id = $id`,
      { $id: id },
    );
  }
}

/** Whether an id has the form that `newId` gives, or gave before ids carried their box. */
export function isBoxMadePatientId(id: string): boolean {
  return /^W\d{6}([0-9A-HJKMNP-TV-Z]{4})?\d{4}$/.test(id);
}

/** Crockford's letters and digits: none is taken for another when it is read out. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function markOf(boxId: string): string {
  const hash = createHash("sha256").update(boxId).digest();
  // the first is a letter, so that no date runs into it
  return LETTERS[10 + hash[0]! % 22]! + [1, 2, 3].map((at) => LETTERS[hash[at]! % 32]!).join("");
}

/**
 * Whether two descriptions under one id are of two people: neither a word of the name nor the birth date is the same. Who
 * was corrected keeps at least one of them.
 */
export function isSomebodyElse(one: Identity, other: Identity): boolean {
  const found = differencesOf({ ...one, patientId: "" }, { ...other, patientId: "" }).map(({ what }) => what);
  const isBornUnknown = !one.patientBirthDate || !other.patientBirthDate;
  return found.includes("patient-name") && !sharesWord(one.patientName, other.patientName) &&
    (found.includes("birth-date") || (isBornUnknown && found.includes("sex")));
}

/** Whether the name, birth date or sex is another, and the person the same. */
function isCorrected(before: Patient, now: Patient): boolean {
  const [one, other] = [personOf(before), personOf(now)];
  return !isDeepStrictEqual(one, other) && !isSomebodyElse(one, other);
}

/**
 * Whether a description under one id may be of somebody else, as after a database was brought back from a backup: the
 * first name is another altogether, as a twin's is, or the birth date is another and with it the name or the sex; beside
 * another sex also one that was not told before. Perhaps both were corrected at once; a person looks.
 */
export function mayBeSomebodyElse(before: Patient, now: Patient): boolean {
  const [one, other] = [personOf(before), personOf(now)];
  if (isSomebodyElse(one, other)) return true;
  if (before.firstName !== "" && now.firstName !== "" && !sharesWord(before.firstName, now.firstName)) return true;
  const found = differencesOf({ ...one, patientId: "" }, { ...other, patientId: "" }).map(({ what }) => what);
  if (found.includes("sex") && one.patientBirthDate !== other.patientBirthDate) return true;
  return found.includes("patient-name") && found.includes("birth-date");
}

/**
 * Whether another person is booked under one id: the first name is another, as a twin's is, who has the same family name
 * and birth date; or neither of the names is the same; or one is a man and the other a woman. Another family name alone
 * is a correction.
 */
export function isAnotherPerson(one: Patient, other: Patient): boolean {
  const differ = (name: string, another: string) =>
    name !== "" && another !== "" && differencesOf(
        { patientId: "1", patientName: name },
        { patientId: "1", patientName: another },
      ).length > 0;
  const [sex, otherSex] = [sexOf(one.gender), sexOf(other.gender)];
  return differ(one.firstName, other.firstName) ||
    (one.firstName === "" || other.firstName === "") && differ(one.lastName, other.lastName) ||
    (sex !== otherSex && [sex, otherSex].every((told) => told === "M" || told === "F"));
}

/** A patient as DICOM describes one. */
export function personOf({ id, lastName, firstName, birthDate, gender }: Patient): Required<Identity> {
  return {
    patientId: id,
    patientName: personNameOf(lastName, firstName),
    patientBirthDate: birthDate ?? "",
    patientSex: sexOf(gender),
  };
}

/** A row selected with `PATIENT_COLUMNS`, with the patient taken out of it as an object. */
export function patientOf(row: Record<string, unknown>): Patient {
  return PATIENTS.of(row, "patient.");
}
