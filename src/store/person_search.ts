import type { Database } from "./database.ts";
import { askedKeys, type KeyRange } from "./person_keys.ts";
import { type Patient, PATIENT_COLUMNS, patientOf } from "./patients.ts";

/** By what somebody was found, the surest first. */
export type FoundBy = "accession" | KeyRange["by"];

/** Keys that are looked at for a word at most, and people found that are put in order: of more, nobody reads what is found. */
const MOST_KEYS = 10_000;
const MOST_ORDERED = 1000;
/** So many keys of a word are counted, to begin with the word that has the fewest. */
const MOST_COUNTED = 2000;

/** Finds people by what reception knows of them, however it is written. */
export class PersonSearch {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * People of whom every word that was typed is known: as the beginning of a word of the name in any script or spelling,
   * as what one sounds like, of the id, or of the phone number with or without what comes before it. Who was found by how
   * a name is written goes before whoever only sounds like it, then who came last.
   */
  find(text: string, most: number): { person: Patient; by: FoundBy }[] {
    const asked = askedKeys(text);
    if (asked.length === 0) return [];
    const values: Record<string, string | number> = { $most: most };
    const keyIn = (ranges: readonly KeyRange[], word: number) =>
      ranges.map(({ from, to }, at) => {
        values[`$from${word}_${at}`] = from;
        values[`$to${word}_${at}`] = to;
        return `key >= $from${word}_${at} AND key < $to${word}_${at}`;
      });
    const [first, ...others] = this.#rarestFirst(asked) as [KeyRange[], ...KeyRange[][]];
    const has = others.map((ranges, at) =>
      `EXISTS (SELECT 1 FROM person_keys WHERE patient_id = first.patient_id AND (${
        keyIn(ranges, at + 1).join(" OR ")
      }))`
    );
    const branches = keyIn(first, 0).map((condition, at) =>
      `SELECT * FROM (
         SELECT patient_id, ${RANKS.indexOf(first[at]!.by)} AS rank, key = $from0_${at} AS whole
         FROM (SELECT patient_id, key FROM person_keys WHERE ${condition} ORDER BY key LIMIT ${MOST_KEYS}) AS first
         WHERE ${["true", ...has].join(" AND ")} LIMIT ${MOST_ORDERED})`
    );
    const rows = this.#database.all(
      `WITH found AS (${branches.join(" UNION ALL ")})
       SELECT min(rank) AS rank, ${PATIENT_COLUMNS}
       FROM found JOIN patients AS one ON one.id = found.patient_id
         JOIN patients ON patients.id = coalesce(one.merged_into, one.id)
       WHERE patients.merged_into IS NULL
       GROUP BY patients.id
       ORDER BY min(rank), max(whole) DESC, patients.updated_at DESC, patients.id LIMIT $most`,
      values,
    );
    return rows.map((row) => ({ person: patientOf(row), by: RANKS[Number(row.rank)]! }));
  }

  #rarestFirst(asked: readonly KeyRange[][]): KeyRange[][] {
    if (asked.length < 2) return [...asked];
    const counted = asked.map((ranges) => ({
      ranges,
      count: ranges.reduce((sum, { from, to }) =>
        sum + this.#database.get<{ count: number }>(
          `SELECT count(*) AS count FROM (SELECT 1 FROM person_keys WHERE key >= $from AND key < $to
             LIMIT ${MOST_COUNTED})`,
          { $from: from, $to: to },
        )!.count, 0),
    }));
    return counted.sort((one, other) => one.count - other.count).map(({ ranges }) => ranges);
  }
}

const RANKS = ["id", "phone", "name", "sound"] as const satisfies readonly KeyRange["by"][];
