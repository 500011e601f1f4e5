import type { DatabaseSync } from "node:sqlite";
import { say } from "../sentences.ts";
import { chainOlder } from "./audit_chain.ts";
import { keepBeforeMigration } from "./before_migration.ts";
import { isDamage, StoreUnusable } from "./store_unusable.ts";

const folder = new URL("./migrations/", import.meta.url);

/** One step of the schema: `number` is what `PRAGMA user_version` says once it is applied. */
export interface Migration {
  /** Of the schema that it makes. */
  number: number;
  /** Of its file. */
  name: string;
  /** What it does. */
  sql: string;
}

/** What SQL alone cannot do, by the number of the step it belongs to. */
const BESIDE_SQL: Readonly<Record<number, (sqlite: DatabaseSync) => void>> = { 9: chainOlder };

/** All migrations this version knows, `migrations/NNNN_name.sql`, in order. */
export function knownMigrations(): Migration[] {
  return [...Deno.readDirSync(folder)]
    .map(({ name }) => /^(\d{4})_\w+\.sql$/.exec(name))
    .filter((match) => match !== null)
    .map((match) => ({
      number: Number(match[1]),
      name: match[0],
      sql: Deno.readTextFileSync(new URL(match[0], folder)),
    }))
    .sort((a, b) => a.number - b.number);
}

/**
 * Brings a store up to this version's schema: all steps in one transaction, so that a store is never half way. A copy of
 * it as it was is kept beside it.
 *
 * @param migrations those this version knows
 * @throws StoreUnusable when the store was written by a newer version, or a step fails; the store then stays as it was
 */
export function migrate(
  sqlite: DatabaseSync,
  path: string,
  migrations: readonly Migration[] = knownMigrations(),
): void {
  const newest = migrations.at(-1)?.number ?? 0;
  const version = readSchema(sqlite, path);
  if (version > newest) {
    throw new StoreUnusable(
      "newer",
      say("store-of-newer", { path, version, newest }),
    );
  }
  if (version === newest) return;
  if (version > 0) keepBeforeMigration(sqlite, path, version);
  let step: Migration | undefined;
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    const begun = schemaOf(sqlite); // another process may have been quicker
    const steps = migrations.filter(({ number }) => number > begun);
    for (step of steps) {
      sqlite.exec(step.sql);
      BESIDE_SQL[step.number]?.(sqlite);
    }
    noteSteps(sqlite, steps);
    sqlite.exec(`PRAGMA user_version = ${newest}`);
    sqlite.exec("COMMIT");
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreUnusable(
      isDamage(error) ? "unreadable" : "migration",
      say("store-not-migrated", { path, step: step?.name ?? "one", why }),
      { cause: error },
    );
  }
}

function readSchema(sqlite: DatabaseSync, path: string): number {
  try {
    return schemaOf(sqlite);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreUnusable("unreadable", say("store-restore", { path, why }), { cause: error });
  }
}

function schemaOf(sqlite: DatabaseSync): number {
  return (sqlite.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

/** Keeps when the steps were taken, for support. Stores of schemas that have no table for it keep nothing. */
function noteSteps(sqlite: DatabaseSync, steps: readonly Migration[]): void {
  if (!sqlite.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`).get()) return;
  const note = sqlite.prepare(`INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)`);
  const now = new Date().toISOString();
  for (const { number, name } of steps) note.run(number, name, now);
}
