import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { flag, flagOrNull, json, numberOrNull, type RowOf, Table, text, textOrNull } from "../../src/store/columns.ts";
import { Database } from "../../src/store/database.ts";
import { DESTINATIONS } from "../../src/store/destinations.ts";
import { MACHINES } from "../../src/store/machines.ts";
import { Store } from "../../src/store/store.ts";
import { ChangedDestinationBody } from "../../src/web/api/destinations.ts";
import { ChangedMachineBody } from "../../src/web/api/machines.ts";

const FIELDS = {
  title: text("its_title"),
  room: text("room", "1"),
  limit: numberOrNull("most", null),
  loud: flag("is_loud", true),
  rules: json<string[]>("rules", []),
};
const NOTED = { heardAt: textOrNull("heard_at"), commits: flagOrNull("commits") };
interface Probe extends RowOf<typeof FIELDS>, RowOf<typeof NOTED> {
  id: string;
}
const PROBES = new Table("probes", FIELDS, NOTED);

/** A store's database with a table for these columns. */
function withTable(use: (database: Database) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-columns-" });
  const path = `${folder}/store.sqlite`;
  new Database(path).close(); // its migrations
  const raw = new DatabaseSync(path);
  raw.exec(`CREATE TABLE probes (id TEXT PRIMARY KEY, its_title TEXT NOT NULL, room TEXT NOT NULL, most INTEGER,
    is_loud INTEGER NOT NULL, rules TEXT NOT NULL, heard_at TEXT, commits INTEGER, only_heard INTEGER DEFAULT 1,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT`);
  raw.close();
  const database = new Database(path);
  try {
    use(database);
  } finally {
    database.close();
    Deno.removeSync(folder, { recursive: true });
  }
}

const find = (database: Database, id: string): Probe =>
  PROBES.of(database.get(`${PROBES.select} WHERE id = $id`, { $id: id })!);

Deno.test("columns: what is inserted is read as it was, with what nobody said as the columns have it", () =>
  withTable((database) => {
    PROBES.insert(database, "a", { ...PROBES.initial, title: "US1", rules: ["x", "y"], commits: false });
    assert.deepEqual(find(database, "a"), {
      ...{ id: "a", title: "US1", room: "1", limit: null, loud: true, rules: ["x", "y"], heardAt: null },
      commits: false,
    });
  }));

Deno.test("columns: an update changes what is given, and null is a value", () =>
  withTable((database) => {
    PROBES.insert(database, "a", { ...PROBES.initial, title: "US1", limit: 5 });
    PROBES.update(database, "a", { loud: false }, "only_heard = 0");
    assert.deepEqual([find(database, "a").loud, find(database, "a").limit], [false, 5]);
    PROBES.update(database, "a", { limit: null });
    assert.equal(find(database, "a").limit, null);
    assert.equal(database.get<{ heard: number }>(`SELECT only_heard AS heard FROM probes`)?.heard, 0);
  }));

Deno.test("columns: a row that is to the letter as it was is not changed", () =>
  withTable((database) => {
    PROBES.insert(database, "a", { ...PROBES.initial, title: "US1" });
    assert.equal(PROBES.updateIfOther(database, "a", { title: "US1", limit: null, loud: true }), false);
    assert.equal(PROBES.updateIfOther(database, "a", { title: "us1" }), true);
    assert.equal(find(database, "a").title, "us1");
  }));

Deno.test("columns: a row among those of other tables is taken out by its prefix; the audit keeps what a person may set", () =>
  withTable((database) => {
    PROBES.insert(database, "a", { ...PROBES.initial, title: "US1" });
    const row = database.get(`SELECT 1 AS title, ${PROBES.selected("probe.")} FROM probes`)!;
    const probe: Probe = PROBES.of(row, "probe.");
    assert.equal(probe.title, "US1");
    assert.deepEqual(Object.keys(PROBES.fieldsOf(probe)), ["title", "room", "limit", "loud", "rules"]);
  }));

Deno.test("columns: what a person may set of a machine or a destination is what the API takes", () => {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-columns-" });
  const store = new Store(`${folder}/store.sqlite`);
  const machine = store.machines.add({ aeTitle: "US1", name: "" });
  const destination = store.destinations.add({
    ...{ name: "PACS", aeTitle: "PACS", address: "127.0.0.1", port: 104, tls: false, enabled: true, rules: [] },
  });
  assert.deepEqual(Object.keys(MACHINES.fieldsOf(machine)).sort(), Object.keys(ChangedMachineBody.entries).sort());
  assert.deepEqual(
    Object.keys(DESTINATIONS.fieldsOf(destination)).sort(),
    Object.keys(ChangedDestinationBody.entries).sort(),
  );
  store.close();
  Deno.removeSync(folder, { recursive: true });
});
