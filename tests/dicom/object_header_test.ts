import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { type ByteSource, bytesSource, readObjectHeader } from "../../src/dicom/object_header.ts";
import { TruncatedDataset } from "../../src/dicom/read_dataset.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";

const PRIVATE_FILM = 0x200d3001;
const SYNTAXES = [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN];

/** An object with so much before its pixels, in a private attribute or a sequence. */
function objectWith(syntax: TransferSyntax, film: number, items = 0): Uint8Array {
  const item = new Dataset().setText(Tag.CodeMeaning, "LO", "x".repeat(60));
  const dataset = new Dataset()
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192")
    .setText(Tag.PatientName, "PN", "शर्मा^प्रिया")
    .setUnsignedShort(Tag.Rows, 8)
    .add({ tag: PRIVATE_FILM, vr: "OB", value: new Uint8Array(film) })
    .add({ tag: Tag.PixelData, vr: "OB", value: new Uint8Array(64).fill(7) });
  if (items > 0) dataset.setItems(Tag.AcquisitionContextSequence, Array.from({ length: items }, () => item));
  return new Uint8Array(writeDataset(dataset, syntax));
}

/** A source that knows the longest piece that was asked of it. */
function watched(bytes: Uint8Array): ByteSource & { longest: number } {
  const source = bytesSource(bytes);
  const watch = {
    size: source.size,
    longest: 0,
    readAt(offset: number, length: number) {
      const read = source.readAt(offset, length);
      watch.longest = Math.max(watch.longest, read.length);
      return read;
    },
  };
  return watch;
}

Deno.test("object header: a film in a private attribute before the pixels is passed over, not read", () => {
  for (const syntax of SYNTAXES) {
    const source = watched(objectWith(syntax, 8_000_000));
    const header = readObjectHeader(source, syntax);
    assert.equal(header.text("PatientName"), "शर्मा^प्रिया");
    assert.equal(header.number("Rows"), 8);
    assert.equal(header.has(PRIVATE_FILM), false);
    assert.ok(source.longest <= 1_100_000, `${source.longest} bytes at once`);
  }
});

Deno.test("object header: it is the same one, however much stands before and between", () => {
  for (const syntax of SYNTAXES) {
    for (const [film, items] of [[10, 0], [70_000, 0], [10, 3000], [900_000, 10_000]] as const) {
      const header = readObjectHeader(bytesSource(objectWith(syntax, film, items)), syntax);
      assert.equal(header.text("PatientName"), "शर्मा^प्रिया");
      assert.equal(header.items("AcquisitionContextSequence").length, items);
      assert.equal(header.bytes(PRIVATE_FILM)?.length, film);
      assert.equal(header.has(Tag.PixelData), false);
    }
  }
});

Deno.test("object header: what is cut off anywhere is refused", () => {
  for (const syntax of SYNTAXES) {
    const whole = objectWith(syntax, 200_000, 500);
    for (const length of [whole.length - 1, whole.length - 60, whole.length - 70, 150_000, 70_000, 65_536, 100]) {
      assert.throws(() => readObjectHeader(bytesSource(whole.subarray(0, length)), syntax), TruncatedDataset);
    }
  }
});

Deno.test("object header: a sequence of a million empty items is refused, before it fills the memory", () => {
  const start = writeDataset(new Dataset().setText(Tag.PatientName, "PN", "A"), IMPLICIT_LITTLE_ENDIAN);
  const endless = new Uint8Array(start.length + 8 + 40_000_000);
  endless.set(start);
  const view = new DataView(endless.buffer);
  view.setUint16(start.length, 0x0040, true);
  view.setUint16(start.length + 2, 0x0555, true);
  view.setUint32(start.length + 4, 0xffffffff, true);
  for (let at = start.length + 8; at + 8 <= endless.length; at += 8) {
    view.setUint32(at, 0xe000fffe, true); // items of no length, one after the other
  }
  const source = watched(endless);
  assert.throws(() => readObjectHeader(source, IMPLICIT_LITTLE_ENDIAN), /more than 1000000 elements/);
  assert.ok(source.longest <= 32 * 1024 * 1024);
});
