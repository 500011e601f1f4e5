import assert from "node:assert/strict";
import { readCine } from "../../src/dicom/cine.ts";
import { readCodestream } from "../../src/dicom/codestream.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { NoPicture } from "../../src/dicom/pixel_data.ts";
import { transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { isVideo, videoKind } from "../../src/dicom/video/video_kind.ts";

Deno.test("a loop plays at the speed that its object wants", () => {
  const cine = (more: (dataset: Dataset) => Dataset) =>
    readCine(more(new Dataset().setText(Tag.NumberOfFrames, "IS", "3")));
  assert.deepEqual(cine((it) => it), { frames: 3, milliseconds: 40, source: "" });
  assert.equal(cine((it) => it.setText(Tag.FrameTime, "DS", "33.3")).milliseconds, 33.3);
  assert.equal(cine((it) => it.setText(Tag.CineRate, "IS", "20")).milliseconds, 50);
  const both = cine((it) => it.setText(Tag.FrameTime, "DS", "33").setText(Tag.RecommendedDisplayFrameRate, "IS", "25"));
  assert.deepEqual(both, { frames: 3, milliseconds: 40, source: "RecommendedDisplayFrameRate" });
  assert.deepEqual(cine((it) => it.setText(Tag.FrameTimeVector, "DS", "0", "30", "60")).milliseconds, [30, 60, 60]);
  for (const bad of ["0", "-5", "fast", ""]) {
    assert.equal(cine((it) => it.setText(Tag.FrameTime, "DS", bad)).source, "");
    assert.equal(cine((it) => it.setText(Tag.CineRate, "IS", bad)).source, "");
  }
});

Deno.test("a codestream's header tells its size and its colours", () => {
  const segment = (marker: number, ...content: number[]) => [0xff, marker, 0, content.length + 2, ...content];
  const frame = (sampling: number, ids = [1, 2, 3]) =>
    segment(0xc0, 8, 0, 30, 0, 40, 3, ids[0]!, sampling, 0, ids[1]!, 0x11, 0, ids[2]!, 0x11, 0);
  const jpeg = (...parts: number[][]) =>
    readCodestream(Uint8Array.from([0xff, 0xd8, ...parts.flat(), 0xff, 0xda, 0, 2]));
  const jfif = segment(0xe0, ...new TextEncoder().encode("JFIF\0"), 1, 1);
  const adobe = (transform: number) =>
    segment(0xee, ...new TextEncoder().encode("Adobe"), 0, 100, 0, 0, 0, 0, transform);
  const { rows, columns, components, bits, colour } = jpeg(frame(0x11));
  assert.deepEqual({ rows, columns, components, bits, colour }, {
    ...{ rows: 30, columns: 40, components: 3, bits: 8, colour: undefined },
  });
  assert.equal(jpeg(jfif, frame(0x11)).colour, "ycbcr");
  assert.equal(jpeg(adobe(0), frame(0x11)).colour, "rgb");
  assert.equal(jpeg(adobe(1), frame(0x11)).colour, "ycbcr");
  assert.equal(jpeg(frame(0x21)).colour, "ycbcr", "subsampled");
  assert.equal(jpeg(frame(0x11, [0x52, 0x47, 0x42])).colour, "rgb", "its components are called R, G and B");
  for (const broken of [[], [0xff, 0xd8], [0xff, 0xd8, 0xff, 0xc0, 0, 4, 8, 0], [0xff, 0x4f, 0xff, 0x51, 0, 2]]) {
    assert.throws(() => readCodestream(Uint8Array.from(broken)), NoPicture);
  }
});

Deno.test("a video is told by its syntax, and what a browser can do with it by its first bytes", () => {
  const h264 = transferSyntaxOf("1.2.840.10008.1.2.4.102")!;
  const mpeg2 = transferSyntaxOf("1.2.840.10008.1.2.4.100")!;
  const hevc = transferSyntaxOf("1.2.840.10008.1.2.4.107")!;
  assert.equal([h264, mpeg2, hevc].every(isVideo), true);
  assert.equal(isVideo(transferSyntaxOf("1.2.840.10008.1.2.4.110")!), false);
  assert.equal(isVideo(transferSyntaxOf("1.2.840.10008.1.2.4.90")!), false);
  const mp4 = Uint8Array.from([0, 0, 0, 16, ...new TextEncoder().encode("ftypisom\0\0\0\0")]);
  assert.deepEqual(videoKind(mp4, h264), { contentType: "video/mp4", extension: "mp4", playable: true });
  assert.equal(videoKind(Uint8Array.of(0, 0, 0, 1, 0x67), h264).playable, false);
  assert.deepEqual(videoKind(Uint8Array.of(0, 0, 1, 0xb3), mpeg2).contentType, "video/mpeg");
  assert.deepEqual(videoKind(Uint8Array.of(0, 0, 0, 1, 0x40), hevc).contentType, "video/h265");
  const transport = new Uint8Array(600);
  [0, 188, 376].forEach((at) => transport[at] = 0x47);
  assert.deepEqual(videoKind(transport, h264), { contentType: "video/mp2t", extension: "ts", playable: false });
});
