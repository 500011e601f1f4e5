import type { Sql } from "../session.ts";
import type { TableName } from "./mapping.ts";

/** What a column holds, as far as the mapping asks. */
export type ColumnKind =
  | "text"
  | "number"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "boolean"
  | "uuid"
  | "enum"
  | "other";

/** A column of the clinic's. */
export interface CatalogueColumn {
  /** Its name. */
  name: string;
  /** Its type as PostgreSQL writes it. */
  type: string;
  /** What it holds. */
  kind: ColumnKind;
  /** Whether it must have a value, and gets none by itself. */
  needsValue: boolean;
  /** Whether it gets a value by itself. */
  hasDefault: boolean;
  /** The most characters it takes; null for any number. */
  longest: number | null;
  /** Whether no two rows have the same. */
  unique: boolean;
  /** The values of an enumeration, in their order. */
  labels: string[];
  /** The one column of another table that it refers to. */
  refersTo: { table: TableName; column: string } | null;
  /** Some of the values it has, as text; null where nobody has consented to look at them. */
  samples: string[] | null;
}

/** A table of the clinic's. */
export interface CatalogueTable extends TableName {
  /** Where it is. */
  schema: string;
  /** The one column of its primary key; null for none, or several. */
  primaryKey: string | null;
  /** In their order. */
  columns: CatalogueColumn[];
}

/** What a clinic's database says of itself. */
export interface Catalogue {
  /** The time zone of its server. */
  zone: string;
  /** Tables that this user sees, the box's own left out. */
  tables: CatalogueTable[];
}

/** Tables, and columns of one, that are looked at; a clinic has fewer. */
const MOST_TABLES = 500;
const MOST_COLUMNS = 20_000;
/** The box's own tables beside the clinic's. */
const OURS = ["dicom_studies", "dicom_series", "dicom_images", "measurements"];

interface ColumnRow extends Omit<CatalogueColumn, "kind" | "refersTo" | "samples"> {
  schema: string;
  table: string;
  primary: boolean;
  base: string;
  isEnum: boolean;
  refersTo: { schema: string; name: string; column: string } | null;
}

/**
 * What a database says of its tables: nothing of what is in them.
 *
 * @throws ClinicFailure when it cannot be asked
 */
export async function readCatalogue(sql: Sql): Promise<Catalogue> {
  const [{ zone }] = await sql<[{ zone: string }]>`SELECT current_setting('TimeZone') AS zone`;
  const rows = await sql<ColumnRow[]>`
    WITH tables AS (
      SELECT c.oid, n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', 'sonodesk') AND c.relname NOT IN ${sql(OURS)}
      ORDER BY n.nspname, c.relname LIMIT ${MOST_TABLES}
    ), alone AS (
      SELECT i.indrelid, i.indkey[0] AS place, bool_or(i.indisprimary) AS primary FROM pg_index i
      WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indkey[0] <> 0
      GROUP BY 1, 2
    )
    SELECT t.schema, t.name AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
      format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS base, y.typtype = 'e' AS "isEnum",
      a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS "needsValue",
      a.atthasdef OR a.attidentity <> '' AS "hasDefault",
      CASE WHEN y.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS longest,
      alone.place IS NOT NULL AS unique, coalesce(alone.primary, false) AS primary,
      to_jsonb(ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = y.oid ORDER BY e.enumsortorder)) AS labels,
      (SELECT jsonb_build_object('schema', rn.nspname, 'name', r.relname, 'column', ra.attname)
        FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
          JOIN pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = k.confkey[1]
        WHERE k.contype = 'f' AND k.conrelid = t.oid AND k.conkey = ARRAY[a.attnum] LIMIT 1) AS "refersTo"
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type y ON y.oid = a.atttypid
      LEFT JOIN alone ON alone.indrelid = t.oid AND alone.place = a.attnum
    ORDER BY t.schema, t.name, a.attnum LIMIT ${MOST_COLUMNS}`;
  const byTable = Map.groupBy(rows, ({ schema, table }) => JSON.stringify([schema, table]));
  const tables = [...byTable.values()].map((columns): CatalogueTable => ({
    schema: columns[0]!.schema,
    name: columns[0]!.table,
    primaryKey: columns.find(({ primary }) => primary)?.name ?? null,
    columns: columns.map((
      { schema: _schema, table: _table, primary: _primary, base, isEnum, refersTo, ...column },
    ) => ({
      ...column,
      kind: isEnum ? "enum" : KINDS[base] ?? "other",
      refersTo: refersTo && { table: { schema: refersTo.schema, name: refersTo.name }, column: refersTo.column },
      samples: null,
    })),
  }));
  return { zone, tables };
}

const KINDS: Record<string, ColumnKind> = {
  text: "text",
  "character varying": "text",
  character: "text",
  citext: "text",
  smallint: "number",
  integer: "number",
  bigint: "number",
  numeric: "number",
  date: "date",
  "time without time zone": "time",
  "time with time zone": "time",
  "timestamp without time zone": "timestamp",
  "timestamp with time zone": "timestamptz",
  boolean: "boolean",
  uuid: "uuid",
};
