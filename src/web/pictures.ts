/** A picture ready to be sent. `etag` is quoted, as HTTP has it, and changes when the bytes do. */
export interface Picture {
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string;
  etag: string;
  /** Why the object itself could not be drawn and this stands for it. */
  placeholder?: string | undefined;
}

export type PictureType = "image/jpeg" | "image/webp";

/** Makes pictures of stored objects. Undefined: there is no picture of this object. */
export interface Pictures {
  /** The first frame, 200 px at its longer side. */
  thumbnail(sopInstanceUid: string): Promise<Picture | undefined>;

  /**
   * One frame.
   *
   * @param n from 1, as DICOM counts
   * @param options `size`: at most so many pixels at the longer side, the frame's own size where not given
   */
  frame(
    sopInstanceUid: string,
    n: number,
    options: { size?: number | undefined; type: PictureType },
  ): Promise<Picture | undefined>;
}
