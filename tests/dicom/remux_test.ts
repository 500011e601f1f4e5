import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { bytesSource } from "../../src/dicom/byte_source.ts";
import { findBox } from "../../src/dicom/codestream.ts";
import { remux } from "../../src/dicom/video/remux.ts";
import { annexB, h264Parameters, h264Slice, h265Parameters, h265Slice, transportStream } from "../support/annex_b.ts";
import { samplePath } from "../support/samples.ts";

/** The whole file that a stream becomes. */
function madeOf(stream: Uint8Array, codec: "h264" | "hevc", milliseconds: number[]): Uint8Array | undefined {
  const made = remux(bytesSource(stream), codec, milliseconds);
  return made &&
    Buffer.concat(
      made.extents.map(({ offset, length, isMade }) => (isMade ? made.made : stream).subarray(offset, offset + length)),
    );
}

/** The content of a box by its path. */
function boxIn(file: Uint8Array, ...path: string[]): Uint8Array {
  let bytes = file;
  for (const type of path) {
    const at = findBox(bytes, type);
    assert.ok(at !== undefined, `no ${type}`);
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at - 8);
    bytes = bytes.subarray(at, at - 8 + length);
  }
  return bytes;
}

const table = (file: Uint8Array, name: string) => {
  const bytes = boxIn(file, "moov", "trak", "mdia", "minf", "stbl", name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(index * 4));
};
/** A table of runs, one number a sample. */
const each = (file: Uint8Array, name: string) => {
  const [, count, ...runs] = table(file, name);
  return Array.from({ length: count! }, (_, run) => Array(runs[run * 2]!).fill(runs[run * 2 + 1]!)).flat();
};

