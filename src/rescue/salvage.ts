import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Store } from "../store/store.ts";

/** What no received file tells: who may sign in, which machines belong here, how the box is set. Those named by others first. */
const TABLES = [
  "settings",
  "users",
  "machines",
  "machine_origins",
  "destinations",
  "dicom_accounts",
  "patients",
  "appointments",
] as const;

/**
 * Makes a new store, and brings into it what can still be read of a damaged one beside what the received files tell.
 * Rows that cannot be read, or do not fit, stay where they are.
 *
 * @param from the damaged store, which is only read
 * @param to where there is no store yet
 * @returns how many rows were brought
 */
export function salvage(from: string, to: string): number {
  new Store(to).close();
  const fresh = new DatabaseSync(to);
  try {
    let brought = 0;
    let damaged: DatabaseSync;
    try {
      damaged = new DatabaseSync(from, { readOnly: true });
    } catch {
      return 0; // it is no store any more, which is why somebody has chosen this
    }
    try {
      fresh.exec("PRAGMA foreign_keys = ON");
      for (const table of TABLES) brought += bringRows(damaged, fresh, table);
    } finally {
      damaged.close();
    }
    return brought;
  } finally {
    fresh.exec("PRAGMA journal_mode = DELETE"); // one file, without a log beside it
    fresh.close();
  }
}

function bringRows(damaged: DatabaseSync, fresh: DatabaseSync, table: string): number {
  let brought = 0;
  try {
    const there = new Set(columnsOf(damaged, table));
    const columns = columnsOf(fresh, table).filter((column) => there.has(column));
    if (columns.length === 0) return 0;
    const names = columns.map((column) => `"${column}"`).join(", ");
    const insert = fresh.prepare(
      `INSERT OR IGNORE INTO "${table}" (${names}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (const row of damaged.prepare(`SELECT ${names} FROM "${table}"`).iterate()) {
      try {
        brought += Number(insert.run(...columns.map((column) => row[column] as SQLInputValue)).changes);
      } catch {
        // half a row: what it names is not there, or it breaks a rule of its table
      }
    }
  } catch {
    // the rest of this table cannot be read
  }
  return brought;
}

function columnsOf(sqlite: DatabaseSync, table: string): string[] {
  return sqlite.prepare(`SELECT name FROM pragma_table_info(?)`).all(table).map(({ name }) => name as string);
}
