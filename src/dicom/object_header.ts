import { Dataset } from "./dataset.ts";
import { nameOf, Tag } from "./dictionary.ts";
import { MalformedDataset, readDataset, type ReadResult, TruncatedDataset } from "./read_dataset.ts";
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

/** How much of a data set is read at first: nearly always all that stands before the pixel data. */
const FIRST_WINDOW = 64 * 1024;
/** A longer value is passed over: some machines keep volumes or films in private attributes. */
const LONGEST_VALUE = 1024 * 1024;
/** A sequence that does not say its length must be read for its end to be found, and is refused beyond this. */
const LONGEST_SEQUENCE = 32 * 1024 * 1024;
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;
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
export function readObjectHeader(source: ByteSource, syntax: TransferSyntax): Dataset {
  const { dataset, end } = readHeader(source, syntax);
  checkRest(source, end, syntax);
  return dataset;
}

/**
 * The attributes that stand before the pixel data, but for values of more than a megabyte, and where they end. What
 * comes after them is not looked at.
 *
 * @throws MalformedDataset, TruncatedDataset
 */
export function readHeader(source: ByteSource, syntax: TransferSyntax): ReadResult {
  const length = Math.min(FIRST_WINDOW, source.size);
  try {
    const read = readDataset(source.readAt(0, length), syntax, { until: Tag.FloatPixelData });
    if (read.end < length || length === source.size) return read;
  } catch (error) {
    if (!(error instanceof TruncatedDataset) || length === source.size) throw error;
  }
  return readElements(source, syntax);
}

/** One element after the other, so that a long one costs nothing. */
function readElements(source: ByteSource, syntax: TransferSyntax): ReadResult {
  const dataset = new Dataset();
  let at = 0;
  while (at < source.size) {
    const { tag, length, value } = elementHeader(source, at, syntax);
    if (tag >= Tag.FloatPixelData) break;
    const charset = dataset.texts(Tag.SpecificCharacterSet);
    if (length === UNDEFINED_LENGTH) {
      const read = readSequence(source, at, tag, syntax, charset);
      for (const element of read.dataset) dataset.add(element);
      at = read.end;
      continue;
    }
    const end = value + length;
    if (end > source.size) {
      throw new TruncatedDataset(
        `${nameOf(tag)} says it is ${length} bytes long, and only ${source.size - value} are there`,
      );
    }
    if (length <= LONGEST_VALUE) {
      for (const element of readDataset(source.readAt(at, end - at), syntax, { charset }).dataset) dataset.add(element);
    }
    at = end;
  }
  return { dataset, end: at };
}

/** An element of undefined length, and where it ends. */
function readSequence(
  source: ByteSource,
  at: number,
  tag: number,
  syntax: TransferSyntax,
  charset: readonly string[],
): ReadResult {
  const most = Math.min(LONGEST_SEQUENCE, source.size - at);
  for (let window = FIRST_WINDOW;; window *= 4) {
    const length = Math.min(window, most);
    try {
      const { dataset, end } = readDataset(source.readAt(at, length), syntax, { charset, until: tag + 1 });
      if (end < length || length === source.size - at) return { dataset, end: at + end };
    } catch (error) {
      if (!(error instanceof TruncatedDataset) || length === source.size - at) throw error;
    }
    if (length === most) throw new MalformedDataset(`${nameOf(tag)} is longer than the ${most} bytes that are taken`);
  }
}

/** Walks from the pixel data to the end of the data set by lengths alone. */
function checkRest(source: ByteSource, start: number, syntax: TransferSyntax): void {
  let at = start;
  while (at < source.size) {
    const { tag, length, value } = elementHeader(source, at, syntax);
    if (length !== UNDEFINED_LENGTH) at = value + length;
    else if (PIXEL_DATA.has(tag)) at = endOfFragments(source, value);
    else at = readSequence(source, at, tag, syntax, []).end;
    if (at > source.size) throw new TruncatedDataset(`the data ends ${at - source.size} bytes too early`);
  }
}

function elementHeader(source: ByteSource, at: number, syntax: TransferSyntax) {
  const bytes = source.readAt(at, 12);
  if (bytes.length < 8) throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !syntax.bigEndian;
  const tag = view.getUint16(0, little) * 0x10000 + view.getUint16(2, little);
  if (!syntax.explicit) return { tag, length: view.getUint32(4, little), value: at + 8 };
  const vr = String.fromCharCode(bytes[4]!, bytes[5]!);
  if (!/^[A-Z?-]{2}$/.test(vr) && vr !== "\0\0") {
    throw new MalformedDataset(`no value representation at byte ${at + 4}`);
  }
  if (!/^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(vr)) return { tag, length: view.getUint16(6, little), value: at + 8 };
  if (bytes.length < 12) throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  return { tag, length: view.getUint32(8, little), value: at + 12 };
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
