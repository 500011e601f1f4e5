import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { displayPicture, type Samples } from "../../src/dicom/display.ts";
import { NoPicture, type PixelDescription } from "../../src/dicom/pixel_data.ts";
import { setPalette } from "../imaging/objects.ts";

function samples(bytes: number[], more: Partial<PixelDescription> = {}, colour?: "rgb" | "ycbcr"): Samples {
  const description = {
    ...{ rows: 1, columns: 4, samplesPerPixel: 1, bitsAllocated: 8, bitsStored: 8, highBit: 7 },
    ...{ signed: false, planar: false, photometricInterpretation: "MONOCHROME2", frames: 1 },
    ...more,
  };
  return { bytes: Uint8Array.from(bytes), description, colour };
}

const shown = (made: Samples, dataset = new Dataset()) => [...displayPicture(made, dataset).pixels];

Deno.test("gray of eight bits is shown as it is, MONOCHROME1 and an inverse shape turned", () => {
  assert.deepEqual(shown(samples([0, 1, 128, 255])), [0, 1, 128, 255]);
  assert.deepEqual(shown(samples([0, 1, 128, 255], { photometricInterpretation: "MONOCHROME1" })), [255, 254, 127, 0]);
  const inverse = new Dataset().setText(Tag.PresentationLUTShape, "CS", "INVERSE");
  assert.deepEqual(shown(samples([0, 1, 128, 255]), inverse), [255, 254, 127, 0]);
});

Deno.test("a window is applied after the rescale, in each of its forms", () => {
  const windowed = (kind: string, center: string, width: string) =>
    new Dataset().setText(Tag.WindowCenter, "DS", center, "1").setText(Tag.WindowWidth, "DS", width, "1")
      .setText(Tag.RescaleIntercept, "DS", "-10").setText(Tag.RescaleSlope, "DS", "2")
      .setText(Tag.VOILUTFunction, "CS", kind);
  // PS3.3 C.11.2.1.2.1: values 90 to 110 of center 100.5 and width 21 span the range
  assert.deepEqual(shown(samples([40, 50, 55, 60]), windowed("LINEAR", "100.5", "21")), [0, 0, 128, 255]);
  assert.deepEqual(shown(samples([45, 50, 55, 60]), windowed("LINEAR_EXACT", "100", "20")), [0, 0, 128, 255]);
  assert.deepEqual(shown(samples([0, 55, 255, 60]), windowed("SIGMOID", "100", "10")), [0, 128, 255, 250]);
  assert.deepEqual(shown(samples([54, 55, 56, 0]), windowed("LINEAR", "100", "1")), [0, 255, 255, 0]);
});

Deno.test("an item of lookup tables without a table says nothing: the picture is drawn as without it", () => {
  const empty = new Dataset().setItems(Tag.VOILUTSequence, [new Dataset()])
    .setItems(Tag.ModalityLUTSequence, [new Dataset().add({ tag: Tag.LUTData, vr: "OW", value: new Uint8Array(0) })]);
  assert.deepEqual(shown(samples([0, 1, 128, 255]), empty), [0, 1, 128, 255]);
});

Deno.test("sixteen bits without a window span what the frame has, with signs", () => {
  const bytes = [0x9c, 0xff, 0, 0, 0x64, 0, 0x9c, 0xff]; // -100, 0, 100, -100
  const deep = { bitsAllocated: 16, bitsStored: 16, highBit: 15, signed: true };
  assert.deepEqual(shown(samples(bytes, deep)), [0, 128, 255, 0]);
  const packed = { bitsAllocated: 16, bitsStored: 12, highBit: 15 }; // in the upper twelve bits
  assert.deepEqual(shown(samples([0x0f, 0, 0xff, 0xff, 0x0f, 0, 0, 0x80], packed)), [0, 255, 0, 128]);
});

Deno.test("a palette is looked up, from its first value on, whatever the width of its entries", () => {
  const palette = (bits: number, tables: number[][]) => {
    const dataset = new Dataset();
    setPalette(dataset, bits, tables);
    return dataset;
  };
  const indexed = samples([0, 1, 2, 9], { photometricInterpretation: "PALETTE COLOR" });
  const expected = [0, 10, 20, 255, 11, 21, 128, 12, 22, 128, 12, 22];
  const eight = [[0, 255, 128], [10, 11, 12], [20, 21, 22]];
  assert.deepEqual(shown(indexed, palette(8, eight)), expected);
  assert.deepEqual(shown(indexed, palette(16, eight.map((table) => table.map((value) => value * 256)))), expected);
  assert.deepEqual(shown(indexed, palette(16, eight)), expected, "sixteen bits said, eight used");
  const packed = palette(8, [[0, 0], [0, 0], [0, 0]]);
  packed.add({ tag: Tag.RedPaletteColorLookupTableData, vr: "OW", value: Uint8Array.of(7, 9) });
  assert.deepEqual(shown(indexed, packed).filter((_, at) => at % 3 === 0), [7, 9, 9, 9], "two entries a word");
  assert.throws(() => shown(indexed), /lacks its lookup table/);
});

