import { Buffer } from "node:buffer";
import { say } from "../sentences.ts";
import { correctedFile, type CorrectionOf } from "../objects/corrected_file.ts";
import type { Correction } from "../dicom/correction.ts";
import { Dataset } from "../dicom/dataset.ts";
import { Tag } from "../dicom/dictionary.ts";
import { MalformedDataset } from "../dicom/malformed_dataset.ts";
import { createHash } from "node:crypto";
import { elementPlaces } from "../dicom/object_header.ts";
import { readDataset, ReadingBudget, readingDataset } from "../dicom/read_dataset.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../dicom/transfer_syntax.ts";
import { LONGEST_FILE_META, readFileMeta, writeFileMeta } from "../dicom/file_meta.ts";
import { fullDictionary } from "../dicom/full_dictionary.ts";
import { describePixels, type Extent, fragmentExtents, locateFrame, NoPicture } from "../dicom/pixel_data.ts";
import { isVideo } from "../dicom/video/video_kind.ts";
import { convert, headerBytes, type HeaderText } from "./convert.ts";
import { inTurns } from "../timing/turns.ts";
import { type HeaderOptions, type ObjectFile, openObjectFileInTurns } from "../objects/object_file.ts";
import type { Pictures } from "./pictures.ts";

const CHUNK = 256 * 1024;
/** Elements of an object that are described: those of a long enhanced clip are some 100,000. */
const MOST_ELEMENTS = 500_000;

/** What stands behind the pixels of real objects is some kilobytes. */
const LONGEST_BEHIND = 1024 * 1024;
/** Encapsulated Document (0042,0011). */
const ENCAPSULATED_DOCUMENT = 0x00420011;

/** A stored object's file, by its path below the archive folder. */
export interface StoredObject {
  /** SOP Instance UID (0008,0018). */
  sopInstanceUid: string;
  /** Of its file, from the archive's folder. */
  path: string;
  /** Of the file's bytes, hex. */
  sha256: string;
}

/** What an object is made of: what stands before its pixels, with the VRs of the whole standard, and what they are. */
export interface ObjectOutline {
  /** Every attribute before the pixels. */
  dataset: Dataset;
  /** How they are stored. */
  pixels: "none" | "native" | "encapsulated" | "video";
  /** 0 for what is no image. */
  frames: number;
}

interface ObjectReaderOptions {
  correctionOf?: CorrectionOf | undefined;
  /** The character set on the record of the machine that an object came from. */
  machineCharsetOf?: (sopInstanceUid: string) => readonly string[];
}

/** Reads what stored objects are made of, for programs that ask over the web. */
export class ObjectReader {
  readonly #pathOf: (stored: string) => string;
  readonly #pictures: Pictures;
  readonly #options: ObjectReaderOptions;

  /**
   * Opens nothing yet.
   *
   * @param pathOf the full path of a file by its path below the archive folder
   */
  constructor(pathOf: (stored: string) => string, pictures: Pictures, options: ObjectReaderOptions = {}) {
    this.#pathOf = pathOf;
    this.#pictures = pictures;
    this.#options = options;
  }

  /** What an object is, without its pixels. @throws NoPicture */
  async outline(object: StoredObject): Promise<ObjectOutline> {
    const { correction, ...text } = await this.#leaving(object);
    using file = await openObjectFileInTurns(this.#pathOf(object.path), { ...text, most: MOST_ELEMENTS });
    const { pixels, syntax } = file;
    const dataset = correction === undefined ? file.dataset : await this.#corrected(file, correction, text);
    for (const element of behindPixels(file, text)) dataset.add(element);
    return {
      dataset,
      pixels: pixels === undefined
        ? "none"
        : isVideo(syntax)
        ? "video"
        : syntax.encapsulated
        ? "encapsulated"
        : "native",
      frames: pixels === undefined ? 0 : Math.max(1, Math.trunc(dataset.number("NumberOfFrames") ?? 1)),
    };
  }

  async #corrected(file: ObjectFile, correction: Correction, text: Omit<HeaderText, "correction">): Promise<Dataset> {
    const bytes = await headerBytes(file, { correction, ...text });
    return (await inTurns(readingDataset(bytes, file.syntax, text))).dataset;
  }

  /** An object as it leaves the box. */
  async file(object: StoredObject): Promise<ReadableStream<Uint8Array>> {
    const path = this.#pathOf(object.path);
    const { correction, machineCharset } = await this.#leaving(object);
    if (correction === undefined) return (await Deno.open(path, { read: true })).readable;
    return ReadableStream.from(await correctedFile({ path, correction, machineCharset }));
  }

