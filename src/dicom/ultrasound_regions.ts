import type { Dataset } from "./dataset.ts";

/**
 * A calibrated part of an ultrasound picture (PS3.3 C.8.5.5). Corners are pixels, both inside the region, counted from
 * the picture's upper left one as 0,0.
 */
export interface UltrasoundRegion {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** What is shown: 1 tissue, 2 colour flow, 3 pulsed Doppler, … (C.8.5.5.1.2) */
  dataType: number;
  /** 1 is a two-dimensional picture, 2 M-mode, 3 spectral, … (C.8.5.5.1.1) */
  spatialFormat: number;
  /** Where regions overlap, whose pixels they are: those of high priority (Region Flags bit 0, C.8.5.5.1.3). */
  highPriority: boolean;
  /** What one pixel is to the right and down: a size, and its unit as the standard names it ("" for none). */
  deltaX: number;
  deltaY: number;
  unitX: string;
  unitY: string;
  /** Centimetres a pixel, only where both directions are centimetres of a two-dimensional picture. */
  centimetersPerPixel?: { x: number; y: number };
}

/** Physical Units in X and Y Direction (PS3.3 C.8.5.5.1.15). */
const UNITS: readonly string[] = [
  "",
  "%",
  "dB",
  "cm",
  "s",
  "Hz",
  "dB/s",
  "cm/s",
  "cm2",
  "cm2/s",
  "cm3",
  "cm3/s",
  "deg",
];
const CENTIMETERS = 3;
const TWO_DIMENSIONAL = 1;

/** The regions of a picture on which calipers may stand; those without a place are left out. */
export function readUltrasoundRegions(dataset: Dataset): UltrasoundRegion[] {
  return dataset.items("SequenceOfUltrasoundRegions").flatMap((item) => {
    const corner = [
      item.number("RegionLocationMinX0"),
      item.number("RegionLocationMinY0"),
      item.number("RegionLocationMaxX1"),
      item.number("RegionLocationMaxY1"),
    ];
    const [x0, y0, x1, y1] = corner;
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined || x1 <= x0 || y1 <= y0) return [];
    const unitsX = item.number("PhysicalUnitsXDirection") ?? 0;
    const unitsY = item.number("PhysicalUnitsYDirection") ?? 0;
    // some machines write a downward delta as a negative one: a pixel's size has no direction
    const deltaX = Math.abs(item.number("PhysicalDeltaX") ?? 0);
    const deltaY = Math.abs(item.number("PhysicalDeltaY") ?? 0);
    const spatialFormat = item.number("RegionSpatialFormat") ?? 0;
    const calibrated = unitsX === CENTIMETERS && unitsY === CENTIMETERS && spatialFormat === TWO_DIMENSIONAL &&
      deltaX > 0 && deltaY > 0;
    return [{
      x0,
      y0,
      x1,
      y1,
      dataType: item.number("RegionDataType") ?? 0,
      spatialFormat,
      highPriority: ((item.number("RegionFlags") ?? 0) & 1) === 1,
      deltaX,
      deltaY,
      unitX: UNITS[unitsX] ?? "",
      unitY: UNITS[unitsY] ?? "",
      ...(calibrated ? { centimetersPerPixel: { x: deltaX, y: deltaY } } : {}),
    }];
  });
}
