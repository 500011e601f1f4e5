import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describeObject } from "../../src/imaging/read_picture.ts";
import { type Caliper, widthAt, widthHandle } from "../../ui/kiosk/caliper_geometry.ts";
import { inWords, measured, type Region } from "../../ui/kiosk/calipers.ts";
import { fieldCase } from "../support/samples.ts";

type Place = [x0: number, y0: number, x1: number, y1: number];
const WHOLE: Place = [0, 0, 99, 99];

function region([x0, y0, x1, y1]: Place, delta: [number, number] = [0.1, 0.1], more: Partial<Region> = {}): Region {
  return {
    ...{ x0, y0, x1, y1, deltaX: delta[0], deltaY: delta[1] },
    ...{ spatialFormat: 1, highPriority: false, unitX: "cm", unitY: "cm", ...more },
  };
}
const mMode = (place: Place, delta: [number, number]) => region(place, delta, { spatialFormat: 2, unitX: "s" });
const doppler = (place: Place, delta: [number, number], more: Partial<Region> = {}) =>
  region(place, delta, { spatialFormat: 3, unitX: "s", unitY: "cm/s", ...more });

const caliper = (kind: Caliper["kind"], points: number[][], width = 0): Caliper => ({
  ...{ id: 1, kind, frame: 1, width },
  points: points.map(([x, y]) => ({ x: x!, y: y! })),
});
const line = (ax: number, ay: number, bx: number, by: number) => caliper("distance", [[ax, ay], [bx, by]]);
const area = (ax: number, ay: number, bx: number, by: number, width: number) =>
  caliper("area", [[ax, ay], [bx, by]], width);

function read(one: Caliper, ...regions: Region[]): string {
  const found = measured(one, { regions });
  return "sizes" in found ? found.sizes.map(inWords).join(", ") : found.reason;
}
function named(one: Caliper, ...regions: Region[]): Record<string, string> | string {
  const found = measured(one, { regions });
  return "sizes" in found ? Object.fromEntries(found.sizes.map((size) => [size.of, inWords(size)])) : found.reason;
}

Deno.test("Calipers: a distance in the scale of its region, also where pixels are not square", () => {
  const whole = region(WHOLE);
  assert.equal(read(line(10, 10, 30, 10), whole), "2.0 cm");
  assert.equal(read(line(10, 10, 13, 14), whole), "0.50 cm");
  assert.equal(read(line(0, 0, 100, 100), whole), "14.1 cm");
  assert.equal(read(line(10, 10, 40, 50), region(WHOLE, [0.1, 0.2])), "8.5 cm");
  assert.equal(read(line(10, 10, 20, 10), whole), "1.0 cm");
});

Deno.test("Calipers: no number without a scale, outside of it, over two parts, or where parts disagree", () => {
  const left = region([0, 0, 49, 99]);
  const right = region([50, 0, 99, 99]);
  assert.equal(read(line(10, 10, 20, 10)), "none");
  assert.equal(read(line(10, 10, 10, 101), left), "outside");
  assert.equal(read(line(10, 10, 80, 10), left, right), "apart");
  assert.equal(read(line(60, 10, 80, 10), left, right), "2.0 cm");
  assert.equal(read(line(10, 10, 20, 10), left, region([0, 0, 49, 49], [0.2, 0.2])), "overlap");
  assert.equal(read(line(10, 10, 20, 10), left, mMode([0, 0, 49, 49], [0.1, 0.1])), "overlap");
  for (const doubt of ["otherSize", "twoScales"] as const) {
    assert.deepEqual(measured(line(10, 10, 20, 10), { regions: [left], doubt }), { reason: doubt });
  }
});

Deno.test("Calipers: what has another unit than its kind of picture gives no number", () => {
  const across = line(10, 10, 20, 10);
  assert.equal(read(across, region(WHOLE, [0.1, 0.1], { unitX: "°" })), "otherUnit");
  assert.equal(read(across, region(WHOLE, [0.1, 0])), "otherUnit");
  assert.equal(read(across, region(WHOLE, [0.1, 0.1], { spatialFormat: 5 })), "otherUnit");
  assert.equal(
    read(across, region(WHOLE, [0.1, 0.1], { spatialFormat: 2 })),
    "otherUnit",
    "M-mode without a time axis",
  );
});

