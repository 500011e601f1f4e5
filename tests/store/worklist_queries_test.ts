import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Store } from "../../src/store/store.ts";

Deno.test("Worklist queries: the latest of each machine are kept, and not more than a number of all", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-queries-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  const add = (aeTitle: string, answers = 0) =>
    store.worklistQueries.add({
      ...{ aeTitle, address: "192.168.1.9", keys: ["Modality US"], answers, milliseconds: 1, outcome: "answered" },
      ...{ notAnswered: [], identifier: new Uint8Array(2), transferSyntaxUid: "1.2.840.10008.1.2" },
      fuzzyNames: false,
    });
  store.transaction(() => {
    for (let n = 0; n < 600; n++) add("VOLUSON", n);
  });
  assert.equal(store.worklistQueries.latest("VOLUSON", 1000).length, 500);
  assert.equal(store.worklistQueries.latest("VOLUSON", 1)[0]!.answers, 599);
  // somebody makes up a title for each query
  store.transaction(() => {
    for (let n = 0; n < 10_000; n++) add(`MADE-UP-${n}`);
  });
  assert.equal(store.worklistQueries.latest("VOLUSON", 1000).length, 0);
  assert.equal(store.worklistQueries.latest("MADE-UP-0", 1).length, 1);
  add("VOLUSON");
  assert.equal(store.worklistQueries.latest("MADE-UP-0", 1).length, 0);
  // of each machine the latest identifier alone is kept whole
  const database = new DatabaseSync(`${folder}/sonodesk.sqlite`);
  const whole = "SELECT ae_title FROM worklist_queries WHERE length(identifier) > 0 AND ae_title = 'VOLUSON'";
  add("VOLUSON");
  assert.equal(database.prepare(whole).all().length, 1);
  assert.deepEqual(store.worklistQueries.latestIdentifier("VOLUSON")!.identifier, new Uint8Array(2));
  database.close();
  store.close();
  await Deno.remove(folder, { recursive: true });
});
