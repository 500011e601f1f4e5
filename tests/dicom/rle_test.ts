import assert from "node:assert/strict";
import fc from "fast-check";
import { NoPicture } from "../../src/dicom/pixel_data.ts";
import { decodeRle } from "../../src/dicom/rle.ts";

/** PackBits as PS3.5 G.3.1 has it, of literal runs and repeats. */
function encodeSegment(bytes: Uint8Array): number[] {
  const encoded: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let run = 1;
    while (run < 128 && bytes[at + run] === bytes[at]) run++;
    if (run > 1) {
      encoded.push(257 - run, bytes[at]!);
      at += run;
    } else {
      const start = at;
      while (at < bytes.length && at - start < 128 && bytes[at] !== bytes[at + 1]) at++;
      encoded.push(at - start - 1, ...bytes.subarray(start, at));
    }
  }
  return encoded.length % 2 ? [...encoded, 0x80] : encoded;
}

function encode(segments: Uint8Array[]): Uint8Array {
  const encoded = segments.map(encodeSegment);
  const header = new Uint32Array(16);
  header[0] = segments.length;
  let at = 64;
  encoded.forEach((segment, index) => {
    header[index + 1] = at;
    at += segment.length;
  });
  return Uint8Array.from([...new Uint8Array(header.buffer), ...encoded.flat()]);
}

Deno.test("the standard's example of a segment is decoded", () => {
  const header = new Uint32Array(16);
  header.set([1, 64]);
  const packed = [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
  const bytes = Uint8Array.from([...new Uint8Array(header.buffer), ...packed]);
  const hex = [...decodeRle(bytes, 24, 1, 1).bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.equal(hex, "aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa");
});

Deno.test("any picture is the same after packing, sample by sample, least significant byte first", () => {
  const plane = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 400 });
  fc.assert(fc.property(plane, fc.constantFrom(1, 3), fc.constantFrom(1, 2), (values, samples, width) => {
    const pixels = values.length;
    const planes = Array.from(
      { length: samples * width },
      (_, index) => Uint8Array.from(values, (value) => value + index * 7),
    );
    const decoded = decodeRle(encode(planes), pixels, samples, width).bytes;
    for (let sample = 0; sample < samples; sample++) {
      for (let byte = 0; byte < width; byte++) {
        const plane = planes[sample * width + byte]!; // the most significant one first
        for (let pixel = 0; pixel < pixels; pixel++) {
          assert.equal(decoded[(sample * pixels + pixel) * width + width - 1 - byte], plane[pixel]);
        }
      }
    }
  }));
});

Deno.test("a frame that is cut, or lies about its segments, is refused", () => {
  const whole = encode([new Uint8Array(100).fill(7)]);
  assert.throws(() => decodeRle(whole.subarray(0, 30), 100, 1, 1), NoPicture);
  assert.throws(() => decodeRle(whole, 100, 3, 1), /1 segments, 3 are needed/);
  assert.throws(() => decodeRle(whole, 200, 1, 1), /holds 100 of 200/);
  assert.deepEqual(decodeRle(whole, 101, 1, 1), { bytes: Uint8Array.of(...Array(100).fill(7), 0), missing: 1 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    try {
      decodeRle(bytes, 10, 1, 1);
    } catch (error) {
      assert.ok(error instanceof NoPicture, String(error));
    }
  }));
});
