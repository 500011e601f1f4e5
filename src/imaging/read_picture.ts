import { say } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { type DisplayPicture, displayPicture, type DisplayWindow, type Samples } from "../dicom/display.ts";
import {
  describePixels,
  type Extent,
  fragmentExtents,
  locateFrame,
  nativeFrameBytes,
  NoPicture,
  type PixelDescription,
} from "../dicom/pixel_data.ts";
import type { Assumption } from "../dicom/assumption.ts";
import { joined, Pieces } from "../dicom/pieces.ts";
import { elementaryStream } from "../dicom/video/elementary_stream.ts";
import { firstPicture } from "../dicom/video/mpeg2.ts";
import { remux } from "../dicom/video/remux.ts";
import { type Cine, readCine } from "../dicom/cine.ts";
import { withOverlays } from "../dicom/overlays.ts";
import { pictureNotes } from "./picture_notes.ts";
import { textNotes } from "./text_notes.ts";
import { readPictureScale } from "../dicom/picture_scale.ts";
import { isVideo, VIDEO_HEAD, videoKind } from "../dicom/video/video_kind.ts";
import { decodeFrame } from "./codecs.ts";
import { type ObjectFile, openObjectFile } from "../objects/object_file.ts";
import type { NativeFrame, ObjectDescription, VideoStream } from "./render_protocol.ts";

/** A video's beginning in which its first whole picture is looked for, bytes: seconds of it. */
const VIDEO_BEGINNING = 8 * 1024 * 1024;

/** Not a picture that is broken, but an object that is something else. */
export class ObjectIsNoPicture extends NoPicture {
  constructor(readonly what: "video" | "document") {
    super(say(what === "video" ? "picture-is-video" : "picture-none"));
  }
}

/** A frame ready for a screen, and how many frames the object says it has. */
interface FramePicture extends DisplayPicture {
  frames: number;
}

/**
 * Frame `n` (from 1) of an object's file, read from its place: the file's other frames are not touched.
 *
 * @param window in place of the object's own
 * @throws NoPicture with the reason when there is nothing to draw
 */
export async function readPicture(path: string, n: number, window?: DisplayWindow): Promise<FramePicture> {
  using object = openObjectFile(path);
  if (object.pixels === undefined) throw new ObjectIsNoPicture("document");
  if (isVideo(object.syntax)) return posterOf(object, n);
  const description = describePixels(object.dataset);
  const extents = locateFrame(object.source, object.pixels, description, object.syntax, n);
  const samples = object.syntax.encapsulated
    ? await decodeFrame(joined(object.source, extents), description, object.syntax)
    : nativeSamples(object, extents, description, n);
  const picture = displayPicture(samples, object.dataset, window);
  return { ...withOverlays(picture, object.dataset, n), frames: description.frames };
}

/**
 * What a video is of, as its frame 1, where no browser plays it: the first whole picture of MPEG-2.
 *
 * @throws ObjectIsNoPicture for any other video, frame, or stream
 */
function posterOf({ syntax, source, pixels, dataset }: ObjectFile, n: number): FramePicture {
  if (syntax.codec !== "mpeg2" || n !== 1) throw new ObjectIsNoPicture("video");
  const stream = new Pieces(source, fragmentExtents(source, pixels!));
  const picture = firstPicture(elementaryStream(stream.readAt(0, VIDEO_BEGINNING)));
  if (picture === undefined) throw new ObjectIsNoPicture("video");
  return { ...picture, channels: 3, frames: Math.max(1, dataset.number("NumberOfFrames") ?? 1) };
}

/**
 * The pixels of frame `n` (from 1) without compression: as stored where they have none, else decoded. Colours that were
 * compressed come as RGB.
 *
 * @throws NoPicture with the reason when there is nothing that can be decoded
 */
export async function readNativeFrame(path: string, n: number): Promise<NativeFrame> {
  using object = openObjectFile(path);
  if (object.pixels === undefined) throw new ObjectIsNoPicture("document");
  if (isVideo(object.syntax)) throw new ObjectIsNoPicture("video");
  const described = describePixels(object.dataset);
  const extents = locateFrame(object.source, object.pixels, described, object.syntax, n);
  if (!object.syntax.encapsulated) {
    return nativeFrame(nativeSamples(object, extents, described, n).bytes, described, described);
  }
  const samples = await decodeFrame(joined(object.source, extents), described, object.syntax);
  const { description } = samples;
  if (description.samplesPerPixel === 1) {
    const { rows, columns } = description;
    return nativeFrame(samples.bytes, { ...described, rows, columns, ...bitsOf(description) }, described);
  }
  if (description.bitsAllocated !== 8) {
    throw new NoPicture(say("colours-not-decompressed", { bits: description.bitsAllocated }));
  }
  const eight = { bitsAllocated: 8, bitsStored: 8, highBit: 7 };
  const colours = { ...description, ...eight, photometricInterpretation: "RGB" };
  return nativeFrame(displayPicture(samples, object.dataset).pixels, colours, described);
}

/** A decoder gives whole bytes; which of their bits count is for the data set to say, where it speaks of as many. */
function bitsOf({ bitsAllocated, bitsStored, highBit }: PixelDescription) {
  return bitsAllocated === 8 ? { bitsAllocated, bitsStored, highBit } : { bitsAllocated };
}