/** The NAL units of each sample, by their lengths in the file. */
function samplesIn(file: Uint8Array): Uint8Array[][] {
  const sizes = table(file, "stsz").slice(3);
  let [at] = table(file, "stco").slice(2) as [number];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  return sizes.map((size) => {
    const nals: Uint8Array[] = [];
    for (const end = at + size; at < end;) {
      const length = view.getUint32(at);
      nals.push(file.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    return nals;
  });
}

const delimiter = Uint8Array.of(0x09, 0x10);
const remark = Uint8Array.of(0x06, 0x05, 0x01, 0x80);

Deno.test("Remux: pictures of H.264 are samples in their order, whatever stands between, and each plays its time", () => {
  const slices = [
    h264Slice({ order: 0, idr: true }),
    h264Slice({ order: 0, idr: true, first: 200 }),
    h264Slice({ order: 6, frame: 1 }),
    h264Slice({ order: 2, frame: 2, reference: false }),
    h264Slice({ order: 4, frame: 2, reference: false }),
  ] as const;
  const [idr, below, late, one, two] = slices;
  const stream = annexB([
    ...[delimiter, ...h264Parameters(), remark, idr, below, delimiter, late, one, delimiter, remark, two],
  ]);
  const file = madeOf(stream, "h264", [100, 50, 50, 40])!;
  assert.deepEqual(samplesIn(file).map((nals) => nals.map((nal) => [...nal])), [
    [[...remark], [...idr], [...below]],
    [[...late]],
    [[...one]],
    [[...remark], [...two]],
  ]);
  // shown as 0, 2, 4, 6: the second that is decoded comes last
  const decoded = each(file, "stts");
  assert.deepEqual(decoded, [9000, 4500, 4500, 3600]);
  let time = 0;
  const shift = new DataView(boxIn(file, "moov", "trak", "edts", "elst").buffer).getUint32(
    boxIn(file, "moov", "trak", "edts", "elst").byteOffset + 12,
  );
  const shown = each(file, "ctts").map((offset, index) => {
    const at = time + offset - shift;
    time += decoded[index]!;
    return at;
  });
  assert.deepEqual(shown, [0, 18000, 9000, 13500]);
  assert.deepEqual(table(file, "stss").slice(2), [1]);
  const entry = boxIn(file, "moov", "trak", "mdia", "minf", "stbl", "stsd").subarray(8);
  const view = new DataView(entry.buffer, entry.byteOffset);
  assert.deepEqual([view.getUint16(32), view.getUint16(34)], [320, 240]);
  assert.equal(file.length, samplesIn(file).flat().reduce((sum, nal) => sum + nal.length + 4, table(file, "stco")[2]!));
});

Deno.test("Remux: two fields are one picture", () => {
  const fields = (order: number, frame: number, idr = false) => [
    h264Slice({ order, frame, idr, field: "top" }),
    h264Slice({ order: order + 1, frame, field: "bottom" }),
  ];
  const stream = annexB([...h264Parameters({ interlaced: true }), ...fields(0, 0, true), ...fields(2, 1)]);
  const file = madeOf(stream, "h264", [40])!;
  assert.deepEqual(samplesIn(file).map(({ length }) => length), [2, 2]);
  const entry = boxIn(file, "moov", "trak", "mdia", "minf", "stbl", "stsd").subarray(8);
  assert.deepEqual(new DataView(entry.buffer, entry.byteOffset).getUint16(34), 240);
});

Deno.test("Remux: what begins in the midst of a sequence plays from its first whole picture", () => {
  const slices = [
    h264Slice({ order: 8, frame: 3 }),
    h264Slice({ order: 0, idr: true }),
    h264Slice({ order: 2, frame: 1 }),
  ];
  const file = madeOf(annexB([...h264Parameters(), ...slices]), "h264", [40])!;
  assert.deepEqual(samplesIn(file).flat().map((nal) => [...nal]), slices.slice(1).map((nal) => [...nal]));
});

Deno.test("Remux: H.265 that begins in the midst of a sequence plays from its first whole picture, too", () => {
  const slices = [h265Slice({ order: 8 }), h265Slice({ order: 0, idr: true }), h265Slice({ order: 2 })];
  const file = madeOf(annexB([...h265Parameters(), ...slices]), "hevc", [40])!;
  assert.deepEqual(samplesIn(file).flat().map((nal) => [...nal]), slices.slice(1).map((nal) => [...nal]));
  assert.deepEqual(table(file, "stss").slice(2), [1]);
});

Deno.test("Remux: however many remarks stand between two slices of a picture, they are kept", () => {
  const remarks = Array<Uint8Array>(200_000).fill(remark);
  const nals = [h264Slice({ order: 0, idr: true }), ...remarks, h264Slice({ order: 0, idr: true, first: 200 })];
  const stream = Buffer.concat([...h264Parameters(), ...nals].flatMap((nal) => [Uint8Array.of(0, 0, 1), nal]));
  const [picture, ...others] = samplesIn(madeOf(stream, "h264", [40])!);
  assert.equal(picture!.length, nals.length);
  assert.deepEqual(others, []);
});

Deno.test("Remux: parameters that no encoder writes are not believed, nor read without end", () => {
  // log2_max_frame_num_minus4 is at most 12 (ISO 14496-10 7.4.2.1.1), log2_max_pic_order_cnt_lsb_minus4 too (ISO 23008-2 7.4.3.2.1)
  const [, pps] = h264Parameters() as [Uint8Array, Uint8Array];
  const endless = h264Parameters({ frameNumberBits: 2 ** 31 })[0]!;
  const slices = Array.from({ length: 10 }, (_, n) => h264Slice({ order: n, idr: n === 0 }));
  assert.equal(madeOf(annexB([endless, pps, ...slices]), "h264", [40]), undefined);
  const [vps, , picture] = h265Parameters() as [Uint8Array, Uint8Array, Uint8Array];
  const wide = h265Parameters({ orderBits: 2 ** 31 })[1]!;
  const segments = Array.from({ length: 10 }, (_, n) => h265Slice({ order: n, idr: n === 0 }));
  assert.equal(madeOf(annexB([vps, wide, picture, ...segments]), "hevc", [40]), undefined);
});

Deno.test("Remux: the same out of a transport stream, with packets of 188 and of 192 bytes", () => {
  const slices = Array.from(
    { length: 30 },
    (_, n) => h264Slice({ order: n * 2 % 64, frame: n % 16, idr: n === 0, body: 300 + n }),
  );
  const stream = annexB([...h264Parameters(), ...slices]);
  const alone = madeOf(stream, "h264", [40])!;
  for (const step of [188, 192]) {
    assert.deepEqual(madeOf(transportStream(stream, { step }), "h264", [40]), alone, String(step));
  }
});

Deno.test("Remux: H.265 in the same way, with its own order and configuration", () => {
  const slices = [h265Slice({ order: 0, idr: true }), h265Slice({ order: 2 }), h265Slice({ order: 1 })];
  const file = madeOf(annexB([...h265Parameters(), ...slices]), "hevc", [40])!;
  assert.deepEqual(samplesIn(file).flat().map((nal) => [...nal]), slices.map((nal) => [...nal]));
  assert.deepEqual(each(file, "ctts"), [3600, 7200, 0]);
  const entry = boxIn(file, "moov", "trak", "mdia", "minf", "stbl", "stsd").subarray(8);
  const view = new DataView(entry.buffer, entry.byteOffset);
  assert.equal(new TextDecoder().decode(entry.subarray(4, 8)), "hvc1");
  assert.deepEqual([view.getUint16(32), view.getUint16(34)], [320, 240]);
});

Deno.test("Remux: a transport stream of more packets than there is memory for stays as it is", () => {
  const slices = Array.from({ length: 50 }, (_, n) => h264Slice({ order: n, frame: n % 16, idr: n === 0, body: 9000 }));
  const part = transportStream(annexB([...h264Parameters(), ...slices]), { each: 60_000 });
  const repeated = (times: number) => ({
    size: part.length * times,
    readAt(offset: number, length: number) {
      const from = offset % part.length;
      const copies = Math.ceil((from + Math.min(length, this.size - offset)) / part.length);
      return Buffer.concat(Array(copies).fill(part)).subarray(from, from + Math.min(length, this.size - offset));
    },
  });
  assert.ok(remux(repeated(2), "h264", [40]));
  assert.equal(remux(repeated(Math.ceil(200_000_000 / part.length)), "h264", [40]), undefined);
});

Deno.test("Remux: what is no stream of pictures stays as it is", () => {
  assert.equal(madeOf(annexB(h264Parameters()), "h264", [40]), undefined);
  assert.equal(madeOf(annexB([h264Slice({ order: 0, idr: true })]), "h264", [40]), undefined);
  assert.equal(madeOf(new Uint8Array(5000), "h264", [40]), undefined);
  assert.equal(madeOf(new Uint8Array(0), "hevc", [40]), undefined);
  assert.equal(madeOf(Uint8Array.of(0, 0, 1, 0x67), "h264", [40]), undefined);
});

Deno.test("Remux: a real stream with pictures out of order gets the times that its own container had", () => {
  const path = samplePath("us/SYNTH_usmf_mpeg4_h264_50f.dcm");
  if (!existsSync(path)) return;
  const bytes = Deno.readFileSync(path);
  const start = bytes.findIndex((_, at) => new TextDecoder("latin1").decode(bytes.subarray(at + 4, at + 8)) === "ftyp");
  const original = bytes.subarray(start);
  const entry = boxIn(original, "moov", "trak", "mdia", "minf", "stbl", "stsd").subarray(8);
  const avcC = boxIn(entry.subarray(8 + 78), "avcC");
  const length = (at: number) => avcC[at]! * 256 + avcC[at + 1]!;
  const sps = avcC.subarray(8, 8 + length(6));
  const pps = avcC.subarray(8 + sps.length + 3, 8 + sps.length + 3 + length(8 + sps.length + 1));
  const samples = inContainer(original);
  const file = madeOf(annexB([sps, pps, ...samples.flat()]), "h264", [40])!;
  assert.deepEqual(
    samplesIn(file).map((nals) => nals.map((nal) => [...nal])),
    samples.map((nals) => nals.map((nal) => [...nal])),
  );
  // profile, level, parameter sets and formats of its samples as the original's writer has them, and its size
  const made = boxIn(file, "moov", "trak", "mdia", "minf", "stbl", "stsd").subarray(8);
  assert.deepEqual([...boxIn(made.subarray(8 + 78), "avcC")], [...avcC]);
  assert.deepEqual([...made.subarray(32, 36)], [...entry.subarray(32, 36)]);
  const same = (bytes: [from: number, to: number], ...path: string[]) =>
    assert.deepEqual([...boxIn(file, ...path).subarray(...bytes)], [...boxIn(original, ...path).subarray(...bytes)]);
  same([40, 84], "moov", "trak", "tkhd"); // matrix, width and height
  same([20, 22], "moov", "trak", "mdia", "mdhd"); // language
  same([4, 12], "moov", "trak", "mdia", "hdlr");
  same([0, 12], "moov", "trak", "mdia", "minf", "vmhd");
  same([0, 36], "moov", "trak", "mdia", "minf", "dinf");
  const [unit] = each(original, "stts");
  const places = (of: Uint8Array, tick: number) => each(of, "ctts").map((offset) => Math.round(offset / tick));
  assert.deepEqual(places(file, 3600), places(original, unit!));
  assert.ok(new Set(places(file, 3600)).size > 2, "there are such pictures");
});

/** The NAL units of the samples of an MP4 file whose samples lie in chunks. */
function inContainer(file: Uint8Array): Uint8Array[][] {
  const sizes = table(file, "stsz").slice(3);
  const chunks = table(file, "stco").slice(2);
  const [, , ...perChunk] = table(file, "stsc");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[][] = [];
  chunks.forEach((offset, chunk) => {
    let entry = 0;
    for (let at = 0; at < perChunk.length; at += 3) if (perChunk[at]! <= chunk + 1) entry = at;
    let at = offset;
    for (let count = 0; count < perChunk[entry + 1]!; count++) {
      const nals: Uint8Array[] = [];
      for (const end = at + sizes[found.length]!; at < end;) {
        const length = view.getUint32(at);
        nals.push(file.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
      found.push(nals);
    }
  });
  return found;
}
