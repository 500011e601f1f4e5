// Longer than other files: one decoder, from the stream's headers to the picture, which is read as a whole.

/*
 * The first whole picture of an MPEG-2 video (ISO 13818-2), which needs no other: browsers play no MPEG-2, and a person
 * is to see of what a clip is. Intra pictures only, as frames or as fields, of which the first fills both lines.
 */

/** A picture as it is shown. */
export interface VideoPicture {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** RGB, a byte each. */
  pixels: Uint8Array;
}

const PICTURE = 0x00;
const LAST_SLICE = 0xaf;
const SEQUENCE = 0xb3;
const EXTENSION = 0xb5;
/** Larger pictures than level High has (Table 8-8) are none. */
const LARGEST_SIDE = 4096;

/** Table B-1: how many macroblocks on the next one is. */
const INCREMENTS = codes(
  "1 011 010 0011 0010 00011 00010 0000111 0000110 00001011 00001010 00001001 00001000 00000111 00000110 0000010111 " +
    "0000010110 0000010101 0000010100 0000010011 0000010010 00000100011 00000100010 00000100001 00000100000 00000011111 " +
    "00000011110 00000011101 00000011100 00000011011 00000011010 00000011001 00000011000 00000001000",
);
/** Of macroblock_escape, the last of them, which adds so many. */
const ESCAPED_INCREMENT = 33;
/** Tables B-12 and B-13: how many bits a DC difference has. */
const LUMINANCE_SIZES = codes("100 00 01 101 110 1110 11110 111110 1111110 11111110 111111110 111111111");
const CHROMINANCE_SIZES = codes("00 01 10 110 1110 11110 111110 1111110 11111110 111111110 1111111110 1111111111");
/** Table B-14 (ISO 13818-2): the codes of each run of zeros from 0, by level from 1; a sign follows. */
const B14 = [
  "11 0100 00101 0000110 00100110 00100001 0000001010 000000011101 000000011000 000000010011 000000010000 " +
  "0000000011010 0000000011001 0000000011000 0000000010111 00000000011111 00000000011110 00000000011101 " +
  "00000000011100 00000000011011 00000000011010 00000000011001 00000000011000 00000000010111 00000000010110 " +
  "00000000010101 00000000010100 00000000010011 00000000010010 00000000010001 00000000010000 000000000011000 " +
  "000000000010111 000000000010110 000000000010101 000000000010100 000000000010011 000000000010010 " +
  "000000000010001 000000000010000",
  "011 000110 00100101 0000001100 000000011011 0000000010110 0000000010101 000000000011111 000000000011110 " +
  "000000000011101 000000000011100 000000000011011 000000000011010 000000000011001 0000000000010011 " +
  "0000000000010010 0000000000010001 0000000000010000",
  "0101 0000100 0000001011 000000010100 0000000010100",
  "00111 00100100 000000011100 0000000010011",
  "00110 0000001111 000000010010",
  "000111 0000001001 0000000010010",
  "000101 000000011110 0000000000010100",
  "000100 000000010101",
  "0000111 000000010001",
  "0000101 0000000010001",
  "00100111 0000000010000",
  "00100011 0000000000011010",
  "00100010 0000000000011001",
  "00100000 0000000000011000",
  "0000001110 0000000000010111",
  "0000001101 0000000000010110",
  "0000001000 0000000000010101",
  "000000011111",
  "000000011010",
  "000000011001",
  "000000010111",
  "000000010110",
  "0000000011111",
  "0000000011110",
  "0000000011101",
  "0000000011100",
  "0000000011011",
  "0000000000011111",
  "0000000000011110",
  "0000000000011101",
  "0000000000011100",
  "0000000000011011",
];

