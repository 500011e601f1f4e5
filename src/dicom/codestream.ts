import { say } from "../sentences.ts";
import type { Codestream } from "./codestream_header.ts";
import { readJpeg2000 } from "./jpeg2000.ts";
import { NoPicture } from "./pixel_data.ts";

/**
 * The header of a JPEG, JPEG-LS, JPEG 2000 (also HTJ2K) or JPEG XL codestream.
 *
 * @throws NoPicture when it is none of them, or broken, or divides the picture into more parts than the box decodes
 */
export function readCodestream(bytes: Uint8Array): Codestream {
  const begins = (...head: number[]) => head.every((byte, index) => bytes[index] === byte);
  if (begins(0xff, 0xd8)) return readJpeg(bytes);
  if (begins(0xff, 0x4f)) return readJpeg2000(bytes);
  if (begins(0, 0, 0, 0x0c, 0x6a, 0x50)) return readJpeg2000(bytes.subarray(boxContent(bytes, "jp2c", "JPEG 2000")));
  if (begins(0xff, 0x0a)) return readJpegXl(bytes);
  if (begins(0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c)) {
    const partial = findBox(bytes, "jxlp");
    return readJpegXl(bytes.subarray(partial === undefined ? boxContent(bytes, "jxlc", "JPEG XL") : partial + 4));
  }
  throw new NoPicture(say("codestream-unknown"));
}

/** Markers of ISO 10918-1 B.1 and ISO 14495-1; those without a length are skipped in the loop. */
const SOS = 0xda;
const EOI = 0xd9;
/** More scans than any encoder writes: they write about ten. */
const MOST_SCANS = 100;
const APP0 = 0xe0;
const APP14 = 0xee;
const SOF_JPEG_LS = 0xf7;

function readJpeg(bytes: Uint8Array): Codestream {
  let frame: Codestream | undefined;
  let ids: number[] = [];
  let subsampled = false;
  let jfif = false;
  let adobe: number | undefined;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new NoPicture(say("jpeg-broken"));
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    if (marker === EOI) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (length < 2) throw new NoPicture(say("jpeg-broken"));
    if (isFrameHeader(marker)) {
      const components = segment[5] ?? 0;
      if (segment.length < 6 + components * 3) throw new NoPicture(say("jpeg-header-cut"));
      ids = Array.from({ length: components }, (_, index) => segment[6 + index * 3]!);
      subsampled = Array.from({ length: components }, (_, index) => segment[7 + index * 3]!)
        .some((factor, _, all) => factor !== all[0]);
      frame = {
        kind: marker === SOF_JPEG_LS ? "jpeg-ls" : "jpeg",
        bits: segment[0]!,
        rows: segment[1]! * 256 + segment[2]!,
        columns: segment[3]! * 256 + segment[4]!,
        components,
        planar: false,
      };
    } else if (marker === APP0 && text(segment, 0, 4) === "JFIF") {
      jfif = true;
    } else if (marker === APP14 && text(segment, 0, 5) === "Adobe" && segment.length >= 12) {
      adobe = segment[11];
    } else if (marker === SOS && frame !== undefined) {
      if (frame.kind === "jpeg-ls") {
        const scanComponents = segment[0] ?? 0;
        return { ...frame, planar: frame.components > 1 && segment[2 + scanComponents * 2] === 0 };
      }
      holdScansToBudget(bytes, at);
      return { ...frame, ...jpegColour(ids, jfif, adobe, subsampled) };
    }
    at += 2 + length;
  }
  throw new NoPicture(say("jpeg-no-scan"));
}

/** Each scan of a progressive picture goes over all of it again: a few kilobytes can ask for hours of that. */
function holdScansToBudget(bytes: Uint8Array, from: number): void {
  let scans = 0;
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] !== SOS) continue;
    scans += 1;
    if (scans > MOST_SCANS) throw new NoPicture(say("jpeg-scans", { most: MOST_SCANS }));
  }
}

/** In the order in which the IJG's library decides, which is what most machines' JPEG comes from. */
function jpegColour(
  ids: number[],
  jfif: boolean,
  adobe: number | undefined,
  subsampled: boolean,
): { colour?: "rgb" | "ycbcr" } {
  if (ids.length !== 3) return {};
  if (jfif) return { colour: "ycbcr" };
  if (adobe !== undefined) return { colour: adobe === 0 ? "rgb" : "ycbcr" };
  // also in small letters, which some write
  if (String.fromCharCode(...ids).toUpperCase() === "RGB") return { colour: "rgb" };
  return subsampled ? { colour: "ycbcr" } : {}; // nobody subsamples red, green and blue
}

/** SOF0 to SOF15 without DHT, JPG and DAC, and JPEG-LS's. */
function isFrameHeader(marker: number): boolean {
  return marker === SOF_JPEG_LS || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

/** SizeHeader (ISO 18181-1 D.2). Its decoder always gives RGB or gray. */
function readJpegXl(bytes: Uint8Array): Codestream {
  let position = 16;
  const take = (count: number) => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, position++) {
      value += ((bytes[position >>> 3] ?? 0) >>> (position & 7) & 1) * 2 ** bit;
    }
    return value;
  };
  const side = () => 1 + take([9, 13, 18, 30][take(2)]!);
  const small = take(1) === 1;
  const rows = small ? (take(5) + 1) * 8 : side();
  const ratio = take(3);
  const [across, down] = [[0, 0], [1, 1], [12, 10], [4, 3], [3, 2], [16, 9], [5, 4], [2, 1]][ratio]!;
  const columns = ratio > 0 ? Math.floor(rows * across! / down!) : small ? (take(5) + 1) * 8 : side();
  return { kind: "jpeg-xl", columns, rows, components: 0, bits: 0, colour: "rgb", planar: false };
}

function boxContent(bytes: Uint8Array, type: string, name: string): number {
  const found = findBox(bytes, type);
  if (found === undefined) throw new NoPicture(say("picture-none-in-file", { format: name }));
  return found;
}

/** Where the content of the first box of a type begins (ISO 14496-12 4.2); also serves JP2, JPEG XL and MP4. */
export function findBox(bytes: Uint8Array, type: string): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const header = length === 1 ? 16 : 8;
    if (text(bytes, at + 4, 4) === type) return at + header;
    if (length === 1 && at + 16 <= bytes.length) at += Number(view.getBigUint64(at + 8)) || bytes.length;
    else if (length >= 8) at += length;
    else return undefined;
  }
  return undefined;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
