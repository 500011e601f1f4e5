import { Refused, say, type Sentence } from "../sentences.ts";
import type { ByteSource } from "./byte_source.ts";
import { ITEM, readTag } from "./element_header.ts";
import type { Dataset } from "./dataset.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** An object that no picture can be made of: why, for a person. The object itself stays as it is. */
export class NoPicture extends Refused {
  /**
   * No picture can be made.
   *
   * @param why as a page says it
   */
  constructor(readonly why: Sentence, options?: ErrorOptions) {
    super(why, options);
  }
}

/** How the pixels of an object are written (PS3.3 C.7.6.3). Sizes are in pixels, `frames` is at least 1. */
export interface PixelDescription {
  /** Rows (0028,0010). */
  rows: number;
  /** Columns (0028,0011). */
  columns: number;
  /** Samples per Pixel (0028,0002): 1 or 3. */
  samplesPerPixel: number;
  /** Bits Allocated (0028,0100): 1, 8, 16 or 32. */
  bitsAllocated: number;
  /** Bits Stored (0028,0101), at most those allocated. */
  bitsStored: number;
  /** High Bit (0028,0102). */
  highBit: number;
  /** Pixel Representation (0028,0103) is 1. */
  signed: boolean;
  /** Planar Configuration 1: all of one sample, then all of the next. */
  planar: boolean;
  /** Photometric Interpretation (0028,0004). */
  photometricInterpretation: string;
  /** Number of Frames (0028,0008), at least 1. */
  frames: number;
}

/** More samples in one frame than any ultrasound machine makes: a hostile or a broken object. */
export const MOST_SAMPLES = 64 * 1024 * 1024;
/** Bits in one frame: what it takes to draw it is a few times as much, and the box has not much memory. */
const MOST_BITS = 128 * 1024 * 1024 * 8;
/** No frame is longer than this when compressed, whatever a fragment's length says. */
const MOST_ENCODED = 256 * 1024 * 1024;
/** How much of a frame is there where it is drawn without its last pixels: of another form it would be two thirds. */
export const LEAST_OF_FRAME = 0.75;
/** A fragment costs at least 8 bytes, so a scan over this many ends in reasonable time. */
const MOST_FRAGMENTS = 500_000;

/** A run of bytes in a source. */
export interface Extent {
  /** From the beginning of what it lies in. */
  offset: number;
  /** Bytes. */
  length: number;
}

/** Where the value of Pixel Data stands in a source, and what is known of its frames. */
export interface PixelValue {
  /** The first byte after the element's header. */
  offset: number;
  /** Length of the value; undefined where it is encapsulated, in fragments up to a delimiter (PS3.5 A.4). */
  length: number | undefined;
  /** Extended Offset Table (7FE0,0001) and its Lengths, where the object has them. */
  extendedOffsets?: Uint8Array;
  /** Extended Offset Table Lengths (7FE0,0002). */
  extendedLengths?: Uint8Array;
}

/**
 * What a data set says of its pixels, with what can be told from the rest where it says nothing.
 *
 * @throws NoPicture when the sizes cannot be those of a picture
 */
