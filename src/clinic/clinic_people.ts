import { getLogger } from "@logtape/logtape";
import { inEnglish } from "../sentences.ts";
import type { Patient } from "../store/patients.ts";
import { failureOf, isOurs } from "./failure.ts";
import { patientOf, type PersonRow, UnusableRow } from "./schedule_row.ts";
import type { ClinicSession } from "./session.ts";
import { lineOf } from "./words.ts";

const log = getLogger(["sonodesk", "clinic", "people"]);

/** Somebody of the clinic's table, as text. */
type FoundRow = PersonRow & { phone: string | null };

/** Somebody types meanwhile: what the clinic's database does not say in this time is not waited for, milliseconds. */
const WITHIN = 500;
/** A search may take so long on the clinic's side. */
const SEARCH_WITHIN = 2000;
/** The connection is kept for the next word, and closed when nobody types any more. */
const KEPT_FOR = 60_000;
/** After a failure nobody is asked for so long: who types has not to wait for a database that is away. */
const REST = 15_000;
const MOST_WORDS = 8;
const LONGEST_PHONE = 32;

/** Finds people in the clinic's whole table of patients, by a connection of its own. */
export class ClinicPeople {
  readonly #connect: () => ClinicSession;
  #session: ClinicSession | undefined;
  #asking: Promise<unknown> = Promise.resolve();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #notBefore = 0;
  #turn = 0;
  #closed = false;

  /** @param connect makes a connection */
  constructor(connect: () => ClinicSession) {
    this.#connect = connect;
  }

  /**
   * People of whom each word is the beginning of one of theirs: of the name, the id or the telephone number. Nobody where
   * the database does not answer within a moment, or somebody has typed on meanwhile.
   */
  async find(text: string, most: number): Promise<Patient[]> {
    const words = text.normalize("NFC").split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== "").slice(
      0,
      MOST_WORDS,
    );
    // a letter alone is the beginning of half of all words
    if (words.every((word) => [...word].length < 2) || performance.now() < this.#notBefore || this.#closed) return [];
    const turn = ++this.#turn;
    const asking = this.#asking.then(() => turn === this.#turn ? this.#ask(words, most) : []);
    this.#asking = asking;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<Patient[]>((resolve) => timer = setTimeout(() => resolve([]), WITHIN));
    try {
      return await Promise.race([asking, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Nobody is found any more. */
  close(): void {
    this.#closed = true;
    this.#leave();
  }

  #leave(): void {
    clearTimeout(this.#idle);
    this.#session?.close();
    this.#session = undefined;
  }

  /** Never throws. */
  async #ask(words: readonly string[], most: number): Promise<Patient[]> {
    if (this.#closed) return [];
    clearTimeout(this.#idle);
    if (this.#session === undefined || this.#session.closed) this.#session = this.#connect();
    try {
      const rows = await this.#session.transaction("READ ONLY", SEARCH_WITHIN, (sql) =>
        sql<FoundRow[]>`
          SELECT patient_id AS "patientId", first_name AS "firstName", last_name AS "lastName", birth_date AS "birthDate",
            gender, phone
          FROM sonodesk.search_people(${JSON.stringify(words)}::text::jsonb, ${most}::int)`);
      return rows.flatMap(patientsIn);
    } catch (error) {
      if (this.#closed) return [];
      this.#notBefore = performance.now() + REST;
      if (isOurs(error)) log.error("looking for people in the clinic's table failed: {error}", { error });
      else log.info("the clinic's people were not looked through: {why}", { why: inEnglish(failureOf(error).plain) });
      return [];
    } finally {
      this.#idle = setTimeout(() => this.#leave(), KEPT_FOR);
      Deno.unrefTimer(this.#idle as unknown as number);
    }
  }
}

/** One who cannot be a patient of the box is left out: it is told with their booking, where they have one. */
function patientsIn({ phone, ...row }: FoundRow): Patient[] {
  try {
    return [{ ...patientOf(row), phone: lineOf(phone).slice(0, LONGEST_PHONE) }];
  } catch (error) {
    if (error instanceof UnusableRow) return [];
    throw error;
  }
}
