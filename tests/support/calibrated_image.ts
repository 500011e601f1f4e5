import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import type { TestObject } from "../imaging/objects.ts";

/** Numbers of Physical Units in X and Y Direction and of Region Spatial Format, PS3.3 C.8.5.5.1.15 and C.8.5.5.1.1. */
export const Units = { none: 0, percent: 1, cm: 3, s: 4, hertz: 5, cmPerSecond: 7, degrees: 12 } as const;
export const Format = { none: 0, flat: 1, mMode: 2, spectral: 3, waveform: 4, graphics: 5 } as const;

export interface RegionFields {
  /** The first and the last pixel, in columns and rows. */
  place: [x0: number, y0: number, x1: number, y1: number];
  format?: number;
  dataType?: number;
  flags?: number;
  units?: [x: number, y: number];
  delta?: [x: number, y: number];
  /** The row of the reference pixel in the region, and its value. */
  reference?: [row: number, value: number];
}

/** One item of the Sequence of Ultrasound Regions (PS3.3 C.8.5.5): a flat one of low priority in cm, if not told. */
export function regionItem(fields: RegionFields): Dataset {
  const item = new Dataset();
  const put = (tag: number, vr: Vr, value: number) => item.add({ tag, vr, value: bytesOf(vr, value) });
  const [x0, y0, x1, y1] = fields.place;
  put(Tag.RegionSpatialFormat, "US", fields.format ?? Format.flat);
  put(Tag.RegionDataType, "US", fields.dataType ?? 1);
  put(Tag.RegionFlags, "UL", fields.flags ?? 1);
  put(Tag.RegionLocationMinX0, "UL", x0);
  put(Tag.RegionLocationMinY0, "UL", y0);
  put(Tag.RegionLocationMaxX1, "UL", x1);
  put(Tag.RegionLocationMaxY1, "UL", y1);
  if (fields.reference) {
    put(Tag.ReferencePixelX0, "SL", 0);
    put(Tag.ReferencePixelY0, "SL", fields.reference[0]);
    put(Tag.ReferencePixelPhysicalValueY, "FD", fields.reference[1]);
  }
  put(Tag.PhysicalUnitsXDirection, "US", fields.units?.[0] ?? Units.cm);
  put(Tag.PhysicalUnitsYDirection, "US", fields.units?.[1] ?? Units.cm);
  put(Tag.PhysicalDeltaX, "FD", fields.delta?.[0] ?? 0.1);
  put(Tag.PhysicalDeltaY, "FD", fields.delta?.[1] ?? 0.1);
  return item;
}

/** A picture with regions, in which `shade` says how bright a pixel is. */
export function calibratedImage(
  columns: number,
  rows: number,
  regions: RegionFields[],
  shade: (x: number, y: number) => number = () => 60,
): TestObject {
  const pixels = Uint8Array.from({ length: columns * rows }, (_, n) => shade(n % columns, Math.floor(n / columns)));
  return {
    ...{ rows, columns, pixels },
    more: (dataset) => dataset.setItems(Tag.SequenceOfUltrasoundRegions, regions.map(regionItem)),
  };
}

function bytesOf(vr: Vr, value: number): Uint8Array {
  const bytes = new Uint8Array(vr === "FD" ? 8 : vr === "US" ? 2 : 4);
  const view = new DataView(bytes.buffer);
  if (vr === "FD") view.setFloat64(0, value, true);
  else if (vr === "US") view.setUint16(0, value, true);
  else view.setInt32(0, value, true);
  return bytes;
}
