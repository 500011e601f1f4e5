/** A place on the picture, in shares of its width and height from the upper left, 0 to 1. */
export interface Place {
  x: number;
  y: number;
}

/** Where somebody was asked to touch, and where the touch landed. */
export interface Touch {
  target: Place;
  touched: Place;
}

/**
 * The first two rows of the matrix that libinput multiplies a touch with (`LIBINPUT_CALIBRATION_MATRIX`):
 * x' = ax + by + c, y' = dx + ey + f, all in shares of the panel, before the touch is turned as the picture is.
 */
export type TouchMatrix = readonly number[];

/** Clockwise, degrees. */
export type Rotation = 0 | 90 | 180 | 270;

/** Of a panel that nobody has calibrated. */
export const UNCALIBRATED: TouchMatrix = [1, 0, 0, 0, 1, 0];

/** Where somebody is asked to touch: near the corners, from which the matrix comes, and in the middle, by which it is checked. */
export const CROSSES: readonly Place[] = [
  { x: 0.15, y: 0.15 },
  { x: 0.85, y: 0.15 },
  { x: 0.85, y: 0.85 },
  { x: 0.15, y: 0.85 },
  { x: 0.5, y: 0.5 },
];

/** Of these, from which the matrix comes. */
const CORNERS = 4;

/** How far touches may be from where a matrix brings them, as a share of the screen: fingers, not the panel, are so inexact. */
const RESIDUAL = 0.03;

/** How far from a cross a touch may be that hits it, as a share of the screen: a finger's width on a 7-inch panel. */
const HIT = 0.06;

/** How much wider or narrower than the picture a panel may say that it is. */
const SCALE = { least: 0.5, most: 2 };

/** How much a panel may be askew: of an axis, the lesser component by the greater. */
const ASKEW = 0.2;

/** Digits after the point that are sent, and the image's script takes: a hundredth of a pixel. */
const DIGITS = 6;

/**
 * The matrix with which touches land where the finger is, by least squares.
 *
 * @param touches those near the corners, then one in the middle, as the page saw them
 * @param rotation by which the picture is turned
 * @param inForce the matrix that the touches had gone through already
 * @returns undefined where they do not fit together, or to no panel: then somebody tries again
 */
export function calibration(
  touches: readonly Touch[],
  rotation: Rotation,
  inForce: TouchMatrix,
): TouchMatrix | undefined {
  const raw = inverse(inForce);
  if (raw === undefined) return undefined;
  const pairs = touches.map(({ target, touched }) => ({
    from: applied(raw, unturned(touched, rotation)),
    to: unturned(target, rotation),
  }));
  const corners = pairs.slice(0, CORNERS);
  const first = fitted(corners.map(({ from, to }) => [from, to.x]));
  const second = fitted(corners.map(({ from, to }) => [from, to.y]));
  if (first === undefined || second === undefined) return undefined;
  const matrix = [...first, ...second].map((value) => Number(value.toFixed(DIGITS)));
  const off = pairs.map(({ from, to }) => distance(applied(matrix, from), to));
  const fits = off.every((far, n) => far <= (n < CORNERS ? RESIDUAL : HIT));
  return fits && isOfPanel(matrix) ? matrix : undefined;
}

/** Whether each touch landed where it was meant to. */
export function areHits(touches: readonly Touch[]): boolean {
  return touches.every(({ target, touched }) => distance(target, touched) <= HIT);
}

/** @returns where a matrix brings a touch */
export function applied([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: TouchMatrix, { x, y }: Place): Place {
  return { x: a * x + b * y + c, y: d * x + e * y + f };
}

/** On the panel, of a place on the picture: the other way round than the image turns touches with the picture. */
function unturned({ x, y }: Place, rotation: Rotation): Place {
  switch (rotation) {
    case 0:
      return { x, y };
    case 90:
      return { x: y, y: 1 - x };
    case 180:
      return { x: 1 - x, y: 1 - y };
    case 270:
      return { x: 1 - y, y: x };
  }
}

/** Mirrored and turned by quarters a panel may be; each of its axes lies along one of the picture's. */
function isOfPanel([a = 0, b = 0, , d = 0, e = 0]: TouchMatrix): boolean {
  const axes = [[a, d], [b, e]].map(([x = 0, y = 0]) => ({
    along: Math.abs(x) > Math.abs(y) ? "x" : "y",
    scale: Math.hypot(x, y),
    askew: Math.min(Math.abs(x), Math.abs(y)) / Math.max(Math.abs(x), Math.abs(y)),
  }));
  return axes[0]!.along !== axes[1]!.along &&
    axes.every(({ scale, askew }) => scale >= SCALE.least && scale <= SCALE.most && askew <= ASKEW);
}

/** Undefined where all is brought onto one line. */
function inverse([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: TouchMatrix): TouchMatrix | undefined {
  const determinant = a * e - b * d;
  if (Math.abs(determinant) < 1e-6) return undefined;
  const turned = [e, -b, b * f - c * e, -d, a, c * d - a * f];
  return turned.map((value) => value / determinant);
}

/**
 * One row of the matrix: p, q, r of value = px + qy + r with the least squares, by the normal equations around the middle
 * of the places. Undefined where these lie on one line.
 */
function fitted(pairs: readonly (readonly [Place, number])[]): readonly number[] | undefined {
  const mean = (of: (pair: readonly [Place, number]) => number) =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [x, y, value] = [mean(([place]) => place.x), mean(([place]) => place.y), mean(([, one]) => one)];
  const xx = mean(([place]) => (place.x - x) ** 2);
  const xy = mean(([place]) => (place.x - x) * (place.y - y));
  const yy = mean(([place]) => (place.y - y) ** 2);
  const xv = mean(([place, one]) => (place.x - x) * (one - value));
  const yv = mean(([place, one]) => (place.y - y) * (one - value));
  const determinant = xx * yy - xy * xy;
  if (determinant < 1e-6) return undefined;
  const p = (xv * yy - yv * xy) / determinant;
  const q = (yv * xx - xv * xy) / determinant;
  return [p, q, value - p * x - q * y];
}

function distance(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
