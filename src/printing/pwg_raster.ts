/** A page as dots, from the top left. */
export interface RasterPage {
  /** Dots. */
  width: number;
  /** Dots. */
  height: number;
  /** Of a dot: 1 for grey, 3 for red, green and blue. */
  channels: 1 | 3;
  /** Rows after each other, 8 bits a channel. */
  pixels: Uint8Array;
}

const HEADER = 1796;
/** Where a field of the page header lies (PWG 5102.4 table 1). */
const At = {
  PWG_RASTER: 0,
  HW_RESOLUTION: 276,
  PAGE_SIZE: 352,
  WIDTH: 372,
  HEIGHT: 376,
  BITS_PER_COLOR: 384,
  BITS_PER_PIXEL: 388,
  BYTES_PER_LINE: 392,
  COLOR_SPACE: 400,
  NUM_COLORS: 420,
  TOTAL_PAGE_COUNT: 452,
  CROSS_FEED_TRANSFORM: 456,
  FEED_TRANSFORM: 460,
  IMAGE_BOX: 464,
  PAGE_SIZE_NAME: 1732,
} as const;
/** ColorSpaceEnum (PWG 5102.4 table 3). */
const COLOR_SPACE = { 1: 18, 3: 19 } as const;

/** Paper, as IPP names it. */
export const A4 = { name: "iso_a4_210x297mm", width: 595, height: 842 } as const;

/**
 * A document of `image/pwg-raster` (PWG 5102.4) on A4.
 *
 * @param resolution dots per inch
 */
export function pwgRaster(pages: readonly RasterPage[], resolution: number): Uint8Array<ArrayBuffer> {
  const parts = [new TextEncoder().encode("RaS2")];
  for (const page of pages) parts.push(headerOf(page, resolution, pages.length), packed(page));
  const document = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    document.set(part, at);
    at += part.length;
  }
  return document;
}

function headerOf(
  { width, height, channels }: RasterPage,
  resolution: number,
  pages: number,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  const write = (at: number, ...values: number[]) => values.forEach((value, n) => view.setUint32(at + n * 4, value));
  new TextEncoder().encodeInto("PwgRaster", header);
  new TextEncoder().encodeInto(A4.name, header.subarray(At.PAGE_SIZE_NAME));
  write(At.HW_RESOLUTION, resolution, resolution);
  write(At.PAGE_SIZE, A4.width, A4.height);
  write(At.WIDTH, width);
  write(At.HEIGHT, height);
  write(At.BITS_PER_COLOR, 8);
  write(At.BITS_PER_PIXEL, 8 * channels);
  write(At.BYTES_PER_LINE, width * channels);
  write(At.COLOR_SPACE, COLOR_SPACE[channels]);
  write(At.NUM_COLORS, channels);
  write(At.TOTAL_PAGE_COUNT, pages);
  write(At.CROSS_FEED_TRANSFORM, 1);
  write(At.FEED_TRANSFORM, 1);
  write(At.IMAGE_BOX, 0, 0, width, height);
  return header;
}

/** Rows of PackBits over whole dots, each with how often it comes again (PWG 5102.4 4.4). */
function packed({ width, height, channels, pixels }: RasterPage): Uint8Array<ArrayBuffer> {
  const line = width * channels;
  // 129 bytes for 128 dots that all differ, and the repeat of the row
  const out = new Uint8Array(height * (2 + line + Math.ceil(width / 128)));
  let to = 0;
  for (let row = 0; row < height;) {
    const start = row * line;
    let again = 0;
    while (again < 255 && row + again + 1 < height && isSame(pixels, start, start + (again + 1) * line, line)) again++;
    out[to++] = again;
    to = packRow(pixels.subarray(start, start + line), channels, out, to);
    row += again + 1;
  }
  return out.slice(0, to);
}

function packRow(row: Uint8Array, channels: number, out: Uint8Array, to: number): number {
  const end = row.length / channels;
  const isLikeNext = (dot: number) => isSame(row, dot * channels, (dot + 1) * channels, channels);
  for (let dot = 0; dot < end;) {
    let count = 1;
    if (dot + 1 < end && isLikeNext(dot)) {
      while (count < 128 && dot + count < end && isLikeNext(dot + count - 1)) count++;
      out[to++] = count - 1;
      out.set(row.subarray(dot * channels, (dot + 1) * channels), to);
      to += channels;
    } else {
      while (count < 128 && dot + count < end && !(dot + count + 1 < end && isLikeNext(dot + count))) count++;
      // a single one is a run of one; 128 says nothing in PackBits
      out[to++] = count === 1 ? 0 : 257 - count;
      out.set(row.subarray(dot * channels, (dot + count) * channels), to);
      to += count * channels;
    }
    dot += count;
  }
  return to;
}

function isSame(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  for (let n = 0; n < length; n++) if (bytes[one + n] !== bytes[other + n]) return false;
  return true;
}
