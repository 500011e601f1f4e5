import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readCodestream } from "../../src/dicom/codestream.ts";
import { type Jpeg2000Structure, jpeg2000Structure } from "../../src/dicom/jpeg2000.ts";
import { describePixels, locateFrame, NoPicture } from "../../src/dicom/pixel_data.ts";
import { openObjectFile } from "../../src/objects/object_file.ts";
import { codingStyle, jpeg2000, segment } from "../support/jpeg2000.ts";
import { samplePath } from "../support/samples.ts";

const structure = (tiles: number, precincts: number, codeBlocks: number, packets: number): Jpeg2000Structure => ({
  ...{ tiles, precincts, codeBlocks, packets },
});

Deno.test("a picture that is divided as those of machines are is taken, whatever its size", () => {
  for (const [columns, rows] of [[1, 1], [640, 480], [1660, 965], [8192, 8192]] as const) {
    const precincts = [0x77, 0x77, 0x77, 0x88, 0x88, 0x88]; // as OpenJPEG's own option for cinema has them
    for (const more of [{}, { tileWidth: 256, tileHeight: 256 }, { precincts }]) {
      const { kind, ...read } = readCodestream(jpeg2000({ columns, rows, levels: 5, layers: 8, ...more }));
      assert.deepEqual([kind, read.columns, read.rows, read.components, read.bits], [
        "jpeg-2000",
        ...[columns, rows, 1, 8],
      ]);
    }
  }
});

Deno.test("parts are counted as the standard divides a picture", () => {
  // counted by hand: 640 × 480, five levels, blocks of 64: 60, 18, 6, 3 and 3 of the bands, and the lowest resolution
  assert.deepEqual(jpeg2000Structure(jpeg2000({ columns: 640, rows: 480, levels: 5 })), structure(1, 6, 91, 6));
  const tiled = { columns: 100, rows: 50, tileWidth: 30, tileHeight: 50, layers: 3 };
  // the third tile, from 60 to 90, lies across the blocks' border at 64
  assert.deepEqual(jpeg2000Structure(jpeg2000(tiled)), structure(4, 4, 5, 12));
  // 7 × 4 precincts of 16 × 16, each a block
  assert.deepEqual(
    jpeg2000Structure(jpeg2000({ columns: 100, rows: 50, precincts: [0x44] })),
    structure(1, 28, 28, 28),
  );
  assert.deepEqual(
    jpeg2000Structure(jpeg2000({ columns: 2048, rows: 2048, precincts: [0] })),
    structure(1, 2048 * 2048, 2048 * 2048, 2048 * 2048),
  );
});

Deno.test("a header that asks for more parts than a decoder can keep is refused, wherever it says so", () => {
  const small = codingStyle({ precincts: [0] });
  const ownOfComponent = segment(0x53, [0, 1, 0, 4, 4, 0, 1, 0]);
  const side = { columns: 2048, rows: 2048 };
  const cases: [Uint8Array, RegExp][] = [
    [jpeg2000({ ...side, precincts: [0], length: 418 }), /4194304 precincts/],
    [jpeg2000({ columns: 255, rows: 255, tileWidth: 1, tileHeight: 1 }), /65025 tiles/],
    [jpeg2000({ columns: 2 ** 32 - 1, rows: 1, tileWidth: 1 }), /4294967295 tiles/],
    [jpeg2000({ ...side, layers: 65_535, precincts: [0x44] }), /packets/],
    [jpeg2000({ ...side, more: ownOfComponent }), /precincts/],
    [jpeg2000({ ...side, ofTile: small }), /precincts/],
    [jpeg2000({ ...side, ofTile: ownOfComponent }), /precincts/],
    [jpeg2000({ ...side, components: 5 }), /5 components/],
    [jpeg2000({ ...side, more: small }), /broken/], // of two coding styles a decoder may follow either
    [jpeg2000({ ...side, tileWidth: 0 }), /broken/],
  ];
  for (const [bytes, why] of cases) {
    assert.throws(() => readCodestream(bytes), (error) => error instanceof NoPicture && why.test(error.message));
  }
});

Deno.test({
  name: "sample: the structure of pictures of real machines is that which their segments give by hand",
  ignore: !existsSync(samplePath("us")),
  fn: () => {
    const cases: [string, Jpeg2000Structure][] = [
      ["sc_not_us_htj2k_rgb.dcm", structure(1, 18, 273, 18)],
      ["ge_logiq700_us_j2k_lossy.dcm", structure(1, 18, 273, 18)],
      ["acme_usmfRETIRED_j2k_mono_8f.dcm", structure(1, 6, 16, 6)],
    ];
    for (const [name, wanted] of cases) {
      using object = openObjectFile(samplePath(`us/${name}`));
      const [first] = locateFrame(object.source, object.pixels!, describePixels(object.dataset), object.syntax, 1);
      assert.deepEqual(jpeg2000Structure(object.source.readAt(first!.offset, first!.length)), wanted, name);
    }
  },
});
