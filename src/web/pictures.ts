import { Refused, type Sentence } from "../sentences.ts";
import type { Assumption } from "../dicom/assumption.ts";
import type { PictureView } from "../imaging/render_protocol.ts";
import type { Cine } from "../dicom/cine.ts";
import type { ScaleDoubt } from "../dicom/picture_scale.ts";
import type { UltrasoundRegion } from "../dicom/ultrasound_regions.ts";
import type { VideoKind } from "../dicom/video/video_kind.ts";

/** A picture ready to be sent. `etag` is quoted, as HTTP has it, and changes when the bytes do. */
export interface Picture {
  /** Of the picture. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Media type. */
  contentType: string;
  /** With its quotes. */
  etag: string;
  /** Why the object itself could not be drawn and this stands for it. */
  placeholder?: string | undefined;
  /** The same by its code. */
  coded?: Sentence | undefined;
}

/** What a picture is written as. */
export type PictureType = "image/jpeg" | "image/webp" | "image/png";

/** What a viewer must know of an object before it shows a frame. Sizes in pixels. */
export interface Description {
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
  video?: VideoKind & { size: number };
  /** What the box corrected or took for granted of it. */
  assumed: Assumption[];
  /** Why the object cannot be drawn, where its header already says so. */
  noPicture?: string;
  /** The same by its code. */
  coded?: Sentence | undefined;
}

/** A video as the object holds it. `etag` is quoted. */
export interface Video extends VideoKind {
  /** Bytes. */
  size: number;
  /** With its quotes. */
  etag: string;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** More pictures are asked for than can be drawn; in a moment it goes again. */
export class PicturesBusy extends Refused {}

/** A report is too large for the box, against the rules, or takes too long. */
export class ReportNotReadable extends Error {
  override name = "ReportNotReadable";
}

/** Makes pictures of stored objects. Undefined: there is no picture of this object. @throws PicturesBusy from each */
export interface Pictures {
  /** The first frame, 200 px at its longer side. */
  thumbnail(sopInstanceUid: string): Promise<Picture | undefined>;

  /**
   * One frame.
   *
   * @param n from 1, as DICOM counts
   * @param options `size`: at most so many pixels at the longer side, the frame's own size where not given; `quality` of
   *   what is compressed, 1 to 100; `view`: a part of it, a box that it is to fit, another window
   */
  frame(
    sopInstanceUid: string,
    n: number,
    options: {
      size?: number | undefined;
      type: PictureType;
      quality?: number | undefined;
      view?: PictureView | undefined;
    },
  ): Promise<Picture | undefined>;

  /** What the object is; undefined where there is none. */
  describe(sopInstanceUid: string): Promise<Description | undefined>;

  /** The video that the object holds; undefined where it is none. */
  video(sopInstanceUid: string): Promise<Video | undefined>;

  /**
   * The whole tree of a report, as JSON in UTF-8; undefined where there is no such object.
   *
   * @throws ReportNotReadable
   */
  report(sopInstanceUid: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}
