import sharp from "sharp";
import { objectBytes } from "../imaging/objects.ts";

const SOS = 0xda;

/**
 * A progressive JPEG whose last scan comes again and again: each time a decoder goes over the whole picture. It is drawn
 * in the end.
 *
 * @param side of the picture, pixels
 */
export async function picturesWithScans(side: number, scans: number): Promise<Uint8Array> {
  const jpeg = new Uint8Array(
    await sharp({ create: { width: side, height: side, channels: 3, background: "teal" } })
      .jpeg({ progressive: true }).toBuffer(),
  );
  let last = 0;
  for (let at = 0; at < jpeg.length - 1; at++) if (jpeg[at] === 0xff && jpeg[at + 1] === SOS) last = at;
  const scan = jpeg.subarray(last, jpeg.length - 2);
  const whole = new Uint8Array(last + scan.length * scans + 2);
  whole.set(jpeg.subarray(0, last));
  for (let count = 0; count < scans; count++) whole.set(scan, last + count * scan.length);
  whole.set([0xff, 0xd9], whole.length - 2);
  return whole;
}

/** An object with it, as a Part 10 file. */
export async function slowObject(side = 3000, scans = 80): Promise<Uint8Array<ArrayBuffer>> {
  return objectBytes({
    ...{
      rows: side,
      columns: side,
      transferSyntaxUid: "1.2.840.10008.1.2.4.51",
      samplesPerPixel: 3,
      photometricInterpretation: "RGB",
    },
    pixels: { fragments: [await picturesWithScans(side, scans)] },
  });
}