export function describePixels(dataset: Dataset): PixelDescription {
  const rows = dataset.number("Rows") ?? 0;
  const columns = dataset.number("Columns") ?? 0;
  const photometric = dataset.text("PhotometricInterpretation").toUpperCase();
  const samplesPerPixel = dataset.number("SamplesPerPixel") ?? (/^(RGB|YBR|HSV)/.test(photometric) ? 3 : 1);
  if (rows === 0 || columns === 0) throw new NoPicture(say("picture-no-pixels"));
  if (rows * columns * samplesPerPixel > MOST_SAMPLES) {
    throw new NoPicture(say("picture-too-large", { columns, rows }));
  }
  if (![1, 3].includes(samplesPerPixel)) {
    throw new NoPicture(say("samples-not-drawn", { count: samplesPerPixel }));
  }
  const bitsAllocated = dataset.number("BitsAllocated") ?? 8;
  if (![1, 8, 16, 32].includes(bitsAllocated)) {
    throw new NoPicture(say("bits-not-drawn", { bits: bitsAllocated }));
  }
  if (rows * columns * samplesPerPixel * bitsAllocated > MOST_BITS) {
    throw new NoPicture(
      say("picture-too-many-bits", { columns, rows, bits: bitsAllocated }),
    );
  }
  const bitsStored = clamp(dataset.number("BitsStored") ?? bitsAllocated, 1, bitsAllocated);
  return {
    rows,
    columns,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    highBit: clamp(dataset.number("HighBit") ?? bitsStored - 1, bitsStored - 1, bitsAllocated - 1),
    signed: dataset.number("PixelRepresentation") === 1,
    planar: samplesPerPixel > 1 && dataset.number("PlanarConfiguration") === 1,
    photometricInterpretation: photometric || (samplesPerPixel === 3 ? "RGB" : "MONOCHROME2"),
    frames: Math.max(1, Math.trunc(dataset.number("NumberOfFrames") ?? 1)),
  };
}

/**
 * Where frame `n` (from 1) stands: one extent for a native frame, one for each fragment of an encapsulated one.
 *
 * A native frame is found by its number alone; an encapsulated one by the extended or basic offset table where they
 * hold, else by walking over the fragments' headers: no other frame's bytes are read.
 *
 * @throws NoPicture when there is no such frame, or its bytes are not all there
 */
export function locateFrame(
  source: ByteSource,
  value: PixelValue,
  description: PixelDescription,
  syntax: TransferSyntax,
  n: number,
): Extent[] {
  if (!Number.isInteger(n) || n < 1 || n > description.frames) {
    throw new NoPicture(say("frame-beyond", { frame: n, frames: description.frames }));
  }
  const extents = value.length === undefined ? locateEncapsulated(source, value, description.frames, syntax, n) : [
    syntax.encapsulated
      ? locateUnwrapped(value.offset, value.length, description, n)
      : locateNative(value.offset, value.length, description, n),
  ];
  const length = extents.reduce((sum, extent) => sum + extent.length, 0);
  if (length > MOST_ENCODED * (value.length === undefined ? 1 : 4)) {
    throw new NoPicture(say("frame-too-long", { frame: n, bytes: length }));
  }
  const past = extents.find((extent) => extent.offset + extent.length > source.size);
  if (past !== undefined) {
    throw new NoPicture(
      say("file-ends-in-frame", { frame: n, bytes: past.offset + past.length - source.size }),
    );
  }
  return extents;
}

/**
 * All fragments of an encapsulated value in order, without the offset table: what a video stream is made of.
 *
 * @throws NoPicture when there are none, or the file ends within one
 */
export function fragmentExtents(source: ByteSource, value: PixelValue): Extent[] {
  const table = value.length === undefined ? fragmentAt(source, value.offset) : undefined;
  if (table === undefined) throw new NoPicture(say("codestream-absent"));
  const extents: Extent[] = [];
  for (let at = table.offset + table.length; extents.length <= MOST_FRAGMENTS;) {
    const fragment = fragmentAt(source, at);
    if (fragment === undefined) break;
    if (fragment.offset + fragment.length > source.size) throw new NoPicture(say("file-ends-in-video"));
    extents.push({ offset: fragment.offset, length: fragment.length });
    at = fragment.offset + fragment.length;
  }
  if (extents.length === 0) throw new NoPicture(say("codestream-absent"));
  return extents;
}

/**
 * Bytes of one native frame. Uncompressed YBR_FULL_422 has two samples a pixel (PS3.3 C.7.6.3.1.2); machines also write
 * three under that label, and two under that of YBR_FULL: the length of the value decides, which may be a little short.
 *
 * @param valueLength of all of Pixel Data, bytes
 */
