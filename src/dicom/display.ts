import { say } from "../sentences.ts";
import type { Dataset } from "./dataset.ts";
import { type LookupTable, type Palette, readLookupTable, readPalette } from "./palette.ts";
import { NoPicture, type PixelDescription, sharesColour } from "./pixel_data.ts";

/** The samples of one frame as they are stored, decompressed: little-endian, of whole bytes each unless of one bit. */
export interface Samples {
  /** Decompressed. */
  bytes: Uint8Array;
  /** How they are written. */
  description: PixelDescription;
  /** How the three colours of a pixel are meant; where undefined, as the Photometric Interpretation says. */
  colour?: "rgb" | "ycbcr" | undefined;
  /** For frames of single bits, that of the first pixel. */
  firstBit?: number;
}

/** A picture for a screen: 8 bits a channel, one channel (gray) or three (red, green, blue), interleaved. */
export interface DisplayPicture {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** 1 for grey, 3 for red, green and blue. */
  channels: 1 | 3;
  /** A byte a channel, interleaved. */
  pixels: Uint8Array;
}

/** A window that somebody asks for, in place of the object's own (PS3.3 C.11.2.1.2 and .3). */
export interface DisplayWindow {
  /** Window Center (0028,1050). */
  center: number;
  /** Window Width (0028,1051), at least 1. */
  width: number;
  /** VOI LUT Function (0028,1056): LINEAR, LINEAR_EXACT or SIGMOID. */
  kind: string;
}

/**
 * What a frame looks like: modality and VOI transformation, polarity, palette and colour space (PS3.3 C.7.6.3.1.2,
 * C.11.1, C.11.2), with the object's first window.
 *
 * @param asked the window of a grey picture in place of that
 * @throws NoPicture when there are too few samples, or of a kind that the box does not draw
 */
export function displayPicture(samples: Samples, dataset: Dataset, asked?: DisplayWindow): DisplayPicture {
  const { description } = samples;
  const { rows: height, columns: width, photometricInterpretation: photometric } = description;
  if (description.samplesPerPixel === 3) {
    return { width, height, channels: 3, pixels: colourPixels(samples) };
  }
  if (photometric === "PALETTE COLOR") {
    const palette = readPalette(dataset, description.signed);
    return { width, height, channels: 3, pixels: palettePixels(storedValues(samples), palette) };
  }
  return { width, height, channels: 1, pixels: grayPixels(storedValues(samples), description, dataset, asked) };
}

type StoredValues = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;

/** The stored values of a frame with one sample a pixel, without the bits around them. */
function storedValues({ bytes, description, firstBit = 0 }: Samples): StoredValues {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed } = description;
  const count = rows * columns;
  if (bitsAllocated === 1) {
    requireBytes(bytes, Math.ceil((firstBit + count) / 8));
    return Uint8Array.from(
      { length: count },
      (_, index) => bytes[(firstBit + index) >> 3]! >> ((firstBit + index) & 7) & 1,
    );
  }
  requireBytes(bytes, count * bitsAllocated / 8);
  const shift = highBit + 1 - bitsStored;
  const whole = shift === 0 && bitsStored === bitsAllocated;
  if (bitsAllocated === 8) {
    if (whole) return signed ? new Int8Array(bytes.buffer, bytes.byteOffset, count) : bytes.subarray(0, count);
    const mask = 2 ** bitsStored - 1;
    const unsigned = Uint8Array.from({ length: count }, (_, index) => bytes[index]! >> shift & mask);
    return signed ? Int8Array.from(unsigned, (value) => value << (32 - bitsStored) >> (32 - bitsStored)) : unsigned;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bitsAllocated === 16) {
    const values = signed ? new Int16Array(count) : new Uint16Array(count);
    const mask = 2 ** bitsStored - 1;
    const spare = 32 - bitsStored;
    for (let index = 0; index < count; index++) {
      const value = view.getUint16(index * 2, true) >> shift & mask;
      values[index] = signed ? value << spare >> spare : value;
    }
    return values;
  }
  if (bitsAllocated === 32 && whole) {
    const values = signed ? new Int32Array(count) : new Uint32Array(count);
    for (let index = 0; index < count; index++) values[index] = view.getUint32(index * 4, true);
    return values;
  }
  throw new NoPicture(say("gray-not-drawn", { stored: bitsStored, allocated: bitsAllocated }));
}

