import { say } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { rewriteHeader } from "../objects/rewriting.ts";
import type { Correction } from "../dicom/correction.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag, type Vr, vrOf } from "../dicom/dictionary.ts";
import { describePixels, fragmentExtents, NoPicture } from "../dicom/pixel_data.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { reencode } from "../dicom/reencode.ts";
import { EXPLICIT_LITTLE_ENDIAN, type TransferSyntax } from "../dicom/transfer_syntax.ts";
import { isVideo } from "../dicom/video/video_kind.ts";
import { writeDataset } from "../dicom/write_dataset.ts";
import { type ObjectFile, openObjectFileInTurns } from "../objects/object_file.ts";
import type { NativeFrame } from "./render_protocol.ts";

const CHUNK = 256 * 1024;
/** More than this cannot be said in the length of one element (PS3.5 7.1). */
const LONGEST_VALUE = 0xfffffffe;
/** What follows the pixels is a signature or padding. */
const MOST_AFTER_PIXELS = 16 * 1024 * 1024;

/** How what stands before the pixels is written. */
export interface HeaderText {
  /** What is corrected before it is converted. */
  correction?: Correction | undefined;
  /** The character set on the record of the machine that it came from. */
  machineCharset?: readonly string[] | undefined;
}

/** What an object's conversion needs. */
export interface ConvertOptions extends HeaderText {
  /** The bare pixels of a frame, from 1. */
  native: (n: number) => Promise<NativeFrame>;
  /** The VRs of an implicit data set, where it is to be written explicitly. */
  vrOf?: (tag: number) => Vr;
}

/**
 * An object's data set in another native little-endian transfer syntax, for a peer that takes nothing else. Compressed
 * pixels are decompressed frame by frame; every other value keeps its bytes. The file is not touched.
 *
 * @returns the data set's bytes in pieces; the first frame has been decoded already, so that what cannot be converted
 *   fails before anything is sent
 * @throws NoPicture when the pixels cannot be decompressed: a video, or a codestream that is broken
 * @throws MalformedDataset when the data set cannot be rewritten
 */
export async function convert(
  path: string,
  target: TransferSyntax,
  options: ConvertOptions,
): Promise<AsyncGenerator<Uint8Array>> {
  if (target.encapsulated || target.bigEndian || target.deflated) {
    throw new MalformedDataset(`the box does not write objects in ${target.name}`);
  }
  using object = await openObjectFileInTurns(path);
  const { syntax, pixels } = object;
  if (pixels === undefined || !syntax.encapsulated) {
    return nativeParts(path, target, await headerOf(object, undefined, target, options), options);
  }
  if (isVideo(syntax)) throw new NoPicture(say("video-into-frames"));
  const first = await options.native(1);
  const { frames } = describePixels(object.dataset);
  const length = first.bytes.length * frames;
  if (length > LONGEST_VALUE) throw new NoPicture(say("decompressed-too-long", { bytes: length }));
  const header = await headerOf(object, changedAttributes(object, first, length), target, options);
  return decompressedParts(path, target, { header, first, frames, length }, options);
}

/** What the pixels are once decompressed, and what they lost when they were compressed. */
function changedAttributes(object: ObjectFile, frame: NativeFrame, length: number): Dataset {
  const { dataset, syntax } = object;
  const changed = new Dataset()
    .setUnsignedShort(Tag.Rows, frame.rows)
    .setUnsignedShort(Tag.Columns, frame.columns)
    .setUnsignedShort(Tag.SamplesPerPixel, frame.samplesPerPixel)
    .setText(Tag.PhotometricInterpretation, "CS", frame.photometricInterpretation)
    .setUnsignedShort(Tag.BitsAllocated, frame.bitsAllocated)
    .setUnsignedShort(Tag.BitsStored, frame.bitsStored)
    .setUnsignedShort(Tag.HighBit, frame.highBit);
  if (frame.samplesPerPixel > 1) changed.setUnsignedShort(Tag.PlanarConfiguration, 0);
  const method = syntax.lossyMethod;
  const said = dataset.text("LossyImageCompression");
  if (method !== undefined && (said === "" || syntax.alwaysLossy)) {
    changed.setText(Tag.LossyImageCompression, "CS", "01");
    if (!dataset.has(Tag.LossyImageCompressionMethod)) changed.setText(Tag.LossyImageCompressionMethod, "CS", method);
    if (!dataset.has(Tag.LossyImageCompressionRatio)) {
      const compressed = fragmentExtents(object.source, object.pixels!).reduce((sum, { length }) => sum + length, 0);
      changed.setText(Tag.LossyImageCompressionRatio, "DS", (length / compressed).toFixed(2));
    }
  }
  return changed;
}

