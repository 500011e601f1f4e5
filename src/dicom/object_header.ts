import type { Dataset } from "./dataset.ts";
import { Tag } from "./dictionary.ts";
import { MalformedDataset, readDataset, TruncatedDataset } from "./read_dataset.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** A data set as bytes that can be read anywhere, such as a file. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `offset`, `length` of them or as many as there are. Good until the next call. */
  readAt(offset: number, length: number): Uint8Array;
}

/** How much of a data set is read at first: nearly always all that stands before the pixel data. */
const FIRST_WINDOW = 64 * 1024;
/** An object without pixel data, or what stands before it, is refused beyond this. */
const LARGEST_HEADER = 64 * 1024 * 1024;
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_DATA: ReadonlySet<number> = new Set([Tag.PixelData, Tag.FloatPixelData, Tag.DoubleFloatPixelData]);

/**
 * Reads the attributes of a data set that stand before its pixel data, and checks that the rest of it is whole: pixel
 * data as long as it says, every fragment, every element after. Memory does not grow with the pixel data.
 *
 * @param source a data set without file meta information, not deflated
 * @throws MalformedDataset, TruncatedDataset
 */
export function readObjectHeader(source: ByteSource, syntax: TransferSyntax): Dataset {
  for (let window = FIRST_WINDOW;; window *= 8) {
    const length = Math.min(window, source.size);
    try {
      const { dataset, end } = readDataset(source.readAt(0, length), syntax, { until: Tag.FloatPixelData });
      if (end < length || length === source.size) {
        checkRest(source, end, syntax);
        return dataset;
      }
    } catch (error) {
      if (!(error instanceof TruncatedDataset) || length === source.size) throw error;
    }
    if (length >= LARGEST_HEADER) {
      throw new MalformedDataset(`more than ${LARGEST_HEADER} bytes stand before the pixel data`);
    }
  }
}

/** Walks from the pixel data to the end of the data set by lengths alone. */
function checkRest(source: ByteSource, start: number, syntax: TransferSyntax): void {
  let at = start;
  while (at < source.size) {
    const { tag, length, value } = elementHeader(source, at, syntax);
    if (length !== UNDEFINED_LENGTH) at = value + length;
    else if (PIXEL_DATA.has(tag)) at = endOfFragments(source, value);
    else at = restAsDataset(source, at, syntax);
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
  if (!/^[A-Z]{2}$/.test(vr)) throw new MalformedDataset(`no value representation at byte ${at + 4}`);
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

/** A sequence after the pixel data, private as a rule: small enough to be read. */
function restAsDataset(source: ByteSource, at: number, syntax: TransferSyntax): number {
  const length = source.size - at;
  if (length > LARGEST_HEADER) throw new MalformedDataset(`more than ${LARGEST_HEADER} bytes follow the pixel data`);
  readDataset(source.readAt(at, length), syntax);
  return source.size;
}
