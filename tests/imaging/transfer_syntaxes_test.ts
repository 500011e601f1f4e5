import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { DisplayPicture } from "../../src/dicom/display.ts";
import { NoPicture } from "../../src/dicom/pixel_data.ts";
import { readPicture } from "../../src/imaging/read_picture.ts";
import { peerTest, run } from "../support/peers.ts";
import { colourfulPixels, setPalette, withFolder, writeObject } from "./objects.ts";
import { difference, peerPicture, PICTURE_PEERS } from "./peers.ts";

const COLUMNS = 96;
const ROWS = 70;

/** Red, green and blue as Y, Cb and Cr of the full range, computed here on its own (PS3.3 C.7.6.3.1.2). */
function toYbr(pixels: Uint8Array): Uint8Array {
  const ybr = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const [r, g, b] = [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
    ybr[at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    ybr[at + 1] = Math.min(255, Math.round(-0.1687 * r - 0.3313 * g + 0.5 * b + 128));
    ybr[at + 2] = Math.min(255, Math.round(0.5 * r - 0.4187 * g - 0.0813 * b + 128));
  }
  return ybr;
}

/** What each program makes of an object; a lossless one must not change a single sample. */
const RECODINGS: readonly { name: string; command: string; options: string[]; lossy?: boolean }[] = [
  { name: "Explicit Big Endian", command: "dcmconv", options: ["+tb"] },
  { name: "Implicit Little Endian", command: "dcmconv", options: ["+ti"] },
  { name: "Deflated", command: "dcmconv", options: ["+td"] },
  { name: "RLE by DCMTK", command: "dcmcrle", options: [] },
  { name: "RLE by GDCM, planar", command: "gdcmconv", options: ["--rle"] },
  { name: "JPEG Lossless by DCMTK", command: "dcmcjpeg", options: ["+e1"] },
  { name: "JPEG Lossless (.57) by DCMTK", command: "dcmcjpeg", options: ["+el"] },
  { name: "JPEG Lossless by GDCM", command: "gdcmconv", options: ["--jpeg"] },
  { name: "JPEG-LS by DCMTK", command: "dcmcjpls", options: [] },
  { name: "JPEG-LS, lines interleaved", command: "dcmcjpls", options: ["+il"] },
  { name: "JPEG-LS, not interleaved", command: "dcmcjpls", options: ["+in"] },
  { name: "JPEG-LS by GDCM", command: "gdcmconv", options: ["--jpegls"] },
  { name: "JPEG 2000 by GDCM", command: "gdcmconv", options: ["--j2k"] },
  { name: "JPEG Baseline of RGB", command: "dcmcjpeg", options: ["+eb", "+q", "95", "+cr"], lossy: true },
  {
    name: "JPEG Baseline, colours at full resolution",
    command: "dcmcjpeg",
    options: ["+eb", "+q", "95", "+s4"],
    lossy: true,
  },
];

for (const photometric of ["RGB", "YBR_FULL"] as const) {
  for (const { name, command, options, lossy } of RECODINGS) {
    // DCMTK's RGB option has nothing to do there
    if (photometric === "YBR_FULL" && name === "JPEG Baseline of RGB") continue;
    peerTest(
      `${photometric} in ${name} is drawn in its own colours`,
      PICTURE_PEERS,
      () =>
        withFolder(async (folder) => {
          const rgb = colourfulPixels(COLUMNS, ROWS);
          const object = { rows: ROWS, columns: COLUMNS, samplesPerPixel: 3, photometricInterpretation: photometric };
          const original = await writeObject(folder, { ...object, pixels: photometric === "RGB" ? rgb : toYbr(rgb) });
          const recoded = join(folder, "recoded.dcm");
          const { code, text } = await run(command, [...options, original, recoded]);
          assert.equal(code, 0, text);
          const before = await readPicture(original, 1);
          const after = await readPicture(recoded, 1);
          if (lossy) {
            const theirs = await peerPicture(recoded, 1, folder);
            assert.ok(theirs !== undefined);
            assert.ok(difference(after, theirs).mean < 1, "DCMTK decodes the same");
            assert.ok(difference(before, after).mean < 4, "and it is the picture that was encoded");
          } else {
            assert.equal(difference(before, after).largest, 0);
          }
          // and the picture is the right one to begin with
          const truth: DisplayPicture = { width: COLUMNS, height: ROWS, channels: 3, pixels: rgb };
          assert.ok(difference(before, truth).largest <= (photometric === "RGB" ? 0 : 3));
        }),
    );
  }
}

peerTest(
  "16-bit gray with a window is drawn as DCMTK draws it, MONOCHROME1 turned",
  PICTURE_PEERS,
  () =>
    withFolder(async (folder) => {
      const pixels = new Uint8Array(COLUMNS * ROWS * 2);
      const view = new DataView(pixels.buffer);
      for (let index = 0; index < COLUMNS * ROWS; index++) view.setInt16(index * 2, index % 4096 - 2048, true);
      for (const photometricInterpretation of ["MONOCHROME2", "MONOCHROME1"]) {
        const path = await writeObject(folder, {
          ...{ rows: ROWS, columns: COLUMNS, bitsAllocated: 16, bitsStored: 12, pixelRepresentation: 1 },
          ...{ photometricInterpretation, pixels },
          more: (dataset) =>
            dataset.setText(0x00281050, "DS", "300").setText(0x00281051, "DS", "1200")
              .setText(0x00281052, "DS", "-100").setText(0x00281053, "DS", "1.5"),
        });
        const drawn = join(folder, "drawn.pgm");
        assert.equal((await run("dcm2pnm", ["+Wi", "1", path, drawn])).code, 0);
        const bytes = await Deno.readFile(drawn);
        const theirs = bytes.subarray(bytes.length - COLUMNS * ROWS);
        const { largest } = difference(await readPicture(path, 1), {
          ...{ width: COLUMNS, height: ROWS, channels: 1, pixels: theirs },
        });
        assert.ok(largest <= 1, `${photometricInterpretation}: largest difference ${largest}`);
      }
    }),
);

/** Gray of more than eight bits, in which a codec may trip over signs and the order of bytes. */
for (const signed of [false, true]) {
  for (const { name, command, options, lossy } of RECODINGS) {
    if (lossy || name.includes("interleaved")) continue;
    peerTest(
      `${signed ? "signed" : "unsigned"} 12-bit gray in ${name} is the same picture`,
      PICTURE_PEERS,
      () =>
        withFolder(async (folder) => {
          const pixels = new Uint8Array(COLUMNS * ROWS * 2);
          const view = new DataView(pixels.buffer);
          for (let index = 0; index < COLUMNS * ROWS; index++) {
            view.setInt16(index * 2, (index * 13) % 4096 - (signed ? 2048 : 0), true);
          }
          const original = await writeObject(folder, {
            ...{ rows: ROWS, columns: COLUMNS, bitsAllocated: 16, bitsStored: 12, pixels },
            pixelRepresentation: signed ? 1 : 0,
          });
          const recoded = join(folder, "recoded.dcm");
          const { code, text } = await run(command, [...options, original, recoded]);
          assert.equal(code, 0, text);
          assert.equal(difference(await readPicture(original, 1), await readPicture(recoded, 1)).largest, 0);
        }),
    );
  }
}

peerTest("12-bit gray in JPEG Extended is drawn as DCMTK draws it", PICTURE_PEERS, () =>
  withFolder(async (folder) => {
    const pixels = new Uint8Array(COLUMNS * ROWS * 2);
    const view = new DataView(pixels.buffer);
    for (let index = 0; index < COLUMNS * ROWS; index++) view.setUint16(index * 2, (index % COLUMNS) * 42, true);
    const original = await writeObject(folder, {
      ...{ rows: ROWS, columns: COLUMNS, bitsAllocated: 16, bitsStored: 12, pixels },
      more: (dataset) => dataset.setText(0x00281050, "DS", "2048").setText(0x00281051, "DS", "4096"),
    });
    const recoded = join(folder, "recoded.dcm");
    const { code, text } = await run("dcmcjpeg", ["+ee", "+q", "95", original, recoded]);
    assert.equal(code, 0, text);
    const { mean } = difference(await readPicture(original, 1), await readPicture(recoded, 1));
    assert.ok(mean < 1, `mean difference ${mean}`);
  }));

peerTest("palettes of 8 and 16 bits are drawn as DCMTK draws them", PICTURE_PEERS, () =>
  withFolder(async (folder) => {
    const pixels = Uint8Array.from({ length: COLUMNS * ROWS }, (_, index) => index % 256);
    const tables = [0, 1, 2].map((channel) => Array.from({ length: 256 }, (_, index) => (index * (channel + 3)) % 256));
    for (const bits of [16, 8]) {
      const path = await writeObject(folder, {
        ...{ rows: ROWS, columns: COLUMNS, photometricInterpretation: "PALETTE COLOR", pixels },
        more: (dataset) =>
          setPalette(dataset, bits, bits === 16 ? tables.map((table) => table.map((value) => value * 257)) : tables),
      });
      const theirs = await peerPicture(path, 1, folder);
      assert.ok(theirs !== undefined);
      assert.equal(difference(await readPicture(path, 1), theirs).largest, 0, `${bits} bits`);
    }
  }));

peerTest("uncompressed YBR_FULL_422 is drawn as DCMTK draws it", PICTURE_PEERS, () =>
  withFolder(async (folder) => {
    const ybr = toYbr(colourfulPixels(COLUMNS, ROWS));
    const packed = new Uint8Array(COLUMNS * ROWS * 2);
    for (let pair = 0; pair < COLUMNS * ROWS / 2; pair++) {
      packed.set([ybr[pair * 6]!, ybr[pair * 6 + 3]!, ybr[pair * 6 + 1]!, ybr[pair * 6 + 2]!], pair * 4);
    }
    const path = await writeObject(folder, {
      ...{
        rows: ROWS,
        columns: COLUMNS,
        samplesPerPixel: 3,
        photometricInterpretation: "YBR_FULL_422",
        pixels: packed,
      },
    });
    const theirs = await peerPicture(path, 1, folder);
    assert.ok(theirs !== undefined);
    assert.ok(difference(await readPicture(path, 1), theirs).largest <= 2); // DCMTK cuts, we round
  }));

/** 16 × 8 pixels, red left and blue right, as JPEG XL (lossless); made once with dcmjs-codecs' encoder. */
const JPEG_XL = "/wrBQSQIBAEAaABLGIsVANSNjDGoFwgBwJuSDMB/lKB/2x+MEg==";
/** The same as HTJ2K (lossless). */
const HTJ2K =
  "/0//UQAvQAAAAAAQAAAACAAAAAAAAAAAAAAAEAAAAAgAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAAv9SAAwAAAABAQEEBEAB/1wAByBQUFBQ/2QAFwABT3BlbkpQSCBWZXIgMC4xOC4yLv9VABAAYAAAAAAAfgAAAAAAJ/+QAAoAAAAAAH4AAv+TwBdUgcDAQCAQCAQCgUAgEAgEAgMDgUAgEAgEAoFAIPAD16/WXAAAxgAAMb0AwBbo/3PNy8+fn5+f/2cPLy8/Pz8/P59esoQgGeACegDAF0D8/Pnz8+fPg4f3/Pz58/Pnz4OHDx8gHZxcAD4ggLG7AP+QAAoAAAAAACcBAv+TAMAVIP1+v7hTgQJ2AMAVIH6/37hTgQJ2AP/Z";

Deno.test("a damaged picture does not harm the next one", () =>
  withFolder(async (folder) => {
    const object = { rows: 8, columns: 16, samplesPerPixel: 3, photometricInterpretation: "RGB" };
    const bytes = new Uint8Array(Buffer.from(HTJ2K, "base64"));
    const transferSyntaxUid = "1.2.840.10008.1.2.4.201";
    const whole = await writeObject(folder, { ...object, transferSyntaxUid, pixels: { fragments: [bytes] } });
    for (let cut = 40; cut < bytes.length - 2; cut += 40) {
      const fragments = [bytes.subarray(0, cut)];
      const damaged = await writeObject(folder, { ...object, transferSyntaxUid, pixels: { fragments } });
      await assert.rejects(readPicture(damaged, 1), NoPicture);
      assert.deepEqual([...(await readPicture(whole, 1)).pixels.subarray(0, 3)], [255, 0, 0]);
    }
  }));

for (
  const [name, transferSyntaxUid, base64] of [
    ["JPEG XL", "1.2.840.10008.1.2.4.110", JPEG_XL],
    ["HTJ2K", "1.2.840.10008.1.2.4.201", HTJ2K],
  ] as const
) {
  Deno.test(`${name} is drawn`, () =>
    withFolder(async (folder) => {
      const path = await writeObject(folder, {
        ...{ rows: 8, columns: 16, samplesPerPixel: 3, photometricInterpretation: "RGB", transferSyntaxUid },
        pixels: { fragments: [new Uint8Array(Buffer.from(base64, "base64"))] },
      });
      const { pixels } = await readPicture(path, 1);
      assert.deepEqual([...pixels.subarray(0, 3)], [255, 0, 0]);
      assert.deepEqual([...pixels.subarray(-3)], [0, 0, 255]);
    }));
}
