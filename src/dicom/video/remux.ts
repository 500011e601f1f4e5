import { Buffer } from "node:buffer";
import type { ByteSource } from "../byte_source.ts";
import { Pieces } from "../pieces.ts";
import type { Extent } from "../pixel_data.ts";
import { H264Reader } from "./h264.ts";
import { H265Reader } from "./h265.ts";
import { mp4Head, type Mp4Sample } from "./mp4.ts";
import type { NalReader } from "./nal_reader.ts";
import { packetsOf, videoIn } from "./transport_stream.ts";

/** A longer stream is for downloading alone. */
const LONGEST = 2 * 1024 * 1024 * 1024;
/**
 * Stretches of a file that is made: half an hour of 50 pictures a second in four slices is less, or 180 MB of transport
 * stream. Twice as many take more memory than there is for reading an object.
 */
const MOST_EXTENTS = 1_000_000;
/** Enough to tell packets by. */
const PACKETS_HEAD = 4096;
const WINDOW = 4 * 1024 * 1024;
/** What is looked at of a slice. */
const SLICE_HEAD = 64;
/** A parameter set is far shorter. */
const LONGEST_PARAMETERS = 65_535;
const START_CODE = Buffer.from([0, 0, 1]);
const LENGTH = 4;
/** What a duration in 32 bits can say (ISO 14496-12 8.2.2.2). */
const LONGEST_MILLISECONDS = 2 ** 32 / 90 - 1;

/** A stretch of a file that is made: of bytes that are made for it, or of the source. */
export interface MadeExtent extends Extent {
  /** It lies in `made`. */
  isMade: boolean;
}

/** A file that plays in browsers, made of pieces of a bare stream. */
export interface Remuxed {
  /** In the order of the file. */
  extents: MadeExtent[];
  /** What was made for it. */
  made: Uint8Array;
}

/**
 * A bare stream of H.264 or H.265 (Annex B of either), also within a transport stream, as MP4: the pictures stay as they
 * are. Undefined where it is none, or says too little of itself.
 *
 * @param stream what the object holds
 * @param milliseconds how long the pictures are shown, the last number for all that follow
 */
export function remux(
  stream: ByteSource,
  codec: "h264" | "hevc",
  milliseconds: readonly number[],
): Remuxed | undefined {
  if (stream.size > LONGEST) return undefined;
  const packets = packetsOf(stream.readAt(0, PACKETS_HEAD));
  const pieces = packets === undefined ? [{ offset: 0, length: stream.size }] : videoIn(stream, packets, MOST_EXTENTS);
  if (pieces === undefined) return undefined;
  const source = new Pieces(stream, pieces);
  const reader = codec === "h264" ? new H264Reader() : new H265Reader();
  // each unit has its length and itself, and the pieces part some of them
  const pictures = picturesIn(source, reader, (MOST_EXTENTS - pieces.length) / 2);
  const configuration = reader.configuration();
  if (configuration === undefined || pictures === undefined || pictures.length === 0) return undefined;
  const longest = milliseconds.reduce((sum, time) => sum + time, 0) + milliseconds.at(-1)! * pictures.length;
  if (longest > LONGEST_MILLISECONDS) return undefined;
  const order = pictures.map((_, position) => position).sort((a, b) =>
    pictures[a]!.order - pictures[b]!.order || a - b
  );
  const shown = new Array<number>(pictures.length);
  order.forEach((position, place) => shown[position] = place);
  const samples = pictures.map(({ nals, isKey }, position): Mp4Sample => ({
    ...{ isKey, shown: shown[position]! },
    size: nals.reduce((sum, { length }) => sum + LENGTH + length, 0),
  }));
  const head = mp4Head(samples, milliseconds, configuration);
  const nals = pictures.flatMap((picture) => picture.nals);
  const made = new Uint8Array(head.length + nals.length * LENGTH);
  made.set(head);
  const view = new DataView(made.buffer);
  const extents: MadeExtent[] = [{ offset: 0, length: head.length, isMade: true }];
  nals.forEach(({ offset, length }, position) => {
    const at = head.length + position * LENGTH;
    view.setUint32(at, length);
    extents.push({ offset: at, length: LENGTH, isMade: true });
    for (const piece of source.piecesOf(offset, length)) extents.push({ ...piece, isMade: false });
  });
  return { extents, made };
}

interface Picture {
  nals: Extent[];
  isKey: boolean;
  order: number;
}

/** The pictures of a stream in the order of decoding, from the first that a player can begin with. @param most NAL units; undefined for more */
function picturesIn(source: ByteSource, reader: NalReader, most: number): Picture[] | undefined {
  const pictures: Picture[] = [];
  let waiting: Extent[] = [];
  let count = 0;
  for (const nal of nalUnits(source)) {
    if (++count > most) return undefined;
    const head = source.readAt(nal.offset, Math.min(nal.length, SLICE_HEAD));
    const isWhole = reader.isParameterSet(head) && nal.length <= LONGEST_PARAMETERS;
    const taken = reader.take(isWhole ? source.readAt(nal.offset, nal.length) : head);
    if (taken.use === "after") waiting.push(nal);
    else if (taken.use === "before") pictures.at(-1)?.nals.push(nal);
    else if (taken.use === "picture" && taken.begins) {
      if (pictures.length > 0 || taken.isKey) {
        pictures.push({ nals: [...waiting, nal], isKey: taken.isKey, order: taken.order });
      }
      waiting = [];
    } else if (taken.use === "picture") {
      const last = pictures.at(-1);
      // one by one: so many arguments at once may be too many
      if (last !== undefined) { for (const one of [...waiting, nal]) last.nals.push(one); }
      waiting = [];
    }
  }
  return pictures;
}

/** The NAL units of a byte stream, without the start codes between them (ISO 14496-10 B.1, ISO 23008-2 B.2). */
function* nalUnits(source: ByteSource): Generator<Extent> {
  let begun: number | undefined;
  for (let from = 0; from < source.size; from += WINDOW) {
    // kept while others read
    const bytes = Buffer.from(source.readAt(from, WINDOW + START_CODE.length - 1));
    for (let at = bytes.indexOf(START_CODE); at !== -1 && at < WINDOW; at = bytes.indexOf(START_CODE, at + 3)) {
      if (begun !== undefined) yield* trimmed(source, begun, from + at);
      begun = from + at + START_CODE.length;
    }
  }
  if (begun !== undefined) yield* trimmed(source, begun, source.size);
}

/** Zeros after a NAL unit belong to none: it ends with a bit that is set. */
function* trimmed(source: ByteSource, start: number, end: number): Generator<Extent> {
  let last = end;
  while (last > start) {
    const tail = source.readAt(Math.max(start, last - SLICE_HEAD), Math.min(SLICE_HEAD, last - start));
    let length = tail.length;
    while (length > 0 && tail[length - 1] === 0) length -= 1;
    last -= tail.length - length;
    if (length > 0) break;
  }
  if (last > start) yield { offset: start, length: last - start };
}
