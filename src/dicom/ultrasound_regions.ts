import { say } from "../sentences.ts";
import { type Assumption, assumption } from "./assumption.ts";
import type { Dataset } from "./dataset.ts";

/**
 * A calibrated part of an ultrasound picture (PS3.3 C.8.5.5). Corners are pixels, both inside the region, counted from
 * the picture's upper left one as 0,0.
 */
export interface UltrasoundRegion {
  /** Left edge, in pixels from 0. */
  x0: number;
  /** Upper edge, in pixels from 0. */
  y0: number;
  /** Right edge, in pixels, itself within. */
  x1: number;
  /** Lower edge, in pixels, itself within. */
  y1: number;
  /** What is shown: 1 tissue, 2 colour flow, 3 pulsed Doppler, 4 continuous Doppler, … (C.8.5.5.1.2) */
  dataType: number;
  /** 1 is a two-dimensional picture, 2 M-mode, 3 spectral, 4 a waveform, … (C.8.5.5.1.1) */
  spatialFormat: number;
  /** Where regions overlap, the pixels are those of the regions of high priority (Region Flags bit 0, C.8.5.5.1.3). */
  highPriority: boolean;
  /** The size of one pixel to the right and down, and its unit ("" for none). Sizes are not negative. */
  deltaX: number;
  /** Physical Delta Y (0018,602E). */
  deltaY: number;
  /** Of `deltaX` (PS3.3 C.8.5.5.1.15). */
  unitX: Unit;
  /** Of `deltaY`. */
  unitY: Unit;
  /**
   * Where the vertical axis is zero, in pixels of the picture from its upper edge (the middle of a pixel is at .5): the
   * baseline of a Doppler spectrum. Not there where the object names no reference pixel.
   */
  zeroY?: number;
  /** Centimetres a pixel, only where both directions are centimetres of a two-dimensional picture. */
  centimetersPerPixel?: { x: number; y: number };
}

/** Physical Units in X and Y Direction (PS3.3 C.8.5.5.1.15), by their number; "" for none or an unknown one. */
const UNITS = ["", "%", "dB", "cm", "s", "Hz", "dB/s", "cm/s", "cm²", "cm²/s", "cm³", "cm³/s", "°"] as const;

/** A physical unit (PS3.3 C.8.5.5.1.15). */
export type Unit = typeof UNITS[number];

/** Region Spatial Format (C.8.5.5.1.1). */
const SpatialFormat = { twoDimensional: 1, spectral: 3 } as const;

/** Region Flags (C.8.5.5.1.3): bit 0 is set for low priority, bit 2 where a Doppler scale is of frequencies. */
const LOW_PRIORITY = 1;
const DOPPLER_FREQUENCY = 4;

/**
 * The regions of a picture on which calipers may stand. Those without a place or without a unit in either direction are
 * left out: some machines send a first region that has neither format, type nor unit.
 *
 * @param notes what was left out or contradicts itself is added to them
 */
export function readUltrasoundRegions(dataset: Dataset, notes: Assumption[] = []): UltrasoundRegion[] {
  const items = dataset.items("SequenceOfUltrasoundRegions");
  const regions = items.flatMap((item) => {
    const x0 = item.number("RegionLocationMinX0");
    const y0 = item.number("RegionLocationMinY0");
    const x1 = item.number("RegionLocationMaxX1");
    const y1 = item.number("RegionLocationMaxY1");
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined || x1 <= x0 || y1 <= y0) return [];
    const flags = item.number("RegionFlags") ?? LOW_PRIORITY;
    const spatialFormat = item.number("RegionSpatialFormat") ?? 0;
    const unitX = UNITS[item.number("PhysicalUnitsXDirection") ?? 0] ?? "";
    const namedY = UNITS[item.number("PhysicalUnitsYDirection") ?? 0] ?? "";
    if (unitX === "" && namedY === "") return [];
    // a spectrum of frequencies in cm/s contradicts itself: its vertical axis has no unit to rely on
    const contradicts = spatialFormat === SpatialFormat.spectral && namedY === "cm/s" &&
      (flags & DOPPLER_FREQUENCY) !== 0;
    const unitY = contradicts ? "" : namedY;
    if (contradicts) notes.push(assumption("scale", say("assumed-no-velocity")));
    const signedY = item.number("PhysicalDeltaY") ?? 0;
    // some machines write a delta with a sign that tells a direction: the size of a pixel has none
    const deltaX = Math.abs(item.number("PhysicalDeltaX") ?? 0);
    const deltaY = Math.abs(signedY);
    const calibrated = unitX === "cm" && unitY === "cm" && spatialFormat === SpatialFormat.twoDimensional &&
      deltaX > 0 && deltaY > 0;
    const zeroY = deltaY > 0 ? zeroRow(item, y0, signedY) : undefined;
    return [{
      ...{ x0, y0, x1, y1, spatialFormat, deltaX, deltaY, unitX, unitY },
      dataType: item.number("RegionDataType") ?? 0,
      highPriority: (flags & LOW_PRIORITY) === 0,
      ...(zeroY === undefined ? {} : { zeroY }),
      ...(calibrated ? { centimetersPerPixel: { x: deltaX, y: deltaY } } : {}),
    }];
  });
  const left = items.length - regions.length;
  if (left > 0) notes.push(assumption("scale", say("assumed-regions-left-out", { left, count: items.length })));
  return regions;
}

/** The reference pixel counts from the region's upper left corner, and its value is that of the pixel's middle. */
function zeroRow(item: Dataset, y0: number, signedDelta: number): number | undefined {
  const row = item.number("ReferencePixelY0");
  const value = item.number("ReferencePixelPhysicalValueY");
  if (row === undefined || value === undefined) return undefined;
  return y0 + row + 0.5 - value / signedDelta;
}