function nativeFrame(bytes: Uint8Array, description: PixelDescription, said: PixelDescription): NativeFrame {
  const { rows, columns, samplesPerPixel, photometricInterpretation, bitsAllocated, bitsStored, highBit } = description;
  return {
    ...{ bytes: bytes.slice(), rows, columns, samplesPerPixel, photometricInterpretation },
    ...{ bitsAllocated, bitsStored, highBit },
    said: { rows: said.rows, columns: said.columns },
  };
}

/**
 * What an object is, from its header and its first frame (and, for a video, where its stream lies), with what the box
 * had to correct or to assume.
 *
 * @param machineCharset the character set on the record of the machine that it came from
 * @throws NoPicture when the file is no DICOM object that the box can read
 */
export async function describeObject(
  path: string,
  machineCharset: readonly string[] = [],
): Promise<ObjectDescription> {
  using object = openObjectFile(path, { machineCharset });
  const { dataset } = object;
  const assumed: Assumption[] = [];
  const { regions, doubt } = readPictureScale(dataset, assumed);
  const description: ObjectDescription = {
    columns: dataset.number("Columns") ?? 0,
    rows: dataset.number("Rows") ?? 0,
    frames: object.pixels === undefined ? 0 : Math.max(1, Math.trunc(dataset.number("NumberOfFrames") ?? 1)),
    cine: readCine(dataset, assumed),
    regions,
    assumed,
    ...(doubt === undefined ? {} : { scaleDoubt: doubt }),
  };
  assumed.push(...textNotes(dataset, machineCharset));
  if (object.pixels === undefined) return { ...description, ...noPictureFor(new ObjectIsNoPicture("document")) };
  if (isVideo(object.syntax)) return { ...description, video: videoStream(object, description.cine) };
  try {
    const { rows, columns, notes } = await pictureNotes(object, describePixels(dataset));
    assumed.push(...notes);
    // the regions are of the size that the object says
    const isOther = rows !== description.rows || columns !== description.columns;
    return {
      ...description,
      rows,
      columns,
      ...(isOther && regions.length > 0 && { scaleDoubt: "otherSize" as const }),
    };
  } catch (error) {
    if (error instanceof NoPicture) return { ...description, ...noPictureFor(error) };
    throw error;
  }
}

/** Why an object is no picture, as its description says it. */
function noPictureFor({ message, why }: NoPicture): Pick<ObjectDescription, "noPicture" | "coded"> {
  return { noPicture: message, coded: why };
}

/**
 * A video is one stream, its fragments one after the other, whatever number of frames it has (PS3.5 8.2.5). One that
 * browsers would play in a container gets one.
 */
function videoStream(object: ObjectFile, { milliseconds }: Cine): VideoStream {
  const stream = new Pieces(object.source, fragmentExtents(object.source, object.pixels!));
  const kind = videoKind(stream.readAt(0, VIDEO_HEAD), object.syntax);
  const { codec } = object.syntax;
  const times = typeof milliseconds === "number" ? [milliseconds] : milliseconds;
  const remuxed = kind.playable || (codec !== "h264" && codec !== "hevc") ? undefined : remux(stream, codec, times);
  const inFile = (extent: Extent) => ({ ...extent, offset: extent.offset + (object.fileOffset ?? 0) });
  if (remuxed === undefined) {
    const extents = stream.piecesOf(0, stream.size).map((extent) => ({ ...inFile(extent), isMade: false }));
    return { ...kind, extents, made: new Uint8Array(0), size: stream.size };
  }
  const extents = remuxed.extents.flatMap((extent) =>
    extent.isMade
      ? [extent]
      : stream.piecesOf(extent.offset, extent.length).map((piece) => ({ ...inFile(piece), isMade: false }))
  );
  const size = extents.reduce((sum, { length }) => sum + length, 0);
  return { contentType: "video/mp4", extension: "mp4", playable: true, extents, made: remuxed.made, size };
}

function nativeSamples(object: ObjectFile, extents: Extent[], description: PixelDescription, n: number): Samples {
  if (!object.syntax.bigEndian || !(object.pixels!.wordwise || description.bitsAllocated > 8)) {
    const bits = description.rows * description.columns * description.samplesPerPixel;
    const firstBit = description.bitsAllocated === 1 ? (n - 1) * bits % 8 : 0;
    return {
      bytes: filledUp(joined(object.source, extents), description, object.pixels!.length!),
      description,
      firstBit,
    };
  }
  // big-endian words hold bytes in pairs turned round, from the beginning of the value (PS3.5 A.3, Table 8.2-1)
  const width = description.bitsAllocated > 16 ? description.bitsAllocated / 8 : 2;
  const start = object.pixels!.offset;
  const bytes = Buffer.concat(extents.map(({ offset, length }) => {
    const before = (offset - start) % width;
    const whole = Math.ceil((before + length) / width) * width;
    const words = Buffer.from(object.source.readAt(offset - before, whole));
    if (words.length % width === 0) {
      if (width === 2) words.swap16();
      else words.swap32();
    }
    return words.subarray(before, before + length);
  }));
  return { bytes: filledUp(bytes, description, object.pixels!.length!), description };
}

/** A native frame that is a little short, as long as it has to be: its last pixels are 0. */
function filledUp(bytes: Uint8Array, description: PixelDescription, valueLength: number): Uint8Array {
  const whole = description.bitsAllocated === 1 ? bytes.length : nativeFrameBytes(description, valueLength);
  if (bytes.length >= whole) return bytes;
  const filled = new Uint8Array(whole);
  filled.set(bytes);
  return filled;
}
