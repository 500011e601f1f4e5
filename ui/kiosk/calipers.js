// What calipers on a picture measure. Points are in pixels of the picture: pixel 0 reaches from 0 to 1.

/**
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ x0: number, y0: number, x1: number, y1: number, highPriority: boolean,
 *   centimetersPerPixel?: { x: number, y: number } }} Region the corners' pixels belong to it
 * @typedef {{ id: number, kind: "distance" | "area", frame: number, a: Point, b: Point, width: number }} Caliper
 *   a line from a to b, which for an area is one axis of an ellipse and `width` the other
 * @typedef {"none" | "outside" | "apart" | "overlap" | "otherUnit"} Reason why there is no number
 */

/** Points of an ellipse that are looked at, to know what it lies on. */
const ROUND = 32;

/**
 * The size of a caliper in centimetres, where the picture's calibration gives one for all of it; else why not.
 *
 * @param {Caliper} caliper
 * @param {readonly Region[]} regions
 * @returns {{ value: number, unit: "cm" | "cm²" } | { reason: Reason }}
 */
export function measured(caliper, regions) {
  const points = caliper.kind === "distance" ? [caliper.a, caliper.b] : ellipsePoints(caliper);
  const scale = scaleUnder(points, regions);
  if ("reason" in scale) return scale;
  const { a, b, width } = caliper;
  if (caliper.kind === "distance") {
    return { value: Math.hypot((b.x - a.x) * scale.x, (b.y - a.y) * scale.y), unit: "cm" };
  }
  // an ellipse stays one when its pixels are not square, and its area grows by both sides of a pixel
  return { value: Math.PI / 4 * length(caliper) * width * scale.x * scale.y, unit: "cm²" };
}

/** A size for the eye: tenths from one on, hundredths below. @param {{ value: number, unit: string }} size */
export function inWords({ value, unit }) {
  return `${value.toFixed(value < 0.995 ? 2 : 1)} ${unit}`;
}

/**
 * What a pixel is under all of the points: they must lie in one region, and what lies over it there must say the same.
 *
 * @param {Point[]} points
 * @param {readonly Region[]} regions
 * @returns {{ x: number, y: number } | { reason: Reason }}
 */
function scaleUnder(points, regions) {
  if (regions.length === 0) return { reason: "none" };
  const under = points.map((point) => regions.filter((region) => holds(region, point)));
  if (under.some((found) => found.length === 0)) return { reason: "outside" };
  const shared = regions.filter((region) => under.every((found) => found.includes(region)));
  if (shared.length === 0) return { reason: "apart" };
  const tops = under.map(topmost);
  const seen = new Set(tops.flat());
  // where no region is on top at all points, the one below them all counts too
  if (!shared.some((region) => tops.every((top) => top.includes(region)))) shared.forEach((region) => seen.add(region));
  const scales = [...seen].map((region) => region.centimetersPerPixel);
  const [first] = scales;
  if (scales.every((scale) => scale === undefined)) return { reason: "otherUnit" };
  if (scales.some((scale) => scale?.x !== first?.x || scale?.y !== first?.y)) return { reason: "overlap" };
  return first;
}

function holds(region, { x, y }) {
  return x >= region.x0 && x <= region.x1 + 1 && y >= region.y0 && y <= region.y1 + 1;
}

/** Of regions over each other, those whose pixels are shown (PS3.3 C.8.5.5.1.3). */
function topmost(regions) {
  const high = regions.filter((region) => region.highPriority);
  return high.length > 0 ? high : regions;
}

/** @param {{ a: Point, b: Point }} caliper */
export function length({ a, b }) {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** @param {{ a: Point, b: Point }} caliper */
export function middle({ a, b }) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The direction across the line from a to b, of length 1. @param {{ a: Point, b: Point }} caliper */
function across(caliper) {
  const whole = length(caliper) || 1;
  return { x: -(caliper.b.y - caliper.a.y) / whole, y: (caliper.b.x - caliper.a.x) / whole };
}

/** Where the width of an area is held. @param {Caliper} caliper */
export function widthHandle(caliper) {
  const { x, y } = middle(caliper);
  const side = across(caliper);
  return { x: x + side.x * caliper.width / 2, y: y + side.y * caliper.width / 2 };
}

/** The width that an area has when its side is pulled to a point. @param {Caliper} caliper @param {Point} point */
export function widthAt(caliper, point) {
  const centre = middle(caliper);
  const side = across(caliper);
  return Math.max(1, 2 * Math.abs((point.x - centre.x) * side.x + (point.y - centre.y) * side.y));
}

/** @param {Caliper} caliper @returns {Point[]} */
function ellipsePoints(caliper) {
  const centre = middle(caliper);
  const side = across(caliper);
  const half = { x: (caliper.b.x - caliper.a.x) / 2, y: (caliper.b.y - caliper.a.y) / 2 };
  const other = { x: side.x * caliper.width / 2, y: side.y * caliper.width / 2 };
  const at = (angle) => ({
    x: centre.x + half.x * Math.cos(angle) + other.x * Math.sin(angle),
    y: centre.y + half.y * Math.cos(angle) + other.y * Math.sin(angle),
  });
  const round = Array.from({ length: ROUND }, (_, n) => at(n / ROUND * 2 * Math.PI));
  // the outermost points to each side: with them inside a rectangle, all of the ellipse is
  const outermost = [Math.atan2(other.x, half.x), Math.atan2(other.y, half.y)].flatMap((angle) => [
    at(angle),
    at(angle + Math.PI),
  ]);
  return [centre, ...round, ...outermost];
}
