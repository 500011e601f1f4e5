import type { Sql } from "../session.ts";
import type { CatalogueTable } from "./catalogue.ts";
import { FIRST_NAMES, fit, LAST_NAMES, MIDDLE_NAMES, PATIENT_IDS, PHONES, WHOLE_NAMES } from "./column_names.ts";
import { identifier, relation } from "./quoting.ts";

/** Of a table's newest rows so many are looked at, and so many different values of each column told. */
const SAMPLE_ROWS = 500;
const MOST_SAMPLES = 12;
/** Of what is alike more are told: dates of the first days of a month do not say what is the day. */
const MOST_ALIKE = 60;
/** What is longer is no word of a state, and no date. */
const LONGEST_SAMPLE = 40;

/** Dates, times and numbers in a queue are each other's like, however many there are. */
const ALIKE = [
  /^\s*\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}/,
  /^\s*\d{1,2}[:.]\d{2}/,
  /^\s*\D{0,8}\d{1,3}\s*$/,
];
/** Of a column, this part must be like each other. */
const MOSTLY = 0.8;

/**
 * A table with some of the values of its newest rows, which a person has consented to: words that many rows have, as those
 * of a state, and dates, times and numbers in a queue. What differs from row to row, and what is called like a name, a
 * number of somebody's or a telephone, is not told.
 *
 * @throws ClinicFailure when this user may not read it
 */
export async function withSamples(sql: Sql, table: CatalogueTable): Promise<CatalogueTable> {
  const looked = table.columns.filter(({ kind, name }) =>
    (kind === "text" || kind === "enum" || kind === "number") && !isPersonal(name)
  );
  if (looked.length === 0) return table;
  const newest = table.primaryKey === null ? "" : `ORDER BY ${identifier(table.primaryKey)} DESC`;
  // the library takes a dot in a name, as in "S.No", for one between two
  const rows = await sql.unsafe<{ row: Record<string, unknown> }[]>(`
    SELECT to_jsonb(newest) AS row FROM (
      SELECT ${looked.map(({ name }) => identifier(name)).join(", ")} FROM ${relation(table)}
      ${newest} LIMIT ${SAMPLE_ROWS}) AS newest`);
  const samplesOf = (name: string) =>
    telling(rows.map(({ row }) => row[name]).filter((value) => value !== null).map((value) => String(value)));
  return {
    ...table,
    columns: table.columns.map((column) =>
      looked.includes(column) ? { ...column, samples: samplesOf(column.name) } : column
    ),
  };
}

/** Of the values of a column those that tell what it is. */
function telling(values: readonly string[]): string[] {
  const different = [...new Set(values)].filter((value) => value.length <= LONGEST_SAMPLE);
  const alike = ALIKE.map((pattern) => different.filter((value) => pattern.test(value)))
    .find((some) => some.length > 0 && some.length >= MOSTLY * different.length);
  if (alike !== undefined) return alike.slice(0, MOST_ALIKE);
  const isWord = different.length <= MOST_SAMPLES && different.length <= values.length / 2;
  return isWord ? different : [];
}

function isPersonal(name: string): boolean {
  return [FIRST_NAMES, MIDDLE_NAMES, LAST_NAMES, WHOLE_NAMES, PATIENT_IDS, PHONES]
    .some((names) => fit(name, names) !== undefined);
}
