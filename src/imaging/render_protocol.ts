import { inEnglish, type Sentence } from "../sentences.ts";
import type { Assumption } from "../dicom/assumption.ts";
import type { DisplayWindow } from "../dicom/display.ts";
import type { Cine } from "../dicom/cine.ts";
import type { FetalSexFindings } from "../dicom/fetal_sex.ts";
import type { ReportMeasurement } from "../dicom/report/measurements.ts";
import type { Report } from "../dicom/report/report.ts";
import type { ScaleDoubt } from "../dicom/picture_scale.ts";
import type { UltrasoundRegion } from "../dicom/ultrasound_regions.ts";
import type { MadeExtent } from "../dicom/video/remux.ts";
import type { VideoKind } from "../dicom/video/video_kind.ts";
import type { Message } from "./message_pipe.ts";

/** What a picture is written as. */
export type PictureType = "image/jpeg" | "image/webp" | "image/png";

/** One frame's pixels without compression, interleaved and little-endian, and how they are written (PS3.3 C.7.6.3). */
export interface NativeFrame {
  /** Of the one frame. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Rows of the frame itself, which may not be those that its object says. */
  rows: number;
  /** Columns of the frame itself. */
  columns: number;
  /** Rows and columns that the object says. */
  said: { rows: number; columns: number };
  /** Samples per Pixel (0028,0002). */
  samplesPerPixel: number;
  /** Photometric Interpretation (0028,0004). */
  photometricInterpretation: string;
  /** Bits Allocated (0028,0100). */
  bitsAllocated: number;
  /** Bits Stored (0028,0101). */
  bitsStored: number;
  /** High Bit (0028,0102). */
  highBit: number;
}

/** What was measured, as an object says it; `report` is what a report says of itself, where it is one. */
export interface ObjectMeasurements {
  /** undefined for what is no report. */
  report: Omit<Report, "root"> | undefined;
  /** In the object's order. */
  values: ReportMeasurement[];
  /** What it calls its study and series. */
  descriptions: { study: string; series: string; bodyPart: string };
  /** What it says of a fetus's sex, where that may not be told; what it states in codes is not among the values then. */
  fetalSex?: FetalSexFindings;
}

/** What of a frame is wanted, and how it is to look: as viewers ask for it (PS3.18 8.3.5.1). */
export interface PictureView {
  /** Pixels that it is to fit into; it is not enlarged. */
  box?: { width: number; height: number };
  /** A part of the frame, in its pixels from its upper left corner; turned round where a side is negative. */
  region?: { x: number; y: number; width: number; height: number };
  /** In place of the object's own. */
  window?: DisplayWindow;
}

/**
 * What the renderer is asked: one frame as a picture or as its bare pixels, what an object is, what it says was
 * measured, or the whole tree of a report. `machineCharset`: the character set on the record of the machine that the
 * object came from.
 */
export type RenderRequest =
  | {
    kind: "frame";
    path: string;
    frame: number;
    size: number | undefined;
    type: PictureType;
    quality: number;
    view?: PictureView | undefined;
  }
  | { kind: "native"; path: string; frame: number }
  | { kind: "describe"; path: string; machineCharset?: readonly string[] }
  | { kind: "measurements"; path: string; machineCharset?: readonly string[]; withoutFetalSex?: boolean }
  | { kind: "report"; path: string; machineCharset?: readonly string[]; withoutFetalSex?: boolean };

/**
 * A video in an object's file: the stream is the bytes of the extents, which count from the file's first byte, or lie in
 * what was made for it.
 */
export interface VideoStream extends VideoKind {
  /** In the stream's order. */
  extents: MadeExtent[];
  /** Index and lengths of a stream that was put into a container; empty where it plays, or does not, as it is. */
  made: Uint8Array;
  /** Bytes. */
  size: number;
}

/** What a viewer must know of an object before it shows a frame. Sizes in pixels. */
export interface ObjectDescription {
  /** Columns (0028,0011). */
  columns: number;
  /** Rows (0028,0010). */
  rows: number;
  /** 0 for what is no image. */
  frames: number;
  /** How fast it plays. */
  cine: Cine;
  /** Where calipers may stand, and what a pixel is there. */
  regions: UltrasoundRegion[];
  /** Why no number may come of the regions. */
  scaleDoubt?: ScaleDoubt;
  /** Where it is one. */
  video?: VideoStream;
  /** What was corrected or taken for granted of it. */
  assumed: Assumption[];
  /** Why the object cannot be drawn, where its header already says so. */
  noPicture?: string;
  /** The same by its code. */
  coded?: Sentence | undefined;
}

