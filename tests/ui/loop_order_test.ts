import assert from "node:assert/strict";
import { firstPlayed, nextPlayed, type Place } from "../../ui/kiosk/loop_order.ts";

/** The frames that are shown from a place on. */
function shown(steps: number, frames: number, order: Parameters<typeof nextPlayed>[2], from = firstPlayed(order)) {
  let place: Place = { frame: from, step: 1 };
  return Array.from({ length: steps }, () => (place = nextPlayed(place, frames, order)).frame);
}

Deno.test("Loop: round and round, there and back, and within what the machine marks for playing", () => {
  assert.deepEqual(shown(5, 3, {}), [2, 3, 1, 2, 3]);
  assert.deepEqual(shown(6, 3, { sweeping: true }), [2, 3, 2, 1, 2, 3]);
  assert.deepEqual(shown(5, 9, { trim: { first: 4, last: 6 } }), [5, 6, 4, 5, 6]);
  assert.deepEqual(shown(5, 9, { trim: { first: 4, last: 6 }, sweeping: true }), [5, 6, 5, 4, 5]);
  // gone by hand to a frame that is not played
  assert.deepEqual(shown(2, 9, { trim: { first: 4, last: 6 } }, 9), [4, 5]);
  assert.deepEqual(shown(2, 1, { sweeping: true }), [1, 1]);
});