function palettePixels(values: StoredValues, palette: Palette): Uint8Array {
  const pixels = new Uint8Array(values.length * 3);
  [palette.red, palette.green, palette.blue].forEach(({ first, values: table }, channel) => {
    const last = table.length - 1;
    for (let index = 0, at = channel; index < values.length; index++, at += 3) {
      const entry = values[index]! - first;
      pixels[at] = table[entry < 0 ? 0 : entry > last ? last : entry]!;
    }
  });
  return pixels;
}

function grayPixels(
  values: StoredValues,
  description: PixelDescription,
  dataset: Dataset,
  asked: DisplayWindow | undefined,
): Uint8Array {
  const modality = modalityTransformation(dataset, description.signed);
  const shade = asked === undefined
    ? voiTransformation(dataset, description, modality, values)
    : window(asked.kind, asked.center, asked.width);
  const inverse = (description.photometricInterpretation === "MONOCHROME1") !==
    (dataset.text("PresentationLUTShape") === "INVERSE" && description.photometricInterpretation !== "MONOCHROME1");
  const level = (stored: number) => {
    const gray = Math.round(Math.min(255, Math.max(0, shade(modality(stored)))));
    return inverse ? 255 - gray : gray;
  };
  const pixels = new Uint8Array(values.length);
  if (description.bitsStored > 16) {
    for (let index = 0; index < values.length; index++) pixels[index] = level(values[index]!);
    return pixels;
  }
  // each stored value once
  const least = description.signed ? -(2 ** (description.bitsStored - 1)) : 0;
  const table = Uint8Array.from({ length: 2 ** description.bitsStored }, (_, index) => level(index + least));
  for (let index = 0; index < values.length; index++) pixels[index] = table[values[index]! - least]!;
  return pixels;
}

type Transformation = (value: number) => number;

function modalityTransformation(dataset: Dataset, signed: boolean): Transformation {
  const item = tableIn(dataset, "ModalityLUTSequence");
  if (item !== undefined) return byTable(readLookupTable(item, "LUTDescriptor", "LUTData", undefined, signed));
  const slope = dataset.number("RescaleSlope") ?? 1;
  const intercept = dataset.number("RescaleIntercept") ?? 0;
  return slope === 1 && intercept === 0 ? (value) => value : (value) => value * slope + intercept;
}

/** The first item of a sequence of tables; machines write items without one, which say nothing. */
function tableIn(dataset: Dataset, sequence: "ModalityLUTSequence" | "VOILUTSequence"): Dataset | undefined {
  const [item] = dataset.items(sequence);
  return item?.bytes("LUTData")?.length ? item : undefined;
}

/** From modality values to 0–255: the object's window or table, else all that its values span. */
function voiTransformation(
  dataset: Dataset,
  description: PixelDescription,
  modality: Transformation,
  values: StoredValues,
): Transformation {
  const center = dataset.number("WindowCenter");
  const width = dataset.number("WindowWidth");
  if (center !== undefined && width !== undefined && width >= 1) {
    return window(dataset.text("VOILUTFunction"), center, width);
  }
  const item = tableIn(dataset, "VOILUTSequence");
  if (item !== undefined) {
    const table = readLookupTable(item, "LUTDescriptor", "LUTData", undefined, description.signed);
    const lookup = byTable(table);
    return (value) => lookup(value) * 255 / (2 ** table.bits - 1);
  }
  let [least, most] = [0, 2 ** description.bitsStored - 1].map(modality) as [number, number];
  if (description.bitsStored > 8 || description.signed) {
    [least, most] = extremes(values).map(modality) as [number, number];
  }
  if (least > most) [least, most] = [most, least];
  return least === most ? () => 0 : (value) => (value - least) * 255 / (most - least);
}

