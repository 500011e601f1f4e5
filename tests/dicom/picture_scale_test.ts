import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readPictureScale } from "../../src/dicom/picture_scale.ts";
import { describeObject } from "../../src/imaging/read_picture.ts";
import { Format, type RegionFields, regionItem, Units } from "../support/calibrated_image.ts";
import { atLeast, fieldCase, samplePath } from "../support/samples.ts";

const picture = () => new Dataset().setUnsignedShort(Tag.Columns, 400).setUnsignedShort(Tag.Rows, 300);
const withRegions = (...regions: RegionFields[]) =>
  readPictureScale(picture().setItems(Tag.SequenceOfUltrasoundRegions, regions.map(regionItem)));
const spaced = (...spacing: string[]) => new Dataset().setText(Tag.PixelSpacing, "DS", ...spacing);
const measures = (...spacing: string[]) => new Dataset().setItems(Tag.PixelMeasuresSequence, [spaced(...spacing)]);

Deno.test("regions are calibrated only where both directions are centimetres of a flat picture", () => {
  const place: RegionFields["place"] = [10, 20, 300, 200];
  const { regions: [flat, spectral, blind] } = withRegions(
    { place, delta: [0.02, -0.03] },
    { place, format: Format.spectral, units: [Units.s, Units.cm], delta: [0.02, 0.03] },
    { place, delta: [0.02, 0] },
  );
  assert.deepEqual(flat?.centimetersPerPixel, { x: 0.02, y: 0.03 });
  assert.deepEqual([flat?.x0, flat?.y0, flat?.x1, flat?.y1], [10, 20, 300, 200]);
  assert.equal(spectral?.centimetersPerPixel, undefined);
  assert.deepEqual([spectral?.unitX, spectral?.unitY], ["s", "cm"]);
  assert.equal(blind?.centimetersPerPixel, undefined);
});

Deno.test("a region without a place or without any unit is none", () => {
  const place: RegionFields["place"] = [0, 0, 399, 299];
  assert.deepEqual(withRegions({ place, format: Format.none, units: [Units.none, Units.none], delta: [1, 1] }), {
    regions: [],
  });
  assert.deepEqual(withRegions({ place: [10, 10, 10, 200] }).regions, []);
  const trace = withRegions({ place, format: Format.waveform, units: [Units.s, Units.none], delta: [0.01, 0] });
  assert.deepEqual(trace.regions.map(({ unitX, unitY }) => [unitX, unitY]), [["s", ""]]);
});

Deno.test("bit 0 of Region Flags is set for low priority", () => {
  const place: RegionFields["place"] = [0, 0, 399, 299];
  const priorities = [0, 1, 2, 3].map((flags) => withRegions({ place, flags }).regions[0]?.highPriority);
  assert.deepEqual(priorities, [true, false, true, false]);
});

Deno.test("the baseline of a Doppler spectrum counts from its region, and its value from the reference pixel's middle", () => {
  const spectrum: RegionFields = {
    ...{ place: [50, 100, 350, 299], format: Format.spectral, dataType: 3 },
    ...{ units: [Units.s, Units.cmPerSecond], delta: [0.01, -0.5] },
  };
  assert.equal(withRegions({ ...spectrum, reference: [120, 0] }).regions[0]?.zeroY, 220.5);
  assert.equal(withRegions({ ...spectrum, reference: [0, 60] }).regions[0]?.zeroY, 220.5, "60 cm/s at its upper edge");
  assert.equal(withRegions({ ...spectrum, delta: [0.01, 0.5], reference: [0, -60] }).regions[0]?.zeroY, 220.5);
  assert.equal(withRegions(spectrum).regions[0]?.zeroY, undefined);
  // bit 2: the scale is of frequencies, which centimetres a second are not
  assert.equal(withRegions({ ...spectrum, flags: 5 }).regions[0]?.unitY, "");
  assert.equal(withRegions({ ...spectrum, flags: 5, units: [Units.s, Units.hertz] }).regions[0]?.unitY, "Hz");
});

Deno.test("regions that reach beyond the picture are of a picture of another size", () => {
  assert.equal(withRegions({ place: [0, 0, 400, 300] }).doubt, undefined, "one pixel too far is how some count");
  assert.equal(withRegions({ place: [84, 31, 595, 414] }).doubt, "otherSize");
});

