import type { Assumption } from "./assumption.ts";
import type { Dataset } from "./dataset.ts";
import { readUltrasoundRegions, type UltrasoundRegion } from "./ultrasound_regions.ts";

/** Why no scale of a picture can be relied on: it is of a picture of another size, or there are two that differ. */
export type ScaleDoubt = "otherSize" | "twoScales";

/** What a picture can be measured by. */
export interface PictureScale {
  /** None where numbers cannot come of them. */
  regions: UltrasoundRegion[];
  /** Why they cannot. */
  doubt?: ScaleDoubt;
}

const MILLIMETERS_PER_CENTIMETER = 10;
/** Two spacings are one where they differ by less than this part of them: half a pixel over a picture of 1000. */
const SAME = 0.0005;
/** Some machines write the first pixel after a region as its last. */
const BEYOND = 1;

/**
 * The calibrated regions of a picture (PS3.3 C.8.5.5). Where it has none, one of the whole picture by its Pixel Spacing
 * (0028,0030), be it in the data set itself or in the Pixel Measures of its frames (C.7.6.16.2.1, the Enhanced US
 * Volume). Imager Pixel Spacing is a size at a detector (10.7.1.1), which ultrasound has not, and is no scale here.
 *
 * @param notes as `readUltrasoundRegions` has it
 */
export function readPictureScale(dataset: Dataset, notes: Assumption[] = []): PictureScale {
  const columns = dataset.number("Columns") ?? 0;
  const rows = dataset.number("Rows") ?? 0;
  const regions = readUltrasoundRegions(dataset, notes);
  if (regions.length > 0) {
    const beyond = regions.some(({ x1, y1 }) => x1 > columns - 1 + BEYOND || y1 > rows - 1 + BEYOND);
    return beyond ? { regions, doubt: "otherSize" } : { regions };
  }
  const spacings = readSpacings(dataset);
  const [first] = spacings;
  if (first === undefined) return { regions: [] };
  if (!spacings.every((one) => sameSpacing(first, one))) return { regions: [], doubt: "twoScales" };
  const [down, right] = first.map((millimeters) => millimeters / MILLIMETERS_PER_CENTIMETER);
  if (!(down! > 0 && right! > 0)) return { regions: [] };
  const whole = { x0: 0, y0: 0, x1: columns - 1, y1: rows - 1, dataType: 0, spatialFormat: 1, highPriority: true };
  return {
    regions: [{
      ...{ ...whole, deltaX: right!, deltaY: down!, unitX: "cm", unitY: "cm" },
      centimetersPerPixel: { x: right!, y: down! },
    }],
  };
}

/**
 * Every spacing that the object names, in mm: between rows, then between columns. A frame without one, where others have
 * one, counts as one of no size.
 */
function readSpacings(dataset: Dataset): number[][] {
  const own = spacingOf(dataset);
  const shared = dataset.items("SharedFunctionalGroupsSequence").flatMap(measured);
  const frames = dataset.items("PerFrameFunctionalGroupsSequence");
  const each = frames.flatMap(measured);
  const missing = shared.length === 0 && each.length > 0 && each.length < frames.length ? [[0, 0]] : [];
  return [...own, ...shared, ...each, ...missing];
}

function measured(group: Dataset): number[][] {
  return group.items("PixelMeasuresSequence").flatMap(spacingOf);
}

function spacingOf(dataset: Dataset): number[][] {
  const spacing = dataset.numbers("PixelSpacing");
  return spacing.length === 2 ? [spacing] : [];
}

function sameSpacing(one: number[], other: number[]): boolean {
  return one.every((size, n) => Math.abs(size - other[n]!) <= SAME * size);
}
