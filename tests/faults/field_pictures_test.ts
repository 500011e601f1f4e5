import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
} from "../../src/dicom/transfer_syntax.ts";
import { convert } from "../../src/imaging/convert.ts";
import { answerTo } from "../../src/imaging/draw.ts";
import { describeObject, readNativeFrame, readPicture } from "../../src/imaging/read_picture.ts";
import { colourfulPixels, setPalette, type TestObject, withFolder, writeObject } from "../imaging/objects.ts";
import { fieldCase } from "../support/samples.ts";

const JPEG_BASELINE = "1.2.840.10008.1.2.4.50";

const colour = { samplesPerPixel: 3, photometricInterpretation: "RGB" };

/** A colourful picture of some size as JPEG. */
async function jpegOf(columns: number, rows: number): Promise<Uint8Array> {
  const raw = { width: columns, height: rows, channels: 3 } as const;
  return new Uint8Array(await sharp(colourfulPixels(columns, rows), { raw }).jpeg({ quality: 90 }).toBuffer());
}

/** What the box says of an object, by the codes of its sentences, and how its first frame is drawn. */
async function lookAt(path: string) {
  const description = await describeObject(path);
  const { width, height, pixels, channels } = await readPicture(path, 1);
  return {
    said: description.assumed.map(({ coded }) => coded?.code),
    description,
    ...{ width, height, pixels, channels },
  };
}

/** The same of an object that a test makes. */
async function lookAtMade(object: TestObject): ReturnType<typeof lookAt> {
  let found: Awaited<ReturnType<typeof lookAt>> | undefined;
  await withFolder(async (folder) => {
    found = await lookAt(await writeObject(folder, object));
  });
  return found!;
}

/** The same of a file beside the project, where it is there. */
async function lookAtField(name: string): Promise<Awaited<ReturnType<typeof lookAt>> | undefined> {
  const path = fieldCase(name);
  return existsSync(path) ? await lookAt(path) : undefined;
}

function jpegObject(columns: number, rows: number, ...fragments: Uint8Array[]): TestObject {
  return {
    ...{ columns, rows, samplesPerPixel: 3, photometricInterpretation: "YBR_FULL_422" },
    ...{ transferSyntaxUid: JPEG_BASELINE, pixels: { fragments } },
    ...(fragments.length > 1 &&
      { frames: fragments.length, more: (dataset) => dataset.setText(Tag.CineRate, "IS", "20") }),
  };
}

Deno.test("a JPEG of 48 × 32 in an object of 32 × 48 is drawn as it is, and its scale is not relied on", async () => {
  const region = (dataset: Dataset) => {
    const long = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);
    const double = (value: number) => new Uint8Array(new Float64Array([value]).buffer);
    const item = new (dataset.constructor as new () => Dataset)()
      .setUnsignedShort(Tag.RegionSpatialFormat, 1).setUnsignedShort(Tag.RegionDataType, 1)
      .setUnsignedShort(Tag.PhysicalUnitsXDirection, 3).setUnsignedShort(Tag.PhysicalUnitsYDirection, 3);
    for (const [tag, value] of [["RegionLocationMaxX1", 31], ["RegionLocationMaxY1", 31]] as const) {
      item.add({ tag: Tag[tag], vr: "UL", value: long(value) });
    }
    for (const tag of ["RegionLocationMinX0", "RegionLocationMinY0"] as const) {
      item.add({ tag: Tag[tag], vr: "UL", value: long(0) });
    }
    for (const tag of ["PhysicalDeltaX", "PhysicalDeltaY"] as const) {
      item.add({ tag: Tag[tag], vr: "FD", value: double(0.02) });
    }
    dataset.setItems(Tag.SequenceOfUltrasoundRegions, [item]);
  };
  const { said, width, height, description } = await lookAtMade({
    ...jpegObject(32, 48, await jpegOf(48, 32)),
    more: region,
  });
  assert.deepEqual([width, height, description.columns, description.rows], [48, 32, 48, 32]);
  assert.deepEqual([said, description.regions.length, description.scaleDoubt], [["assumed-size"], 1, "otherSize"]);
  const field = await lookAtField("jpeg_sides_swapped.dcm");
  if (field) assert.deepEqual([field.width, field.height, field.said], [160, 120, ["assumed-size"]]);
});

