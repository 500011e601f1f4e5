import { say } from "../sentences.ts";
import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { inflate } from "./inflate.ts";
import { FileSource } from "./file_source.ts";
import type { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { LONGEST_FILE_META, readFileMeta } from "../dicom/file_meta.ts";
import { type ByteSource, bytesSource } from "../dicom/byte_source.ts";
import { NoPicture, type PixelValue } from "../dicom/pixel_data.ts";
import { MalformedDataset, TruncatedDataset } from "../dicom/malformed_dataset.ts";
import { ReadingBudget, readingDataset, type ReadOptions, type ReadResult, toItsEnd } from "../dicom/read_dataset.ts";
import { type TransferSyntax, transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { alone, inTurns } from "../timing/turns.ts";

/** The first window on an object's header; most fit, and it grows by four. */
const FIRST_WINDOW = 64 * 1024;
/** A header longer than this (offset tables, palettes and private data included) is not a picture's. */
const LARGEST_HEADER = 64 * 1024 * 1024;
/** A deflated object must be inflated to be read at all. */
const LARGEST_INFLATED = 256 * 1024 * 1024;
const TOO_LARGE = say("object-inflates-too-large");

/** What reading the header may need. */
export type HeaderOptions = Pick<ReadOptions, "vrOf" | "machineCharset">;

/** An object's file, open for reading by position: its header, and where its pixels begin. */
export interface ObjectFile extends Disposable {
  /** The bytes of the file from the data set on; offsets in `pixels` count in them, and what is read of them stays. */
  source: ByteSource;
  /** How far the source's first byte lies in the file; undefined where the source is an inflated copy. */
  fileOffset: number | undefined;
  /** Every attribute before the pixels. */
  dataset: Dataset;
  /** Of the data set, as the file meta names it. */
  syntax: TransferSyntax;
  /** SOP Class UID (0008,0016), as the file meta has it. */
  sopClassUid: string;
  /** Where reading stopped: at the pixels, at what else stands there, or at the end. */
  headerEnd: number;
  /** Undefined where the object has no pixel data. */
  pixels: (PixelValue & { wordwise: boolean }) | undefined;
}

/**
 * Opens a Part 10 file and reads its data set up to the pixels: what is kept in memory is the header, never a frame.
 *
 * @param options.vrOf where an implicit data set's VRs are looked up, instead of in the box's own dictionary
 * @param options.machineCharset the character set on the record of the machine that it came from
 * @throws NoPicture when the file is no DICOM object that the box can read
 */
export function openObjectFile(path: string, options: HeaderOptions = {}): ObjectFile {
  return toItsEnd(openingObjectFile(path, options));
}

/**
 * The same on the box's main thread: others get their turn meanwhile.
 *
 * @param options.most elements of its header that are read
 * @throws as `openObjectFile`
 */
export async function openObjectFileInTurns(
  path: string,
  options: HeaderOptions & { most?: number } = {},
): Promise<ObjectFile> {
  const inflated = await inflatedDataSet(path);
  return await inTurns(openingObjectFile(path, { ...options, ...(inflated && { inflated }) }));
}

function* openingObjectFile(
  path: string,
  options: HeaderOptions & { most?: number; inflated?: Uint8Array } = {},
): Generator<void, ObjectFile> {
  const file = Deno.openSync(path, { read: true });
  try {
    const raw = withBeginning(file);
    const { syntax, dataOffset, sopClassUid } = readMeta(raw);
    const source = syntax.deflated
      ? bytesSource(options.inflated ?? inflatedAtOnce(raw, dataOffset))
      : from(raw, dataOffset);
    const { dataset, end } = yield* readHeader(source, syntax, options);
    return {
      source,
      fileOffset: syntax.deflated ? undefined : dataOffset,
      dataset,
      syntax,
      sopClassUid,
      headerEnd: end,
      pixels: pixelValue(source, dataset, syntax, end),
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    if (error instanceof MalformedDataset) {
      throw new NoPicture(say("object-unreadable", { why: error.message }), { cause: error });
    }
    throw error;
  }
}

/** An open file, whose beginning is read once: there stand its meta information, its header, and of a small one all. */
function withBeginning(file: Deno.FsFile): ByteSource {
  const size = file.statSync().size;
  const beginning = readAt(file, size, 0, LONGEST_FILE_META + FIRST_WINDOW);
  return {
    size,
    readAt: (offset, length) =>
      Math.min(size, offset + length) <= beginning.length
        ? beginning.subarray(offset, offset + length)
        : readAt(file, size, offset, length),
  };
}

function readAt(file: Deno.FsFile, size: number, offset: number, length: number): Uint8Array {
  const wanted = Math.max(0, Math.min(length, size - offset));
  const bytes = new Uint8Array(wanted);
  file.seekSync(offset, Deno.SeekMode.Start);
  let read = 0;
  while (read < wanted) {
    const count = file.readSync(bytes.subarray(read));
    if (count === null) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

function readMeta(raw: ByteSource): { syntax: TransferSyntax; dataOffset: number; sopClassUid: string } {
  const { meta, dataOffset } = readFileMeta(raw.readAt(0, LONGEST_FILE_META));
  const syntax = transferSyntaxOf(meta.transferSyntaxUid);
  if (syntax === undefined) {
    throw new NoPicture(
      say("object-syntax-unknown", { uid: meta.transferSyntaxUid }),
    );
  }
  return { syntax, dataOffset, sopClassUid: meta.sopClassUid };
}

function from(raw: ByteSource, start: number): ByteSource {
  return { size: raw.size - start, readAt: (offset, length) => raw.readAt(start + offset, length) };
}

function inflatedAtOnce(raw: ByteSource, start: number): Uint8Array {
  if (raw.size - start > LARGEST_INFLATED) throw new NoPicture(TOO_LARGE);
  try {
    return inflateRawSync(raw.readAt(start, raw.size - start), { maxOutputLength: LARGEST_INFLATED });
  } catch (error) {
    throw new NoPicture(say("object-not-inflated", { why: (error as Error).message }), { cause: error });
  }
}

/** The data set of a deflated object; undefined where it is not deflated. @throws NoPicture */
async function inflatedDataSet(path: string): Promise<Uint8Array | undefined> {
  using file = Deno.openSync(path, { read: true });
  const size = file.statSync().size;
  const { syntax, dataOffset } = metaOf({ size, readAt: (offset, length) => readAt(file, size, offset, length) });
  if (!syntax.deflated) return undefined;
  const source = new FileSource(file, dataOffset);
  try {
    const { bytes, whole } = await alone(() => inflate(source, LARGEST_INFLATED));
    if (whole) return bytes;
  } catch (error) {
    if (!(error instanceof MalformedDataset)) throw error;
    throw new NoPicture(say("object-not-inflated", { why: error.message }), { cause: error });
  }
  throw new NoPicture(TOO_LARGE);
}

/** @throws NoPicture */
function metaOf(raw: ByteSource): ReturnType<typeof readMeta> {
  try {
    return readMeta(raw);
  } catch (error) {
    if (!(error instanceof MalformedDataset)) throw error;
    throw new NoPicture(say("object-unreadable", { why: error.message }), { cause: error });
  }
}

/** Everything before the pixels, which are the first element of group 7FE0 but for the Extended Offset Table. */
function* readHeader(
  source: ByteSource,
  syntax: TransferSyntax,
  { most, ...options }: HeaderOptions & { most?: number },
): Generator<void, ReadResult> {
  for (let window = FIRST_WINDOW;; window *= 4) {
    const bytes = source.readAt(0, Math.min(window, LARGEST_HEADER));
    try {
      const budget = most === undefined ? {} : { budget: new ReadingBudget(most) };
      return yield* readingDataset(bytes, syntax, { ...options, ...budget, until: Tag.FloatPixelData });
    } catch (error) {
      const more = bytes.length < Math.min(source.size, LARGEST_HEADER);
      if (!(error instanceof TruncatedDataset) || !more) throw error;
    }
  }
}

function pixelValue(
  source: ByteSource,
  dataset: Dataset,
  syntax: TransferSyntax,
  end: number,
): ObjectFile["pixels"] {
  const header = Buffer.from(source.readAt(end, 12));
  if (header.length < 8) return undefined;
  const [group, element] = syntax.bigEndian
    ? [header.readUInt16BE(0), header.readUInt16BE(2)]
    : [header.readUInt16LE(0), header.readUInt16LE(2)];
  if (group !== 0x7fe0) return undefined;
  if (element !== 0x0010) throw new NoPicture(say("floats-not-drawn"));
  const vr = syntax.explicit ? header.toString("latin1", 4, 6) : "OW";
  const [lengthAt, headerLength] = syntax.explicit ? [8, 12] : [4, 8];
  if (header.length < headerLength) return undefined;
  const length = syntax.bigEndian ? header.readUInt32BE(lengthAt) : header.readUInt32LE(lengthAt);
  return {
    offset: end + headerLength,
    length: length === 0xffffffff ? undefined : length,
    extendedOffsets: dataset.bytes("ExtendedOffsetTable"),
    extendedLengths: dataset.bytes("ExtendedOffsetTableLengths"),
    wordwise: vr === "OW",
  };
}