/** The elements before the pixels as they stand in the object, or corrected. @throws MalformedDataset */
export function headerBytes(object: ObjectFile, text: HeaderText): Promise<Uint8Array> {
  return headerOf(object, undefined, object.syntax, text);
}

/** The elements before the pixels in the target's syntax, with some of them changed. */
async function headerOf(
  { source, syntax, headerEnd }: ObjectFile,
  changed: Dataset | undefined,
  target: TransferSyntax,
  { correction, machineCharset }: HeaderText,
): Promise<Uint8Array> {
  const bytes = Buffer.from(source.readAt(0, headerEnd));
  if (correction === undefined && changed === undefined && target.uid === syntax.uid) return bytes;
  return await rewriteHeader({
    ...{ bytes, from: syntax.uid, to: target.uid, correction, machineCharset },
    changed: changed &&
      [...changed].map((element) =>
        [element.tag, writeDataset(new Dataset().add(element), EXPLICIT_LITTLE_ENDIAN)] as const
      ),
  });
}

/** What is not compressed: the header rewritten, the pixels as they are, then what follows them. */
async function* nativeParts(
  path: string,
  target: TransferSyntax,
  header: Uint8Array,
  { vrOf: lookUp = vrOf }: ConvertOptions,
): AsyncGenerator<Uint8Array> {
  using object = await openObjectFileInTurns(path);
  const { pixels, source, syntax } = object;
  yield header;
  if (pixels === undefined) {
    yield reencode(rest(object, object.headerEnd), syntax, target, lookUp);
    return;
  }
  const length = pixels.length!;
  yield pixelHeader(target, pixels.wordwise, length);
  const width = turnedWidth(object);
  for (let at = 0; at < length; at += CHUNK) {
    const bytes = Buffer.from(source.readAt(pixels.offset + at, Math.min(CHUNK, length - at)));
    // what is cut within a word stays as it is
    const whole = bytes.subarray(0, bytes.length - bytes.length % width);
    if (width === 2) whole.swap16();
    else if (width === 4) whole.swap32();
    yield bytes;
  }
  yield reencode(rest(object, pixels.offset + length), syntax, target, lookUp);
}

async function* decompressedParts(
  path: string,
  target: TransferSyntax,
  { header, first, frames, length }: { header: Uint8Array; first: NativeFrame; frames: number; length: number },
  { native, vrOf: lookUp = vrOf }: ConvertOptions,
): AsyncGenerator<Uint8Array> {
  using object = await openObjectFileInTurns(path);
  yield header;
  yield pixelHeader(target, first.bitsAllocated > 8, length + length % 2);
  for (let n = 1; n <= frames; n++) {
    const { bytes } = n === 1 ? first : await native(n);
    if (bytes.length !== first.bytes.length) throw new NoPicture(say("frame-another-size", { frame: n }));
    yield bytes;
  }
  if (length % 2 === 1) yield new Uint8Array(1);
  const last = fragmentExtents(object.source, object.pixels!).at(-1)!;
  const delimiter = 8;
  yield reencode(rest(object, last.offset + last.length + delimiter), object.syntax, target, lookUp);
}

/** How wide the words of the pixels are that are to be turned, bytes; 1 for none (PS3.5 A.3, Table 8.2-1). */
function turnedWidth({ syntax, pixels, dataset }: ObjectFile): 1 | 2 | 4 {
  const bits = dataset.number("BitsAllocated") ?? 8;
  if (!syntax.bigEndian || !(pixels!.wordwise || bits > 8)) return 1;
  return bits > 16 ? 4 : 2;
}

function rest(object: ObjectFile, start: number): Uint8Array {
  const length = Math.max(0, object.source.size - start);
  if (length > MOST_AFTER_PIXELS) throw new MalformedDataset(`${length} bytes follow the pixels`);
  return Buffer.from(object.source.readAt(start, length));
}

/** (7FE0,0010) with its length; of implicit VR, or OW for words and OB for bytes (PS3.5 A.1, A.2). */
function pixelHeader({ explicit }: TransferSyntax, wordwise: boolean, length: number): Uint8Array {
  const header = Buffer.alloc(explicit ? 12 : 8);
  header.writeUInt16LE(0x7fe0, 0);
  header.writeUInt16LE(0x0010, 2);
  if (explicit) header.write(wordwise ? "OW" : "OB", 4, "latin1");
  header.writeUInt32LE(length, explicit ? 8 : 4);
  return header;
}