Deno.test("a JPEG with its sides swapped goes to others in the size that it has", () =>
  withFolder(async (folder) => {
    const path = await writeObject(folder, jpegObject(32, 48, await jpegOf(48, 32)));
    const { rows, columns, bytes } = await readNativeFrame(path, 1);
    assert.deepEqual([columns, rows, bytes.length], [48, 32, 48 * 32 * 3]);
  }));

Deno.test("a frame two bytes short is drawn, its last pixel empty, in one piece and in a clip's last frame", async () => {
  const pixels = colourfulPixels(40, 30);
  const one = await lookAtMade({ ...colour, columns: 40, rows: 30, pixels: pixels.subarray(0, -2) });
  assert.deepEqual([one.said, one.pixels.length], [["assumed-short"], pixels.length]);
  assert.deepEqual([...one.pixels.subarray(0, -2)], [...pixels.subarray(0, -2)]);
  assert.deepEqual([...one.pixels.subarray(-2)], [0, 0]);
  await withFolder(async (folder) => {
    const clip = new Uint8Array(40 * 30 * 2 - 4).fill(9);
    const path = await writeObject(folder, { columns: 40, rows: 30, frames: 2, pixels: clip });
    assert.equal((await readPicture(path, 2)).pixels.at(-5), 9);
    assert.equal((await readPicture(path, 2)).pixels.at(-1), 0);
    // two thirds of a frame are a frame of another form, and no picture
    const other = await writeObject(folder, { ...colour, columns: 40, rows: 30, pixels: pixels.subarray(0, 2400) });
    await assert.rejects(readPicture(other, 1), /not all there/);
  });
  const field = await lookAtField("native_two_bytes_short.dcm");
  if (field) assert.deepEqual([field.width, field.height, field.said], [160, 120, ["assumed-short"]]);
});

Deno.test("words of sixteen bits that are short are drawn as far as they go, in either order of their bytes", async () => {
  for (const transferSyntaxUid of ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]) {
    const words = new Uint8Array(40 * 30 * 2 - 2).fill(7);
    const deep = { columns: 40, rows: 30, bitsAllocated: 16, pixels: words, transferSyntaxUid };
    const { said, pixels } = await lookAtMade(deep);
    assert.deepEqual([said, pixels.length, pixels.at(-1)], [["assumed-short"], 1200, 0], transferSyntaxUid);
  }
});

Deno.test("a JPEG cut in its scan is drawn, and said to be cut: with its end marker, without, and within a clip", async () => {
  const whole = await jpegOf(160, 120);
  assert.deepEqual((await lookAtMade(jpegObject(160, 120, whole))).said, []);
  const padded = Uint8Array.from([...whole, ...new Uint8Array(300)]);
  assert.deepEqual((await lookAtMade(jpegObject(160, 120, padded))).said, [], "padding is no cut");
  const cut = whole.subarray(0, whole.length * 0.6);
  const ended = Uint8Array.from([...cut, 0xff, 0xd9]);
  for (const bytes of [cut, ended]) {
    const { said, width, height } = await lookAtMade(jpegObject(160, 120, bytes));
    assert.deepEqual([said, width, height], [["assumed-cut"], 160, 120]);
  }
  assert.deepEqual((await lookAtMade(jpegObject(160, 120, whole, cut, whole))).said, ["assumed-cut-frame"]);
  assert.deepEqual((await lookAtMade(jpegObject(160, 120, whole, cut, cut))).said, ["assumed-cut-frames"]);
  const field = await lookAtField("jpeg_truncated.dcm");
  if (field) assert.deepEqual([field.width, field.height, field.said], [160, 120, ["assumed-cut"]]);
});

Deno.test("a palette of sixteen bits with one dark colour keeps it dark, and one of small values keeps those", async () => {
  const ramp = Array.from({ length: 256 }, (_, value) => value * 256);
  const object = (tables: number[][]): TestObject => ({
    ...{ columns: 256, rows: 1, photometricInterpretation: "PALETTE COLOR" },
    pixels: Uint8Array.from({ length: 256 }, (_, value) => value),
    more: (dataset) => setPalette(dataset, 16, tables),
  });
  const dark = await lookAtMade(object([ramp, Array(256).fill(200), ramp.toReversed()]));
  assert.deepEqual([...dark.pixels.subarray(30, 33)], [10, 0, 245]);
  const small = await lookAtMade(object([ramp, ramp, ramp].map((table) => table.map((value) => value / 256))));
  assert.deepEqual([...small.pixels.subarray(30, 33)], [10, 10, 10]);
  const field = await lookAtField("palette_one_dark_colour.dcm");
  if (field) assert.deepEqual([...field.pixels.subarray(30, 33)], [10, 0, 235]);
});