/** The window functions of PS3.3 C.11.2.1.2 and .3 */
function window(kind: string, center: number, width: number): Transformation {
  switch (kind) {
    case "SIGMOID":
      return (value) => 255 / (1 + Math.exp(-4 * (value - center) / width));
    case "LINEAR_EXACT":
      return (value) => ((value - center) / width + 0.5) * 255;
    default:
      if (width === 1) return (value) => value <= center - 0.5 ? 0 : 255;
      return (value) => ((value - (center - 0.5)) / (width - 1) + 0.5) * 255;
  }
}

function byTable({ first, values }: LookupTable): Transformation {
  const last = values.length - 1;
  return (value) => values[Math.min(last, Math.max(0, Math.round(value) - first))]!;
}

function extremes(values: StoredValues): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

function colourPixels(samples: Samples): Uint8Array {
  const { description } = samples;
  const { rows, columns, photometricInterpretation: photometric } = description;
  const count = rows * columns;
  const bytes = eightBits(samples);
  const partial = photometric.startsWith("YBR_PARTIAL") && samples.colour === undefined;
  const isRgb = samples.colour === "rgb" || (samples.colour === undefined && photometric === "RGB");
  if (!isRgb && samples.colour === undefined && !photometric.startsWith("YBR_")) {
    throw new NoPicture(say("colours-not-drawn", { written: photometric }));
  }
  const pixels = new Uint8Array(count * 3);
  if (isRgb) {
    requireBytes(bytes, count * 3);
    if (!description.planar) return bytes.subarray(0, count * 3);
    for (let channel = 0; channel < 3; channel++) {
      for (let index = 0, at = channel; index < count; index++, at += 3) pixels[at] = bytes[channel * count + index]!;
    }
    return pixels;
  }
  const write = partial ? writePartialYbr : writeFullYbr;
  if (sharesColour(photometric) && samples.colour === undefined && bytes.length < count * 3) {
    requireBytes(bytes, count * 2);
    for (let index = 0, at = 0; index < count; index += 2, at += 4) { // Y Y Cb Cr
      write(pixels, index * 3, bytes[at]!, bytes[at + 2]!, bytes[at + 3]!);
      if (index + 1 < count) write(pixels, index * 3 + 3, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    }
    return pixels;
  }
  requireBytes(bytes, count * 3);
  const [step, apart] = description.planar ? [1, count] : [3, 1];
  for (let index = 0, at = 0; index < count; index++, at += step) {
    write(pixels, index * 3, bytes[at]!, bytes[at + apart]!, bytes[at + apart * 2]!);
  }
  return pixels;
}

/** Samples of three a pixel as bytes; of 16 bits, their upper eight that are stored. */
function eightBits({ bytes, description: { bitsAllocated, bitsStored, highBit } }: Samples): Uint8Array {
  if (bitsAllocated === 8) return bytes;
  if (bitsAllocated !== 16) throw new NoPicture(say("colour-bits-not-drawn", { bits: bitsAllocated }));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shift = Math.max(0, bitsStored - 8) + highBit + 1 - bitsStored;
  return Uint8Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(index * 2, true) >> shift & 0xff);
}

/** ITU-R BT.601 over the full range (PS3.3 C.7.6.3.1.2, YBR_FULL), rounded. */
function writeFullYbr(into: Uint8Array, at: number, y: number, cb: number, cr: number): void {
  into[at] = clampByte(y + 1.402 * (cr - 128));
  into[at + 1] = clampByte(y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128));
  into[at + 2] = clampByte(y + 1.772 * (cb - 128));
}

/** The same from the range of video: 16–235 for luminance, 16–240 for colour (YBR_PARTIAL). */
function writePartialYbr(into: Uint8Array, at: number, y: number, cb: number, cr: number): void {
  const luminance = 1.164384 * (y - 16);
  into[at] = clampByte(luminance + 1.596027 * (cr - 128));
  into[at + 1] = clampByte(luminance - 0.391762 * (cb - 128) - 0.812968 * (cr - 128));
  into[at + 2] = clampByte(luminance + 2.017232 * (cb - 128));
}

function clampByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5 | 0;
}

function requireBytes(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) {
    throw new NoPicture(say("frame-short", { bytes: bytes.length, needed }));
  }
}