Deno.test("a segmented palette is expanded", () => {
  const dataset = new Dataset();
  const words = (...values: number[]) => new Uint8Array(new Uint16Array(values).buffer);
  for (const colour of ["Red", "Green", "Blue"] as const) {
    dataset.setUnsignedShort(Tag[`${colour}PaletteColorLookupTableDescriptor`], 4, 0, 16);
    dataset.add({
      tag: Tag[`Segmented${colour}PaletteColorLookupTableData`],
      vr: "OW",
      value: words(0, 1, 0x0a00, 1, 3, 0x4000), // one value, then a line of three up to another
    });
  }
  const indexed = samples([0, 1, 2, 3], { photometricInterpretation: "PALETTE COLOR" });
  assert.deepEqual(shown(indexed, dataset).filter((_, at) => at % 3 === 0), [0x0a, 0x1c, 0x2e, 0x40]);
});

Deno.test("a segmented palette of copies of copies of nothing is given up", () => {
  const many = 10_000;
  const nothing = Array.from({ length: many }, () => [0, 0]).flat();
  const [first, second] = [nothing.length * 2, nothing.length * 2 + many * 8]; // bytes
  const copies = (from: number) => Array.from({ length: many }, () => [2, many, from & 0xffff, from >> 16]).flat();
  const words = [...nothing, ...copies(0), ...copies(first), ...copies(second)];
  const dataset = new Dataset();
  for (const colour of ["Red", "Green", "Blue"] as const) {
    dataset.setUnsignedShort(Tag[`${colour}PaletteColorLookupTableDescriptor`], 4, 0, 16);
    const value = new Uint8Array(Uint16Array.from(words).buffer);
    dataset.add({ tag: Tag[`Segmented${colour}PaletteColorLookupTableData`], vr: "OW", value });
  }
  const indexed = samples([0, 1, 2, 3], { photometricInterpretation: "PALETTE COLOR" });
  assert.throws(() => shown(indexed, dataset), /segments of a kind/);
});

Deno.test("colours are put together from planes, from YBR, and as the codestream says", () => {
  const two = { columns: 2, samplesPerPixel: 3 };
  assert.deepEqual(
    shown(samples([1, 2, 3, 4, 5, 6], { ...two, planar: true, photometricInterpretation: "RGB" })),
    [1, 3, 5, 2, 4, 6],
  );
  const ybr = [76, 85, 255, 29, 255, 107]; // red and blue
  const redAndBlue = [254, 0, 0, 0, 0, 254];
  assert.deepEqual(shown(samples(ybr, { ...two, photometricInterpretation: "YBR_FULL" })), redAndBlue);
  assert.deepEqual(shown(samples(ybr, { ...two, photometricInterpretation: "RGB" }, "ycbcr")), redAndBlue);
  assert.deepEqual(shown(samples(ybr, { ...two, photometricInterpretation: "YBR_FULL" }, "rgb")), ybr);
  assert.deepEqual(shown(samples([76, 76, 85, 255], { ...two, photometricInterpretation: "YBR_FULL_422" })), [
    ...[254, 0, 0],
    ...[254, 0, 0],
  ]);
  const partial = { ...two, photometricInterpretation: "YBR_PARTIAL_420" };
  assert.deepEqual(shown(samples([16, 128, 128, 235, 128, 128], partial)), [0, 0, 0, 255, 255, 255]);
  assert.throws(() => shown(samples(ybr, { ...two, photometricInterpretation: "HSV" })), NoPicture);
  assert.throws(() => shown(samples([1, 2, 3, 4, 5], { ...two, photometricInterpretation: "RGB" })), /not all there/);
});

Deno.test("single bits are black and white", () => {
  const bits = samples([0b0110_0000], { bitsAllocated: 1, bitsStored: 1, highBit: 0 });
  assert.deepEqual(shown({ ...bits, firstBit: 4 }), [0, 255, 255, 0]);
});
