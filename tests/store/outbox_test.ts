import assert from "node:assert/strict";
import { Store } from "../../src/store/store.ts";

/** What a box does that has no clinic's database to tell. */
function forget(store: Store, most: number): number {
  const steps = store.outbox.forgetBeyond(most);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function told(store: Store): string[] {
  return store.outbox.nextBatch({ events: 10_000, characters: 10_000_000 }).map(({ aggregate }) => aggregate);
}

Deno.test("Outbox: beyond the bound the oldest are forgotten, each aggregate whole, however many events it has", () => {
  const store = new Store(":memory:");
  store.transaction(() => {
    for (let n = 0; n < 1200; n++) store.outbox.add("study:1", "image", { n });
    for (let n = 0; n < 5; n++) store.outbox.add(`study:${2 + n}`, "study", {});
    store.outbox.add("study:1", "image", { n: 1200 });
  });
  assert.equal(forget(store, 1000), 1201);
  assert.deepEqual(told(store), ["study:2", "study:3", "study:4", "study:5", "study:6"]);
  assert.equal(forget(store, 1000), 0);
  assert.equal(forget(store, 3), 2);
  assert.deepEqual(told(store), ["study:4", "study:5", "study:6"]);
  store.close();
});

Deno.test("Outbox: what comes later of an aggregate that was forgotten is forgotten too, behind any number of others", () => {
  const store = new Store(":memory:");
  store.transaction(() => store.outbox.add("study:1", "study", {}));
  assert.equal(forget(store, 0), 1);
  store.transaction(() => {
    for (let n = 0; n < 700; n++) store.outbox.add("study:2", "image", { n });
    store.outbox.add("study:1", "image", {});
  });
  assert.equal(forget(store, 1000), 1);
  assert.deepEqual([...new Set(told(store))], ["study:2"]);
  store.close();
});
