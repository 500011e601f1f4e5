import assert from "node:assert/strict";
import { Store } from "../../src/store/store.ts";

Deno.test("A setting that was set in a transaction that was undone is as it was before", () => {
  const store = new Store(":memory:");
  const { settings } = store;
  settings.set("country", "IN");
  assert.equal(settings.get("country"), "IN");
  assert.throws(() =>
    store.transaction(() => {
      settings.set("country", "DE");
      assert.equal(settings.get("country"), "DE");
      throw new Error("the disk is full");
    }), /the disk is full/);
  assert.equal(settings.get("country"), "IN");
  settings.remove("country");
  assert.equal(settings.get("country"), undefined);
  store.close();
});
