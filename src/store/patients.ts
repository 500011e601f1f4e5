import { type Database, timestamp } from "./database.ts";

/** A person as the clinic knows them. `birthDate` is YYYY-MM-DD or null; `gender` is the clinic's own word. */
export interface Patient {
  id: string;
  firstName: string;
  lastName: string;
  birthDate: string | null;
  gender: string;
  phone: string;
}

export type Source = "clinic" | "box" | "demo";

export const PATIENT_COLUMNS = `
  patients.id AS "patient.id", patients.first_name AS "patient.firstName", patients.last_name AS "patient.lastName",
  patients.birth_date AS "patient.birthDate", patients.gender AS "patient.gender", patients.phone AS "patient.phone"`;

/** Owner of the table `patients`. */
export class Patients {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds the patient, or takes over what is new about one that is known by this id; a phone that is not told stays.
   * Returns whether anything changed.
   */
  save(patient: Patient, source: Source): boolean {
    return this.#database.run(
      `INSERT INTO patients (id, first_name, last_name, birth_date, gender, phone, source, updated_at)
       VALUES ($id, $firstName, $lastName, $birthDate, $gender, $phone, $source, $now)
       ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
         birth_date = excluded.birth_date, gender = excluded.gender, phone = coalesce(nullif(excluded.phone, ''), phone),
         updated_at = excluded.updated_at
       WHERE (first_name, last_name, birth_date, gender, phone) IS NOT (excluded.first_name, excluded.last_name,
         excluded.birth_date, excluded.gender, coalesce(nullif(excluded.phone, ''), phone))`,
      {
        $id: patient.id,
        $firstName: patient.firstName,
        $lastName: patient.lastName,
        $birthDate: patient.birthDate,
        $gender: patient.gender,
        $phone: patient.phone,
        $source: source,
        $now: timestamp(),
      },
    ) > 0;
  }

  /** A free id for a patient whom the clinic's database does not know yet: W, the day, a count. 11 characters. */
  newId(date: string): string {
    const day = `W${date.slice(2).replaceAll("-", "")}`;
    const row = this.#database.get<{ last: string | null }>(
      `SELECT max(id) AS last FROM patients WHERE id GLOB $pattern`,
      { $pattern: `${day}[0-9][0-9][0-9][0-9]` },
    );
    const next = row?.last ? Number(row.last.slice(day.length)) + 1 : 1;
    return `${day}${String(next).padStart(4, "0")}`;
  }

  /**
   * People known here whose name, id or phone has every word, those who came last first.
   *
   * @param words at most eight count
   */
  search(words: readonly string[], most: number): Patient[] {
    const values: Record<string, string | number> = { $most: most };
    const conditions = words.slice(0, 8).map((word, n) => {
      values[`$word${n}`] = `%${word.replaceAll(/[\\%_]/g, "\\$&")}%`;
      return `(first_name || ' ' || last_name || ' ' || id || ' ' || phone) LIKE $word${n} ESCAPE '\\'`;
    });
    if (conditions.length === 0) return [];
    return this.#database.all<Patient & Record<string, never>>(
      `SELECT id, first_name AS firstName, last_name AS lastName, birth_date AS birthDate, gender, phone
       FROM patients WHERE ${conditions.join(" AND ")} ORDER BY updated_at DESC, id LIMIT $most`,
      values,
    );
  }

  /** Who registered the patient; undefined when there is none with this id. */
  sourceOf(id: string): Source | undefined {
    return this.#database.get<{ source: Source }>(`SELECT source FROM patients WHERE id = $id`, { $id: id })?.source;
  }

  find(id: string): Patient | undefined {
    return this.#database.get<Patient>(
      `SELECT id, first_name AS firstName, last_name AS lastName, birth_date AS birthDate, gender, phone
       FROM patients WHERE id = $id`,
      { $id: id },
    );
  }
}

/** Whether an id has the form that `newId` gives. */
export function isBoxMadePatientId(id: string): boolean {
  return /^W\d{10}$/.test(id);
}

/** A row selected with `PATIENT_COLUMNS`, with the patient taken out of it as an object. */
export function patientOf(row: Record<string, unknown>): Patient {
  return {
    id: row["patient.id"] as string,
    firstName: row["patient.firstName"] as string,
    lastName: row["patient.lastName"] as string,
    birthDate: row["patient.birthDate"] as string | null,
    gender: row["patient.gender"] as string,
    phone: row["patient.phone"] as string,
  };
}
