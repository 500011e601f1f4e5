import { say } from "../sentences.ts";
import { LEAST_OF_FRAME, NoPicture } from "./pixel_data.ts";

/** A frame from RLE Lossless. */
export interface RleFrame {
  /** The samples, one plane after the other, each little-endian. */
  bytes: Uint8Array;
  /** Pixels that a segment lacks at its end, at most: they are 0. */
  missing: number;
}

/** Length of the RLE header: the number of segments and the offsets of 15 (PS3.5 G.5). */
const HEADER = 64;

/**
 * The bytes of a frame from RLE Lossless (PS3.5 Annex G), in native order: each sample's bytes little-endian, the
 * samples one plane after the other as the segments are, whatever Planar Configuration says.
 *
 * @param pixels rows × columns
 * @param samples samples per pixel
 * @param width bytes of one sample
 * @throws NoPicture when segments are missing, or hold much too little
 */
export function decodeRle(bytes: Uint8Array, pixels: number, samples: number, width: number): RleFrame {
  if (bytes.length < HEADER) throw new NoPicture(say("rle-short"));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count !== samples * width) {
    throw new NoPicture(say("rle-segments", { count, needed: samples * width }));
  }
  const decoded = new Uint8Array(pixels * samples * width);
  let missing = 0;
  for (let segment = 0; segment < count; segment++) {
    const start = view.getUint32(4 + segment * 4, true);
    const end = segment + 1 < count ? view.getUint32(8 + segment * 4, true) : bytes.length;
    if (start < HEADER || start > end || end > bytes.length) {
      throw new NoPicture(say("rle-order"));
    }
    const sample = Math.floor(segment / width);
    const significance = width - 1 - segment % width; // the most significant byte's segment comes first
    const offset = sample * pixels * width + significance;
    const written = decodeSegment(bytes.subarray(start, end), decoded, offset, width, pixels);
    missing = Math.max(missing, pixels - written);
    if (written < pixels * LEAST_OF_FRAME) {
      throw new NoPicture(say("rle-pixels", { written, pixels }));
    }
  }
  return { bytes: decoded, missing };
}

/** PackBits (PS3.5 G.3) into every `step`th byte from `offset`; @returns how many bytes were written. */
function decodeSegment(bytes: Uint8Array, into: Uint8Array, offset: number, step: number, most: number): number {
  let written = 0;
  for (let at = 0; at < bytes.length && written < most;) {
    const control = bytes[at++]!;
    if (control === 0x80) continue;
    if (control < 0x80) {
      const run = Math.min(control + 1, most - written, bytes.length - at);
      for (let index = 0; index < run; index++) into[offset + (written + index) * step] = bytes[at + index]!;
      at += control + 1;
      written += run;
    } else if (at < bytes.length) {
      const run = Math.min(257 - control, most - written);
      const value = bytes[at++]!;
      for (let index = 0; index < run; index++) into[offset + (written + index) * step] = value;
      written += run;
    }
  }
  return written;
}
