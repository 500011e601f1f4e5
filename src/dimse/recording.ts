import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";

/** A file is no recording, or none that this version can play: why, in words for who plays it. */
export class UnusableRecording extends Error {
  /** As the class is called. */
  override name = "UnusableRecording";
}

/** What a file must say to be a recording. */
export const FORMAT = "sonodesk recording";
const VERSION = 1;

/** Bytes: parts in base64, and between them how many zeros. */
export type PackedBytes = (string | number)[];

/** A message as it went through the association. */
export interface RecordedMessage {
  /** Who sent it. */
  from: "machine" | "box";
  /** Presentation context. */
  context: number;
  /** Its command set, masked; base64. */
  command: string;
  /** Its data set, masked, as it was written. */
  data?: PackedBytes;
  /** Why the data set is not here: it was compressed. */
  leftOut?: "deflated";
  /** How it came: for each PDU its PDVs, as whether it is of the command, how long, and whether the last. */
  framing: [isCommand: boolean, length: number, isLast: boolean][][];
}

/** How an association ended. */
export interface RecordedEnd {
  /** Who ended it. */
  from: "machine" | "box";
  /** By what: the first A-RELEASE-RQ or A-ABORT, else the connection was closed. */
  ended: "release" | "abort" | "close";
}

/** An association as it went, masked. */
export interface Recording {
  /** Always `sonodesk recording`. */
  format: typeof FORMAT;
  /** Of the format. */
  version: typeof VERSION;
  /** Of the program that recorded it. */
  recordedBy: string;
  /** False: it was longer than is kept, and this is its beginning. */
  whole: boolean;
  /** Of the A-ASSOCIATE-RQ PDU, without its header, and without a user identity; base64. */
  request: string;
  /** Of the A-ASSOCIATE-AC, the same. */
  accept: string;
  /** In their order. */
  events: (RecordedMessage | RecordedEnd)[];
}

/** Whether an event is a message. */
export function isMessage(event: RecordedMessage | RecordedEnd): event is RecordedMessage {
  return "command" in event;
}

/** Shorter runs of zeros stand among the other bytes. */
const ZEROS = 64;

/** Bytes without their long runs of zeros. */
export function packed(bytes: Uint8Array): PackedBytes {
  const parts: PackedBytes = [];
  let from = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== 0) {
      at += 1;
      continue;
    }
    let end = at;
    while (end < bytes.length && bytes[end] === 0) end += 1;
    if (end - at >= ZEROS) {
      if (at > from) parts.push(base64(bytes.subarray(from, at)));
      parts.push(end - at);
      from = end;
    }
    at = end;
  }
  if (from < bytes.length) parts.push(base64(bytes.subarray(from)));
  return parts;
}

/** The bytes of it, at most so many. @throws UnusableRecording for more */
export function unpacked(parts: PackedBytes, most: number): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) => typeof part === "number" ? part : Buffer.from(part, "base64"));
  const length = pieces.reduce((sum: number, piece) => sum + (typeof piece === "number" ? piece : piece.length), 0);
  if (!(length <= most)) {
    throw new UnusableRecording(`Cannot use the recording: a message of it is longer than ${most} bytes`);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== "number") bytes.set(piece, at);
    at += typeof piece === "number" ? piece : piece.length;
  }
  return bytes;
}

/** Base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Most that a recording may take once it is unpacked, bytes. */
const MOST = 64 * 1024 * 1024;

/**
 * A recording from a file, gzip or not.
 *
 * @throws UnusableRecording for what is none
 */
export function readRecording(file: Uint8Array): Recording {
  let recording: Recording;
  try {
    const isGzip = file[0] === 0x1f && file[1] === 0x8b;
    const bytes = isGzip ? gunzipSync(file, { maxOutputLength: MOST }) : file;
    recording = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnusableRecording(`Cannot read the recording: ${why}, save it again from the machine's page`, {
      cause: error,
    });
  }
  if (recording?.format !== FORMAT || !Array.isArray(recording.events)) {
    throw new UnusableRecording("Cannot read the recording: it is none, save it again from the machine's page");
  }
  if (recording.version !== VERSION) {
    throw new UnusableRecording(`Cannot read the recording: it has format ${recording.version}, use a newer Sonodesk`);
  }
  return recording;
}