/** Table B-15, which intra blocks may have instead. */
const B15 = [
  "10 110 0111 11100 11101 000101 000100 1111011 1111100 00100011 00100010 11111010 11111011 11111110 11111111 " +
  "00000000011111 00000000011110 00000000011101 00000000011100 00000000011011 00000000011010 00000000011001 " +
  "00000000011000 00000000010111 00000000010110 00000000010101 00000000010100 00000000010011 00000000010010 " +
  "00000000010001 00000000010000 000000000011000 000000000010111 000000000010110 000000000010101 " +
  "000000000010100 000000000010011 000000000010010 000000000010001 000000000010000",
  "010 00110 1111001 00100111 00100000 0000000010110 0000000010101 000000000011111 000000000011110 " +
  "000000000011101 000000000011100 000000000011011 000000000011010 000000000011001 0000000000010011 " +
  "0000000000010010 0000000000010001 0000000000010000",
  "00101 0000111 11111100 0000001100 0000000010100",
  "00111 00100110 000000011100 0000000010011",
  "000110 11111101 000000010010",
  "000111 000000100 0000000010010",
  "0000110 000000011110 0000000000010100",
  "0000100 000000010101",
  "0000101 000000010001",
  "1111000 0000000010001",
  "1111010 0000000010000",
  "00100001 0000000000011010",
  "00100101 0000000000011001",
  "00100100 0000000000011000",
  "000000101 0000000000010111",
  "000000111 0000000000010110",
  "0000001101 0000000000010101",
  "000000011111",
  "000000011010",
  "000000011001",
  "000000010111",
  "000000010110",
  "0000000011111",
  "0000000011110",
  "0000000011101",
  "0000000011100",
  "0000000011011",
  "0000000000011111",
  "0000000000011110",
  "0000000000011101",
  "0000000000011100",
  "0000000000011011",
];

const END_OF_BLOCK = -1;
const ESCAPE = -2;
/** Of both tables: run times 64 plus level, or one of these two. */
const COEFFICIENTS = [coefficients(B14, "10"), coefficients(B15, "0110")] as const;

/** Figure 7-2. */
const ZIGZAG = [
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
];
/** Figure 7-3. */
const ALTERNATE = [
  ...[0, 8, 16, 24, 1, 9, 2, 10, 17, 25, 32, 40, 48, 56, 57, 49, 41, 33, 26, 18, 3, 11, 4, 12, 19, 27, 34, 42, 50, 58],
  ...[35, 43, 51, 59, 20, 28, 5, 13, 6, 14, 21, 29, 36, 44, 52, 60, 37, 45, 53, 61, 22, 30, 7, 15, 23, 31, 38, 46, 54],
  ...[62, 39, 47, 55, 63],
];
/** Table 7-6, for q_scale_type 1. */
const SCALES = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 52, 56, 64, 72, 80, 88, 96],
  ...[104, 112],
];
/** 6.3.11, in zigzag order from left to right: as a matrix. */
const INTRA_MATRIX = [
  ...[8, 16, 19, 22, 26, 27, 29, 34, 16, 16, 22, 24, 27, 29, 34, 37, 19, 22, 26, 27, 29, 34, 34, 38, 22, 22, 26, 27],
  ...[29, 34, 37, 40, 22, 26, 27, 29, 32, 35, 40, 48, 26, 27, 29, 32, 35, 40, 48, 58, 26, 27, 29, 34, 38, 46, 56, 69],
  ...[27, 29, 35, 38, 46, 56, 69, 83],
];

/** What the headers say before the slices. */
interface Headers {
  width: number;
  height: number;
  /** chroma_format (Table 6-5): 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4. */
  chroma: number;
  matrix: readonly number[];
  chromaMatrix: readonly number[];
  /** matrix_coefficients (Table 6-9) are those of BT.709. */
  is709: boolean;
  isIntra: boolean;
  /** picture_structure: 1 and 2 for a field, 3 for a frame. */
  structure: number;
  dcPrecision: number;
  /** frame_pred_frame_dct: no macroblock is in fields. */
  framesOnly: boolean;
  hasVectors: boolean;
  nonLinear: boolean;
  table: 0 | 1;
  scan: readonly number[];
}

/** Samples of one component. */
interface Plane {
  width: number;
  samples: Uint8Array;
}

/**
 * The first intra picture of a video stream; undefined where there is none, or none of a kind that is read here.
 *
 * @param stream its beginning, without a container
 */
export function firstPicture(stream: Uint8Array): VideoPicture | undefined {
  const headers: Partial<Headers> = {};
  let picture: MacroblockReader | undefined;
  for (const { code, start, end } of units(stream)) {
    const reader = new Bits(stream, start, end);
    if (picture !== undefined && !(code >= 1 && code <= LAST_SLICE)) break; // the next picture, or the end
    if (code === SEQUENCE) readSequence(reader, headers);
    else if (code === EXTENSION) readExtension(reader, headers);
    else if (code === PICTURE) {
      reader.advance(10); // temporal_reference
      headers.isIntra = reader.bits(3) === 1;
    } else if (code <= LAST_SLICE && headers.isIntra && headers.structure !== undefined) {
      if (!isComplete(headers)) return undefined;
      picture ??= new MacroblockReader(headers);
      picture.slice(reader, code);
    }
  }
  return picture?.shown();
}

