import assert from "node:assert/strict";
import fc from "fast-check";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import type { ByteSource } from "../../src/dicom/byte_source.ts";
import {
  describePixels,
  type Extent,
  fragmentExtents,
  locateFrame,
  NoPicture,
  type PixelDescription,
} from "../../src/dicom/pixel_data.ts";
import { EXPLICIT_LITTLE_ENDIAN, transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";

const JPEG = transferSyntaxOf("1.2.840.10008.1.2.4.50")!;
const RLE = transferSyntaxOf("1.2.840.10008.1.2.5")!;

const described = (frames: number, more: Partial<PixelDescription> = {}): PixelDescription => ({
  ...{ rows: 4, columns: 5, samplesPerPixel: 1, bitsAllocated: 8, bitsStored: 8, highBit: 7 },
  ...{ signed: false, planar: false, photometricInterpretation: "MONOCHROME2", frames },
  ...more,
});

/** A source that counts what is read of it. */
function sourceOf(bytes: Uint8Array): ByteSource & { bytesRead: number } {
  const source = {
    size: bytes.length,
    bytesRead: 0,
    readAt(offset: number, length: number) {
      const read = bytes.subarray(offset, offset + length);
      source.bytesRead += read.length;
      return read;
    },
  };
  return source;
}

const item = (content: Uint8Array | number[]): number[] => {
  const length = content.length;
  return [0xfe, 0xff, 0, 0xe0, length & 255, length >> 8 & 255, length >> 16 & 255, length >>> 24, ...content];
};
const END = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
const table = (...offsets: number[]) => item(new Uint8Array(new Uint32Array(offsets).buffer));
const jpeg = (length: number, fill: number) => [0xff, 0xd8, 0xff, ...new Uint8Array(length - 3).fill(fill)];
const rest = (length: number, fill: number) => [...new Uint8Array(length).fill(fill)];

/** The bytes of frame `n` in fragments. */
function frameOf(bytes: number[], frames: number, n: number, syntax = JPEG): number[] {
  const source = sourceOf(Uint8Array.from(bytes));
  const extents = locateFrame(source, { offset: 0, length: undefined }, described(frames), syntax, n);
  return extents.flatMap(({ offset, length }) => [...source.readAt(offset, length)]);
}

Deno.test("describePixels takes what is missing from the rest, and refuses sizes that are none", () => {
  const dataset = (rows: number, columns: number, more?: (dataset: Dataset) => void) => {
    const made = new Dataset().setUnsignedShort(Tag.Rows, rows).setUnsignedShort(Tag.Columns, columns);
    more?.(made);
    return made;
  };
  const bare = describePixels(dataset(2, 3));
  assert.deepEqual(
    [
      bare.samplesPerPixel,
      bare.bitsAllocated,
      bare.bitsStored,
      bare.highBit,
      bare.frames,
      bare.photometricInterpretation,
    ],
    [1, 8, 8, 7, 1, "MONOCHROME2"],
  );
  assert.equal(describePixels(dataset(2, 3, (it) => it.setText(Tag.NumberOfFrames, "IS", "-7"))).frames, 1);
  assert.throws(() => describePixels(dataset(0, 3)), NoPicture);
  assert.throws(() => describePixels(dataset(65535, 65535)), /larger than the box draws/);
  assert.throws(() => describePixels(dataset(2, 3, (it) => it.setUnsignedShort(Tag.SamplesPerPixel, 4))), /4 samples/);
  assert.throws(() => describePixels(dataset(2, 3, (it) => it.setUnsignedShort(Tag.BitsAllocated, 12))), /12 bits/);
});

Deno.test("a native frame is found by its number, and one that is not all there is refused", () => {
  const source = sourceOf(new Uint8Array(1000));
  const at = (n: number, frames: number, length = 60): Extent[] =>
    locateFrame(source, { offset: 100, length }, described(frames), EXPLICIT_LITTLE_ENDIAN, n);
  assert.deepEqual(at(1, 3), [{ offset: 100, length: 20 }]);
  assert.deepEqual(at(3, 3), [{ offset: 140, length: 20 }]);
  assert.throws(() => at(4, 3), /no frame 4/);
  assert.throws(() => at(0, 3), /no frame 0/);
  assert.throws(() => at(1.5, 3), /no frame 1.5/);
  assert.throws(() => at(4, 1_000_000), /not all there/);
  assert.throws(() => at(50, 1_000_000, 4_000_000), /The file ends within frame 50/);
  assert.equal(source.bytesRead, 0);
});

Deno.test("native frames of single bits and of shared colours have their own sizes", () => {
  const source = sourceOf(new Uint8Array(1000));
  const bits = described(3, { bitsAllocated: 1 }); // 20 bits a frame
  assert.deepEqual(locateFrame(source, { offset: 0, length: 8 }, bits, EXPLICIT_LITTLE_ENDIAN, 2), [
    { offset: 2, length: 3 },
  ]);
  const shared = described(2, { samplesPerPixel: 3, photometricInterpretation: "YBR_FULL_422" });
  assert.deepEqual(locateFrame(source, { offset: 0, length: 80 }, shared, EXPLICIT_LITTLE_ENDIAN, 2), [
    { offset: 40, length: 40 },
  ]);
  // three samples a pixel under that label: the value's length decides
  assert.deepEqual(locateFrame(source, { offset: 0, length: 120 }, shared, EXPLICIT_LITTLE_ENDIAN, 2), [
    { offset: 60, length: 60 },
  ]);
});

Deno.test("the first frame of a clip of a gigabyte costs a few headers, with and without an offset table", () => {
  const frames = 1000;
  const frameLength = 1024 * 1024;
  const size = 8 + frames * 4 + frames * (frameLength + 8) + 8;
  for (const withTable of [true, false]) {
    const tableLength = withTable ? frames * 4 : 0;
    let bytesRead = 0;
    const source: ByteSource = {
      size,
      readAt(offset, length) {
        bytesRead += length;
        const bytes = new Uint8Array(length);
        const view = new DataView(bytes.buffer);
        const header = (contentLength: number) => {
          view.setUint32(0, 0xe000fffe, true);
          view.setUint32(4, contentLength, true);
          if (length > 10) bytes.set([0xff, 0xd8, 0xff], 8);
        };
        const inFrames = offset - 8 - tableLength;
        if (offset === 0) header(tableLength);
        else if (inFrames < 0) {
          for (let at = 0; at + 4 <= length; at += 4) {
            view.setUint32(at, ((offset - 8 + at) / 4) * (frameLength + 8), true);
          }
        } else if (inFrames % (frameLength + 8) === 0) header(frameLength);
        else assert.fail(`bytes of a frame were read, at ${offset}`);
        return bytes;
      },
    };
    const [first] = locateFrame(source, { offset: 0, length: undefined }, described(frames), JPEG, 1);
    assert.deepEqual(first, { offset: 8 + tableLength + 8, length: frameLength });
    assert.ok(bytesRead < 200, `${bytesRead} bytes were read`);
  }
});

Deno.test("frames are found by the basic offset table, also in several fragments each", () => {
  const first = [...item(jpeg(10, 1)), ...item(rest(6, 2))];
  const bytes = [...table(0, first.length), ...first, ...item(jpeg(8, 3)), ...item(rest(4, 4)), ...END];
  assert.deepEqual(frameOf(bytes, 2, 1), [...jpeg(10, 1), ...rest(6, 2)]);
  assert.deepEqual(frameOf(bytes, 2, 2), [...jpeg(8, 3), ...rest(4, 4)]);
});

Deno.test("without a table, a frame begins where a codestream does", () => {
  const parts = [item(jpeg(10, 1)), item(rest(6, 2)), item(rest(6, 3)), item(jpeg(8, 4)), item(jpeg(8, 5))];
  const bytes = [...table(), ...parts.flat(), ...item(rest(4, 6)), ...END];
  assert.deepEqual(frameOf(bytes, 3, 1), [...jpeg(10, 1), ...rest(6, 2), ...rest(6, 3)]);
  assert.deepEqual(frameOf(bytes, 3, 2), jpeg(8, 4));
  assert.deepEqual(frameOf(bytes, 3, 3), [...jpeg(8, 5), ...rest(4, 6)]);
  assert.throws(() => frameOf(bytes, 5, 4), /5 frames, and 3 came/);
  assert.deepEqual(frameOf(bytes, 1, 1).length, 10 + 6 + 6 + 8 + 8 + 4, "one frame is all fragments");
});

Deno.test("a table that does not hold is left aside", () => {
  const fragments = [...item(jpeg(10, 1)), ...item(jpeg(8, 2)), ...END];
  for (const offsets of [[0, 7], [0, 0], [18, 0], [0, 9999], [5, 18], [0, 18, 36]]) {
    const bytes = [...table(...offsets), ...fragments];
    assert.deepEqual(frameOf(bytes, 2, 2), jpeg(8, 2), `offsets ${offsets}`);
    assert.deepEqual(frameOf(bytes, 2, 1), jpeg(10, 1), `offsets ${offsets}`);
  }
});

Deno.test("an extended offset table leads to its fragment, cut to its length", () => {
  const bytes = Uint8Array.from([...table(), ...item(jpeg(10, 1)), ...item(jpeg(8, 2)), ...END]);
  const words = (...values: bigint[]) => new Uint8Array(new BigUint64Array(values).buffer);
  const value = {
    ...{ offset: 0, length: undefined },
    ...{ extendedOffsets: words(0n, 18n), extendedLengths: words(9n, 7n) },
  };
  assert.deepEqual(locateFrame(sourceOf(bytes), value, described(2), JPEG, 2), [{ offset: 34, length: 7 }]);
});

Deno.test("an RLE frame is one fragment each", () => {
  const bytes = [...table(), ...item(rest(64, 1)), ...item(rest(66, 2)), ...END];
  assert.deepEqual(frameOf(bytes, 2, 2, RLE), rest(66, 2));
});

Deno.test("fragments that end too early, or are none, are refused and not followed", () => {
  assert.throws(() => frameOf([...table(), ...END], 1, 1), /no fragments/);
  assert.throws(() => frameOf([], 1, 1), /no fragments/);
  assert.throws(() => frameOf([...table(), 1, 2, 3, 4, 5, 6, 7, 8], 1, 1), /no fragments/);
  const long = [...table(), 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0x0f, ...jpeg(10, 1)];
  assert.throws(() => frameOf(long, 1, 1), /more than the box draws|ends within/);
  const short = [...table(), ...item(jpeg(40, 1)).slice(0, 30)];
  assert.throws(() => frameOf(short, 1, 1), /ends within frame 1/);
  assert.throws(() => fragmentExtents(sourceOf(Uint8Array.from(short)), { offset: 0, length: undefined }), NoPicture);
});

Deno.test("any cutting of frames into fragments gives each frame its own bytes", () => {
  const frame = fc.array(fc.array(fc.integer({ min: 0, max: 0xfe }), { minLength: 0, maxLength: 12 }), {
    maxLength: 4,
  });
  fc.assert(fc.property(fc.array(frame, { minLength: 1, maxLength: 8 }), fc.boolean(), (frames, withTable) => {
    const fragments = frames.map((tail) => [jpeg(4, 9), ...tail.map((part) => part.length % 2 ? [...part, 0] : part)]);
    const offsets: number[] = [];
    let at = 0;
    for (const parts of fragments) {
      offsets.push(at);
      at += parts.reduce((sum, part) => sum + 8 + part.length, 0);
    }
    const bytes = [...table(...(withTable ? offsets : [])), ...fragments.flat().flatMap((part) => item(part)), ...END];
    fragments.forEach((parts, index) => assert.deepEqual(frameOf(bytes, frames.length, index + 1), parts.flat()));
  }));
});

Deno.test("any bytes at all are either drawn or refused, never a crash", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (bytes, n) => {
    try {
      locateFrame(sourceOf(bytes), { offset: 0, length: undefined }, described(5), JPEG, n);
    } catch (error) {
      assert.ok(error instanceof NoPicture, String(error));
    }
  }));
});