export function nativeFrameBytes(description: PixelDescription, valueLength: number): number {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometricInterpretation, frames } = description;
  const bytesOf = (samples: number) => Math.ceil(rows * columns * samples * bitsAllocated / 8);
  const whole = bytesOf(samplesPerPixel);
  if (samplesPerPixel !== 3 || !sharesColour(photometricInterpretation)) return whole;
  const halved = bytesOf(2);
  const isHalved = isSubsampled(photometricInterpretation)
    ? valueLength < (halved + whole) / 2 * frames
    : valueLength === halved * frames || valueLength === halved * frames + 1;
  return isHalved ? halved : whole;
}

/** Whether pixels written natively may share their colour, whatever the label says. */
export function sharesColour(photometricInterpretation: string): boolean {
  return isSubsampled(photometricInterpretation) || photometricInterpretation === "YBR_FULL";
}

/** Whether two neighbouring pixels share their colour where pixels are written natively. */
export function isSubsampled(photometricInterpretation: string): boolean {
  return photometricInterpretation === "YBR_FULL_422" || photometricInterpretation === "YBR_PARTIAL_422";
}

function locateNative(offset: number, length: number, description: PixelDescription, n: number): Extent {
  const bytes = nativeFrameBytes(description, length);
  if (description.bitsAllocated === 1) {
    // frames of single bits follow each other without padding (PS3.5 8.1.1): the extent is that of whole bytes
    const bits = description.rows * description.columns * description.samplesPerPixel;
    const first = Math.floor((n - 1) * bits / 8);
    return within(offset, length, first, Math.ceil(n * bits / 8) - first, n);
  }
  const start = (n - 1) * bytes;
  // what a machine forgot at the end: less than tells another number of samples or bits
  const there = length - start;
  return within(offset, length, start, there < bytes && there >= bytes * LEAST_OF_FRAME ? there : bytes, n);
}

/** Compressed, and yet not in fragments: against the standard, and plain enough where there is one frame. */
function locateUnwrapped(offset: number, length: number, description: PixelDescription, n: number): Extent {
  if (description.frames > 1) {
    throw new NoPicture(say("frame-not-apart", { frame: n }));
  }
  return { offset, length };
}

function within(offset: number, available: number, start: number, length: number, n: number): Extent {
  if (start + length > available) {
    throw new NoPicture(
      say("frame-not-whole", { frame: n, bytes: available, needed: start + length }),
    );
  }
  return { offset: offset + start, length };
}

interface Fragment extends Extent {
  /** The first bytes, as many as tell whether a codestream begins here. */
  head: Uint8Array;
}

function locateEncapsulated(
  source: ByteSource,
  value: PixelValue,
  frames: number,
  syntax: TransferSyntax,
  n: number,
): Extent[] {
  const table = fragmentAt(source, value.offset);
  if (table === undefined) throw new NoPicture(say("codestream-absent"));
  const first = table.offset + table.length;
  return byExtendedOffsets(source, value, frames, first, n) ?? byBasicOffsets(source, table, frames, first, n) ??
    byScan(source, first, frames, syntax, n);
}

/** By the Extended Offset Table: one fragment a frame, its offset counted from the first item after the basic table. */
function byExtendedOffsets(
  source: ByteSource,
  { extendedOffsets, extendedLengths }: PixelValue,
  frames: number,
  first: number,
  n: number,
): Extent[] | undefined {
  if (extendedOffsets === undefined || extendedLengths === undefined) return undefined;
  if (extendedOffsets.length !== frames * 8 || extendedLengths.length !== frames * 8) return undefined;
  const at = (table: Uint8Array) =>
    Number(new DataView(table.buffer, table.byteOffset, table.byteLength).getBigUint64((n - 1) * 8, true));
  const fragment = fragmentAt(source, first + at(extendedOffsets));
  if (fragment === undefined || at(extendedLengths) > fragment.length) return undefined;
  return [{ offset: fragment.offset, length: at(extendedLengths) }];
}

