import { Buffer } from "node:buffer";
import { correctedBytes, correctedObject } from "./corrected_object.ts";
import type { Correction } from "./correction.ts";
import { type Vr, vrOf } from "./dictionary.ts";
import { bytesSource } from "./byte_source.ts";
import { readDataset } from "./read_dataset.ts";
import { reencode } from "./reencode.ts";
import { transferSyntaxOf } from "./transfer_syntax.ts";

/** What stands before an object's pixels, and how it is to be written. Plain values, which another thread can be given. */
export interface HeaderToRewrite {
  /** The header as it came, file meta and all. */
  bytes: Uint8Array;
  /** The transfer syntaxes of the bytes and of what is to come; the same where they are to stay. */
  from: string;
  /** Transfer Syntax UID of what is written. */
  to: string;
  /** What else is changed on the way. */
  correction?: Correction | undefined;
  /** The character set on the record of the machine that the object came from. */
  machineCharset?: readonly string[] | undefined;
  /** Elements in the place of those of the same tags, each as bytes of `from`; of an object whose pixels are decompressed. */
  changed?: readonly (readonly [tag: number, element: Uint8Array])[] | undefined;
}

/** Of the attributes that change, and of the pixels with what tells where their fragments stand (PS3.5 A.4). */
const IMAGE_GROUP = 0x00280000;
const PIXEL_GROUP = 0x7fe00000;

/**
 * The elements before an object's pixels, corrected, with some of them changed, in another transfer syntax: what is
 * asked for of these.
 *
 * @param lookUp the VRs of an implicit data set, where it is to be written explicitly
 * @throws MalformedDataset, TruncatedDataset where the bytes cannot be read or rewritten
 */
export function rewrittenHeader(header: HeaderToRewrite, lookUp: (tag: number) => Vr = vrOf): Uint8Array {
  const [from, to] = [transferSyntaxOf(header.from)!, transferSyntaxOf(header.to)!];
  let bytes = corrected(header, lookUp);
  if (header.changed !== undefined) {
    const startOf = (tag: number) => readDataset(bytes, from, { until: tag }).end;
    for (const [tag, element] of header.changed) {
      const [start, end] = [startOf(tag), startOf(tag + 1)];
      bytes = Buffer.concat([bytes.subarray(0, start), element, bytes.subarray(end)]);
    }
    // the length of their group would be wrong now, and the offset tables are of fragments that are no more
    const [start, after, end] = [startOf(IMAGE_GROUP), startOf(IMAGE_GROUP + 1), startOf(PIXEL_GROUP)];
    bytes = Buffer.concat([bytes.subarray(0, start), bytes.subarray(after, end)]);
  }
  return header.from === header.to ? bytes : reencode(bytes, from, to, lookUp);
}

function corrected({ bytes, from, correction, machineCharset }: HeaderToRewrite, lookUp: (tag: number) => Vr) {
  const source = bytesSource(bytes);
  const object = correction && correctedObject(source, transferSyntaxOf(from)!, correction, {
    machineCharset,
    vrOf: lookUp,
  });
  if (object === undefined) return bytes;
  return Buffer.concat([...correctedBytes(source, object, "head")].map((part) => Buffer.from(part)));
}