Deno.test("a palette of segments with a copy of earlier ones is drawn, and one that copies itself is not", async () => {
  const object = (words: number[]): TestObject => ({
    ...{ columns: 8, rows: 1, photometricInterpretation: "PALETTE COLOR" },
    pixels: Uint8Array.from({ length: 8 }, (_, value) => value),
    more: (dataset) => {
      for (const name of ["Red", "Green", "Blue"] as const) {
        dataset.setUnsignedShort(Tag[`${name}PaletteColorLookupTableDescriptor`], 8, 0, 16);
        const value = new Uint8Array(Uint16Array.from(words).buffer);
        dataset.add({ tag: Tag[`Segmented${name}PaletteColorLookupTableData`], vr: "OW" as Vr, value });
      }
    },
  });
  // two values, a line of two up to 40·256, then a copy of both segments (two, from byte 0)
  const copying = [0, 2, 0, 2560, 1, 2, 10240, 2, 2, 0, 0];
  const { pixels } = await lookAtMade(object(copying));
  const red = Array.from({ length: 8 }, (_, index) => pixels[index * 3]);
  assert.deepEqual(red, [0, 10, 25, 40, 0, 10, 25, 40]);
  await assert.rejects(lookAtMade(object([0, 1, 5, 2, 1, 6, 0])), /segments of a kind/);
});

Deno.test("three bytes a pixel called YBR_FULL_422, two called YBR_FULL: the length decides, and it is said", async () => {
  const size = { columns: 40, rows: 30, samplesPerPixel: 3 };
  const grey = new Uint8Array(40 * 30 * 3).fill(128);
  const three = await lookAtMade({ ...size, photometricInterpretation: "YBR_FULL_422", pixels: grey });
  const short = { ...size, photometricInterpretation: "YBR_FULL_422", pixels: grey.subarray(0, -2) };
  const two = await lookAtMade({ ...size, photometricInterpretation: "YBR_FULL", pixels: grey.subarray(0, 2400) });
  for (const { said, pixels } of [three, two]) {
    assert.deepEqual([said, new Set(pixels)], [["assumed-samples"], new Set([128])]);
  }
  assert.deepEqual((await lookAtMade(short)).said, ["assumed-short", "assumed-samples"]);
  const field = await lookAtField("native_ybr422_three_bytes.dcm");
  if (field) assert.deepEqual(field.said, ["assumed-samples"]);
});

Deno.test("an overlay apart from the pixels is drawn into them, where its origin says, and in its frames alone", async () => {
  const overlay = (frames?: number) => (dataset: Dataset) => {
    const signed = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);
    dataset.setUnsignedShort(0x60000010, 2).setUnsignedShort(0x60000011, 3)
      .add({ tag: 0x60000050, vr: "SS", value: signed(4, 0) }).setUnsignedShort(0x60000100, 1)
      .add({ tag: 0x60003000, vr: "OW", value: Uint8Array.of(0b110110, 0) });
    if (frames) dataset.setText(0x60000015, "IS", "1").setUnsignedShort(0x60000051, 2);
  };
  const size = { columns: 8, rows: 8 };
  const lit = (pixels: Uint8Array) => [...pixels].flatMap((value, at) => value === 255 ? [at] : []);
  const { said, pixels } = await lookAtMade({ ...size, pixels: new Uint8Array(64), more: overlay() });
  // row 4 of 1, column 0: its first column lies left of the picture
  assert.deepEqual([said, lit(pixels)], [["assumed-overlays"], [24, 25, 32, 33]]);
  await withFolder(async (folder) => {
    const path = await writeObject(folder, { ...size, frames: 2, pixels: new Uint8Array(128), more: overlay(1) });
    assert.deepEqual(lit((await readPicture(path, 1)).pixels), []);
    assert.deepEqual(lit((await readPicture(path, 2)).pixels), [24, 25, 32, 33]);
  });
});

