import assert from "node:assert/strict";
import { elementaryStream } from "../../src/dicom/video/elementary_stream.ts";
import { firstPicture } from "../../src/dicom/video/mpeg2.ts";
import * as streams from "../support/mpeg2_streams.ts";
import { randomFrom } from "../support/random.ts";

const clamped = (value: number) => Math.max(0, Math.min(255, value));

/** BT.601 (ITU-R BT.601-7 2.5) of what a stream was made of. */
function expected(x: number, y: number, halfHeight: boolean): number[] {
  const [luminance, blue, red] = streams.made(x, y, { halfHeight });
  const grey = (luminance - 16) * 255 / 219;
  return [
    grey + 1.402 * 255 / 224 * (red - 128),
    grey - (0.344 * (blue - 128) + 0.714 * (red - 128)) * 255 / 224,
    grey + 1.772 * 255 / 224 * (blue - 128),
  ].map(clamped);
}

for (const name of ["progressive", "halved", "interlaced", "program", "transport"] as const) {
  Deno.test(`MPEG-2: the first picture of another's encoder, ${name}`, () => {
    const picture = firstPicture(elementaryStream(streams[name]))!;
    assert.deepEqual([picture.width, picture.height], [streams.SIZE.width, streams.SIZE.height]);
    let sum = 0;
    for (let y = 0; y < picture.height; y++) {
      for (let x = 0; x < picture.width; x++) {
        expected(x, y, name !== "halved").forEach((value, channel) => {
          sum += Math.abs(value - picture.pixels[(y * picture.width + x) * 3 + channel]!);
        });
      }
    }
    const mean = sum / picture.pixels.length;
    assert.ok(mean < 4, `differs by ${mean} of 255 in the mean`); // what its quantisation leaves
  });
}

Deno.test("MPEG-2: no stream, however it is damaged or cut off, does more than give no picture", () => {
  const random = randomFrom("SONODESK_MPEG2_SEED");
  assert.equal(firstPicture(elementaryStream(new Uint8Array(0))), undefined);
  assert.equal(firstPicture(Uint8Array.of(0, 0, 1, 0xb3, 1)), undefined);
  const whole = [streams.progressive, streams.halved, streams.interlaced, streams.program, streams.transport];
  for (let n = 0; n < 600; n++) {
    const stream = whole[n % whole.length]!.slice(0, n % 3 === 0 ? random.below(700) : undefined);
    for (let damage = 0; damage < 1 + n % 5; damage++) stream[random.below(stream.length || 1)] = random.below(256);
    const picture = firstPicture(elementaryStream(stream));
    if (picture) assert.equal(picture.pixels.length, picture.width * picture.height * 3);
  }
});
