import { Buffer } from "node:buffer";
import { bytesSource } from "../byte_source.ts";
import { packetsOf, videoIn } from "./transport_stream.ts";

/** Packets of a transport stream that are looked at: those of 64 MB. */
const MOST_PACKETS = 400_000;
/** pack_start_code (ISO 13818-1 2.5.3.4). */
const PACK = 0xba;

/** The video of a stream's beginning without what carries it: a transport stream, a program stream, or nothing. */
export function elementaryStream(bytes: Uint8Array): Uint8Array {
  const packets = packetsOf(bytes);
  if (packets !== undefined) {
    return Buffer.concat(
      (videoIn(bytesSource(bytes), packets, MOST_PACKETS) ?? []).map(({ offset, length }) =>
        bytes.subarray(offset, offset + length)
      ),
    );
  }
  const isPacked = bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 1 && bytes[3] === PACK;
  return isPacked ? Buffer.concat([...payloads(bytes)]) : bytes;
}

/** What the PES packets of the first stream of pictures carry (2.4.3.6). */
function* payloads(bytes: Uint8Array): Generator<Uint8Array> {
  let video: number | undefined;
  for (let at = 0; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) {
      at += 1;
      continue;
    }
    const id = bytes[at + 3]!;
    if (id < 0xbb) { // a pack's own header, or the end
      at += 4;
      continue;
    }
    const end = at + 6 + (bytes[at + 4]! << 8 | bytes[at + 5]!);
    if ((id & 0xf0) === 0xe0) {
      video ??= id;
      if (id === video) yield bytes.subarray(at + 9 + bytes[at + 8]!, end);
    }
    at = end;
  }
}
