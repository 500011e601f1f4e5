import assert from "node:assert/strict";
import { standingLanes, standingOrder } from "../../ui/kiosk/standing_order.ts";

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

const LANES = [{ name: "1", ids: ["a", "c"] }, { name: "2", ids: ["b"] }, { name: "", ids: ["d"] }];
const names = LANES.map(({ name }) => name);
const people = (lanes: Record<string, string>) => Object.entries(lanes).map(([id, lane]) => ({ id, lane }));

Deno.test("Standing lanes: whoever belongs in another room now stays until somebody asks, and is nowhere twice", () => {
  const wanted = people({ a: "1", b: "2", c: "1", d: "2" });
  const standing = standingLanes(LANES, names, wanted, anywhere);
  assert.deepEqual(standing, { lanes: LANES, added: 0, stale: 1 });
  assert.deepEqual(standingLanes(undefined, names, wanted, anywhere).lanes.map(({ ids }) => ids), [
    ["a", "c"],
    ["b", "d"],
    [],
  ]);
});

Deno.test("Standing lanes: a room that comes or goes moves no lane, and its people wait in the last one", () => {
  const wanted = people({ a: "1", b: "2", c: "1", d: "", e: "3" });
  const standing = standingLanes(LANES, ["1", "2", "3", ""], wanted, anywhere);
  assert.deepEqual(standing.lanes.map(({ name, ids }) => [name, ...ids]), [["1", "a", "c"], ["2", "b"], [
    "",
    "d",
    "e",
  ]]);
  assert.equal(standing.stale, 1);
  assert.equal(standingLanes(LANES, names, people({ a: "1", b: "2", c: "1", d: "", e: "1" }), nowhere).added, 1);
});
