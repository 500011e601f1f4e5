import type { Dataset } from "../../dicom/dataset.ts";

/** A stored object's file, by its path below the archive folder. */
export interface StoredObject {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Of its file, from the archive's folder. */
  path: string;
  /** Bytes. */
  size: number;
  /** Of the file's bytes, hex. */
  sha256: string;
  /** Transfer Syntax UID (0002,0010). */
  transferSyntaxUid: string;
}

/** What an object is made of. */
export interface ObjectOutline {
  /** Everything that stands before the pixels, corrected where it is to be, with the VRs of the whole standard. */
  dataset: Dataset;
  /** How they are stored. */
  pixels: "none" | "native" | "encapsulated" | "video";
  /** 0 for what is no image. */
  frames: number;
}

/**
 * The contents of stored objects.
 *
 * @throws NoPicture, MalformedDataset from each where an object cannot be read in this way
 * @throws Deno.errors.NotFound where its file is not there
 */
export interface StoredObjects {
  /** What an object is, without its pixels. */
  outline(object: StoredObject): Promise<ObjectOutline>;
  /** The file as it came, but for what is corrected as it leaves. */
  file(object: StoredObject): Promise<ReadableStream<Uint8Array>>;
  /** The object, corrected likewise, as a file in Explicit VR Little Endian; that it cannot be written so is known before it begins. */
  explicitFile(object: StoredObject): Promise<ReadableStream<Uint8Array>>;
  /** One frame as stored, compressed where it is; from 1. */
  storedFrame(object: StoredObject, n: number): Promise<Uint8Array>;
  /** One frame without compression, little-endian; from 1. */
  nativeFrame(object: StoredObject, n: number): Promise<Uint8Array>;
  /** The document that an object holds, such as a PDF (PS3.3 C.24.2). */
  document(object: StoredObject): Promise<ReadableStream<Uint8Array>>;
  /** A name for what leaves of an object that changes when its bytes do, or what is corrected of it; without quotes. */
  versionOf(object: StoredObject): string;
  /** The value of Pixel Data where it is not in frames of its own: native, or the stream of a video. */
  pixelData(object: StoredObject): ReadableStream<Uint8Array>;
}
