// What calipers on a picture measure: only what the picture's own scale gives for all of one, else why there is no number.

import { type Caliper, isWithin, length, outermost, type Point, touches } from "./caliper_geometry.ts";

export type Region = {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  spatialFormat: number;
  highPriority: boolean;
  deltaX: number;
  deltaY: number;
  unitX: string;
  unitY: string;
  zeroY?: number;
};
export type Scale = { regions: readonly Region[]; doubt?: "otherSize" | "twoScales" };
export type Of = "length" | "area" | "time" | "change" | "slope" | "systole" | "diastole" | "mean" | "ri" | "sd" | "pi";
export type Size = { of: Of; value: number; unit: string };
export type Reason =
  | "none"
  | "otherSize"
  | "twoScales"
  | "outside"
  | "apart"
  | "overlap"
  | "otherUnit"
  | "noArea"
  | "noDoppler"
  | "noBaseline"
  | "onBaseline"
  | "shortTrace"
  | "backwards"
  | "bothSides";

/** The sizes of a caliper, or why it has none. */
export type Measured = { sizes: Size[] } | { reason: Reason };

/** The units of what is to the right and down; none where it cannot be measured. */
type Axes = { x?: string; y?: string };

/** A part of a picture that has a baseline. */
type Doppler = Region & { zeroY: number };

/** Region Spatial Format (PS3.3 C.8.5.5.1.1). */
const TWO_DIMENSIONAL = 1;
const M_MODE = 2;
const SPECTRAL = 3;
const WAVEFORM = 4;

/** Two scales are one where they differ by less than this part of them: half a pixel over a picture of 1000. */
const SAME = 0.0005;
/** What is nearer together than this, in pixels, is at one place: a hand does not point better. */
const NOTHING = 0.5;

/** The sizes of a caliper in the units of the picture's part on which all of it lies; else why there is none. */
export function measured(caliper: Caliper, { regions, doubt }: Scale): Measured {
  if (doubt !== undefined) return { reason: doubt };
  const found = regionUnder(caliper, regions);
  if ("reason" in found) return found;
  const { region } = found;
  const axes = axesOf(region);
  if (caliper.kind === "distance") return distance(caliper, region, axes);
  if (caliper.kind === "area") {
    if (region.spatialFormat !== TWO_DIMENSIONAL || axes.x === undefined) return { reason: "noArea" };
    // an ellipse stays one when its pixels are not square, and its area grows by both sides of a pixel
    const value = Math.PI / 4 * length(caliper) * caliper.width * region.deltaX * region.deltaY;
    return { sizes: [{ of: "area", value, unit: "cm²" }] };
  }
  if (!isDoppler(region)) return { reason: "noDoppler" };
  if (region.zeroY === undefined) return { reason: "noBaseline" };
  const doppler = { ...region, zeroY: region.zeroY };
  return caliper.kind === "indices" ? indices(caliper, doppler) : traced(caliper, doppler);
}

/** Whether a part of the picture is a Doppler spectrum with time to the right. */
export function isDoppler(region: Region) {
  const { x, y } = axesOf(region);
  return region.spatialFormat === SPECTRAL && x !== undefined && y !== undefined;
}

/**
 * A size for the eye: tenths from one on, hundredths below; of a second and of a ratio hundredths, below a tenth of a
 * second thousandths; of what is a hundred or more over time whole numbers.
 */
export function inWords({ value, unit }: Size) {
  return `${value.toFixed(digitsOf(Math.abs(value), unit))} ${unit}`.trim();
}

function digitsOf(most: number, unit: string) {
  if (unit === "s") return most < 0.0995 ? 3 : 2;
  if (unit === "") return 2;
  if (most >= 99.95 && /Hz|\/s/.test(unit)) return 0;
  return most < 0.995 ? 2 : 1;
}

/** The region whose pixels are on top under all of a caliper (PS3.3 C.8.5.5.1.3), where it is one scale all over. */
function regionUnder(caliper: Caliper, regions: readonly Region[]): { region: Region } | { reason: Reason } {
  if (regions.length === 0) return { reason: "none" };
  const around = regions.filter((region) => isWithin(caliper, region));
  if (around.length === 0) {
    const each = outermost(caliper).map((point) => regions.some((region) => isWithin(pointCaliper(point), region)));
    return { reason: each.every(Boolean) ? "apart" : "outside" };
  }
  // beneath a region of high priority that holds all of it, one of low priority is not seen
  const covered = around.some((region) => region.highPriority);
  const seen = regions.filter((region) =>
    (around.includes(region) || touches(caliper, region)) && (!covered || region.highPriority)
  );
  const region = around.find((one) => seen.includes(one));
  if (region === undefined || !seen.every((one) => sameScale(one, region))) return { reason: "overlap" };
  return { region };
}

function pointCaliper(point: Point): Caliper {
  return { id: 0, kind: "distance", frame: 1, points: [point], width: 0 };
}

