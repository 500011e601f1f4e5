import { join } from "node:path";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";

const US_IMAGE = "1.2.840.10008.5.1.4.1.1.6.1";

/** An object for a test: its pixel module, other attributes, and its pixels native or in fragments. */
export interface TestObject {
  rows: number;
  columns: number;
  samplesPerPixel?: number;
  photometricInterpretation?: string;
  planarConfiguration?: number;
  bitsAllocated?: number;
  bitsStored?: number;
  pixelRepresentation?: number;
  frames?: number;
  /** Further attributes, put into the data set last. */
  more?: (dataset: Dataset) => void;
  pixels: Uint8Array | { basicOffsetTable?: number[]; fragments: Uint8Array[] };
  transferSyntaxUid?: string;
  sopClassUid?: string;
}

/** The bytes of the object as a Part 10 file that other DICOM programs read. */
export function objectBytes(object: TestObject): Uint8Array<ArrayBuffer> {
  const syntax = transferSyntaxOf(object.transferSyntaxUid ?? EXPLICIT_LITTLE_ENDIAN.uid)!;
  const sopClassUid = object.sopClassUid ?? US_IMAGE;
  const sopInstanceUid = newUid();
  const bitsAllocated = object.bitsAllocated ?? 8;
  const bitsStored = object.bitsStored ?? bitsAllocated;
  const dataset = new Dataset()
    .setText(Tag.SOPClassUID, "UI", sopClassUid)
    .setText(Tag.SOPInstanceUID, "UI", sopInstanceUid)
    .setText(Tag.StudyInstanceUID, "UI", newUid())
    .setText(Tag.SeriesInstanceUID, "UI", newUid())
    .setText(Tag.Modality, "CS", "US")
    .setUnsignedShort(Tag.SamplesPerPixel, object.samplesPerPixel ?? 1)
    .setText(Tag.PhotometricInterpretation, "CS", object.photometricInterpretation ?? "MONOCHROME2")
    .setUnsignedShort(Tag.Rows, object.rows)
    .setUnsignedShort(Tag.Columns, object.columns)
    .setUnsignedShort(Tag.BitsAllocated, bitsAllocated)
    .setUnsignedShort(Tag.BitsStored, bitsStored)
    .setUnsignedShort(Tag.HighBit, bitsStored - 1)
    .setUnsignedShort(Tag.PixelRepresentation, object.pixelRepresentation ?? 0);
  if (object.samplesPerPixel === 3) dataset.setUnsignedShort(Tag.PlanarConfiguration, object.planarConfiguration ?? 0);
  if (object.frames !== undefined) dataset.setText(Tag.NumberOfFrames, "IS", String(object.frames));
  object.more?.(dataset);
  const meta = writeFileMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid: syntax.uid, sourceAeTitle: "" });
  if (object.pixels instanceof Uint8Array) {
    dataset.add({ tag: Tag.PixelData, vr: bitsAllocated > 8 ? "OW" : "OB", value: object.pixels });
    return joined(meta, writeDataset(dataset, syntax));
  }
  return joined(meta, writeDataset(dataset, syntax), encapsulated(object.pixels));
}

/** Writes the object into a folder; @returns its path. */
export async function writeObject(folder: string, object: TestObject): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.dcm`);
  await Deno.writeFile(path, objectBytes(object));
  return path;
}

function encapsulated(
  { basicOffsetTable = [], fragments }: { basicOffsetTable?: number[]; fragments: Uint8Array[] },
): Uint8Array {
  const table = new Uint8Array(basicOffsetTable.length * 4);
  basicOffsetTable.forEach((offset, index) => new DataView(table.buffer).setUint32(index * 4, offset, true));
  const header = Uint8Array.of(0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff); // (7fe0,0010) OB
  const items = [table, ...fragments].flatMap((bytes) => [item(bytes.length + bytes.length % 2), bytes, pad(bytes)]);
  return joined(header, ...items, Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0));
}

function item(length: number): Uint8Array {
  const header = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0);
  new DataView(header.buffer).setUint32(4, length, true);
  return header;
}

function pad(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.length % 2);
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A lookup table's three descriptors and data, sixteen bits an entry. */
export function setPalette(dataset: Dataset, bits: number, tables: readonly number[][]): void {
  (["Red", "Green", "Blue"] as const).forEach((colour, index) => {
    const table = tables[index]!;
    const words = new Uint8Array(table.length * 2);
    table.forEach((value, entry) => new DataView(words.buffer).setUint16(entry * 2, value, true));
    dataset.setUnsignedShort(Tag[`${colour}PaletteColorLookupTableDescriptor`], table.length % 65536, 0, bits);
    dataset.add({ tag: Tag[`${colour}PaletteColorLookupTableData`], vr: "OW" as Vr, value: words });
  });
}

/** Red, green and blue that change over the picture, with a hard edge and a fine pattern in it. */
export function colourfulPixels(columns: number, rows: number): Uint8Array {
  const pixels = new Uint8Array(columns * rows * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const edge = x > columns / 2 && y > rows / 3 ? 200 : 0;
      pixels.set([x * 255 / columns, y * 255 / rows, (x + y) % 7 * 8 + edge], (y * columns + x) * 3);
    }
  }
  return pixels;
}

/** Makes a folder for a test's files, hands it over, and removes it. */
export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-imaging-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
