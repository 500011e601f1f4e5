import { Dataset } from "./dataset.ts";
import { formatTag, nameOf, Tag } from "./dictionary.ts";
import { MalformedDataset, readDataset, type ReadOptions, type ReadResult, TruncatedDataset } from "./read_dataset.ts";
import { weaker } from "./read_text.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** A data set as bytes that can be read anywhere, such as a file. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset`, `length` of them or as many as there are. Good until the next call. */
  readAt(offset: number, length: number): Uint8Array;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, readAt: (offset, length) => bytes.subarray(offset, offset + length) };
}

type TextOptions = Pick<ReadOptions, "machineCharset">;

/** How much of a data set is read at first: nearly always all that stands before the pixel data. */
const FIRST_WINDOW = 64 * 1024;
/** A longer value is passed over: some machines keep volumes or films in private attributes. */
const LONGEST_VALUE = 1024 * 1024;
/** A sequence that does not say its length must be read for its end to be found, and is refused beyond this. */
const LONGEST_SEQUENCE = 32 * 1024 * 1024;
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
/** Sequences and their items within each other, as deep as `readDataset` goes. */
const MOST_OPEN = 512;
const PIXEL_DATA: ReadonlySet<number> = new Set([Tag.PixelData, Tag.FloatPixelData, Tag.DoubleFloatPixelData]);

/**
 * Reads the attributes of a data set that stand before its pixel data, and checks that the rest of it is whole: pixel
 * data as long as it says, every fragment, every element after. Memory does not grow with the pixel data, nor with what
 * else is long.
 *
 * @param source a data set without file meta information, not deflated
 * @returns the attributes, but for values of more than a megabyte, of which only the length is looked at
 * @throws MalformedDataset, TruncatedDataset
 */
export function readObjectHeader(source: ByteSource, syntax: TransferSyntax, options: TextOptions = {}): Dataset {
  const { dataset, end } = readHeader(source, syntax, options);
  checkRest(source, end, syntax);
  return dataset;
}

/**
 * The attributes that stand before the pixel data, but for values of more than a megabyte, and where they end. What
 * comes after them is not looked at.
 *
 * @throws MalformedDataset, TruncatedDataset
 */
export function readHeader(source: ByteSource, syntax: TransferSyntax, options: TextOptions = {}): ReadResult {
  const length = Math.min(FIRST_WINDOW, source.size);
  try {
    const read = readDataset(source.readAt(0, length), syntax, { ...options, until: Tag.FloatPixelData });
    if (read.end < length || length === source.size) return read;
  } catch (error) {
    if (!(error instanceof TruncatedDataset) || length === source.size) throw error;
  }
  return readElements(source, syntax, options);
}

/** One element after the other, so that a long one costs nothing. */
function readElements(source: ByteSource, syntax: TransferSyntax, { machineCharset }: TextOptions): ReadResult {
  const dataset = new Dataset();
  const add = (read: Dataset) => {
    for (const element of read) dataset.add(element);
    dataset.textReadAs = weaker(dataset.textReadAs, read.textReadAs);
  };
  let at = 0;
  while (at < source.size) {
    const { tag, length, value } = elementHeader(source, at, syntax);
    if (tag >= Tag.FloatPixelData) break;
    const charsets = { charset: dataset.texts(Tag.SpecificCharacterSet), machineCharset };
    if (length === UNDEFINED_LENGTH) {
      const read = readSequence(source, at, tag, syntax, charsets);
      add(read.dataset);
      at = read.end;
      continue;
    }
    const end = value + length;
    if (end > source.size) {
      throw new TruncatedDataset(
        `${nameOf(tag)} says it is ${length} bytes long, and only ${source.size - value} are there`,
      );
    }
    if (length <= LONGEST_VALUE) add(readDataset(source.readAt(at, end - at), syntax, charsets).dataset);
    at = end;
  }
  return { dataset, end: at };
}

/** Where an element stands: `start` its first byte, `value` that of its value, `end` the byte after it. */
export interface ElementPlace {
  tag: number;
  /** As it is written; "" where it is not. */
  vr: string;
  start: number;
  value: number;
  end: number;
  hasUndefinedLength: boolean;
}

/**
 * The places of a data set's elements that stand before its pixel data, in the order in which they stand there.
 *
 * @throws MalformedDataset, TruncatedDataset
 */
export function* elementPlaces(source: ByteSource, syntax: Syntax): Generator<ElementPlace> {
  for (let start = 0, end = 0; start < source.size; start = end) {
    const { tag, vr, length, value } = elementHeader(source, start, syntax);
    if (tag >= Tag.FloatPixelData) return;
    const hasUndefinedLength = length === UNDEFINED_LENGTH;
    end = hasUndefinedLength ? endOfSequence(source, start, tag, syntax) : value + length;
    if (end > source.size) throw new TruncatedDataset(`${nameOf(tag)} ends past the end of the data`);
    yield { tag, vr, start, value, end, hasUndefinedLength };
  }
}

/** An element of undefined length, and where it ends. As of any other, a value of more than a megabyte is passed over. */
function readSequence(
  source: ByteSource,
  at: number,
  tag: number,
  syntax: TransferSyntax,
  charsets: Pick<ReadOptions, "charset" | "machineCharset">,
): ReadResult {
  for (let window = FIRST_WINDOW; window <= LONGEST_VALUE; window *= 4) {
    const length = Math.min(window, source.size - at);
    try {
      const { dataset, end } = readDataset(source.readAt(at, length), syntax, { ...charsets, until: tag + 1 });
      if (end < length || length === source.size - at) return { dataset, end: at + end };
    } catch (error) {
      if (!(error instanceof TruncatedDataset) || length === source.size - at) throw error;
    }
  }
  return { dataset: new Dataset(), end: endOfSequence(source, at, tag, syntax) };
}

