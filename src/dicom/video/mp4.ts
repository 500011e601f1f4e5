import type { DecoderConfiguration } from "./nal_reader.ts";

/** One picture of a stream, in the order of decoding. */
export interface Mp4Sample {
  /** Bytes. */
  size: number;
  /** A player can begin with it. */
  isKey: boolean;
  /** Its place among the pictures as they are shown, from 0. */
  shown: number;
}

/** Ticks a second: that of video everywhere. */
const TIMESCALE = 90_000;
const TICKS_PER_MILLISECOND = TIMESCALE / 1000;
/** No rotation and no scaling (ISO 14496-12 8.2.2.2). */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const LANGUAGE_UNDETERMINED = 0x55c4;
const RESOLUTION_72 = 0x480000;

/**
 * What stands before the samples of an MP4 file (ISO 14496-12), which then follow each other as they are: brands, index and
 * the header of their box.
 *
 * @param samples in the order of decoding
 * @param milliseconds how long each is shown, in the order of showing
 */
export function mp4Head(
  samples: readonly Mp4Sample[],
  milliseconds: readonly number[],
  configuration: DecoderConfiguration,
): Uint8Array {
  const brands = box(
    "ftyp",
    text("isom"),
    u32(512),
    text("isom"),
    text("iso2"),
    text(configuration.entry),
    text("mp41"),
  );
  const media = samples.reduce((sum, { size }) => sum + size, 0);
  // the index names where the samples begin, and is as long whatever that is
  const length = brands.length + index(samples, milliseconds, configuration, 0).length + 8;
  const moov = index(samples, milliseconds, configuration, length);
  return joined([brands, moov, u32(media + 8), text("mdat")]);
}

function index(
  samples: readonly Mp4Sample[],
  milliseconds: readonly number[],
  configuration: DecoderConfiguration,
  offset: number,
): Uint8Array {
  const { width, height } = configuration;
  const times = ticksOf(milliseconds, samples.length);
  const duration = times.at(-1)!;
  const decoded = samples.map((_, position) => times[position]!);
  const shown = samples.map(({ shown }) => times[shown]!);
  // a picture is decoded before it is shown: all are shown so much later, and the edit takes it back
  const shift = decoded.reduce((most, time, position) => Math.max(most, time - shown[position]!), 0);
  const offsets = shown.map((time, position) => time + shift - decoded[position]!);
  const durations = samples.map((_, position) => times[position + 1]! - times[position]!);
  const tables = [
    full("stsd", 0, u32(1), sampleEntry(configuration)),
    full("stts", 0, ...runs(durations)),
    ...(offsets.some((one) => one !== 0) ? [full("ctts", 0, ...runs(offsets))] : []),
    full("stss", 0, ...counted(samples.flatMap(({ isKey }, position) => isKey ? [position + 1] : []))),
    full("stsc", 0, u32(1), u32(1), u32(samples.length), u32(1)),
    full("stsz", 0, u32(0), ...counted(samples.map(({ size }) => size))),
    full("stco", 0, u32(1), u32(offset)),
  ];
  const track = box(
    "trak",
    // enabled, and in the presentation
    full("tkhd", 3, u32(0, 0, 1, 0, duration, 0, 0, 0, 0, ...MATRIX, width * 0x10000, height * 0x10000)),
    box("edts", full("elst", 0, u32(1, duration, shift, 0x10000))),
    box(
      "mdia",
      full("mdhd", 0, u32(0, 0, TIMESCALE, duration, LANGUAGE_UNDETERMINED * 0x10000)),
      full("hdlr", 0, u32(0), text("vide"), u32(0, 0, 0), Uint8Array.of(0)),
      box(
        "minf",
        full("vmhd", 1, u32(0, 0)),
        box("dinf", full("dref", 0, u32(1), full("url ", 1))),
        box("stbl", ...tables),
      ),
    ),
  );
  const header = u32(0, 0, TIMESCALE, duration, 0x10000, 0x1000000, 0, 0, ...MATRIX, 0, 0, 0, 0, 0, 0, 2);
  return box("moov", full("mvhd", 0, header), track);
}

/** When each picture begins, and the last one ends. */
function ticksOf(milliseconds: readonly number[], count: number): number[] {
  const times = [0];
  let at = 0;
  for (let position = 0; position < count; position++) {
    at += milliseconds[position] ?? milliseconds.at(-1)!;
    times.push(Math.max(times.at(-1)! + 1, Math.round(at * TICKS_PER_MILLISECOND)));
  }
  return times;
}

/** VisualSampleEntry (ISO 14496-12 12.1.3). */
function sampleEntry({ entry, box: name, bytes, width, height }: DecoderConfiguration): Uint8Array {
  const reserved = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
  const size = u32(width * 0x10000 + height, RESOLUTION_72, RESOLUTION_72, 0);
  return box(
    entry,
    ...[reserved, u32(0, 0, 0, 0), size, Uint8Array.of(0, 1), new Uint8Array(32), Uint8Array.of(0, 24, 0xff, 0xff)],
    box(name, bytes),
  );
}

function counted(numbers: readonly number[]): Uint8Array[] {
  return [u32(numbers.length), words(numbers)];
}

/** Numbers as runs of equal ones, as times are written. */
function runs(numbers: readonly number[]): Uint8Array[] {
  const found: [count: number, value: number][] = [];
  for (const value of numbers) {
    const last = found.at(-1);
    if (last?.[1] === value) last[0] += 1;
    else found.push([1, value]);
  }
  return [u32(found.length), words(found.flat())];
}

function full(type: string, flags: number, ...contents: Uint8Array[]): Uint8Array {
  return box(type, u32(flags), ...contents);
}

function box(type: string, ...contents: Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, one) => sum + one.length, 8);
  return joined([u32(length), text(type), ...contents]);
}

function u32(...numbers: number[]): Uint8Array {
  return words(numbers);
}

function words(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, position) => view.setUint32(position * 4, number));
  return bytes;
}

function text(letters: string): Uint8Array {
  return new TextEncoder().encode(letters);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