/** The parts of a stream between start codes. */
function* units(stream: Uint8Array): Generator<{ code: number; start: number; end: number }> {
  let open: { code: number; start: number } | undefined;
  for (let at = 0; at + 3 < stream.length; at++) {
    if (stream[at] !== 0 || stream[at + 1] !== 0 || stream[at + 2] !== 1) continue;
    if (open !== undefined) yield { ...open, end: at };
    open = { code: stream[at + 3]!, start: at + 4 };
    at += 3;
  }
  // the last may be cut off
  if (open !== undefined) yield { ...open, end: stream.length };
}

function readSequence(reader: Bits, headers: Partial<Headers>): void {
  headers.width = reader.bits(12);
  headers.height = reader.bits(12);
  reader.advance(4 + 4 + 18 + 1 + 10 + 1);
  headers.matrix = reader.bits(1) === 1 ? matrixOf(reader) : INTRA_MATRIX;
  headers.chromaMatrix = headers.matrix;
  headers.is709 = headers.height >= 720;
}

/** What MPEG-1 has not: without them a stream is none of MPEG-2. */
function readExtension(reader: Bits, headers: Partial<Headers>): void {
  const id = reader.bits(4);
  if (id === 1) { // sequence_extension
    reader.advance(8 + 1);
    headers.chroma = reader.bits(2);
    headers.width = headers.width! + reader.bits(2) * 4096;
    headers.height = headers.height! + reader.bits(2) * 4096;
  } else if (id === 2) { // sequence_display_extension
    reader.advance(3);
    if (reader.bits(1) === 1) {
      reader.advance(16);
      headers.is709 = reader.bits(8) === 1;
    }
  } else if (id === 3) { // quant_matrix_extension
    if (reader.bits(1) === 1) headers.chromaMatrix = headers.matrix = matrixOf(reader);
    if (reader.bits(1) === 1) matrixOf(reader); // of what is not intra
    if (reader.bits(1) === 1) headers.chromaMatrix = matrixOf(reader);
  } else if (id === 8) { // picture_coding_extension
    reader.advance(16);
    headers.dcPrecision = reader.bits(2);
    headers.structure = reader.bits(2);
    reader.advance(1);
    headers.framesOnly = reader.bits(1) === 1;
    headers.hasVectors = reader.bits(1) === 1;
    headers.nonLinear = reader.bits(1) === 1;
    headers.table = reader.bits(1) as 0 | 1;
    headers.scan = reader.bits(1) === 1 ? ALTERNATE : ZIGZAG;
  }
}

/** Matrices come in zigzag order always (6.3.11). */
function matrixOf(reader: Bits): number[] {
  const matrix: number[] = [];
  for (const at of ZIGZAG) matrix[at] = reader.bits(8);
  return matrix;
}

/** Whether all is said that a picture needs, and none of what is not read here. */
function isComplete(headers: Partial<Headers>): headers is Headers {
  const { width = 0, height = 0, chroma = 0, structure = 0, hasVectors } = headers;
  const isShown = width > 0 && height > 0 && width <= LARGEST_SIDE && height <= LARGEST_SIDE;
  return isShown && chroma > 0 && structure > 0 && !hasVectors;
}

/** Reads the macroblocks of one picture into its planes (7.1 to 7.5). */
class MacroblockReader {
  readonly #headers: Headers;
  readonly #columns: number;
  readonly #rows: number;
  readonly #planes: readonly Plane[];
  readonly #block = new Float64Array(64);
  readonly #blocks: readonly { component: number; x: number; y: number }[];
  readonly #predictions = [0, 0, 0];