  /** What is corrected of an object as it leaves, and how its attributes are read. */
  async #leaving({ sopInstanceUid }: StoredObject) {
    return {
      correction: this.#options.correctionOf?.(sopInstanceUid),
      machineCharset: this.#options.machineCharsetOf?.(sopInstanceUid),
      vrOf: (await fullDictionary()).vrOf,
    };
  }

  /** An object in Explicit VR Little Endian, without compression. */
  async explicitFile(object: StoredObject): Promise<ReadableStream<Uint8Array>> {
    const path = this.#pathOf(object.path);
    const data = await convert(path, EXPLICIT_LITTLE_ENDIAN, {
      native: (n) => this.#pictures.native({ ...object, path }, n, false),
      ...await this.#leaving(object),
    });
    const fileMeta = writeFileMeta({ ...metaOf(path), transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid });
    return ReadableStream.from((async function* () {
      yield fileMeta;
      yield* data;
    })());
  }

  /** Frame `n`, from 1, as it is stored. @throws NoPicture */
  async storedFrame(object: StoredObject, n: number): Promise<Uint8Array> {
    using file = await openObjectFileInTurns(this.#pathOf(object.path));
    if (file.pixels === undefined) throw new NoPicture(say("picture-none"));
    const extents = locateFrame(file.source, file.pixels, describePixels(file.dataset), file.syntax, n);
    return Buffer.concat(extents.map(({ offset, length }) => file.source.readAt(offset, length)));
  }

  /**
   * Frame `n`, from 1, without compression.
   *
   * @throws NoPicture, also where its bytes are not laid out as the object's metadata says
   */
  async nativeFrame(object: StoredObject, n: number): Promise<Uint8Array> {
    const path = this.#pathOf(object.path);
    const { bytes, rows, columns, said } = await this.#pictures.native({ ...object, path }, n, false);
    if (said.rows !== rows || said.columns !== columns) {
      const its = { itsColumns: columns, itsRows: rows };
      throw new NoPicture(say("object-size-differs", { columns: said.columns, rows: said.rows, ...its }));
    }
    return bytes;
  }

  /** The document that an object holds (Encapsulated Document, PS3.3 C.24.2). @throws NoPicture where it holds none */
  async document(object: StoredObject): Promise<ReadableStream<Uint8Array>> {
    const path = this.#pathOf(object.path);
    using file = await openObjectFileInTurns(path);
    const places = elementPlaces(file.source, file.syntax, new ReadingBudget(MOST_ELEMENTS));
    const place = places.find(({ tag }) => tag === ENCAPSULATED_DOCUMENT);
    if (place === undefined || place.hasUndefinedLength) throw new NoPicture(say("document-none"));
    // padded to an even length, which its own length tells
    const said = file.dataset.number("EncapsulatedDocumentLength") ?? Infinity;
    const length = Math.min(place.end - place.value, said);
    return ReadableStream.from((async function* () {
      using again = await openObjectFileInTurns(path);
      for (let at = 0; at < length; at += CHUNK) {
        yield again.source.readAt(place.value + at, Math.min(CHUNK, length - at)).slice();
      }
    })());
  }

  /** A name for what leaves of an object, which changes with its bytes and with what is corrected of it. */
  versionOf({ sopInstanceUid, sha256 }: StoredObject): string {
    const correction = this.#options.correctionOf?.(sopInstanceUid);
    const machineCharset = this.#options.machineCharsetOf?.(sopInstanceUid);
    return createHash("sha256").update(JSON.stringify([sha256, correction, machineCharset])).digest("hex").slice(0, 40);
  }

  /** The value of Pixel Data without compression. */
  pixelData(object: StoredObject): ReadableStream<Uint8Array> {
    const path = this.#pathOf(object.path);
    return ReadableStream.from((async function* () {
      using file = await openObjectFileInTurns(path);
      const { pixels, source } = file;
      if (pixels === undefined) return;
      const extents: Extent[] = pixels.length === undefined
        ? fragmentExtents(source, pixels)
        : [{ offset: pixels.offset, length: pixels.length }];
      for (const { offset, length } of extents) {
        for (let at = 0; at < length; at += CHUNK) {
          yield source.readAt(offset + at, Math.min(CHUNK, length - at)).slice();
        }
      }
    })());
  }
}

/** What stands behind the pixels: signatures and private attributes. What cannot be read there is not told. */
function behindPixels({ source, syntax, pixels }: ObjectFile, options: HeaderOptions): Dataset {
  if (pixels === undefined) return new Dataset();
  const fragments = pixels.length === undefined ? fragmentExtents(source, pixels) : [];
  const last = fragments.at(-1);
  // the delimiter of the fragments has eight bytes (PS3.5 A.4)
  const end = last === undefined ? pixels.offset + (pixels.length ?? 0) : last.offset + last.length + 8;
  const length = source.size - end;
  if (length < 8 || length > LONGEST_BEHIND) return new Dataset();
  try {
    const { dataset } = readDataset(source.readAt(end, length), syntax, options);
    dataset.delete(Tag.DataSetTrailingPadding);
    return dataset;
  } catch (error) {
    if (error instanceof MalformedDataset) return new Dataset();
    throw error;
  }
}

function metaOf(path: string) {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(LONGEST_FILE_META);
  let filled = 0;
  for (let read = file.readSync(bytes); read !== null && read > 0; read = file.readSync(bytes.subarray(filled))) {
    filled += read;
  }
  return readFileMeta(bytes.subarray(0, filled)).meta;
}
