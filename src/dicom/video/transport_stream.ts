import type { ByteSource } from "../byte_source.ts";
import type { Extent } from "../pixel_data.ts";

/** A packet, without a time code before it (ISO 13818-1 2.4.3.2). */
const PACKET = 188;
const SYNC = 0x47;
/** Packets that are read at once. */
const AT_ONCE = 4096;
/** stream_id of video (2.4.3.7, Table 2-22). */
const isVideoStream = (id: number) => (id & 0xf0) === 0xe0;

/** How the packets of a transport stream lie: where the first begins, and how far they are apart. */
export interface Packets {
  /** Bytes before the first sync byte. */
  start: number;
  /** 188, or 192 with a time code before each. */
  step: number;
}

/** How the packets lie, by the first bytes; undefined where they are no transport stream. */
export function packetsOf(head: Uint8Array): Packets | undefined {
  return [{ start: 0, step: PACKET }, { start: 4, step: 192 }].find(({ start, step }) =>
    [0, 1, 2].every((packet) => head[start + packet * step] === SYNC)
  );
}

/**
 * Where the video of a transport stream lies: of its first stream of pictures, what stands in the PES packets.
 *
 * @param most packets of it; undefined for more
 */
export function videoIn(source: ByteSource, { start, step }: Packets, most: number): Extent[] | undefined {
  const found: Extent[] = [];
  let video: number | undefined;
  for (let from = start; from + PACKET <= source.size; from += step * AT_ONCE) {
    const window = source.readAt(from, step * AT_ONCE);
    for (let at = 0; at + PACKET <= window.length; at += step) {
      if (window[at] !== SYNC) continue;
      const packet = window.subarray(at, at + PACKET);
      const id = (packet[1]! & 0x1f) << 8 | packet[2]!;
      const begins = (packet[1]! & 0x40) !== 0;
      const control = packet[3]! >> 4 & 3;
      if ((control & 1) === 0) continue; // no payload
      let payload = 4 + (control === 3 ? 1 + packet[4]! : 0);
      if (begins && isPacketOfVideo(packet.subarray(payload))) {
        video ??= id;
        if (id === video) payload += 9 + packet[payload + 8]!;
      }
      if (id === video && payload < PACKET) found.push({ offset: from + at + payload, length: PACKET - payload });
    }
    if (found.length > most) return undefined;
  }
  return found;
}

function isPacketOfVideo(payload: Uint8Array): boolean {
  return payload[0] === 0 && payload[1] === 0 && payload[2] === 1 && isVideoStream(payload[3] ?? 0);
}
