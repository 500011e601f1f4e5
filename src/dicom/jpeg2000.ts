import { say } from "../sentences.ts";
import type { Codestream } from "./codestream_header.ts";
import { NoPicture } from "./pixel_data.ts";

/** Markers (ISO 15444-1 A.2, Table A.2). */
const SOT = 0xff90;
const SOD = 0xff93;
const EOC = 0xffd9;
const SIZ = 0xff51;
const COD = 0xff52;
const COC = 0xff53;

/**
 * What a decoder may have to keep of a picture's structure: each of these costs it memory before a single byte of the
 * picture is read, and a few hundred bytes of header can ask for any number of them. Machines send one tile, or tiles
 * of at least 128 × 128, and precincts of at least 64 × 64 samples.
 */
export interface Jpeg2000Structure {
  tiles: number;
  /** Of all tiles, components and resolutions together (ISO 15444-1 B.6). */
  precincts: number;
  /** Likewise (ISO 15444-1 B.7). */
  codeBlocks: number;
  /** Packets: each precinct has one in each quality layer (ISO 15444-1 B.9). */
  packets: number;
}

/** The most of each that the box decodes; OpenJPEG takes about 10 kB a tile and half a kilobyte a precinct. */
const MOST: Jpeg2000Structure = { tiles: 4096, precincts: 131_072, codeBlocks: 262_144, packets: 2_097_152 };
/** Tile-parts whose headers are read: they may override how their tile is divided. */
const MOST_TILE_PARTS = 65_536;
const NAMES = { tiles: "tiles", precincts: "precincts", codeBlocks: "code-blocks", packets: "packets" } as const;

/** SIZ: the reference grid, the tiles on it, and how components are sampled (ISO 15444-1 A.5.1). */
interface Size {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  tileX0: number;
  tileY0: number;
  tileWidth: number;
  tileHeight: number;
  bits: number;
  components: { across: number; down: number }[];
}

/** COD or COC: how a component of a tile is divided (ISO 15444-1 A.6.1, A.6.2, Table A.15). Exponents of two. */
interface CodingStyle {
  levels: number;
  blockWidth: number;
  blockHeight: number;
  /** One a resolution from the lowest; empty for precincts of 2^15. */
  precincts: { across: number; down: number }[];
}

/** A coding style for all components, and those that have one of their own. */
interface Styles {
  layers: number;
  transformed: boolean;
  all: CodingStyle;
  own: Map<number, CodingStyle>;
}

/**
 * The header of a JPEG 2000 codestream, also of HTJ2K.
 *
 * @throws NoPicture when it is broken, or divides the picture into more parts than the box decodes
 */
export function readJpeg2000(bytes: Uint8Array): Codestream {
  const { size, styles, tileParts } = readMainHeader(bytes);
  holdToBudget(structureOf(size, styles, readTileParts(bytes, tileParts, size, styles)));
  return {
    kind: "jpeg-2000",
    columns: size.x1 - size.x0,
    rows: size.y1 - size.y0,
    components: size.components.length,
    bits: size.bits,
    planar: false,
    ...(styles.transformed && { colour: "rgb" as const }),
  };
}

/**
 * Into how many parts a codestream divides its picture.
 *
 * @throws NoPicture when its header is broken
 */
export function jpeg2000Structure(bytes: Uint8Array): Jpeg2000Structure {
  const { size, styles, tileParts } = readMainHeader(bytes);
  return structureOf(size, styles, readTileParts(bytes, tileParts, size, styles));
}

function holdToBudget(structure: Jpeg2000Structure): void {
  for (const key of Object.keys(MOST) as (keyof Jpeg2000Structure)[]) {
    if (structure[key] > MOST[key]) {
      throw new NoPicture(
        say("jpeg2000-divided", { count: structure[key], parts: say(NAMES[key]), most: MOST[key] }),
      );
    }
  }
}

const broken = () => new NoPicture(say("jpeg2000-broken"));