  constructor(headers: Headers) {
    this.#headers = headers;
    this.#blocks = this.#order();
    const { width, height, chroma, structure } = headers;
    const isField = structure !== 3;
    this.#columns = Math.ceil(width / 16);
    this.#rows = isField ? Math.ceil(height / 32) : Math.ceil(height / 16);
    const plane = (width: number, height: number) => ({ width, samples: new Uint8Array(width * height).fill(128) });
    const [full, lines] = [this.#columns * 16, this.#rows * 16];
    const less: [number, number] = [chroma === 3 ? full : full / 2, chroma === 1 ? lines / 2 : lines];
    this.#planes = [plane(full, lines), plane(...less), plane(...less)];
  }

  /** One slice; what is damaged of it ends it, and leaves the rest of the picture. */
  slice(reader: Bits, code: number): void {
    const { height, nonLinear, dcPrecision } = this.#headers;
    const row = (height > 2800 ? reader.bits(3) << 7 : 0) + code - 1;
    if (row >= this.#rows) return;
    const scaleOf = (code: number) => nonLinear ? SCALES[code]! : code * 2;
    let scale = scaleOf(reader.bits(5));
    if (reader.peek(1) === 1) {
      reader.advance(9);
      while (reader.peek(1) === 1) reader.advance(9);
    }
    reader.advance(1);
    this.#predictions.fill(128 << dcPrecision);
    let column = -1;
    while (!reader.isAtEnd && reader.peek(23) !== 0) {
      for (let step = reader.code(INCREMENTS); step !== undefined; step = reader.code(INCREMENTS)) {
        column += Math.min(step + 1, ESCAPED_INCREMENT);
        if (step < ESCAPED_INCREMENT) break;
      }
      if (column >= this.#columns) return;
      const hasScale = reader.bits(1) === 0;
      if (hasScale && reader.bits(1) === 0) return; // no macroblock_type of an intra picture (Table B-2)
      const isInFields = this.#headers.structure === 3 && !this.#headers.framesOnly && reader.bits(1) === 1;
      if (hasScale) scale = scaleOf(reader.bits(5));
      if (!this.#macroblock(reader, row, column, scale, isInFields)) return;
    }
  }

  /** @returns false where its codes are none */
  #macroblock(reader: Bits, row: number, column: number, scale: number, isInFields: boolean): boolean {
    for (const { component, x, y } of this.#blocks) {
      if (!this.#read(reader, component, scale)) return false;
      const { width, samples } = this.#planes[component]!;
      const [across, down] = this.#blocksOf(component);
      const isHalf = isInFields && down === 2; // above the one field, below the other (Figure 6-13)
      for (let line = 0, from = 0; line < 8; line++) {
        const inside = isHalf ? y + line * 2 : y * 8 + line;
        let to = (row * down * 8 + inside) * width + column * across * 8 + x * 8;
        for (let n = 0; n < 8; n++) samples[to++] = clamped(this.#block[from++]!);
      }
    }
    return true;
  }

  /** Blocks of a macroblock, across and down. */
  #blocksOf(component: number): [across: number, down: number] {
    const { chroma } = this.#headers;
    return component === 0 ? [2, 2] : [chroma === 3 ? 2 : 1, chroma === 1 ? 1 : 2];
  }

  /** In which order they come (Figures 6-10 to 6-12): the two chrominances take turns, column by column. */
  #order(): { component: number; x: number; y: number }[] {
    const luminance = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([x, y]) => ({ component: 0, x: x!, y: y! }));
    const [across, down] = this.#blocksOf(1);
    const order = [...luminance];
    for (let x = 0; x < across; x++) {
      for (let y = 0; y < down; y++) order.push({ component: 1, x, y }, { component: 2, x, y });
    }
    return order;
  }

  /** The coefficients of a block, times what they were divided by (7.2 to 7.4), turned into samples. */
  #read(reader: Bits, component: number, scale: number): boolean {
    const { dcPrecision, table, scan, matrix, chromaMatrix } = this.#headers;
    const block = this.#block.fill(0);
    const size = reader.code(component === 0 ? LUMINANCE_SIZES : CHROMINANCE_SIZES);
    if (size === undefined) return false;
    const difference = reader.bits(size);
    const isLess = size > 0 && difference < 2 ** (size - 1);
    this.#predictions[component]! += isLess ? difference - 2 ** size + 1 : difference;
    block[0] = this.#predictions[component]! * (8 >> dcPrecision);
    const weights = component === 0 ? matrix : chromaMatrix;
    let sum = block[0]!;
    for (let n = 0;;) {
      const found = reader.code(COEFFICIENTS[table]);
      if (found === undefined) return false;
      if (found === END_OF_BLOCK) break;
      let [run, level] = [found >> 6, found & 63];
      if (found === ESCAPE) {
        run = reader.bits(6);
        level = reader.bits(12) << 20 >> 20;
      } else if (reader.bits(1) === 1) level = -level;
      n += run + 1;
      if (n > 63) return false;
      const at = scan[n]!;
      const value = Math.trunc(level * weights[at]! * scale / 16);
      block[at] = Math.max(-2048, Math.min(2047, value));
      sum += block[at]!;
    }
    if (sum % 2 === 0) block[63] = block[63]! % 2 === 0 ? block[63]! + 1 : block[63]! - 1; // mismatch control (7.4.4)
    inverseDct(block);
    return true;
  }

  /** The picture as it is shown: without what fills its last macroblocks, a field over both lines, in RGB. */
  shown(): VideoPicture {
    const { width, height, chroma, structure, is709 } = this.#headers;
    const [luminance, blue, red] = this.#planes as [Plane, Plane, Plane];
    const pixels = new Uint8Array(width * height * 3);
    const lastLine = luminance.samples.length / luminance.width - 1;
    // BT.601 and BT.709, from 16 to 235
    const [rr, gb, gr, bb] = is709 ? [1.793, 0.213, 0.533, 2.112] : [1.596, 0.392, 0.813, 2.017];
    for (let line = 0, to = 0; line < height; line++) {
      const y = Math.min(lastLine, structure === 3 ? line : line >> 1);
      const cy = chroma === 1 ? y >> 1 : y;
      for (let x = 0; x < width; x++, to += 3) {
        const at = cy * blue.width + (chroma === 3 ? x : x >> 1);
        const grey = (luminance.samples[y * luminance.width + x]! - 16) * 1.164;
        const [cb, cr] = [blue.samples[at]! - 128, red.samples[at]! - 128];
        pixels[to] = clamped(grey + rr * cr);
        pixels[to + 1] = clamped(grey - gb * cb - gr * cr);
        pixels[to + 2] = clamped(grey + bb * cb);
      }
    }
    return { width, height, pixels };
  }
}

function clamped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value);
}

