import type { DatabaseSync } from "node:sqlite";

const folder = new URL("./migrations/", import.meta.url);

/** One step of the schema: `number` is what `PRAGMA user_version` says once it is applied. */
export interface Migration {
  number: number;
  name: string;
  sql: string;
}

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
 * Brings a store up to this version's schema, each step in a transaction of its own.
 *
 * @throws Error when the store was written by a newer version, or a step fails (the store then stays as it was
 *   before that step)
 */
export function migrate(sqlite: DatabaseSync, path: string): void {
  const migrations = knownMigrations();
  const newest = migrations.at(-1)?.number ?? 0;
  const { user_version: version } = sqlite.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > newest) {
    throw new Error(
      `Cannot open the store ${path}: it has schema ${version} and this version of Sonodesk knows up to ${newest}, ` +
        `start the newer version that wrote it, or restore a backup made by this one`,
    );
  }
  for (const migration of migrations) {
    if (migration.number <= version) continue;
    try {
      sqlite.exec(`BEGIN IMMEDIATE;\n${migration.sql}\nPRAGMA user_version = ${migration.number};\nCOMMIT;`);
    } catch (error) {
      if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Cannot migrate the store ${path}: step ${migration.name} failed: ${why}, ` +
          `the store is as it was before that step, report this with the message`,
        { cause: error },
      );
    }
  }
}