Deno.test("Calipers: a region over another counts where it is on top", () => {
  const tissue = region(WHOLE);
  const colour = region([40, 40, 60, 60]);
  assert.equal(read(line(10, 45, 50, 45), tissue, colour), "4.0 cm", "colour flow in the same scale");
  const inset = region([40, 40, 60, 60], [0.5, 0.5], { highPriority: true });
  assert.equal(read(line(42, 45, 46, 45), tissue, inset), "2.0 cm", "within what is on top");
  assert.equal(read(line(42, 45, 46, 45), inset, tissue), "2.0 cm", "in whatever order they are sent");
  assert.equal(read(line(10, 45, 50, 45), tissue, inset), "overlap", "from the one into the other");
  assert.equal(read(line(10, 45, 90, 45), tissue, inset), "overlap", "across it, from tissue to tissue");
  assert.equal(read(line(35, 45, 45, 35), tissue, inset), "1.4 cm", "past its corner");
  assert.equal(read(line(35, 47, 47, 35), tissue, inset), "overlap", "over its corner");
  assert.equal(read(line(10, 10, 30, 10), tissue, inset), "2.0 cm", "beside what is on top");
  const rounded = region([40, 40, 60, 60], [0.10001, 0.09999]);
  assert.equal(read(line(10, 45, 50, 45), tissue, rounded), "4.0 cm", "rounded otherwise, less than a pixel apart");
});

Deno.test("Calipers: an inset of high priority over tissue measures in the inset's scale", async () => {
  const path = fieldCase("caliper_inset_over_tissue.dcm");
  if (!existsSync(path)) return;
  const { regions } = await describeObject(path);
  assert.equal(read(line(350, 200, 450, 200), ...regions), "1.0 cm");
  assert.equal(read(line(50, 200, 150, 200), ...regions), "2.0 cm");
  assert.equal(read(line(250, 200, 350, 200), ...regions), "overlap");
});

Deno.test("Calipers: an empty first region is no scale that overlaps the second one's", async () => {
  const path = fieldCase("acuson_empty_first_region.dcm");
  if (!existsSync(path)) return;
  assert.equal(read(line(100, 100, 200, 100), ...(await describeObject(path)).regions), "3.6 cm");
});

Deno.test("Calipers: on an M-mode a line is a time, a depth and a slope", () => {
  const trace = mMode(WHOLE, [0.005, 0.02]);
  assert.equal(read(line(10, 50, 80, 50), trace), "0.35 s", "along the time axis no centimetres");
  assert.equal(read(line(50, 10, 50, 60), trace), "1.0 cm", "along the depth no seconds");
  assert.equal(read(line(10, 10, 60, 40), trace), "0.25 s, 0.60 cm, 2.4 cm/s");
  assert.equal(read(line(10, 10, 14, 10), trace), "0.020 s");
  assert.equal(read(area(20, 50, 60, 50, 20), trace), "noArea");
});

Deno.test("Calipers: on a Doppler spectrum a line is a time, a velocity and an acceleration, in Hz where it is not converted", () => {
  const spectrum = doppler(WHOLE, [0.004, 2]);
  assert.equal(read(line(10, 20, 60, 60), spectrum), "0.20 s, 80.0 cm/s, 400 cm/s²");
  assert.equal(
    read(line(10, 20, 60, 60), doppler(WHOLE, [0.004, 50], { unitY: "Hz" })),
    "0.20 s, 2000 Hz, 10000 Hz/s",
  );
  assert.equal(read(line(10, 20, 60, 20), doppler(WHOLE, [0.004, 0], { unitY: "" })), "0.20 s", "the time is sure");
  assert.equal(read(line(10, 20, 12, 60), doppler(WHOLE, [0.004, 0], { unitY: "" })), "otherUnit");
  assert.equal(read(area(20, 50, 60, 50, 20), spectrum), "noArea");
});

Deno.test("Calipers: on a waveform that has only time a line is a time", () => {
  const ecg = region(WHOLE, [0.01, 0], { spatialFormat: 4, unitX: "s", unitY: "" });
  assert.equal(read(line(10, 40, 90, 50), ecg), "0.80 s");
});

