import assert from "node:assert/strict";
import { Database } from "../../src/store/database.ts";

async function withDatabase(test: (database: Database) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-durable-" });
  const database = new Database(`${folder}/store.sqlite`);
  try {
    await test(database);
  } finally {
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const SET =
  `INSERT INTO settings (name, value, updated_at) VALUES ('a', '1', '') ON CONFLICT DO UPDATE SET value = value || '1'`;

/** What is not durable before the disk has been waited for, and is afterwards. */
const WRITES: Record<string, (database: Database) => void> = {
  "a statement": (database) => database.run(SET),
  "a transaction": (database) => database.transaction(() => database.run(SET)),
  "a statement that gives back what it wrote": (database) => database.get(`${SET} RETURNING value`),
  "a transaction with such a one alone": (database) =>
    database.transaction(() => database.all(`${SET} RETURNING value`)),
};

for (const [what, write] of Object.entries(WRITES)) {
  Deno.test(`Durable: ${what} is not before the disk has been waited for`, () =>
    withDatabase(async (database) => {
      await database.durable(); // what stood in the log before
      const before = new Date().toISOString();
      assert.ok(database.durableSince >= before, "nothing waits");
      write(database);
      await new Promise((resolve) => setTimeout(resolve, 2));
      assert.ok(database.durableSince <= before, "it waits for the disk");
      await database.durable();
      assert.ok(database.durableSince > before);
    }));
}

Deno.test("Durable: what changes nothing, and what was undone, waits for nothing", () =>
  withDatabase(async (database) => {
    await database.durable();
    const isDurable = () => database.durableSince >= new Date(Date.now() - 1000).toISOString();
    database.get("SELECT 1");
    database.run("DELETE FROM settings WHERE name = 'none'");
    assert.throws(() =>
      database.transaction(() => {
        database.run(SET);
        throw new Error("no");
      }), /no/);
    assert.ok(isDurable());
  }));

Deno.test("Durable: a store in memory lasts no longer than the program, and nobody waits", async () => {
  const database = new Database(":memory:");
  database.run(SET);
  await database.durable();
  assert.ok(database.wasClosed);
  database.close();
});

Deno.test("Durable: a store that was closed in good order says so at its next start, one that was ended does not", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-durable-" });
  const path = `${folder}/store.sqlite`;
  const first = new Database(path);
  assert.ok(first.wasClosed, "a new one");
  first.run(SET);
  Deno.copyFileSync(path, `${folder}/ended.sqlite`);
  Deno.copyFileSync(`${path}-wal`, `${folder}/ended.sqlite-wal`);
  first.close();
  for (const [name, wasClosed] of [["store", true], ["ended", false]] as const) {
    const next = new Database(`${folder}/${name}.sqlite`);
    assert.equal(next.wasClosed, wasClosed, name);
    assert.equal(next.get<{ value: string }>("SELECT value FROM settings WHERE name = 'a'")?.value, "1");
    next.close();
  }
  await Deno.remove(folder, { recursive: true });
});
