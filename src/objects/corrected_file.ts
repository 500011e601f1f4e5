import { Buffer } from "node:buffer";
import { createDeflateRaw } from "node:zlib";
import { correctedBytes, type CorrectedObject } from "../dicom/corrected_object.ts";
import type { Correction } from "../dicom/correction.ts";
import { type FileMeta, LONGEST_FILE_META, readFileMeta, writeFileMeta } from "../dicom/file_meta.ts";
import { bytesSource } from "../dicom/byte_source.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { transferSyntaxOf } from "../dicom/transfer_syntax.ts";
import { FileSource } from "./file_source.ts";
import { bytesOf } from "./files.ts";
import { inflating, through } from "./inflate.ts";
import { correctObject } from "./rewriting.ts";

/** The correction of a stored object that leaves the box, as whoever keeps corrections has it; undefined for none. */
export type CorrectionOf = (sopInstanceUid: string) => Correction | undefined;

/** A stored object's file, and what is corrected when it leaves. */
export interface FileToCorrect {
  /** Of its file, complete. */
  path: string;
  /** What it leaves the box with in place of what it came with. */
  correction: Correction;
  /** The character set on the record of the machine that it came from. */
  machineCharset?: readonly string[] | undefined;
}

/** A deflated data set is held as far as this, bytes once inflated: what stands before the pixels is far less. */
const MOST_INFLATED = 64 * 1024 * 1024;

/**
 * The data set of a stored object as it leaves the box, corrected, in its own transfer syntax. The file is not touched;
 * of what is long, such as pixel data, only a piece is in memory at a time.
 *
 * @returns the bytes in pieces; that it can be corrected is known before the first one
 * @throws MalformedDataset when the object cannot be read
 * @throws Error of the file system
 */
export async function correctedDataSet(object: FileToCorrect): Promise<AsyncIterable<Uint8Array>> {
  return dataSetOf(object.path, await prepare(object));
}

/**
 * The same as a file: preamble and file meta information as stored, which name neither patient nor study, then the
 * corrected data set. An object that is kept under another SOP Instance UID than it came with has file meta information
 * of the box's own.
 *
 * @throws as `correctedDataSet`
 */
export async function correctedFile(object: FileToCorrect): Promise<AsyncIterable<Uint8Array>> {
  const prepared = await prepare(object);
  const { meta, dataOffset } = prepared;
  const { sopInstanceUid = meta.sopInstanceUid } = object.correction;
  return (async function* () {
    if (sopInstanceUid === meta.sopInstanceUid) yield* bytesOf(object.path, 0, dataOffset);
    else yield writeFileMeta({ ...meta, sopInstanceUid });
    yield* dataSetOf(object.path, prepared);
  })();
}

/** What is known of an object before its first byte leaves. */
interface Prepared {
  meta: FileMeta;
  dataOffset: number;
  corrected: CorrectedObject | undefined;
  isDeflated: boolean;
}

async function prepare({ path, correction, machineCharset }: FileToCorrect): Promise<Prepared> {
  const { meta, dataOffset } = readMeta(path);
  const syntax = transferSyntaxOf(meta.transferSyntaxUid);
  if (syntax === undefined) {
    throw new MalformedDataset(`the transfer syntax ${meta.transferSyntaxUid} is not one the box reads`);
  }
  const source = syntax.deflated ? { bytes: await inflatedStart(path, dataOffset) } : { path, dataOffset };
  const corrected = await correctObject({ source, syntaxUid: syntax.uid, correction, machineCharset });
  return { meta, dataOffset, corrected, isDeflated: syntax.deflated };
}

function dataSetOf(path: string, { dataOffset, corrected, isDeflated }: Prepared): AsyncIterable<Uint8Array> {
  if (corrected === undefined) return bytesOf(path, dataOffset);
  return isDeflated ? deflated(path, dataOffset, corrected) : plain(path, dataOffset, corrected);
}

function readMeta(path: string) {
  using file = Deno.openSync(path, { read: true });
  return readFileMeta(new FileSource(file, 0).readAt(0, LONGEST_FILE_META));
}

async function* plain(path: string, dataOffset: number, corrected: CorrectedObject): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  for (const bytes of correctedBytes(new FileSource(file, dataOffset), corrected)) yield new Uint8Array(bytes);
}

/** Inflated, changed and deflated again on its way. Its length is even (PS3.5 A.5). */
async function* deflated(path: string, dataOffset: number, corrected: CorrectedObject): AsyncGenerator<Uint8Array> {
  const changed = async function* () {
    const inflated = inflating(bytesOf(path, dataOffset));
    try {
      const first = await firstBytes(inflated, corrected.rest);
      yield* correctedBytes(bytesSource(first.bytes), corrected, "head");
      yield first.more;
      yield* inflated;
    } finally {
      await inflated.return(); // the file is closed also where nobody reads on
    }
  };
  let length = 0;
  for await (const bytes of through(changed(), createDeflateRaw())) {
    length += bytes.length;
    yield bytes;
  }
  if (length % 2 === 1) yield new Uint8Array(1);
}

/** The first part of a deflated data set, in which all stands that could be corrected. @throws MalformedDataset */
async function inflatedStart(path: string, dataOffset: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of inflating(bytesOf(path, dataOffset))) {
    parts.push(part);
    length += part.length;
    if (length >= MOST_INFLATED) break;
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** The first bytes of a stream, and what came with the last of them. */
async function firstBytes(stream: AsyncIterator<Uint8Array>, count: number) {
  const bytes = new Uint8Array(count);
  let filled = 0;
  let more: Uint8Array = new Uint8Array(0);
  while (filled < count) {
    const { value, done } = await stream.next();
    if (done) throw new MalformedDataset("the deflated data set ends within its attributes");
    bytes.set(value.subarray(0, count - filled), filled);
    more = value.subarray(count - filled);
    filled += Math.min(value.length, count - filled);
  }
  return { bytes, more };
}
