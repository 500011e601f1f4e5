import type { Dataset } from "./dataset.ts";
import type { DisplayPicture } from "./display.ts";

/** The groups that overlay planes may have, every second one (PS3.3 C.9.2, PS3.5 7.6). */
const FIRST_GROUP = 0x6000;
const LAST_GROUP = 0x601e;
/** Elements of such a group. */
const Overlay = {
  rows: 0x0010,
  columns: 0x0011,
  frames: 0x0015,
  origin: 0x0050,
  frameOrigin: 0x0051,
  bitsAllocated: 0x0100,
  data: 0x3000,
} as const;
const WHITE = 255;

/** Marks upon a picture: single bits, in rows. */
interface Plane {
  rows: number;
  columns: number;
  /** Of the plane's upper left bit, in the picture's pixels from 0; may lie outside of it. */
  top: number;
  left: number;
  bits: Uint8Array;
  /** The first bit of the frame's plane. */
  firstBit: number;
}

/**
 * A picture with the overlays that its object has of a frame (PS3.3 C.9.2): graphics and text that some machines keep
 * apart from the pixels. They are white.
 *
 * @param n the frame, from 1
 */
export function withOverlays(picture: DisplayPicture, dataset: Dataset, n: number): DisplayPicture {
  const planes = overlaysOf(dataset, n);
  if (planes.length === 0) return picture;
  // what is drawn upon may be what was read
  const pixels = picture.pixels.slice();
  for (const plane of planes) {
    for (let row = Math.max(0, -plane.top); row < plane.rows && row + plane.top < picture.height; row++) {
      for (let column = Math.max(0, -plane.left); column < plane.columns; column++) {
        if (column + plane.left >= picture.width) break;
        const bit = plane.firstBit + row * plane.columns + column;
        if ((plane.bits[bit >> 3]! >> (bit & 7) & 1) === 0) continue;
        const at = ((row + plane.top) * picture.width + column + plane.left) * picture.channels;
        pixels.fill(WHITE, at, at + picture.channels);
      }
    }
  }
  return { ...picture, pixels };
}

/** Whether an object has marks apart from its pixels. */
export function hasOverlays(dataset: Dataset): boolean {
  return overlaysOf(dataset, undefined).length > 0;
}

/** @param n the frame whose planes are wanted; undefined for those of any */
function overlaysOf(dataset: Dataset, n: number | undefined): Plane[] {
  const planes: Plane[] = [];
  for (let group = FIRST_GROUP; group <= LAST_GROUP; group += 2) {
    const tag = (element: number) => group * 0x10000 + element;
    const bits = dataset.bytes(tag(Overlay.data));
    const number = (element: number) => integerOf(dataset, tag(element));
    const [rows = 0, columns = 0] = [number(Overlay.rows)[0], number(Overlay.columns)[0]];
    // those of old within the unused bits of pixels (retired) have no data of their own
    if (bits === undefined || rows === 0 || columns === 0 || (number(Overlay.bitsAllocated)[0] ?? 1) !== 1) continue;
    const frames = number(Overlay.frames)[0];
    const place = frames === undefined || n === undefined ? 0 : n - (number(Overlay.frameOrigin)[0] ?? 1);
    const firstBit = place * rows * columns;
    if (place < 0 || place >= (frames ?? 1) || bits.length * 8 < firstBit + rows * columns) continue;
    // the origin is a row and a column, from 1, and may be less (C.9.2.1.1)
    const [top = 1, left = 1] = number(Overlay.origin);
    planes.push({ rows, columns, top: top - 1, left: left - 1, bits, firstBit });
  }
  return planes;
}

/** Numbers of an attribute that an implicit data set may have as bytes alone. */
function integerOf(dataset: Dataset, tag: number): number[] {
  const element = dataset.element(tag);
  if (element?.vr !== "UN" || !(element.value instanceof Uint8Array)) return dataset.numbers(tag);
  const { value } = element;
  if (tag % 0x10000 === Overlay.frames) {
    return [Number(new TextDecoder("latin1").decode(value))].filter(Number.isFinite);
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  // rows and columns are far below what a sign would change
  return Array.from({ length: value.length >> 1 }, (_, index) => view.getInt16(index * 2, true));
}
