import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dump, filledStore, madeBy, rowsOf, type StoreRow, tablesOf } from "../../fixtures/stores.ts";
import { knownMigrations, migrate } from "../../src/store/migrate.ts";
import { keepSnapshot, keptSnapshots, pathOfSnapshot } from "../../src/rescue/kept_snapshots.ts";
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

/** Tables of which each opening says something itself: which steps it took. */
const ADDED_TO = new Set(["migrations"]);

/** Opens it with today's code, which must lose nothing and bring it to the shape of a new store. */
async function assertUpgrades(path: string, name: string): Promise<void> {
  const before = contents(path);
  const store = new Store(path);
  assert.equal(store.state().schema, knownMigrations().at(-1)!.number, name);
  assert.deepEqual((await store.audit.verify()).broken, [], name);
  store.close();
  const after = contents(path);
  for (const [table, rows] of before) {
    const kept = (row: StoreRow) => JSON.stringify(Object.keys(rows[0]!).map((column) => row[column]));
    assert.ok(rows.length > 0, `${name}: ${table} has no rows to lose`);
    const found = after.get(table)?.map(kept).sort() ?? [];
    const wanted = rows.map(kept).sort();
    if (ADDED_TO.has(table)) assert.deepEqual(wanted.filter((row) => !found.includes(row)), [], `${name}: ${table}`);
    else assert.deepEqual(found, wanted, `${name}: ${table}`);
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

const kept = new URL("../../fixtures/stores/", import.meta.url);

/** The stores that were kept, by the schema they have: `fixtures/stores.ts` wrote them. */
const keptStores = new Map(
  [...Deno.readDirSync(kept)].filter(({ name }) => name.endsWith(".sql"))
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ name }) => [parseInt(name, 10), Deno.readTextFileSync(new URL(name, kept))]),
);

for (const [number, sql] of keptStores) {
  Deno.test(`the store of schema ${number} that was kept is brought to today's and loses nothing`, () =>
    inFolder(async (path) => {
      read(path, (sqlite) => sqlite.exec(sql));
      await assertUpgrades(path, `kept schema ${number}`);
    }));
}

Deno.test("a migration of which a store was kept is never changed", () => {
  const last = Math.max(...keptStores.keys());
  const known = knownMigrations().map(({ number }) => number);
  assert.deepEqual([...keptStores.keys()], known.filter((number) => number <= last), "none is left out");
  for (const [number, sql] of keptStores) {
    assert.equal(sql.split("\n")[0], madeBy(number), "add a migration, and leave the old ones alone");
  }
});

Deno.test("what a store becomes as text can be made a store again", () =>
  inFolder(async (path) => {
    filledStore(path, knownMigrations().at(-1)!.number);
    const text = dump(path);
    await inFolder((again) => {
      read(again, (sqlite) => sqlite.exec(text));
      assert.deepEqual(contents(again), contents(path));
    });
  }));

Deno.test("when each step was taken is kept", () =>
  inFolder((path) => {
    const newest = knownMigrations().at(-1)!;
    filledStore(path, 11);
    const store = new Store(path);
    const { migrations } = store.state();
    store.close();
    assert.deepEqual(
      migrations.map(({ name }) => name),
      knownMigrations().filter(({ number }) => number > 11).map(({ name }) => name),
    );
    assert.equal(migrations.at(-1)!.number, newest.number);
    assert.ok(Math.abs(Date.parse(migrations[0]!.appliedAt) - Date.now()) < 60_000);
  }));

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

Deno.test("a store is kept as it was before a new version brings it on; two of them, and the rescue page offers them", () =>
  inFolder(async (path) => {
    const data = path.replace(/\/[^/]+$/, "");
    const newest = knownMigrations().at(-1)!.number;
    filledStore(path, newest - 1);
    const before = contents(path);
    new Store(path).close();
    const [kept] = keptSnapshots(data);
    assert.match(kept!.name, new RegExp(`^before-${String(newest - 1).padStart(4, "0")}-\\d{8}T\\d{6}Z\\.sqlite$`));
    assert.deepEqual(contents(pathOfSnapshot(data, kept!.name)), before);
    assert.equal(read(pathOfSnapshot(data, kept!.name), schemaOf), newest - 1);

    new Store(path).close();
    assert.equal(keptSnapshots(data).length, 1, "a store of this version is not copied");
    assert.equal(await keepSnapshot(data), undefined);
    assert.equal(keptSnapshots(data)[0]!.name.slice(0, 7), "000001-", "the copies of the nights count for themselves");
    for (const number of [newest - 3, newest - 2]) {
      Deno.removeSync(path);
      filledStore(path, number);
      new Store(path).close();
    }
    assert.equal(keptSnapshots(data).filter(({ name }) => name.startsWith("before-")).length, 2);
    assert.deepEqual([...Deno.readDirSync(`${data}/snapshots`)].filter(({ name }) => name.startsWith(".")), []);
  }));

const schemaOf = (sqlite: DatabaseSync) =>
  (sqlite.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
