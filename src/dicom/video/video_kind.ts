import { findBox } from "../codestream.ts";
import { packetsOf } from "./transport_stream.ts";
import type { TransferSyntax } from "../transfer_syntax.ts";

/** Whether objects of a transfer syntax hold one video stream rather than frames (PS3.5 8.2.5 to 8.2.8). */
export function isVideo({ codec }: TransferSyntax): boolean {
  return codec === "mpeg2" || codec === "h264" || codec === "hevc";
}

/**
 * What a video stream is, by its first bytes. `playable` says whether browsers play it as it is: they need a
 * container, and a machine may send the bare stream.
 */
export interface VideoKind {
  /** Media type. */
  contentType: string;
  /** Of a file, without the dot. */
  extension: string;
  /** A browser can. */
  playable: boolean;
}

/** Enough of a stream's beginning to tell its kind. */
export const VIDEO_HEAD = 4096;

/**
 * What a browser must know of a video.
 *
 * @param head its first bytes, at most `VIDEO_HEAD`
 */
export function videoKind(head: Uint8Array, { codec }: TransferSyntax): VideoKind {
  if (findBox(head, "ftyp") !== undefined) {
    // Chromium and Safari play HEVC where the machine has a decoder for it; that the page finds out by trying
    return { contentType: "video/mp4", extension: "mp4", playable: codec !== "mpeg2" };
  }
  if (packetsOf(head) !== undefined) return { contentType: "video/mp2t", extension: "ts", playable: false };
  if (codec === "mpeg2") return { contentType: "video/mpeg", extension: "mpg", playable: false };
  return codec === "hevc"
    ? { contentType: "video/h265", extension: "h265", playable: false }
    : { contentType: "video/h264", extension: "h264", playable: false };
}
