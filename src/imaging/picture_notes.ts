import { say } from "../sentences.ts";
import sharp from "sharp";
import { type Assumption, assumption } from "../dicom/assumption.ts";
import { readCodestream } from "../dicom/codestream.ts";
import type { Codestream } from "../dicom/codestream_header.ts";
import { hasOverlays } from "../dicom/overlays.ts";
import { joined } from "../dicom/pieces.ts";
import {
  type Extent,
  fragmentExtents,
  isSubsampled,
  locateFrame,
  nativeFrameBytes,
  NoPicture,
  type PixelDescription,
} from "../dicom/pixel_data.ts";
import { decodeRle } from "../dicom/rle.ts";
import type { ObjectFile } from "../objects/object_file.ts";

/** Of a clip, frames whose ends are looked at. */
const MOST_FRAMES = 5000;
/** Bytes at a frame's end within which its codestream's end must be: padding may follow. */
const TAIL = 4096;

/** What a picture is, apart from what its object says. */
export interface PictureNotes {
  /** Of the first frame. */
  rows: number;
  columns: number;
  notes: Assumption[];
}

/**
 * What had to be corrected to draw an object, as its first frame shows it; of a clip it is also looked whether any frame
 * ends too early. A picture that cannot be drawn says why by itself, and has no notes.
 */
export async function pictureNotes(object: ObjectFile, description: PixelDescription): Promise<PictureNotes> {
  const { rows, columns } = description;
  const notes: Assumption[] = [];
  if (hasOverlays(object.dataset)) notes.push(assumption("picture", say("assumed-overlays")));
  try {
    if (!object.syntax.encapsulated) {
      nativeNotes(object, description, notes);
      return { rows, columns, notes };
    }
    const first = await compressedNotes(object, description, notes);
    return { rows: first?.rows ?? rows, columns: first?.columns ?? columns, notes };
  } catch (error) {
    if (error instanceof NoPicture) return { rows, columns, notes };
    throw error;
  }
}

function nativeNotes({ pixels }: ObjectFile, description: PixelDescription, notes: Assumption[]): void {
  const { frames, bitsAllocated, samplesPerPixel, rows, columns, photometricInterpretation: label } = description;
  if (bitsAllocated === 1) return;
  const length = pixels!.length!;
  const bytes = nativeFrameBytes(description, length);
  const missing = bytes * frames - length;
  if (missing > 0) notes.push(assumption("picture", say("assumed-short", { missing })));
  const samples = bytes * 8 / (rows * columns * bitsAllocated);
  if (samplesPerPixel === 3 && Math.round(samples) !== (isSubsampled(label) ? 2 : 3)) {
    notes.push(assumption("colours", say("assumed-samples", { label, count: Math.round(samples) })));
  }
}

/** @returns the codestream of the first frame, where it is one with a header */
async function compressedNotes(
  object: ObjectFile,
  description: PixelDescription,
  notes: Assumption[],
): Promise<Codestream | undefined> {
  const { source, pixels, syntax } = object;
  const { rows, columns, frames } = description;
  const extents = locateFrame(source, pixels!, description, syntax, 1);
  const bytes = joined(source, extents);
  if (syntax.codec === "rle") {
    const { samplesPerPixel, bitsAllocated } = description;
    const { missing } = decodeRle(bytes, rows * columns, samplesPerPixel, Math.max(1, bitsAllocated / 8));
    if (missing > 0) notes.push(assumption("picture", say("assumed-short", { missing })));
    return undefined;
  }
  const first = readCodestream(bytes);
  if (first.rows !== rows || first.columns !== columns) {
    const its = { itsColumns: first.columns, itsRows: first.rows };
    notes.push(assumption("picture", say("assumed-size", { columns, rows, ...its })));
  }
  labelNotes(first, description, notes);
  const cut = new Set(framesCut(object, frames, first));
  if (await isCut(bytes, first)) cut.add(1);
  const [one] = cut;
  if (frames === 1 && cut.size > 0) notes.push(assumption("picture", say("assumed-cut")));
  else if (cut.size === 1) notes.push(assumption("picture", say("assumed-cut-frame", { frame: one! })));
  else if (cut.size > 1) notes.push(assumption("picture", say("assumed-cut-frames", { count: cut.size, frames })));
  return first;
}

/** Where the label of the colours says otherwise than the picture, which is believed. */
function labelNotes({ kind, colour, components }: Codestream, description: PixelDescription, notes: Assumption[]) {
  const { photometricInterpretation: label, samplesPerPixel } = description;
  if (components !== 0 && components !== samplesPerPixel) {
    notes.push(assumption("colours", say("assumed-components", { count: components, said: samplesPerPixel })));
    return;
  }
  if (kind !== "jpeg" || colour === undefined || samplesPerPixel !== 3) return;
  if ((label === "RGB") !== (colour === "rgb")) {
    notes.push(assumption("colours", say("assumed-colours", { label, found: colour === "rgb" ? "RGB" : "YBR" })));
  }
}

/** Whether a JPEG codestream ends before its picture does; the decoders of other kinds refuse such a one. */
async function isCut(bytes: Uint8Array, { kind, bits }: Codestream): Promise<boolean> {
  if (kind !== "jpeg" || bits !== 8) return false;
  try {
    await sharp(bytes, { failOn: "warning" }).stats();
    return false;
  } catch (error) {
    // other warnings, and kinds that this decoder does not read, say nothing of the end
    return /premature end/i.test((error as Error).message);
  }
}

/** The frames of a clip, from 1, whose JPEG codestream has no end; none where it is not known which fragments are whose. */
function framesCut({ source, pixels }: ObjectFile, frames: number, { kind }: Codestream): number[] {
  if ((kind !== "jpeg" && kind !== "jpeg-ls") || pixels!.length !== undefined) return [];
  const fragments = fragmentExtents(source, pixels!);
  if (fragments.length !== frames) {
    return frames === 1 && !endsAsJpeg(source.readAt(...tailOf(fragments.at(-1)!))) ? [1] : [];
  }
  return fragments.slice(0, MOST_FRAMES).flatMap((fragment, index) =>
    endsAsJpeg(source.readAt(...tailOf(fragment))) ? [] : [index + 1]
  );
}

function tailOf({ offset, length }: Extent): [offset: number, length: number] {
  const tail = Math.min(TAIL, length);
  return [offset + length - tail, tail];
}

/** EOI (ISO 10918-1 B.1), after which machines pad with anything: within the scan it cannot be. */
function endsAsJpeg(tail: Uint8Array): boolean {
  for (let at = tail.indexOf(0xff); at !== -1; at = tail.indexOf(0xff, at + 1)) if (tail[at + 1] === 0xd9) return true;
  return false;
}
