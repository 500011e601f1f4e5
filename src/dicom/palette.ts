import { say } from "../sentences.ts";
import type { Dataset } from "./dataset.ts";
import type { Keyword } from "./dictionary.ts";
import { NoPicture } from "./pixel_data.ts";

/** One colour of a palette: `values` are 8 bits, for the stored values from `first` on. */
interface ColorTable {
  first: number;
  values: Uint8Array;
}

export interface Palette {
  red: ColorTable;
  green: ColorTable;
  blue: ColorTable;
}

/** A lookup table as the data set has it: 16-bit or 8-bit entries as numbers. */
export interface LookupTable {
  first: number;
  bits: number;
  values: Uint16Array;
}

/**
 * The palette of an object (PS3.3 C.7.6.3.1.5 and .6), also a segmented one (C.7.9.2), as 8 bits a colour.
 *
 * @throws NoPicture when a table is missing or empty
 */
export function readPalette(dataset: Dataset, signed: boolean): Palette {
  const read = (colour: "Red" | "Green" | "Blue") =>
    readLookupTable(
      dataset,
      `${colour}PaletteColorLookupTableDescriptor`,
      `${colour}PaletteColorLookupTableData`,
      `Segmented${colour}PaletteColorLookupTableData`,
      signed,
    );
  const [red, green, blue] = [read("Red"), read("Green"), read("Blue")];
  // decided for all three: one of them may be dark all over
  const shift = shiftOf([red, green, blue]);
  return { red: toEightBits(red, shift), green: toEightBits(green, shift), blue: toEightBits(blue, shift) };
}

/**
 * A lookup table from its descriptor (entries, where 0 says 65536; first value mapped; bits) and its data.
 *
 * @throws NoPicture when it is missing or empty
 */
export function readLookupTable(
  dataset: Dataset,
  descriptor: Keyword,
  data: Keyword,
  segmented: Keyword | undefined,
  signed: boolean,
): LookupTable {
  const [entries = 0, first = 0, bits = 16] = unsignedShorts(dataset, descriptor);
  const plain = dataset.bytes(data);
  const count = entries || 65536;
  let values: Uint16Array | undefined;
  if (plain !== undefined && plain.length > 0) {
    // eight-bit entries are packed two a word, and some machines give each a word of its own
    const packed = bits <= 8 && plain.length < count * 2;
    values = packed ? Uint16Array.from(plain.subarray(0, count)) : words(plain).subarray(0, count);
  } else if (segmented !== undefined) {
    const segments = dataset.bytes(segmented);
    if (segments !== undefined) {
      values = expandSegments(bits <= 8 ? Uint16Array.from(segments) : words(segments), bits, count);
    }
  }
  if (values === undefined || values.length === 0) throw new NoPicture(say("picture-lacks-table", { table: data }));
  return { first: signed && first > 32767 ? first - 65536 : first, bits, values };
}

/** From sixteen bits to eight: none where the tables, called 16-bit ones, hold 8-bit values, as some machines write. */
function shiftOf(tables: readonly LookupTable[]): number {
  const most = tables.filter(({ bits }) => bits > 8)
    .reduce((largest, { values }) => values.reduce((one, value) => Math.max(one, value), largest), 0);
  return most > 255 ? 8 : 0;
}

function toEightBits({ first, bits, values }: LookupTable, shift: number): ColorTable {
  return { first, values: Uint8Array.from(values, (value) => Math.min(255, bits > 8 ? value >> shift : value)) };
}

function unsignedShorts(dataset: Dataset, attribute: Keyword): number[] {
  const bytes = dataset.bytes(attribute);
  return bytes === undefined ? [] : [...words(bytes)];
}

function words(bytes: Uint8Array): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(index * 2, true));
}

/** The kinds of segments (PS3.3 C.7.9.2). */
const Segment = { discrete: 0, linear: 1, indirect: 2 } as const;
/** Copies of segments within copies: no table needs more, and a loop has no end. */
const MOST_COPIES = 4;
/** Segments that are read, copies and what they copy: a table has 65,536 values at most, and each segment brings one. */
const MOST_SEGMENTS = 2 * 65_536;

/**
 * Discrete, linear and indirect segments (PS3.3 C.7.9.2.1 to .3). An indirect one is a copy of earlier segments: how many,
 * and the byte at which the first begins, in 32 bits, the lower ones first.
 *
 * @throws NoPicture for one of another kind, or that copies without end
 */
function expandSegments(data: Uint16Array, bits: number, count: number): Uint16Array {
  const values: number[] = [];
  let all = 0;
  const expand = (from: number, segments: number, copies: number): void => {
    for (let at = from, read = 0; read < segments && at + 2 < data.length && values.length < count; read++) {
      if (++all > MOST_SEGMENTS) throw new NoPicture(say("picture-palette"));
      const opcode = data[at]!;
      const length = data[at + 1]!;
      at += 2;
      if (opcode === Segment.discrete) {
        values.push(...data.subarray(at, at + length));
        at += length;
      } else if (opcode === Segment.linear) {
        const start = values.at(-1) ?? 0;
        const end = data[at++]!;
        for (let step = 1; step <= length; step++) values.push(Math.round(start + (end - start) * step / length));
      } else if (opcode === Segment.indirect && copies < MOST_COPIES) {
        const width = bits <= 8 ? 4 : 2;
        const bytes = bits <= 8 ? 1 : 2;
        const parts = [...data.subarray(at, at + width)];
        const offset = parts.reduceRight((sum, part) => sum * 2 ** (bytes * 8) + part, 0);
        at += width;
        expand(offset / bytes, length, copies + 1);
      } else {
        throw new NoPicture(say("picture-palette"));
      }
    }
  };
  expand(0, Infinity, 0);
  return Uint16Array.from(values.slice(0, count));
}