function readMainHeader(bytes: Uint8Array): { size: Size; styles: Styles; tileParts: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: Size | undefined;
  let styles: Styles | undefined;
  const own = new Map<number, CodingStyle>();
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = view.getUint16(at);
    if (marker === SOT) {
      if (size === undefined || styles === undefined) break;
      return { size, styles: { ...styles, own }, tileParts: at };
    }
    const segment = segmentAt(view, at);
    // there is one of each (ISO 15444-1 A.5.1, A.6.1): of two a decoder may follow the one that was not looked at
    if (marker === SIZ) {
      if (size !== undefined) throw broken();
      size = readSize(segment);
    } else if (marker === COD) {
      if (size === undefined || styles !== undefined) throw broken();
      styles = readCod(segment);
    } else if (marker === COC && size !== undefined) {
      const { component, style } = readCoc(segment, size);
      own.set(component, style);
    }
    at += 4 + segment.byteLength;
  }
  // a picture that ends with its header is for the decoder to refuse
  if (size === undefined || styles === undefined) throw broken();
  return { size, styles: { ...styles, own }, tileParts: bytes.length };
}

/** What stands in a marker segment after its length. */
function segmentAt(view: DataView, at: number): DataView {
  const length = view.getUint16(at + 2);
  if (length < 2 || at + 2 + length > view.byteLength) throw broken();
  return new DataView(view.buffer, view.byteOffset + at + 4, length - 2);
}

function readSize(segment: DataView): Size {
  if (segment.byteLength < 39) throw broken();
  const [x1, y1, x0, y0, tileWidth, tileHeight, tileX0, tileY0] = Array.from(
    { length: 8 },
    (_, index) => segment.getUint32(2 + index * 4),
  ) as [number, number, number, number, number, number, number, number];
  const count = segment.getUint16(34);
  if (segment.byteLength < 36 + count * 3 || count === 0 || count > 4) {
    throw new NoPicture(say("components-not-drawn", { count }));
  }
  const components = Array.from({ length: count }, (_, index) => ({
    across: segment.getUint8(37 + index * 3),
    down: segment.getUint8(38 + index * 3),
  }));
  const fits = x1 > x0 && y1 > y0 && tileWidth > 0 && tileHeight > 0 && tileX0 <= x0 && tileY0 <= y0 &&
    tileX0 + tileWidth > x0 && tileY0 + tileHeight > y0 && components.every(({ across, down }) => across * down > 0);
  if (!fits) throw broken();
  const bits = (segment.getUint8(36) & 0x7f) + 1;
  return { x0, y0, x1, y1, tileX0, tileY0, tileWidth, tileHeight, bits, components };
}

function readCod(segment: DataView): Styles {
  if (segment.byteLength < 10) throw broken();
  return {
    layers: segment.getUint16(2),
    transformed: segment.getUint8(4) === 1,
    all: readStyle(segment, 5, (segment.getUint8(0) & 1) === 1),
    own: new Map(),
  };
}

function readCoc(segment: DataView, { components }: Size): { component: number; style: CodingStyle } {
  // the component's number takes two bytes where there are 257 or more of them (ISO 15444-1 A.6.2), which is refused
  if (segment.byteLength < 7 || segment.getUint8(0) >= components.length) throw broken();
  return { component: segment.getUint8(0), style: readStyle(segment, 2, (segment.getUint8(1) & 1) === 1) };
}

/** SPcod, SPcoc (ISO 15444-1 Table A.20 and what it refers to). */
function readStyle(segment: DataView, at: number, hasPrecincts: boolean): CodingStyle {
  const levels = segment.getUint8(at);
  if (levels > 32 || (hasPrecincts && segment.byteLength < at + 5 + levels + 1)) throw broken();
  const precincts = hasPrecincts
    ? Array.from({ length: levels + 1 }, (_, resolution) => segment.getUint8(at + 5 + resolution))
    : [];
  return {
    levels,
    blockWidth: (segment.getUint8(at + 1) & 0xf) + 2,
    blockHeight: (segment.getUint8(at + 2) & 0xf) + 2,
    precincts: precincts.map((byte) => ({ across: byte & 0xf, down: byte >> 4 })),
  };
}

