import assert from "node:assert/strict";
import { fitted, isZoomed, toPicture, toStage, within, zoomed } from "../../ui/kiosk/zoom.ts";

const PICTURE = { width: 640, height: 480 };
const STAGE = { width: 1000, height: 480 };

Deno.test("Zoom: fitted is whole and in the middle; small pictures grow, large ones shrink", () => {
  assert.deepEqual(fitted(PICTURE, STAGE), { scale: 1, x: 180, y: 0 });
  assert.deepEqual(fitted({ width: 100, height: 100 }, STAGE), { scale: 4.8, x: 260, y: 0 });
  assert.deepEqual(fitted({ width: 2000, height: 480 }, STAGE), { scale: 0.5, x: 0, y: 120 });
});

Deno.test("Zoom: the point under the finger stays there", () => {
  const point = { x: 400, y: 200 };
  const before = toPicture(fitted(PICTURE, STAGE), point);
  const view = zoomed(fitted(PICTURE, STAGE), 3, point, PICTURE, STAGE);
  assert.equal(view.scale, 3);
  assert.deepEqual(toStage(view, before), point);
  assert.equal(isZoomed(view, PICTURE, STAGE), true);
});

Deno.test("Zoom: never smaller than fitted, never without end, never out of sight", () => {
  const point = { x: 500, y: 240 };
  const whole = fitted(PICTURE, STAGE);
  assert.deepEqual(zoomed(whole, 0.2, point, PICTURE, STAGE), whole);
  assert.equal(zoomed(whole, 1e9, point, PICTURE, STAGE).scale, 12);
  assert.deepEqual(within({ scale: 3, x: 5000, y: -5000 }, PICTURE, STAGE), { scale: 3, x: 0, y: 480 - 1440 });
});