Deno.test("Pixel Spacing counts where there are no regions: in mm, first between rows", () => {
  const { regions: [whole] } = readPictureScale(picture().setText(Tag.PixelSpacing, "DS", "0.4", "0.2"));
  assert.deepEqual(whole?.centimetersPerPixel, { x: 0.02, y: 0.04 });
  assert.deepEqual([whole?.x0, whole?.y0, whole?.x1, whole?.y1], [0, 0, 399, 299]);
  const both = picture().setText(Tag.PixelSpacing, "DS", "0.4", "0.2")
    .setItems(Tag.SequenceOfUltrasoundRegions, [regionItem({ place: [0, 0, 99, 99] })]);
  assert.deepEqual(readPictureScale(both).regions.map(({ deltaX }) => deltaX), [0.1]);
  for (const bad of [["0", "0.2"], ["0.4"], ["", ""]]) {
    assert.deepEqual(readPictureScale(picture().setText(Tag.PixelSpacing, "DS", ...bad)), { regions: [] });
  }
  // Imager Pixel Spacing (0018,1164) is a size at a detector
  const projected = picture().add({ tag: 0x00181164, vr: "DS", value: "0.4\\0.4" });
  assert.deepEqual(readPictureScale(projected), { regions: [] });
});

Deno.test("an Enhanced US Volume is measured by its Pixel Measures, where all its frames have one", () => {
  const shared = picture().setItems(Tag.SharedFunctionalGroupsSequence, [measures("0.5", "0.25")]);
  assert.deepEqual(readPictureScale(shared).regions[0]?.centimetersPerPixel, { x: 0.025, y: 0.05 });
  const each = (...frames: Dataset[]) =>
    readPictureScale(picture().setItems(Tag.PerFrameFunctionalGroupsSequence, frames));
  const same = each(measures("0.5", "0.5"), measures("0.50", "0.5"));
  assert.deepEqual(same.regions[0]?.centimetersPerPixel, { x: 0.05, y: 0.05 });
  assert.deepEqual(each(measures("0.5", "0.5"), measures("0.6", "0.5")), { regions: [], doubt: "twoScales" });
  assert.deepEqual(each(measures("0.5", "0.5"), new Dataset()), { regions: [], doubt: "twoScales" });
  shared.setText(Tag.PixelSpacing, "DS", "0.4", "0.4");
  assert.equal(readPictureScale(shared).doubt, "twoScales");
});

Deno.test("a real machine's first region without format, type and unit leaves the second one's scale", async () => {
  const path = fieldCase("acuson_empty_first_region.dcm");
  if (!existsSync(path)) return;
  const { regions, scaleDoubt } = await describeObject(path);
  assert.equal(scaleDoubt, undefined);
  assert.deepEqual(regions.map((region) => region.centimetersPerPixel?.x.toFixed(5)), ["0.03628"]);
});

Deno.test("the regions of real machines have the units that dcmdump prints; a reduced picture has no scale", async () => {
  const found = atLeast(10, "us");
  if (found.length === 0) return;
  const [flat, ecg] = (await describeObject(samplePath("us/philips_cx50_us_rle_palette.dcm"))).regions;
  const units = [flat?.unitX, flat?.unitY, flat?.highPriority, flat?.deltaX.toFixed(6)];
  assert.deepEqual(units, ["cm", "cm", false, "0.026229"]);
  assert.deepEqual([ecg?.spatialFormat, ecg?.dataType, ecg?.unitX, ecg?.unitY, ecg?.deltaX.toFixed(6)], [
    ...[4, 10, "s", "", "0.009643"],
  ]);
  const logiq = await describeObject(samplePath("us/ge_logiqe_us_j2k_ybrict_region.dcm"));
  assert.deepEqual([logiq.regions[0]?.highPriority, logiq.scaleDoubt], [true, undefined]);
  // 320 columns, and a region up to column 595
  assert.equal((await describeObject(samplePath("us/sonosite_turbo_usmf_jpeg_30f.dcm"))).scaleDoubt, "otherSize");
});
