import type { Cine } from "../dicom/cine.ts";
import type { FetalSexFindings } from "../dicom/fetal_sex.ts";
import type { ReportMeasurement } from "../dicom/report/measurements.ts";
import type { Report } from "../dicom/report/report.ts";
import type { Extent } from "../dicom/pixel_data.ts";
import type { ScaleDoubt } from "../dicom/picture_scale.ts";
import type { UltrasoundRegion } from "../dicom/ultrasound_regions.ts";
import type { VideoKind } from "../dicom/video.ts";
import type { WorkerLife } from "./worker_life.ts";

export type PictureType = "image/jpeg" | "image/webp" | "image/png";

/** One frame's pixels without compression, interleaved and little-endian, and how they are written (PS3.3 C.7.6.3). */
export interface NativeFrame {
  bytes: Uint8Array<ArrayBuffer>;
  samplesPerPixel: number;
  photometricInterpretation: string;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
}

/** What was measured, as an object says it; `report` is what a report says of itself, where it is one. */
export interface ObjectMeasurements {
  report: Omit<Report, "root"> | undefined;
  values: ReportMeasurement[];
  /** What it calls its study and series. */
  descriptions: { study: string; series: string; bodyPart: string };
  /** What it says of a fetus's sex, where that may not be told; what it states in codes is not among the values then. */
  fetalSex?: FetalSexFindings;
}

/**
 * What the render worker is asked: one frame as a picture or as its bare pixels, what an object is, what it says was
 * measured, or the whole tree of a report. `machineCharset`: the character set on the record of the machine that the
 * object came from.
 */
export type RenderRequest =
  | { kind: "frame"; path: string; frame: number; size: number | undefined; type: PictureType; quality: number }
  | { kind: "native"; path: string; frame: number }
  | { kind: "describe"; path: string }
  | { kind: "measurements"; path: string; machineCharset?: readonly string[]; withoutFetalSex?: boolean }
  | { kind: "report"; path: string; machineCharset?: readonly string[]; withoutFetalSex?: boolean };

/** What the worker is sent: the request, how its own end is agreed on, and how long native code may take, seconds. */
export interface RenderMessage {
  request: RenderRequest;
  life: WorkerLife;
  timeLimit: number;
}

/** A video in an object's file: the stream is the bytes of the extents, which count from the file's first byte. */
export interface VideoStream extends VideoKind {
  extents: Extent[];
  size: number;
}

/** What a viewer must know of an object before it shows a frame. Sizes in pixels. */
export interface ObjectDescription {
  columns: number;
  rows: number;
  frames: number;
  cine: Cine;
  regions: UltrasoundRegion[];
  /** Why no number may come of the regions. */
  scaleDoubt?: ScaleDoubt;
  video?: VideoStream;
  /** Why the object cannot be drawn, where its header already says so. */
  noPicture?: string;
}

/**
 * The worker's answers. A report is its JSON in UTF-8. `noPicture` is a reason for a person, `unreadable` one for a log:
 * `forGood` where it lies in the file and not in the time it took. `failure` is about the worker itself.
 */
export type RenderAnswer =
  | { kind: "picture"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "native"; frame: NativeFrame }
  | { kind: "description"; description: ObjectDescription }
  | { kind: "measurements"; measurements: ObjectMeasurements }
  | { kind: "report"; json: Uint8Array<ArrayBuffer> }
  | { kind: "unreadable"; reason: string; forGood: boolean }
  | { kind: "noPicture"; reason: string; video: boolean; document: boolean }
  | { kind: "failure"; message: string; missing: boolean };
