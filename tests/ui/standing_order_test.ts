import assert from "node:assert/strict";
import { standingOrder } from "../../ui/kiosk/standing_order.ts";

const anywhere = () => true;
const nowhere = () => false;

Deno.test("Standing order: what would push others waits, and is counted", () => {
  const order = standingOrder(["b", "d"], ["a", "b", "c", "d"], nowhere);
  assert.deepEqual(order, { ids: ["b", "d"], added: 2, stale: 0 });
});

Deno.test("Standing order: what moves nobody comes to its place", () => {
  // only before "d", and at the end, is out of view
  const order = standingOrder(["b", "d"], ["a", "b", "c", "d", "e"], (id) => id !== "b");
  assert.deepEqual(order, { ids: ["b", "c", "d", "e"], added: 1, stale: 0 });
});

Deno.test("Standing order: what goes, or belongs elsewhere now, keeps its place until somebody asks", () => {
  assert.deepEqual(standingOrder(["a", "b", "c"], ["a", "c"], anywhere), { ids: ["a", "b", "c"], added: 0, stale: 1 });
  assert.deepEqual(standingOrder(["a", "b", "c"], ["b", "c", "a"], anywhere).ids, ["a", "b", "c"]);
  assert.ok(standingOrder(["a", "b", "c"], ["b", "c", "a"], anywhere).stale > 0);
});

Deno.test("Standing order: several that come at once stand in their own order", () => {
  assert.deepEqual(standingOrder(["a"], ["a", "b", "c", "d"], anywhere).ids, ["a", "b", "c", "d"]);
  assert.deepEqual(standingOrder([], ["a", "b"], nowhere), { ids: [], added: 2, stale: 0 });
});