Deno.test("WebP of a picture with thin coloured lines keeps their colours", () =>
  withFolder(async (folder) => {
    const pixels = new Uint8Array(64 * 64 * 3);
    for (let at = 0; at < pixels.length; at += 6) pixels[at] = 255; // a red pixel, a black one
    const path = await writeObject(folder, { ...colour, columns: 64, rows: 64, pixels });
    const request = { kind: "frame", path, frame: 1, size: undefined, type: "image/webp", quality: 92 } as const;
    const answer = await answerTo(request, 10);
    assert.equal(answer.kind, "picture");
    if (answer.kind !== "picture") return;
    assert.deepEqual(new Uint8Array(await sharp(answer.bytes).removeAlpha().raw().toBuffer()), pixels);
  }));

Deno.test("a JPEG whose components are called r, g and b has red, green and blue, whatever its label says", async () => {
  const raw = { width: 16, height: 16, channels: 3 } as const;
  const red = new Uint8Array(16 * 16 * 3).map((_, index) => index % 3 === 0 ? 200 : 0);
  // three grey planes without a colour transformation: each component is written as it is
  const jpeg = new Uint8Array(
    await sharp(red, { raw }).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
  );
  const ids = (bytes: Uint8Array, names: string) => {
    const changed = Uint8Array.from([0xff, 0xd8, ...withoutJfif(bytes)]);
    const frame = changed.findIndex((byte, at) => byte === 0xff && changed[at + 1] === 0xc0);
    const scan = changed.findIndex((byte, at) => byte === 0xff && changed[at + 1] === 0xda);
    [...names].forEach((name, index) => {
      changed[frame + 10 + index * 3] = name.charCodeAt(0);
      changed[scan + 5 + index * 2] = name.charCodeAt(0);
    });
    return changed;
  };
  const drawn = async (names: string) => (await lookAtMade(jpegObject(16, 16, ids(jpeg, names)))).pixels.subarray(0, 3);
  // the samples are those of Y, Cb and Cr: taken for red, green and blue they come out as they are
  const asYbr = await drawn("\u0001\u0002\u0003");
  assert.ok(asYbr[0]! > 150 && asYbr[1]! < 60, String(asYbr));
  for (const names of ["rgb", "RGB"]) {
    const asRgb = await drawn(names);
    assert.ok(asRgb[0]! < 90 && asRgb[2]! > 180, `${names}: ${asRgb}`);
  }
});

/** What follows the first marker, without the segment that says YCbCr by its mere presence. */
function withoutJfif(bytes: Uint8Array): Uint8Array {
  return bytes[3] === 0xe0 ? bytes.subarray(4 + bytes[4]! * 256 + bytes[5]!) : bytes.subarray(2);
}

Deno.test("a big-endian object goes to a peer that takes little-endian alone as the same picture", () =>
  withFolder(async (folder) => {
    const words = Uint8Array.from({ length: 40 * 30 * 2 }, (_, at) => at % 2 ? at * 7 & 255 : at >> 9);
    const size = { columns: 40, rows: 30, bitsAllocated: 16, bitsStored: 16 };
    const little = await writeObject(folder, { ...size, pixels: words });
    const big = await writeObject(folder, {
      ...{ ...size, transferSyntaxUid: EXPLICIT_BIG_ENDIAN.uid },
      pixels: words, // which are turned as they are written
    });
    const expected = await readPicture(little, 1);
    assert.deepEqual((await readPicture(big, 1)).pixels, expected.pixels);
    for (const target of [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN]) {
      const parts = await convert(big, target, { native: (n) => readNativeFrame(big, n) });
      const data = Buffer.concat(await Array.fromAsync(parts));
      const meta = { sopClassUid: "1.2", sopInstanceUid: "1.3", transferSyntaxUid: target.uid, sourceAeTitle: "" };
      const sent = `${folder}/${target.uid}.dcm`;
      await Deno.writeFile(sent, Buffer.concat([writeFileMeta(meta), data]));
      assert.deepEqual((await readPicture(sent, 1)).pixels, expected.pixels, target.name);
    }
  }));

Deno.test("progressive JPEG in the retired syntaxes .4.53 and .4.55 is drawn", async () => {
  const raw = { width: 64, height: 48, channels: 3 } as const;
  const progressive = new Uint8Array(
    await sharp(colourfulPixels(64, 48), { raw }).jpeg({ progressive: true }).toBuffer(),
  );
  for (const end of ["53", "55"]) {
    const object = { ...jpegObject(64, 48, progressive), transferSyntaxUid: `1.2.840.10008.1.2.4.${end}` };
    const { said, width, height, pixels } = await lookAtMade(object);
    assert.deepEqual([said, width, height], [[], 64, 48], end);
    assert.ok(new Set(pixels).size > 50, end);
  }
});
