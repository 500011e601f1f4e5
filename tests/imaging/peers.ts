import { join } from "node:path";
import type { DisplayPicture } from "../../src/dicom/display.ts";
import { type Peer, run } from "../support/peers.ts";

/** What pictures are compared with; the packages of these two bring the other programs too. */
export const PICTURE_PEERS: readonly Peer[] = ["dcm2pnm", "gdcmconv"];

/** Real and synthetic objects that a developer may have beside the repository; never part of it. */
export const SAMPLES = new URL("../../../shared/dicom-samples/", import.meta.url);
export const SAMPLES_HERE = existsFolder(SAMPLES);

/**
 * Frame `n` as DCMTK draws it; what DCMTK cannot decode is first decompressed by GDCM.
 *
 * @returns undefined when neither can
 */
export async function peerPicture(path: string, n: number, folder: string): Promise<DisplayPicture | undefined> {
  const drawn = join(folder, `${crypto.randomUUID()}.pnm`);
  if ((await run("dcmj2pnm", ["+F", String(n), path, drawn])).code === 0) return readPnm(await Deno.readFile(drawn));
  const raw = join(folder, `${crypto.randomUUID()}.dcm`);
  if ((await run("gdcmconv", ["--raw", path, raw])).code !== 0) return undefined;
  if ((await run("dcmj2pnm", ["+F", String(n), raw, drawn])).code !== 0) return undefined;
  return readPnm(await Deno.readFile(drawn));
}

function readPnm(bytes: Uint8Array): DisplayPicture {
  let at = 0;
  const word = () => {
    let text = "";
    while (bytes[at]! <= 0x20) at++;
    while (bytes[at]! > 0x20) text += String.fromCharCode(bytes[at++]!);
    return text;
  };
  const channels = word() === "P6" ? 3 : 1;
  const [width, height] = [Number(word()), Number(word())];
  word();
  return { width, height, channels, pixels: bytes.subarray(at + 1) };
}

/** Mean and largest difference of two pictures, of 255, over all pixels and the three colours. */
export function difference(one: DisplayPicture, other: DisplayPicture): { mean: number; largest: number } {
  if (one.width !== other.width || one.height !== other.height) return { mean: 255, largest: 255 };
  const count = one.width * one.height;
  let [sum, largest] = [0, 0];
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const apart = Math.abs(valueAt(one, pixel, channel) - valueAt(other, pixel, channel));
      sum += apart;
      largest = Math.max(largest, apart);
    }
  }
  return { mean: sum / count / 3, largest };
}

function valueAt({ pixels, channels }: DisplayPicture, pixel: number, channel: number): number {
  return channels === 3 ? pixels[pixel * 3 + channel]! : pixels[pixel]!;
}

function existsFolder(path: URL): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