/** By the Basic Offset Table, where it has an entry a frame and the entry points at an item. */
function byBasicOffsets(
  source: ByteSource,
  table: Extent,
  frames: number,
  first: number,
  n: number,
): Extent[] | undefined {
  if (table.length !== frames * 4) return undefined;
  const from = Math.max(0, n - 2); // the entry before, this one, the one after
  const entries = source.readAt(table.offset + from * 4, (Math.min(n + 1, frames) - from) * 4);
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const entry = (frame: number) => first + view.getUint32((frame - 1 - from) * 4, true);
  if (entries.length < (Math.min(n + 1, frames) - from) * 4) return undefined;
  const start = entry(n);
  const end = n < frames ? entry(n + 1) : source.size;
  // past 4 GiB, or not filled in
  if (end <= start || (n === 1 ? start !== first : entry(n - 1) >= start)) return undefined;
  const extents: Extent[] = [];
  let at = start;
  while (at < end) {
    const fragment = fragmentAt(source, at);
    if (fragment === undefined) break;
    extents.push({ offset: fragment.offset, length: fragment.length });
    at = fragment.offset + fragment.length;
    if (extents.length > MOST_FRAGMENTS) return undefined;
  }
  const whole = extents.length > 0 && (n === frames || at === end);
  return whole ? extents : undefined;
}

/**
 * Without a table: as many fragments as frames are a fragment each; else a frame begins with each fragment that a
 * codestream begins with (PS3.5 A.4: a frame may be split, never may a fragment hold two).
 */
function byScan(source: ByteSource, first: number, frames: number, syntax: TransferSyntax, n: number): Extent[] {
  const fragments: Extent[] = [];
  const starts: number[] = [];
  for (let at = first; fragments.length <= MOST_FRAGMENTS;) {
    const fragment = fragmentAt(source, at);
    if (fragment === undefined) break;
    if (beginsCodestream(fragment.head, syntax)) starts.push(fragments.length);
    fragments.push({ offset: fragment.offset, length: fragment.length });
    at = fragment.offset + fragment.length;
    // the frame asked for is complete when the one after it has begun: the rest of a long clip need not be walked
    if (frames > 1 && starts.length > n) return fragments.slice(n === 1 ? 0 : starts[n - 1], starts[n]);
  }
  if (fragments.length === 0) throw new NoPicture(say("codestream-absent"));
  if (frames === 1) return fragments;
  if (fragments.length === frames || starts.length === 0) {
    const fragment = fragments[n - 1];
    if (fragment === undefined) throw missingFrame(n, frames, fragments.length);
    return [fragment];
  }
  if (n > starts.length) throw missingFrame(n, frames, starts.length);
  return fragments.slice(n === 1 ? 0 : starts[n - 1], starts[n] ?? fragments.length);
}

function missingFrame(n: number, said: number, found: number): NoPicture {
  return new NoPicture(say("frame-missing", { frame: n, frames: said, found }));
}

/** The fragment whose item header stands at an offset; undefined at the sequence's end, and where there is no item. */
function fragmentAt(source: ByteSource, offset: number): Fragment | undefined {
  const bytes = source.readAt(offset, 8 + 12);
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = readTag(view, 0, true);
  const length = view.getUint32(4, true);
  if (tag !== ITEM) return undefined;
  return { offset: offset + 8, length, head: bytes.subarray(8, 8 + Math.min(12, length)) };
}

/** Whether a compressed picture begins with these bytes. An RLE frame is always one fragment (PS3.5 G.2). */
function beginsCodestream(head: Uint8Array, { codec }: TransferSyntax): boolean {
  const begins = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  switch (codec) {
    case "rle":
      return true;
    case "jpeg-2000":
      return begins(0xff, 0x4f, 0xff, 0x51) || begins(0, 0, 0, 0x0c, 0x6a, 0x50);
    case "jpeg-xl":
      return begins(0xff, 0x0a) || begins(0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c);
    default:
      return begins(0xff, 0xd8, 0xff);
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