/** Cosines of an 8-point transform (Annex A), by sample and coefficient. */
const COSINES = Float64Array.from({ length: 64 }, (_, at) => {
  const [sample, coefficient] = [at >> 3, at & 7];
  return Math.cos((2 * sample + 1) * coefficient * Math.PI / 16) / (coefficient === 0 ? Math.SQRT2 : 1) / 2;
});
const between = new Float64Array(64);

/** Rows, then columns, in place. */
function inverseDct(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += block[row + u]! * COSINES[x * 8 + u]!;
      between[row + x] = sum;
    }
  }
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += between[v * 8 + x]! * COSINES[y * 8 + v]!;
      block[y * 8 + x] = sum;
    }
  }
}

/** Bits of a stream, most significant first; beyond the end they are 0. */
class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start * 8;
    this.#end = end * 8;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** At most 24. */
  peek(count: number): number {
    let value = 0;
    for (let byte = this.#at >> 3, n = 0; n < 4; n++, byte++) {
      value = value * 256 + (byte * 8 < this.#end ? this.#bytes[byte]! : 0);
    }
    return Math.floor(value / 2 ** (32 - (this.#at & 7) - count)) % 2 ** count;
  }

  bits(count: number): number {
    const value = this.peek(count);
    this.#at += count;
    return value;
  }

  advance(count: number): void {
    this.#at += count;
  }

  /** The value of the code that comes; undefined for none. */
  code({ values, longest }: Codes): number | undefined {
    const bits = this.peek(longest);
    for (let length = 1; length <= longest; length++) {
      const value = values.get((1 << length) | (bits >> (longest - length)));
      if (value !== undefined) {
        this.#at += length;
        return value;
      }
    }
    return undefined;
  }
}

/** Values by their codes, each with a 1 before it, and how many bits the longest has. */
interface Codes {
  values: ReadonlyMap<number, number>;
  longest: number;
}

/** The values from 0 on of codes with spaces between them. */
function codes(words: string): Codes {
  return tableOf(words.split(" ").map((word, value) => [word, value] as const));
}

function tableOf(entries: readonly (readonly [word: string, value: number])[]): Codes {
  const values = new Map(entries.map(([word, value]) => [parseInt(`1${word}`, 2), value]));
  return { values, longest: Math.max(...entries.map(([word]) => word.length)) };
}

function coefficients(runs: readonly string[], endOfBlock: string): Codes {
  const all = runs.flatMap((words, run) =>
    words.split(" ").map((word, level) => [word, run * 64 + level + 1] as const)
  );
  return tableOf([...all, [endOfBlock, END_OF_BLOCK], ["000001", ESCAPE]]);
}
