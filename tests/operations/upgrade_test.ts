import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dump, filledStore, rowsOf, type StoreRow, tablesOf } from "../../fixtures/stores.ts";
import { knownMigrations, migrate } from "../../src/store/migrate.ts";
import { Store } from "../../src/store/store.ts";

async function inFolder(work: (path: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-upgrade-" });
  try {
    await work(`${folder}/sonodesk.sqlite`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function read<T>(path: string, look: (sqlite: DatabaseSync) => T): T {
  const sqlite = new DatabaseSync(path);
  try {
    return look(sqlite);
  } finally {
    sqlite.close();
  }
}

const contents = (path: string) =>
  read(path, (sqlite) => new Map(tablesOf(sqlite).map((table) => [table, rowsOf(sqlite, table)])));

/** Every table with its columns, whatever their order. */
const shape = (path: string) =>
  read(path, (sqlite) =>
    tablesOf(sqlite).map((table) => [
      table,
      (sqlite.prepare(`PRAGMA table_info("${table}")`).all() as { name: string; type: string; notnull: number }[])
        .map(({ name, type, notnull }) => `${name} ${type} ${notnull}`).sort(),
    ]));

/** What a migration changes on purpose, by table and column: the chain of the audit is made anew. */
const CHANGED = new Set(["audit_events.hash"]);

/** Opens it with today's code, which must lose nothing and bring it to the shape of a new store. */
async function assertUpgrades(path: string, name: string): Promise<void> {
  const before = contents(path);
  const store = new Store(path);
  assert.equal(store.state().schema, knownMigrations().at(-1)!.number, name);
  assert.deepEqual((await store.audit.verify()).broken, [], name);
  store.close();
  const after = contents(path);
  for (const [table, rows] of before) {
    if (table === "audit_chain") continue;
    const kept = (row: StoreRow) =>
      JSON.stringify(Object.keys(rows[0]!).filter((column) => !CHANGED.has(`${table}.${column}`)).map((c) => row[c]));
    assert.ok(rows.length > 0, `${name}: ${table} has no rows to lose`);
    assert.deepEqual(after.get(table)?.map(kept).sort(), rows.map(kept).sort(), `${name}: ${table}`);
  }
  await inFolder((fresh) => {
    new Store(fresh).close();
    assert.deepEqual(shape(path), shape(fresh), `${name}: not the shape of a new store`);
  });
  read(path, (sqlite) => assert.deepEqual(sqlite.prepare("PRAGMA foreign_key_check").all(), [], name));
}

for (const { number, name } of knownMigrations()) {
  Deno.test(`a store of schema ${number} (${name}) is brought to today's and loses nothing`, () =>
    inFolder(async (path) => {
      filledStore(path, number);
      await assertUpgrades(path, name);
    }));
}

/** What was kept with each release, and what would be kept with one made now: `fixtures/stores.ts` wrote them. */
function keptStores(): { name: string; sql: string }[] {
  const today = { name: "a release made now", sql: "" };
  const path = Deno.makeTempFileSync();
  filledStore(path, knownMigrations().at(-1)!.number);
  today.sql = dump(path);
  Deno.removeSync(path);
  const released = new URL("../../fixtures/stores/", import.meta.url);
  try {
    return [...Deno.readDirSync(released)].filter(({ name }) => name.endsWith(".sql"))
      .map(({ name }) => ({ name, sql: Deno.readTextFileSync(new URL(name, released)) })).concat(today);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [today]; // before the first release
    throw error;
  }
}

Deno.test("a store of each released version is brought to today's schema and loses nothing", async () => {
  for (const { name, sql } of keptStores()) {
    await inFolder(async (path) => {
      read(path, (sqlite) => sqlite.exec(sql));
      await assertUpgrades(path, name);
    });
  }
});

Deno.test("a migration that fails leaves the store as it was, also after steps that went well", () =>
  inFolder((path) => {
    const known = knownMigrations();
    const first = known[0]!.number;
    filledStore(path, first);
    const before = contents(path);
    const schema = shape(path);
    const broken = {
      number: 9999,
      name: "9999_broken.sql",
      sql: "DELETE FROM patients; SELECT nonsense FROM nowhere;",
    };
    read(path, (sqlite) =>
      assert.throws(
        () => migrate(sqlite, path, [...known, broken]),
        /step 9999_broken\.sql failed: .+ the store is as it was/,
      ));
    assert.deepEqual(contents(path), before);
    assert.deepEqual(shape(path), schema);
    assert.equal(read(path, (sqlite) => sqlite.prepare("PRAGMA user_version").get()!.user_version), first);
  }));

Deno.test("a store of a newer version is refused with what to do, and not touched", () =>
  inFolder((path) => {
    const newest = knownMigrations().at(-1)!.number;
    filledStore(path, newest);
    read(path, (sqlite) => sqlite.exec(`PRAGMA user_version = ${newest + 1}`));
    const before = contents(path);
    assert.throws(() => new Store(path), /knows up to \d+, start the newer version that wrote it, or restore a backup/);
    assert.deepEqual(contents(path), before);
  }));
