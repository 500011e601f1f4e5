import assert from "node:assert/strict";
import { readPicture } from "../../src/imaging/read_picture.ts";
import { withFolder } from "./objects.ts";
import { peerTest } from "../support/peers.ts";
import { difference, peerPicture, PICTURE_PEERS, SAMPLES, SAMPLES_HERE } from "./peers.ts";

/** How far from DCMTK's picture each sample may be: mean of 255. What is not lossy is exact. */
const EXACT = 0;
const LOSSY = 2;

const SAMPLE_PICTURES: readonly { name: string; frames: number[]; most: number }[] = [
  { name: "DERIVED_philips_cx50_us_deflated_palette", frames: [1], most: EXACT },
  { name: "acme_usRETIRED_ele_rgb_planar1", frames: [1], most: EXACT },
  { name: "acme_usmfRETIRED_j2k_mono_8f", frames: [1, 2, 8], most: EXACT },
  { name: "acme_usmf_jpegls_palette_10f", frames: [1, 5, 10], most: EXACT },
  { name: "acuson_usmf_jpeg_fragmented_nobot_8f", frames: [1, 2, 8], most: LOSSY },
  { name: "agilent_usmf_jpeg_10f", frames: [1, 2, 10], most: LOSSY },
  { name: "ge_logiq700_us_ebe_rgb_planar1_tiny", frames: [1], most: EXACT },
  { name: "ge_logiq700_us_ele_rgb", frames: [1], most: EXACT },
  { name: "ge_logiq700_us_j2k_lossy", frames: [1], most: LOSSY },
  { name: "ge_logiqe_us_j2k_ybrict_region", frames: [1], most: LOSSY },
  // RLE, and exact as samples; DCMTK cuts where YBR is turned into RGB, we round (transfer_syntaxes_test.ts)
  { name: "mindray_dc30_us_rle_ybrfull_planar1", frames: [1], most: 1 },
  { name: "philips_clearvue650_us_ile_palette", frames: [1], most: EXACT },
  { name: "philips_cx50_us_ele_palette", frames: [1], most: EXACT },
  { name: "philips_cx50_us_rle_palette", frames: [1], most: EXACT },
  { name: "sonosite_turbo_usmf_jpeg_30f", frames: [1, 2, 30], most: LOSSY },
];

if (SAMPLES_HERE) {
  for (const { name, frames, most } of SAMPLE_PICTURES) {
    peerTest(
      `sample ${name} has the colours that DCMTK or GDCM sees`,
      PICTURE_PEERS,
      () =>
        withFolder(async (folder) => {
          const path = new URL(`us/${name}.dcm`, SAMPLES).pathname;
          for (const frame of frames) {
            const theirs = await peerPicture(path, frame, folder);
            assert.ok(theirs !== undefined, `no peer draws ${name}`);
            const { mean } = difference(await readPicture(path, frame), theirs);
            assert.ok(mean <= most, `frame ${frame} of ${name}: mean difference ${mean} of 255`);
          }
        }),
    );
  }

  Deno.test("sample: the Mindray's RLE, YBR and planar picture shows white letters and a green line as such", async () => {
    const { pixels, width } = await readPicture(
      new URL("us/mindray_dc30_us_rle_ybrfull_planar1.dcm", SAMPLES).pathname,
      1,
    );
    const count = (is: (red: number, green: number, blue: number) => boolean) => {
      let found = 0;
      for (let at = 0; at < pixels.length; at += 3) if (is(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!)) found++;
      return found;
    };
    assert.equal(width, 1260);
    assert.ok(count((r, g, b) => r > 250 && g > 250 && b > 250) > 1000, "letters are white");
    assert.ok(count((r, g, b) => r < 10 && g > 240 && b < 10) > 500, "the second follicle's line is green");
    assert.ok(count((r, g, b) => r < 3 && g < 3 && b < 3) > 600_000, "the ground is black");
  });

  Deno.test("sample: HTJ2K is drawn, which no peer here decodes", async () => {
    const { pixels, channels } = await readPicture(new URL("us/sc_not_us_htj2k_rgb.dcm", SAMPLES).pathname, 1);
    const mean = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let at = channel; at < pixels.length; at += 3) sum += pixels[at]!;
      return Math.round(sum / (pixels.length / 3));
    });
    assert.equal(channels, 3);
    assert.ok(mean[0]! > mean[1]! && mean[1]! > mean[2]!, `a sea in evening light is brown: ${mean}`);
  });
}
