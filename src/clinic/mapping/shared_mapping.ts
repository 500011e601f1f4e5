import type { Sql } from "../session.ts";
import type { Mapping, TakenMapping } from "./mapping.ts";

/** A mapping as the clinic's database keeps it, for every box that reads it. */
export type SharedMapping = Pick<TakenMapping, "mapping" | "at">;

/**
 * The mapping that the SQL in a database was made from; undefined where it was made for the expected tables. Part of a
 * transaction.
 */
export async function sharedMapping(sql: Sql): Promise<SharedMapping | undefined> {
  const [there] = await sql<{ is: boolean }[]>`
    SELECT coalesce(has_table_privilege(to_regclass('sonodesk.mapping')::oid, 'SELECT'), false) AS is`;
  if (!there!.is) return undefined;
  const [row] = await sql<{ mapping: Mapping; at: string }[]>`
    SELECT mapping, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM sonodesk.mapping`;
  return row === undefined ? undefined : { mapping: row.mapping, at: row.at };
}
