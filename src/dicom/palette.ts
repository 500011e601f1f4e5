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
  const read = (colour: "Red" | "Green" | "Blue") => {
    const table = readLookupTable(
      dataset,
      `${colour}PaletteColorLookupTableDescriptor`,
      `${colour}PaletteColorLookupTableData`,
      `Segmented${colour}PaletteColorLookupTableData`,
      signed,
    );
    return { first: table.first, values: toEightBits(table) };
  };
  return { red: read("Red"), green: read("Green"), blue: read("Blue") };
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
      values = expandSegments(bits <= 8 ? Uint16Array.from(segments) : words(segments), count);
    }
  }
  if (values === undefined || values.length === 0) throw new NoPicture(say("picture-lacks-table", { table: data }));
  return { first: signed && first > 32767 ? first - 65536 : first, bits, values };
}

/** Sixteen bits to eight. Some machines write 16-bit tables whose values are 8-bit ones. */
function toEightBits({ bits, values }: LookupTable): Uint8Array {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  const shift = bits > 8 && most > 255 ? 8 : 0;
  return Uint8Array.from(values, (value) => Math.min(255, value >> shift));
}

function unsignedShorts(dataset: Dataset, attribute: Keyword): number[] {
  const bytes = dataset.bytes(attribute);
  return bytes === undefined ? [] : [...words(bytes)];
}

function words(bytes: Uint8Array): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(index * 2, true));
}

/**
 * Discrete (0) and linear (1) segments (PS3.3 C.7.9.2.1 and .2).
 *
 * @throws NoPicture for an indirect one (2), which no ultrasound machine is known to write
 */
function expandSegments(data: Uint16Array, count: number): Uint16Array {
  const values: number[] = [];
  for (let at = 0; at + 2 < data.length && values.length < count;) {
    const opcode = data[at]!;
    const length = data[at + 1]!;
    at += 2;
    if (opcode === 0) {
      values.push(...data.subarray(at, at + length));
      at += length;
    } else if (opcode === 1) {
      const start = values.at(-1) ?? 0;
      const end = data[at++]!;
      for (let step = 1; step <= length; step++) values.push(Math.round(start + (end - start) * step / length));
    } else {
      throw new NoPicture(say("picture-palette"));
    }
  }
  return Uint16Array.from(values.slice(0, count));
}