/**
 * The renderer's answers. A report is its JSON in UTF-8. `noPicture` is a reason for a person, by its code too,
 * `unreadable` one for a log: `forGood` where it lies in the file and not in the time it took. `failure` is about the
 * renderer itself.
 * `setAside`: the object is not tried any more, until a person says so.
 */
export type RenderAnswer =
  | { kind: "picture"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "native"; frame: NativeFrame }
  | { kind: "description"; description: ObjectDescription }
  | { kind: "measurements"; measurements: ObjectMeasurements }
  | { kind: "report"; json: Uint8Array<ArrayBuffer> }
  | { kind: "unreadable"; reason: string; forGood: boolean }
  | { kind: "noPicture"; reason: string; coded: Sentence; video: boolean; document: boolean }
  | { kind: "failure"; message: string; missing: boolean }
  | { kind: "setAside"; reason: string; coded: Sentence };

/** The answer that there is no picture, and why. @param what where the object is something else, and not broken */
export function noPictureOf(
  why: Sentence,
  what: { video: boolean; document: boolean } = { video: false, document: false },
): RenderAnswer & { kind: "noPicture" } {
  return { kind: "noPicture", reason: inEnglish(why), coded: why, ...what };
}

/** What the renderer is sent; `timeLimit` in seconds. */
export interface RenderOrder {
  request: RenderRequest;
  timeLimit: number;
}

/** What it sends first, once it can draw; `limited` where the kernel holds it to its memory. */
export interface RendererReady {
  ready: true;
  limited: boolean;
}

/** What it sends for each request. `leaving`: it has grown large, and ends with this. */
export interface RendererSays {
  answer: RenderAnswer;
  leaving: boolean;
}

/** An answer in two: what JSON can say, and the bytes that are many. */
export function packAnswer(answer: RenderAnswer): { head: unknown; bytes?: Uint8Array } {
  switch (answer.kind) {
    case "picture":
      return { head: { kind: answer.kind }, bytes: answer.bytes };
    case "native":
      return { head: { ...answer, frame: { ...answer.frame, bytes: undefined } }, bytes: answer.frame.bytes };
    case "report":
      return { head: { kind: answer.kind }, bytes: answer.json };
    case "description": {
      const { video } = answer.description;
      if (video === undefined) return { head: answer };
      const numbers = Float64Array.from(
        video.extents.flatMap(({ offset, length, isMade }) => [offset, length, isMade ? 1 : 0]),
      );
      const bytes = new Uint8Array(numbers.byteLength + video.made.length);
      bytes.set(new Uint8Array(numbers.buffer));
      bytes.set(video.made, numbers.byteLength);
      // how many extents there are stands in their place
      const stream = { ...video, extents: video.extents.length, made: undefined };
      return { head: { ...answer, description: { ...answer.description, video: stream } }, bytes };
    }
    default:
      return { head: answer };
  }
}

/** The answer that `packAnswer` made two of. */
export function unpackAnswer(head: RenderAnswer, bytes: Message["bytes"]): RenderAnswer {
  switch (head.kind) {
    case "picture":
      return { ...head, bytes };
    case "native":
      return { ...head, frame: { ...head.frame, bytes } };
    case "report":
      return { ...head, json: bytes };
    case "description": {
      const { video } = head.description;
      if (video === undefined) return head;
      const count = video.extents as unknown as number;
      const length = count * 3 * Float64Array.BYTES_PER_ELEMENT;
      const numbers = new Float64Array(bytes.slice(0, length).buffer);
      const extents = Array.from({ length: count }, (_, index) => ({
        ...{ offset: numbers[index * 3]!, length: numbers[index * 3 + 1]! },
        isMade: numbers[index * 3 + 2] === 1,
      }));
      const made = bytes.subarray(length);
      return { ...head, description: { ...head.description, video: { ...video, extents, made } } };
    }
    default:
      return head;
  }
}