/**
 * Where an element of undefined length ends, by lengths alone: the tree of a report may have a million items, and
 * whoever sends one holds up nobody.
 */
function endOfSequence(source: ByteSource, start: number, tag: number, syntax: Syntax): number {
  const little = !syntax.bigEndian;
  const most = Math.min(LONGEST_SEQUENCE, source.size - start);
  const first = elementHeader(source, start, syntax);
  /** What is open, the innermost last: a sequence or an item, each up to its delimiter. */
  const open = [{ isSequence: true, explicit: syntax.explicit && first.vr !== "UN" }];
  let window = new DataView(new ArrayBuffer(0));
  let windowStart = 0;
  let at = first.value;
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    if (at - start > LONGEST_SEQUENCE) {
      throw new MalformedDataset(`${nameOf(tag)} is longer than the ${most} bytes that are taken`);
    }
    if (at + 8 > source.size) throw new TruncatedDataset(`a sequence without end at byte ${start}`);
    if (at < windowStart || at + 12 > windowStart + window.byteLength) {
      // a copy: the source's bytes are good until its next call
      const bytes = new Uint8Array(source.readAt(at, FIRST_WINDOW));
      window = new DataView(bytes.buffer);
      windowStart = at;
    }
    const here = at - windowStart;
    const found = window.getUint16(here, little) * 0x10000 + window.getUint16(here + 2, little);
    if (found === (level.isSequence ? SEQUENCE_END : ITEM_END)) {
      open.pop();
      at += 8;
      continue;
    }
    if (level.isSequence) {
      if (found !== ITEM) throw new MalformedDataset(`${formatTag(found)} stands where an item should, at byte ${at}`);
      const length = window.getUint32(here + 4, little);
      if (length === UNDEFINED_LENGTH) open.push({ ...level, isSequence: false });
      at += 8 + (length === UNDEFINED_LENGTH ? 0 : length);
      continue;
    }
    const { length, value, vr } = headerIn(window, here, at, { little, explicit: level.explicit });
    at = value;
    if (length !== UNDEFINED_LENGTH) at += length;
    else if (vr === "OB" || vr === "OW") at = endOfFragments(source, at);
    else {
      if (open.length > MOST_OPEN) {
        throw new MalformedDataset(`sequences are nested more than ${MOST_OPEN / 2} deep at byte ${at}`);
      }
      open.push({ isSequence: true, explicit: level.explicit && vr !== "UN" });
    }
  }
  return at;
}

/** Walks from the pixel data to the end of the data set by lengths alone. */
function checkRest(source: ByteSource, start: number, syntax: TransferSyntax): void {
  let at = start;
  while (at < source.size) {
    const { tag, length, value } = elementHeader(source, at, syntax);
    if (length !== UNDEFINED_LENGTH) at = value + length;
    else if (PIXEL_DATA.has(tag)) at = endOfFragments(source, value);
    else at = readSequence(source, at, tag, syntax, {}).end;
    if (at > source.size) throw new TruncatedDataset(`the data ends ${at - source.size} bytes too early`);
  }
}

function elementHeader(source: ByteSource, at: number, syntax: Syntax) {
  const bytes = source.readAt(at, 12);
  if (bytes.length < 8) throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return headerIn(view, 0, at, { explicit: syntax.explicit, little: !syntax.bigEndian });
}

/**
 * The header of the element at byte `here` of the view, which is byte `at` of the data; `value` counts as `at` does. At
 * least 8 bytes are there.
 */
function headerIn(view: DataView, here: number, at: number, { explicit, little }: Writing) {
  const tag = view.getUint16(here, little) * 0x10000 + view.getUint16(here + 2, little);
  if (!explicit) return { tag, vr: "", length: view.getUint32(here + 4, little), value: at + 8 };
  const vr = String.fromCharCode(view.getUint8(here + 4), view.getUint8(here + 5));
  if (!/^[A-Z?-]{2}$/.test(vr) && vr !== "\0\0") {
    throw new MalformedDataset(`no value representation at byte ${at + 4}`);
  }
  if (!/^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(vr)) {
    return { tag, vr, length: view.getUint16(here + 6, little), value: at + 8 };
  }
  if (here + 12 > view.byteLength) {
    throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  }
  return { tag, vr, length: view.getUint32(here + 8, little), value: at + 12 };
}

type Syntax = Pick<TransferSyntax, "explicit" | "bigEndian">;

interface Writing {
  explicit: boolean;
  little: boolean;
}

/** Where the fragments of encapsulated pixel data end (PS3.5 A.4), after their delimiter. */
function endOfFragments(source: ByteSource, start: number): number {
  let at = start;
  while (at < source.size) {
    const bytes = source.readAt(at, 8);
    if (bytes.length < 8) break;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const tag = view.getUint16(0, true) * 0x10000 + view.getUint16(2, true);
    if (tag === SEQUENCE_END) return at + 8;
    if (tag !== ITEM) throw new MalformedDataset(`no fragment stands at byte ${at} of the pixel data`);
    at += 8 + view.getUint32(4, true);
  }
  throw new TruncatedDataset("the pixel data ends before its last fragment");
}
