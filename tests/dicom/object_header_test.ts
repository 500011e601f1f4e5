import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { type ByteSource, bytesSource } from "../../src/dicom/byte_source.ts";
import { readingObjectHeader } from "../../src/dicom/object_header.ts";
import { MalformedDataset, TooManyElements, TruncatedDataset } from "../../src/dicom/malformed_dataset.ts";
import { toItsEnd } from "../../src/dicom/read_dataset.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { joined } from "../imaging/objects.ts";

const PRIVATE_FILM = 0x200d3001;
const PRIVATE_AFTER = 0x77771010;
/** What is read of an object whose header is long. */
const WANTED = new Set<number>([
  Tag.PatientName,
  Tag.Rows,
  Tag.AcquisitionContextSequence,
  PRIVATE_FILM,
  PRIVATE_AFTER,
]);
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

function readObjectHeader(source: ByteSource, syntax: TransferSyntax): Dataset {
  return toItsEnd(readingObjectHeader(source, syntax, WANTED));
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
  assert.throws(() => readObjectHeader(source, IMPLICIT_LITTLE_ENDIAN), TooManyElements);
  assert.ok(source.longest <= 1024 * 1024);
});

/** A sequence of undefined length, of items of undefined length, in each such a sequence of two, so deep. */
function tree(syntax: TransferSyntax, tag: number, depth: number): Uint8Array {
  const header = (tag: number, length: number, vr?: string) => {
    const long = syntax.explicit && vr !== undefined;
    const bytes = new Uint8Array(long ? 12 : 8);
    const view = new DataView(bytes.buffer);
    const little = !syntax.bigEndian;
    view.setUint16(0, tag >>> 16, little);
    view.setUint16(2, tag & 0xffff, little);
    if (long) bytes.set(new TextEncoder().encode(vr), 4);
    view.setUint32(long ? 8 : 4, length, little);
    return bytes;
  };
  const text = writeDataset(new Dataset().setText(Tag.CodeMeaning, "LO", "Length"), syntax);
  const within = depth > 0 ? tree(syntax, Tag.ContentSequence, depth - 1) : new Uint8Array();
  const item = [header(0xfffee000, 0xffffffff), text, within, header(0xfffee00d, 0)];
  // one of a length that it says, after those that have none
  const short = [header(0xfffee000, text.length), text];
  return joined(header(tag, 0xffffffff, "SQ"), ...item, ...item, ...short, header(0xfffee0dd, 0));
}

Deno.test("object header: a report's tree is passed over by lengths alone, however it is written", () => {
  for (const syntax of SYNTAXES) {
    const before = writeDataset(new Dataset().setText(Tag.PatientName, "PN", "A"), syntax);
    const after = writeDataset(new Dataset().add({ tag: PRIVATE_AFTER, vr: "LO", value: "end" }), syntax);
    const whole = joined(before, tree(syntax, Tag.ContentSequence, 14), after);
    assert.ok(whole.length > 1024 * 1024);
    const source = watched(whole);
    const header = readObjectHeader(source, syntax);
    assert.deepEqual([...header].map(({ tag }) => tag), [Tag.PatientName, PRIVATE_AFTER]);
    assert.ok(source.longest <= 1024 * 1024);
    for (const cut of [1, after.length + 1, after.length + 8, after.length + 30, 200_000]) {
      assert.throws(() => readObjectHeader(bytesSource(whole.subarray(0, -cut)), syntax), TruncatedDataset);
    }
    const broken = whole.slice();
    broken.fill(0x41, 1_050_000, 1_050_064);
    assert.throws(() => readObjectHeader(bytesSource(broken), syntax), MalformedDataset);
  }
});

Deno.test("object header: a tree deeper than any report's is refused", () => {
  const syntax = EXPLICIT_LITTLE_ENDIAN;
  // a sequence's header and its first item's, again and again
  const opened = tree(syntax, Tag.ContentSequence, 0).subarray(0, 20);
  const deep = joined(...Array.from({ length: 60_000 }, () => opened));
  assert.throws(() => readObjectHeader(bytesSource(deep), syntax), /nested more than 256 deep/);
});

Deno.test("object header: more elements than are looked at, after what is wanted: it is read all the same", () => {
  for (const syntax of SYNTAXES) {
    const before = objectWith(syntax, 10).subarray(0, -64 - (syntax.explicit ? 12 : 8)); // without its pixel data
    const many = (group: number) => {
      const bytes = new Uint8Array(17_000_000);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at < bytes.length; at += 8) {
        view.setUint16(at, group, !syntax.bigEndian);
        view.setUint16(at + 2, 0x2020, !syntax.bigEndian);
        if (syntax.explicit) bytes.set([0x4c, 0x4f], at + 4); // LO
      }
      return bytes;
    };
    const header = readObjectHeader(bytesSource(joined(before, many(0x7777))), syntax);
    assert.equal(header.text("PatientName"), "शर्मा^प्रिया");
    assert.equal(header.number("Rows"), 8);
    assert.throws(() => readObjectHeader(bytesSource(joined(many(0x0009), before)), syntax), TooManyElements);
  }
});
