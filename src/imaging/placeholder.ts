import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

/** What stands for an object that cannot be drawn. */
export type PlaceholderKind = "none" | "video" | "document";

/** Letters of 5 × 7 dots, a row a character of base 32: the box's systems need not have fonts. */
const LETTERS: Readonly<Record<string, string>> = {
  C: "ehggghe",
  D: "uhhhhhu",
  E: "vggugg" + "v",
  I: "e44444e",
  M: "hrlhhhh",
  N: "hpllljh",
  O: "ehhhhhe",
  P: "uhhuggg",
  R: "uhhukih",
  T: "v444444",
  U: "hhhhhhe",
  V: "hhhhha4",
  " ": "0000000",
};

const WORDS: Record<PlaceholderKind, string> = { none: "NO PICTURE", video: "VIDEO", document: "DOCUMENT" };

const GROUND = 0x3a;
const INK = 0xc8;

/**
 * A grey picture (PNG) with a word, and a sign where the object is a video or a document. Made without the render
 * worker and its libraries, since those may be what fails.
 *
 * @param side the longer side in pixels; the picture is 4:3
 */
export function placeholder(kind: PlaceholderKind, side: number): Uint8Array<ArrayBuffer> {
  const width = Math.max(80, Math.round(side));
  const height = Math.round(width * 3 / 4);
  const pixels = new Uint8Array(width * height).fill(GROUND);
  const fill = (x: number, y: number, w: number, h: number, shade: number) => {
    for (let row = Math.max(0, y); row < Math.min(height, y + h); row++) {
      pixels.fill(shade, row * width + Math.max(0, x), row * width + Math.min(width, x + w));
    }
  };
  const word = WORDS[kind];
  const dot = Math.max(1, Math.floor(width * 0.8 / (word.length * 6)), Math.floor(width / 100));
  const left = Math.floor((width - (word.length * 6 - 1) * dot) / 2);
  const top = Math.floor(kind === "none" ? (height - 7 * dot) / 2 : height * 0.68);
  [...word].forEach((letter, index) => {
    [...LETTERS[letter]!].forEach((row, y) => {
      const dots = parseInt(row, 32);
      for (let x = 0; x < 5; x++) {
        if (dots >> (4 - x) & 1) fill(left + (index * 6 + x) * dot, top + y * dot, dot, dot, INK);
      }
    });
  });
  if (kind === "video") drawFilm(fill, width, height);
  if (kind === "document") drawSheet(fill, width, height);
  return png(pixels, width, height);
}

type Fill = (x: number, y: number, width: number, height: number, shade: number) => void;

/** A strip of film: three pictures between two rows of holes. */
function drawFilm(fill: Fill, width: number, height: number): void {
  const unit = Math.max(2, Math.round(width / 40));
  const [w, h] = [unit * 21, unit * 11];
  const [x, y] = [Math.round((width - w) / 2), Math.round(height * 0.18)];
  fill(x, y, w, h, INK);
  for (let hole = 0; hole < 7; hole++) {
    fill(x + unit * (1 + hole * 3), y + unit, unit, unit, GROUND);
    fill(x + unit * (1 + hole * 3), y + unit * 9, unit, unit, GROUND);
  }
  for (let picture = 0; picture < 3; picture++) {
    fill(x + unit * (1 + picture * 7), y + unit * 3, unit * 5, unit * 5, GROUND);
  }
}

/** A sheet with lines of text. */
function drawSheet(fill: Fill, width: number, height: number): void {
  const unit = Math.max(2, Math.round(width / 40));
  const [x, y] = [Math.round(width / 2) - unit * 5, Math.round(height * 0.14)];
  fill(x, y, unit * 10, unit * 13, INK);
  for (let line = 0; line < 5; line++) {
    fill(x + unit * 2, y + unit * (2 + line * 2), unit * (line === 4 ? 3 : 6), unit, GROUND);
  }
}

/** A grayscale PNG (RFC 2083): signature, IHDR, IDAT, IEND. */
function png(pixels: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return new Uint8Array(Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]));
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
