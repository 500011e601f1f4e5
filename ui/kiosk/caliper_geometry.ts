// Where calipers lie, in pixels of the picture: pixel 0 reaches from 0 to 1.

export type Point = { x: number; y: number };
export type Box = { x0: number; y0: number; x1: number; y1: number };
export type Kind = "distance" | "area" | "indices" | "trace";
export type Caliper = { id: number; kind: Kind; frame: number; points: Point[]; width: number; open?: boolean };

/** Both ends of a caliper that has two. */
function ends(points: Point[]): [Point, Point] {
  return [points[0]!, points[1] ?? points[0]!];
}

export function length({ points }: { points: Point[] }) {
  const [a, b] = [points[0]!, points.at(-1)!];
  return Math.hypot(b.x - a.x, b.y - a.y);
}

export function middle({ points }: { points: Point[] }) {
  const [a, b] = ends(points);
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** The direction across the line from the first point to the second, of length 1. */
function across(caliper: Caliper) {
  const whole = length(caliper) || 1;
  const [a, b] = ends(caliper.points);
  return { x: -(b.y - a.y) / whole, y: (b.x - a.x) / whole };
}

/** Where the width of an area is held. */
export function widthHandle(caliper: Caliper) {
  const { x, y } = middle(caliper);
  const side = across(caliper);
  return { x: x + side.x * caliper.width / 2, y: y + side.y * caliper.width / 2 };
}

/** The width that an area has when its side is pulled to a point. */
export function widthAt(caliper: Caliper, point: Point) {
  const centre = middle(caliper);
  const side = across(caliper);
  return Math.max(1, 2 * Math.abs((point.x - centre.x) * side.x + (point.y - centre.y) * side.y));
}

/** Whether all of a caliper lies within a box. */
export function isWithin(caliper: Caliper, box: Box) {
  return outermost(caliper).every((point) => holds(box, point));
}

/** Points of which none is outside of a box unless part of the caliper is. */
export function outermost(caliper: Caliper): Point[] {
  if (caliper.kind !== "area") return caliper.points;
  const { x, y } = middle(caliper);
  const { half, other } = axes(caliper);
  const [right, down] = [Math.hypot(half.x, other.x), Math.hypot(half.y, other.y)];
  return [{ x: x - right, y }, { x: x + right, y }, { x, y: y - down }, { x, y: y + down }];
}

export function holds(box: Box, { x, y }: Point) {
  return x >= box.x0 && x <= box.x1 + 1 && y >= box.y0 && y <= box.y1 + 1;
}

/** Whether any part of a caliper lies within a box; what only runs along its edge does not. */
export function touches(caliper: Caliper, box: Box) {
  if (caliper.kind === "area") return ellipseTouches(caliper, box);
  return caliper.points.slice(1).some((point, n) => lineTouches(caliper.points[n]!, point, box));
}

/** The line's part that is within the box, as in Liang and Barsky's clipping. */
function lineTouches(a: Point, b: Point, { x0, y0, x1, y1 }: Box) {
  let [from, to] = [0, 1];
  const directions = [[a.x, b.x - a.x, x0, x1 + 1], [a.y, b.y - a.y, y0, y1 + 1]] as const;
  for (const [start, step, least, most] of directions) {
    if (step === 0) {
      if (start <= least || start >= most) return false;
      continue;
    }
    const [one, other] = [(least - start) / step, (most - start) / step];
    from = Math.max(from, Math.min(one, other));
    to = Math.min(to, Math.max(one, other));
  }
  return from < to || (a.x === b.x && a.y === b.y && from <= to);
}

/** The box is seen where the ellipse is the circle of radius 1 around 0,0. */
function ellipseTouches(caliper: Caliper, { x0, y0, x1, y1 }: Box) {
  const { x, y } = middle(caliper);
  if (x > x0 && x < x1 + 1 && y > y0 && y < y1 + 1) return true;
  const { half, other } = axes(caliper);
  const determinant = half.x * other.y - half.y * other.x;
  if (determinant === 0) return lineTouches(...ends(caliper.points), { x0, y0, x1, y1 });
  const places = [[x0, y0], [x1 + 1, y0], [x1 + 1, y1 + 1], [x0, y1 + 1]] as const;
  const corners = places.map(([px, py]) => ({
    x: ((px - x) * other.y - (py - y) * other.x) / determinant,
    y: (half.x * (py - y) - half.y * (px - x)) / determinant,
  }));
  return corners.some((corner, n) => distanceToOrigin(corner, corners[(n + 1) % 4]!) < 1);
}

function distanceToOrigin(a: Point, b: Point) {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const along = Math.min(1, Math.max(0, -(a.x * x + a.y * y) / (x * x + y * y || 1)));
  return Math.hypot(a.x + x * along, a.y + y * along);
}

/** Half of each axis of an area's ellipse, from its middle. */
function axes(caliper: Caliper) {
  const [a, b] = ends(caliper.points);
  const side = across(caliper);
  return {
    half: { x: (b.x - a.x) / 2, y: (b.y - a.y) / 2 },
    other: { x: side.x * caliper.width / 2, y: side.y * caliper.width / 2 },
  };
}