function sameScale(one: Region, other: Region) {
  const near = (a: number, b: number) => Math.abs(a - b) <= SAME * Math.max(a, b);
  return one.spatialFormat === other.spatialFormat && one.unitX === other.unitX && one.unitY === other.unitY &&
    near(one.deltaX, other.deltaX) && near(one.deltaY, other.deltaY) &&
    Math.abs((one.zeroY ?? 0) - (other.zeroY ?? 0)) <= (one.spatialFormat === SPECTRAL ? NOTHING : Infinity);
}

/**
 * The unit of each direction that can be measured: of a flat picture centimetres in both, of one that runs over time
 * seconds to the right, and down what its kind of picture has there.
 */
function axesOf({ spatialFormat, unitX, unitY, deltaX, deltaY }: Region): Axes {
  const x = deltaX > 0 ? unitX : "";
  const y = deltaY > 0 ? unitY : "";
  if (spatialFormat === TWO_DIMENSIONAL) return x === "cm" && y === "cm" ? { x, y } : {};
  const down = ({
    [M_MODE]: ["cm"],
    [SPECTRAL]: ["cm/s", "Hz"],
    [WAVEFORM]: ["cm", "cm/s", "Hz", "cm²", "cm²/s", "cm³", "cm³/s"],
  } as Partial<Record<number, string[]>>)[spatialFormat];
  if (down === undefined || x !== "s") return {};
  return down.includes(y) ? { x, y } : { x };
}

function distance({ points }: Caliper, region: Region, axes: Axes): Measured {
  const [a, b] = [points[0]!, points[1] ?? points[0]!];
  if (axes.x === undefined) return { reason: "otherUnit" };
  const across = Math.abs(b.x - a.x);
  const down = Math.abs(b.y - a.y);
  if (region.spatialFormat === TWO_DIMENSIONAL) {
    return { sizes: [{ of: "length", value: Math.hypot(across * region.deltaX, down * region.deltaY), unit: "cm" }] };
  }
  const time: Size = { of: "time", value: across * region.deltaX, unit: axes.x };
  if (axes.y === undefined) return down > across ? { reason: "otherUnit" } : { sizes: [time] };
  const change: Size = { of: "change", value: down * region.deltaY, unit: axes.y };
  if (down < NOTHING) return { sizes: [time] };
  if (across < NOTHING) return { sizes: [change] };
  const slope: Size = {
    of: "slope",
    value: change.value / time.value,
    unit: axes.y.endsWith("/s") ? `${axes.y}²` : `${axes.y}/s`,
  };
  return { sizes: [time, change, slope] };
}

/** RI = (PSV − EDV) / PSV (Pourcelot) and S/D = PSV / EDV, of two points on the edge of a Doppler spectrum. */
function indices({ points }: Caliper, region: Doppler): Measured {
  const [systole = 0, diastole = 0] = alongFlow(points.slice(0, 2).map((point) => heightOf(point, region)));
  if (systole < NOTHING) return { reason: "onBaseline" };
  return { sizes: ratios(systole, diastole, region) };
}

/**
 * A trace of the spectrum's edge over one cycle: PSV is its peak, EDV its last point, TAMAX its mean over time, and
 * PI = (PSV − EDV) / TAMAX (Gosling).
 */
function traced({ points }: Caliper, region: Doppler): Measured {
  if (points.length < 3) return { reason: "shortTrace" };
  const steps = points.slice(1).map((point, n) => point.x - points[n]!.x);
  if (!steps.every((step) => step > 0)) return { reason: "backwards" };
  const heights = points.map((point) => heightOf(point, region));
  const peak = Math.max(...heights.map(Math.abs));
  if (peak < NOTHING) return { reason: "onBaseline" };
  const flow = alongFlow(heights);
  const whole = steps.reduce((sum, step) => sum + step, 0);
  const mean = steps.reduce((sum, step, n) => sum + step * (flow[n]! + flow[n + 1]!) / 2, 0) / whole;
  if (mean < NOTHING) return { reason: "bothSides" };
  const diastole = flow.at(-1)!;
  return {
    sizes: [
      ...ratios(peak, diastole, region),
      { of: "mean", value: mean * region.deltaY, unit: region.unitY },
      { of: "pi", value: (peak - diastole) / mean, unit: "" },
    ],
  };
}

function ratios(systole: number, diastole: number, { deltaY, unitY }: Region): Size[] {
  return [
    { of: "systole", value: systole * deltaY, unit: unitY },
    { of: "diastole", value: diastole * deltaY, unit: unitY },
    { of: "ri", value: (systole - diastole) / systole, unit: "" },
    // without flow at the end of diastole there is no such ratio
    ...(diastole < NOTHING ? [] : [{ of: "sd" as const, value: systole / diastole, unit: "" }]),
  ];
}

/** How far above the baseline a point is, in pixels. Which side is towards the probe does not matter to a ratio. */
function heightOf({ y }: Point, { zeroY }: Doppler) {
  return zeroY - y;
}

/** Heights with the side of the highest as the positive one; of two, the higher first: systole is the faster flow. */
function alongFlow(heights: number[]): number[] {
  const highest = heights.reduce((most, one) => Math.abs(one) > Math.abs(most) ? one : most, 0);
  const turned = highest < 0 ? heights.map((one) => -one) : heights;
  return turned.length === 2 ? [...turned].sort((one, other) => other - one) : turned;
}