Deno.test("Calipers: RI and S/D of peak systole and end diastole, on either side of the baseline and in any order", () => {
  const spectrum = doppler(WHOLE, [0.004, 2], { zeroY: 80 });
  const expected = { systole: "100 cm/s", diastole: "30.0 cm/s", ri: "0.70", sd: "3.33" };
  assert.deepEqual(named(caliper("indices", [[20, 30], [60, 65]]), spectrum), expected);
  assert.deepEqual(named(caliper("indices", [[60, 65], [20, 30]]), spectrum), expected);
  assert.deepEqual(
    named(caliper("indices", [[20, 70], [60, 35]]), doppler(WHOLE, [0.004, 2], { zeroY: 20 })),
    expected,
  );
  // the flow turns round at the end of diastole
  assert.deepEqual(named(caliper("indices", [[20, 30], [60, 90]]), spectrum), {
    ...{ systole: "100 cm/s", diastole: "-20.0 cm/s", ri: "1.20" },
  });
  assert.deepEqual(named(caliper("indices", [[20, 30], [60, 80]]), spectrum), {
    ...{ systole: "100 cm/s", diastole: "0.00 cm/s", ri: "1.00" },
  });
});

Deno.test("Calipers: PI of a trace over one cycle is of its peak, its last point and its mean over time", () => {
  const spectrum = doppler(WHOLE, [0.004, 1], { zeroY: 90 });
  // 20 up to 80 in 10 px and down to 20 in 30 px: the mean is 50
  const trace = caliper("trace", [[10, 70], [20, 10], [50, 70]]);
  assert.deepEqual(named(trace, spectrum), {
    ...{ systole: "80.0 cm/s", diastole: "20.0 cm/s", ri: "0.75", sd: "4.00", mean: "50.0 cm/s", pi: "1.20" },
  });
  assert.deepEqual(named(caliper("trace", [[10, 70], [50, 10]]), spectrum), "shortTrace");
  assert.deepEqual(named(caliper("trace", [[10, 70], [20, 10], [15, 70]]), spectrum), "backwards");
  assert.deepEqual(named(caliper("trace", [[10, 90], [20, 90], [30, 90]]), spectrum), "onBaseline");
  assert.deepEqual(named(caliper("trace", [[10, 10], [12, 98], [90, 98]]), spectrum), "bothSides");
});

Deno.test("Calipers: indices only on a spectrum whose baseline is known, all of them within it", () => {
  const points = [[20, 30], [60, 65]];
  assert.equal(named(caliper("indices", points), doppler(WHOLE, [0.004, 2])), "noBaseline");
  assert.equal(named(caliper("indices", points), region(WHOLE)), "noDoppler");
  assert.equal(named(caliper("indices", points), mMode(WHOLE, [0.01, 0.02])), "noDoppler");
  const spectrum = doppler([0, 0, 40, 99], [0.004, 2], { zeroY: 80 });
  assert.equal(named(caliper("indices", points), spectrum), "outside");
  const other = doppler([41, 0, 99, 99], [0.004, 2], { zeroY: 60 });
  assert.equal(named(caliper("indices", points), spectrum, other), "apart");
});

Deno.test("Calipers: an area of an ellipse, all of which must lie within", () => {
  const whole = region(WHOLE);
  assert.equal(read(area(20, 50, 60, 50, 20), whole), "6.3 cm²");
  assert.equal(read(area(20, 50, 60, 50, 20), region(WHOLE, [0.1, 0.2])), "12.6 cm²");
  assert.equal(read(area(20, 20, 60, 60, 20), whole), "8.9 cm²");
  assert.equal(read(area(5, 50, 60, 50, 140), whole), "outside");
  // both ends and both sides are within, its round edge is not
  assert.equal(read(area(15, 3, 85, 40, 40), region([0, 0, 99, 60])), "outside");
  // a small inset in it, and one that its bounds hold and it does not
  const inset = (place: Place) => region(place, [0.5, 0.5], { highPriority: true });
  assert.equal(read(area(20, 50, 80, 50, 40), whole, inset([48, 48, 52, 52])), "overlap");
  assert.equal(read(area(20, 50, 80, 50, 40), whole, inset([30, 33, 34, 37])), "overlap");
  assert.equal(read(area(20, 50, 80, 50, 40), whole, inset([20, 30, 24, 34])), "18.8 cm²");
});

Deno.test("Calipers: the side of an area is where its width says, and is pulled to where the finger is", () => {
  const ellipse = area(20, 50, 60, 50, 20);
  assert.deepEqual(widthHandle(ellipse), { x: 40, y: 60 });
  assert.equal(widthAt(ellipse, { x: 44, y: 35 }), 30);
  assert.equal(widthAt(ellipse, { x: 40, y: 50 }), 1);
});