/** The styles of tiles that have their own: each that a tile's parts give, whichever a decoder takes. */
function readTileParts(bytes: Uint8Array, from: number, size: Size, main: Styles): Map<number, Styles[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<number, Styles[]>();
  for (let start = from, parts = 0; start + 12 <= bytes.length && view.getUint16(start) === SOT; parts++) {
    if (parts > MOST_TILE_PARTS) throw broken();
    const tile = view.getUint16(start + 4);
    const length = view.getUint32(start + 6);
    let styles = found.get(tile)?.at(-1) ?? main;
    let differs = false;
    for (let at = start + 12; at + 4 <= bytes.length && view.getUint16(at) !== SOD;) {
      const marker = view.getUint16(at);
      if (marker === EOC) break;
      const segment = segmentAt(view, at);
      if (marker === COD) {
        styles = { ...styles, ...readCod(segment) };
        differs = true;
      } else if (marker === COC) {
        const { component, style } = readCoc(segment, size);
        styles = { ...styles, own: new Map(styles.own).set(component, style) };
        differs = true;
      }
      at += 4 + segment.byteLength;
    }
    if (differs) found.set(tile, [...found.get(tile) ?? [], styles]);
    if (length < 12) break; // 0: up to the end (ISO 15444-1 A.4.2)
    start += length;
  }
  return found;
}

function structureOf(size: Size, main: Styles, ofTiles: Map<number, Styles[]>): Jpeg2000Structure {
  const across = Math.ceil((size.x1 - size.tileX0) / size.tileWidth);
  const down = Math.ceil((size.y1 - size.tileY0) / size.tileHeight);
  const structure: Jpeg2000Structure = { tiles: across * down, precincts: 0, codeBlocks: 0, packets: 0 };
  if (structure.tiles > MOST.tiles) return structure;
  for (let tile = 0; tile < structure.tiles; tile++) {
    for (const styles of ofTiles.get(tile) ?? [main]) {
      addTile(structure, size, styles, tile % across, tile / across | 0);
    }
  }
  return structure;
}

/** ISO 15444-1 B.3 to B.7. */
function addTile(structure: Jpeg2000Structure, size: Size, styles: Styles, column: number, row: number): void {
  const x0 = Math.max(size.tileX0 + column * size.tileWidth, size.x0);
  const y0 = Math.max(size.tileY0 + row * size.tileHeight, size.y0);
  const x1 = Math.min(size.tileX0 + (column + 1) * size.tileWidth, size.x1);
  const y1 = Math.min(size.tileY0 + (row + 1) * size.tileHeight, size.y1);
  size.components.forEach(({ across, down }, component) => {
    const style = styles.own.get(component) ?? styles.all;
    for (let resolution = 0; resolution <= style.levels; resolution++) {
      const scale = 2 ** (style.levels - resolution);
      const precinct = style.precincts[resolution] ?? { across: 15, down: 15 };
      const [left, right] = [Math.ceil(Math.ceil(x0 / across) / scale), Math.ceil(Math.ceil(x1 / across) / scale)];
      const [top, bottom] = [Math.ceil(Math.ceil(y0 / down) / scale), Math.ceil(Math.ceil(y1 / down) / scale)];
      const precincts = parts(left, right, precinct.across) * parts(top, bottom, precinct.down);
      structure.precincts += precincts;
      structure.packets += precincts * styles.layers;
      // the lowest resolution is one band; each other has three, of half its size
      const half = resolution === 0 ? 0 : 1;
      const width = Math.max(0, Math.min(style.blockWidth, precinct.across - half));
      const height = Math.max(0, Math.min(style.blockHeight, precinct.down - half));
      structure.codeBlocks += (half ? 3 : 1) * parts(left / 2 ** half, right / 2 ** half, width) *
        parts(top / 2 ** half, bottom / 2 ** half, height);
    }
  });
}

/** How many cells of a grid of 2^`exponent` the samples from `start` up to, not including, `end` touch. */
function parts(start: number, end: number, exponent: number): number {
  return end > start ? Math.ceil(end / 2 ** exponent) - Math.floor(start / 2 ** exponent) : 0;
}
