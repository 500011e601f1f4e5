import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Dataset } from "../../src/dicom/dataset.ts";
import { readableDataset } from "../../src/dicom/dataset_json.ts";
import { Tag, vrOf } from "../../src/dicom/dictionary.ts";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { reencode } from "../../src/dicom/reencode.ts";
import {
  EXPLICIT_BIG_ENDIAN as BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN as EXPLICIT,
  IMPLICIT_LITTLE_ENDIAN as IMPLICIT,
  transferSyntaxOf,
} from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";

/** Data sets of attributes that the dictionary knows, with sequences in sequences. */
const dataset: fc.Arbitrary<Dataset> = fc.letrec<{ dataset: Dataset }>((tie) => ({
  dataset: fc.record({
    name: fc.option(fc.stringMatching(/^[A-Za-z ^]{0,40}$/)),
    comment: fc.option(fc.stringMatching(/^[a-z]{0,200}$/)),
    rows: fc.option(fc.nat(65535)),
    table: fc.option(fc.uint8Array({ maxLength: 200 }).map((bytes) => bytes.subarray(0, bytes.length & ~1))),
    items: fc.option(fc.array(tie("dataset"), { maxLength: 3 }), { freq: 3 }),
  }, { noNullPrototype: true }).map(({ name, comment, rows, table, items }) => {
    const made = new Dataset();
    if (name !== null) made.setText(Tag.PatientName, "PN", name);
    if (comment !== null) made.setText(Tag.ImageComments, "LT", comment);
    if (rows !== null) made.setUnsignedShort(Tag.Rows, rows);
    if (table !== null) made.add({ tag: Tag.LUTData, vr: "OW", value: table });
    if (items !== null) made.setItems(Tag.RequestAttributesSequence, items);
    return made;
  }),
})).dataset;

Deno.test("rewriting VRs: what is read afterwards is what was there, both ways", () => {
  fc.assert(fc.property(dataset, (made) => {
    const [explicit, implicit] = [EXPLICIT, IMPLICIT].map((syntax) => writeDataset(made, syntax)) as [
      Uint8Array,
      Uint8Array,
    ];
    const expected = readableDataset(readDataset(explicit, EXPLICIT).dataset);
    const toImplicit = reencode(explicit, EXPLICIT, IMPLICIT, vrOf);
    assert.deepEqual(readableDataset(readDataset(toImplicit, IMPLICIT).dataset), expected);
    const toExplicit = reencode(implicit, IMPLICIT, EXPLICIT, vrOf);
    assert.deepEqual(readableDataset(readDataset(toExplicit, EXPLICIT).dataset), expected);
  }));
});

Deno.test("rewriting a big-endian data set: its numbers are turned, its text and bytes stay, at any depth", () => {
  fc.assert(fc.property(dataset, (made) => {
    const expected = readableDataset(readDataset(writeDataset(made, EXPLICIT), EXPLICIT).dataset);
    for (const to of [EXPLICIT, IMPLICIT]) {
      const bytes = reencode(writeDataset(made, BIG_ENDIAN), BIG_ENDIAN, to, vrOf);
      assert.deepEqual(readableDataset(readDataset(bytes, to).dataset), expected, to.name);
    }
  }));
});

Deno.test("rewriting VRs: bytes that follow no rule are refused, never waited for", () => {
  fc.assert(fc.property(dataset, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 }), (made, where, noise) => {
    const bytes = Buffer.from(writeDataset(made, EXPLICIT));
    if (bytes.length > 0) bytes.set(noise.subarray(0, bytes.length - where % bytes.length), where % bytes.length);
    try {
      reencode(bytes, EXPLICIT, IMPLICIT, vrOf);
    } catch (error) {
      assert.ok(error instanceof MalformedDataset, String(error));
    }
  }));
});

Deno.test("rewriting VRs: group lengths go, UN that hides a sequence is looked into, big-endian is not written", () => {
  const inner = Buffer.from("10001000040000004f27446f", "hex"); // (0010,0010), implicit, O'Do
  const un = Buffer.concat([
    Buffer.from("40007502554e0000ffffffff", "hex"), // (0040,0275) UN of undefined length
    Buffer.from("feff00e0ffffffff", "hex"),
    inner,
    Buffer.from("feff0de000000000feffdde000000000", "hex"),
  ]);
  const length = Buffer.from("08000000554c040010000000", "hex"); // (0008,0000)
  const bytes = reencode(Buffer.concat([length, un]), EXPLICIT, IMPLICIT, vrOf);
  const { dataset } = readDataset(bytes, IMPLICIT);
  assert.equal(dataset.has(0x00080000), false);
  assert.equal(dataset.items("RequestAttributesSequence")[0]!.text("PatientName"), "O'Do");
  assert.throws(() => reencode(inner, IMPLICIT, transferSyntaxOf("1.2.840.10008.1.2.2")!, vrOf), MalformedDataset);
});
