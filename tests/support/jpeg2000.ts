/** How a codestream of a test divides its picture. Sizes in samples. */
export interface Division {
  columns: number;
  rows: number;
  tileWidth?: number;
  tileHeight?: number;
  components?: number;
  layers?: number;
  levels?: number;
  /** Exponents of two: one byte a resolution, the width in the low four bits (ISO 15444-1 Table A.21). */
  precincts?: number[];
  /** Further segments of the main header, such as a COC. */
  more?: number[];
  /** Segments of the first tile-part's header. */
  ofTile?: number[];
  /** Length of the whole codestream, filled up with zeros. */
  length?: number;
}

/** A JPEG 2000 codestream of a header and no picture to speak of, marker by marker (ISO 15444-1 A.5, A.6). */
export function jpeg2000(division: Division): Uint8Array<ArrayBuffer> {
  const { columns, rows, tileWidth = columns, tileHeight = rows, components = 1, length = 0 } = division;
  const { more = [], ofTile = [] } = division;
  const { levels = 0 } = division;
  const long = (value: number) => [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
  const header = [
    ...[0xff, 0x4f],
    ...segment(0x51, [
      ...[0, 0],
      ...[columns, rows, 0, 0, tileWidth, tileHeight, 0, 0].flatMap(long),
      ...[0, components],
      ...Array.from({ length: components }, () => [7, 1, 1]).flat(),
    ]),
    ...codingStyle(division),
    ...segment(0x5c, [0x40, ...Array.from({ length: 3 * levels + 1 }, () => 0x40)]), // QCD, without quantization
    ...more,
  ];
  const tilePart = [...segment(0x90, [0, 0, 0, 0, 0, 0, 0, 1]), ...ofTile, 0xff, 0x93]; // up to the end
  const whole = new Uint8Array(Math.max(length, header.length + tilePart.length + 2));
  whole.set([...header, ...tilePart]);
  whole.set([0xff, 0xd9], whole.length - 2);
  return whole;
}

/** COD: no SOP and EPH, code-blocks of 64 × 64, the reversible transformation. */
export function codingStyle({ layers = 1, levels = 0, precincts = [] }: Partial<Division>): number[] {
  const style = [levels, 4, 4, 0, 1, ...precincts];
  return segment(0x52, [precincts.length > 0 ? 1 : 0, 0, layers >>> 8, layers & 0xff, 0, ...style]);
}

/** A marker segment: its length counts itself and what follows. */
export function segment(marker: number, content: number[]): number[] {
  return [0xff, marker, content.length + 2 >>> 8, content.length + 2 & 0xff, ...content];
}
