import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { dicomJson } from "../../src/dicom/dicom_json.ts";

function bytesOf(...values: [set: "setFloat64" | "setUint32" | "setBigUint64", value: number | bigint][]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [set, value] of values) {
    (view[set] as (at: number, value: number | bigint, little: boolean) => void).call(view, at, value, true);
    at += set === "setUint32" ? 4 : 8;
  }
  return bytes.subarray(0, at);
}

// PS3.18 F.2: each kind of value
Deno.test("DICOM JSON: texts, names, numbers, tags, sequences and bytes", () => {
  const json = dicomJson(
    new Dataset()
      .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100")
      .setText(Tag.PatientName, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう")
      .setText(Tag.ImageType, "CS", "ORIGINAL", "", "PRIMARY")
      .setText(Tag.ImageComments, "LT", "a\\b")
      .setText(Tag.PixelSpacing, "DS", "0.5", "x")
      .setText(Tag.PatientID, "LO", "")
      .setUnsignedShort(Tag.Rows, 480)
      .add({ tag: Tag.FrameIncrementPointer, vr: "AT", value: Uint8Array.of(0x18, 0, 0x63, 0x10) })
      .add({ tag: Tag.PhysicalDeltaX, vr: "FD", value: bytesOf(["setFloat64", 0.25], ["setFloat64", NaN]) })
      .add({ tag: Tag.RegionFlags, vr: "UL", value: bytesOf(["setUint32", 4294967295]) })
      .add({
        tag: Tag.ExtendedOffsetTable,
        vr: "UV",
        value: bytesOf(["setBigUint64", 7n], ["setBigUint64", 2n ** 60n]),
      })
      .add({ tag: Tag.LUTData, vr: "OW", value: Uint8Array.of(1, 2) })
      .add({ tag: 0x00080000, vr: "UL", value: Uint8Array.of(1, 0, 0, 0) })
      .setItems(Tag.RequestAttributesSequence, [new Dataset().setText(Tag.StudyID, "SH", "7"), new Dataset()])
      .setItems(Tag.ReferencedImageSequence, []),
  );
  assert.deepEqual(json, {
    "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
    "00080008": { vr: "CS", Value: ["ORIGINAL", null, "PRIMARY"] },
    "00081140": { vr: "SQ" },
    "00100010": {
      vr: "PN",
      Value: [{ Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎", Phonetic: "やまだ^たろう" }],
    },
    "00100020": { vr: "LO" },
    "0018602C": { vr: "FD", Value: [0.25, "NaN"] },
    "00186016": { vr: "UL", Value: [4294967295] },
    "00204000": { vr: "LT", Value: ["a\\b"] },
    "00280009": { vr: "AT", Value: ["00181063"] },
    "00280010": { vr: "US", Value: [480] },
    "00280030": { vr: "DS", Value: [0.5, "x"] },
    "00283006": { vr: "OW", InlineBinary: "AQI=" },
    "00400275": { vr: "SQ", Value: [{ "00200010": { vr: "SH", Value: ["7"] } }, {}] },
    "7FE00001": { vr: "UV", Value: [7, "1152921504606846976"] },
  });
});
