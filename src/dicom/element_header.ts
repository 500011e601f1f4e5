import { formatTag } from "./dictionary.ts";
import { MalformedDataset, TruncatedDataset } from "./malformed_dataset.ts";
import type { TransferSyntax } from "./transfer_syntax.ts";

/** How elements are written. */
export type Syntax = Pick<TransferSyntax, "explicit" | "bigEndian">;

/** The tags around items and sequences (PS3.5 7.5), and the length of what ends with such a tag. */
export const ITEM = 0xfffee000;
export const ITEM_END = 0xfffee00d;
export const SEQUENCE_END = 0xfffee0dd;
export const UNDEFINED_LENGTH = 0xffffffff;
/** VRs with two reserved bytes and a 32-bit length (PS3.5 7.1.2). */
export const LONG_VRS: ReadonlySet<string> = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));
/** Deeper than sequences of any real report are nested; a hostile one must not exhaust the stack. */
export const MOST_NESTING = 256;

/** An element as its header has it (PS3.5 7.1). */
export interface ElementHeader {
  tag: number;
  /** "" where it is not written. */
  vr: string;
  length: number;
  /** Where its value begins. */
  value: number;
}

/**
 * The tag of an element, an item or a delimiter.
 *
 * @param here where it stands in the view
 * @param at what that byte is called
 * @throws TruncatedDataset where not even a short header is there
 */
export function readTag(view: DataView, here: number, little: boolean, at = here, end = view.byteLength): number {
  if (here + 8 > end) throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  return view.getUint16(here, little) * 0x10000 + view.getUint16(here + 2, little);
}

/**
 * The header of an element, whose value counts as `at` does.
 *
 * @throws TruncatedDataset where it is not all there, MalformedDataset where no VR stands
 */
export function readElementHeader(
  view: DataView,
  here: number,
  { explicit, bigEndian }: Syntax,
  at = here,
  end = view.byteLength,
): ElementHeader {
  const little = !bigEndian;
  const tag = readTag(view, here, little, at, end);
  if (!explicit) return { tag, vr: "", length: view.getUint32(here + 4, little), value: at + 8 };
  const vr = String.fromCharCode(view.getUint8(here + 4), view.getUint8(here + 5));
  if (!/^[A-Z?-]{2}$/.test(vr) && vr !== "\0\0") {
    throw new MalformedDataset(`${formatTag(tag)} at byte ${at} has no value representation`);
  }
  if (!LONG_VRS.has(vr)) return { tag, vr, length: view.getUint16(here + 6, little), value: at + 8 };
  if (here + 12 > end) throw new TruncatedDataset(`the data ends within an element's header at byte ${at}`);
  return { tag, vr, length: view.getUint32(here + 8, little), value: at + 12 };
}

/**
 * Tag, VR and length of an element, or of an item or delimiter, which have no VR, as they are written.
 *
 * @throws MalformedDataset where the length has no room
 */
export function elementHeader(tag: number, vr: string, length: number, { explicit, bigEndian }: Syntax): Uint8Array {
  const writesVr = explicit && vr !== "";
  const isLong = writesVr && LONG_VRS.has(vr);
  if (writesVr && !isLong && length > 0xffff) {
    throw new MalformedDataset(`${length} bytes are too long for ${formatTag(tag)}, which is ${vr}`);
  }
  const header = new Uint8Array(isLong ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, tag >>> 16, !bigEndian);
  view.setUint16(2, tag & 0xffff, !bigEndian);
  if (writesVr) header.set([vr.charCodeAt(0), vr.charCodeAt(1)], 4);
  if (isLong) view.setUint32(8, length, !bigEndian);
  else if (writesVr) view.setUint16(6, length, !bigEndian);
  else view.setUint32(4, length, !bigEndian);
  return header;
}
