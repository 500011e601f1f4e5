import assert from "node:assert/strict";
import { inWords, measured, widthAt, widthHandle } from "../../ui/kiosk/calipers.js";

const region = (x0: number, y0: number, x1: number, y1: number, scale?: [number, number], highPriority = false) => ({
  ...{ x0, y0, x1, y1, highPriority },
  ...(scale ? { centimetersPerPixel: { x: scale[0], y: scale[1] } } : {}),
});
const line = (ax: number, ay: number, bx: number, by: number) => ({
  ...{ id: 1, kind: "distance" as const, frame: 1, width: 0 },
  ...{ a: { x: ax, y: ay }, b: { x: bx, y: by } },
});
const area = (ax: number, ay: number, bx: number, by: number, width: number) => ({
  ...line(ax, ay, bx, by),
  kind: "area" as const,
  width,
});
const read = (caliper: Parameters<typeof measured>[0], ...regions: ReturnType<typeof region>[]) => {
  const found = measured(caliper, regions);
  return "value" in found ? inWords(found) : found.reason;
};

Deno.test("Calipers: a distance in the scale of its region, also where pixels are not square", () => {
  const whole = region(0, 0, 99, 99, [0.1, 0.1]);
  assert.equal(read(line(10, 10, 30, 10), whole), "2.0 cm");
  assert.equal(read(line(10, 10, 13, 14), whole), "0.50 cm");
  assert.equal(read(line(0, 0, 100, 100), whole), "14.1 cm");
  assert.equal(read(line(10, 10, 40, 50), region(0, 0, 99, 99, [0.1, 0.2])), "8.5 cm");
  assert.equal(read(line(10, 10, 20, 10), whole), "1.0 cm");
});

Deno.test("Calipers: no number without a scale, outside of it, over two parts, or where parts disagree", () => {
  const left = region(0, 0, 49, 99, [0.1, 0.1]);
  const right = region(50, 0, 99, 99, [0.1, 0.1]);
  assert.equal(read(line(10, 10, 20, 10)), "none");
  assert.equal(read(line(10, 10, 10, 101), left), "outside");
  assert.equal(read(line(10, 10, 80, 10), left, right), "apart");
  assert.equal(read(line(60, 10, 80, 10), left, right), "2.0 cm");
  assert.equal(read(line(10, 10, 20, 10), region(0, 0, 49, 99)), "otherUnit");
  assert.equal(read(line(10, 10, 20, 10), left, region(0, 0, 49, 49, [0.2, 0.2])), "overlap");
  assert.equal(read(line(10, 10, 20, 10), left, region(0, 0, 49, 49)), "overlap");
});

Deno.test("Calipers: a region over another counts where it is on top", () => {
  const tissue = region(0, 0, 99, 99, [0.1, 0.1]);
  const colour = region(40, 40, 60, 60, [0.1, 0.1]);
  assert.equal(read(line(10, 45, 50, 45), tissue, colour), "4.0 cm", "colour flow in the same scale");
  const inset = region(40, 40, 60, 60, [0.5, 0.5], true);
  assert.equal(read(line(42, 45, 46, 45), tissue, inset), "2.0 cm", "within what is on top");
  assert.equal(read(line(10, 45, 50, 45), tissue, inset), "overlap", "from the one into the other");
  assert.equal(read(line(10, 10, 30, 10), tissue, inset), "2.0 cm", "beside what is on top");
  assert.equal(read(line(42, 45, 46, 45), tissue, region(40, 40, 60, 60, undefined, true)), "otherUnit");
});

Deno.test("Calipers: an area of an ellipse, all of which must lie within", () => {
  const whole = region(0, 0, 99, 99, [0.1, 0.1]);
  assert.equal(read(area(20, 50, 60, 50, 20), whole), "6.3 cm²");
  assert.equal(read(area(20, 50, 60, 50, 20), region(0, 0, 99, 99, [0.1, 0.2])), "12.6 cm²");
  assert.equal(read(area(20, 20, 60, 60, 20), whole), "8.9 cm²");
  assert.equal(read(area(5, 50, 60, 50, 140), whole), "outside");
  // both ends and both sides are within, its round edge is not
  assert.equal(read(area(15, 3, 85, 40, 40), region(0, 0, 99, 60, [0.1, 0.1])), "outside");
});

Deno.test("Calipers: the side of an area is where its width says, and is pulled to where the finger is", () => {
  const ellipse = area(20, 50, 60, 50, 20);
  assert.deepEqual(widthHandle(ellipse), { x: 40, y: 60 });
  assert.equal(widthAt(ellipse, { x: 44, y: 35 }), 30);
  assert.equal(widthAt(ellipse, { x: 40, y: 50 }), 1);
});
