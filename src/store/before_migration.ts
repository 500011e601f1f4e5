import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { getLogger } from "@logtape/logtape";

const log = getLogger(["sonodesk", "store"]);

/** Beside the store, where the copies of the nights are too. */
const FOLDER = "snapshots";
/** How many are kept: what a new version got wrong may be seen only after the next one. */
const KEPT = 2;
/** `before-0012-20261129T204500Z.sqlite`: the schema that the store had, and when it was brought on. */
export const BEFORE_MIGRATION = /^before-\d{4}-\d{8}T\d{6}Z\.sqlite$/;

/**
 * Copies a store as it is before a new version brings it to its own schema: the version before can go on with the copy.
 * Where there is no room for one, that is logged and the store is brought on all the same: the steps are one transaction.
 *
 * @param schema that it has now
 */
export function keepBeforeMigration(sqlite: DatabaseSync, path: string, schema: number): void {
  const folder = `${dirname(path)}/${FOLDER}`;
  const part = `${folder}/.before-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    sqlite.prepare(`VACUUM INTO ?`).run(part);
    {
      using file = Deno.openSync(part, { read: true, write: true });
      file.syncSync();
    }
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
    Deno.renameSync(part, `${folder}/before-${String(schema).padStart(4, "0")}-${time}.sqlite`);
    using names = Deno.openSync(folder);
    names.syncSync();
    for (const name of namesIn(folder).slice(0, -KEPT)) Deno.removeSync(`${folder}/${name}`);
  } catch (error) {
    log.warn("no copy of the store is kept before it is brought to a new schema: {error}", { error });
    try {
      Deno.removeSync(part);
    } catch {
      // it had not come to be
    }
  }
}

/** Of the lowest schema first. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => BEFORE_MIGRATION.test(name)).sort();
}
