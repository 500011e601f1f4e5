import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { TextMask } from "../../src/dicom/masked_text.ts";
import { readText } from "../../src/dicom/read_text.ts";

const secret = new Uint8Array(32).fill(7);

function masked(bytes: Uint8Array, mask = new TextMask(secret)): Buffer {
  const copy = Buffer.from(bytes);
  mask.mask(copy);
  return copy;
}

Deno.test("masked text is as long and of the same form, and the same word is the same in any case", () => {
  const mask = new TextMask(secret);
  const of = (text: string) => masked(Buffer.from(text), mask).toString();
  const name = of("Rao^Asha^^Dr.");
  assert.match(name, /^[A-Z][a-z]{2}\^[A-Z][a-z]{3}\^\^[A-Z][a-z]\.$/);
  assert.equal(of("RAO*"), `${name.slice(0, 3).toUpperCase()}*`);
  assert.match(of("SD-4711"), /^[A-Z]{2}-\d{4}$/);
  for (const text of ["Rao", "4711", "a", "7"]) {
    for (const [n, letter] of [...text].entries()) assert.notEqual(of(text)[n], letter, text);
  }
});

Deno.test("letters of other scripts become one letter of theirs, with as many bytes, in each character set", () => {
  const cases: [string, Buffer, RegExp | undefined, string[]][] = [
    ["Devanagari", Buffer.from("प्रिया^शर्मा"), /^क+\^क+$/, ["ISO_IR 192"]],
    ["Han", Buffer.from("山田^太郎=やまだ"), /^字字\^字字=あああ$/, ["ISO_IR 192"]],
    ["Latin-1", Buffer.from("J\xf6rg", "latin1"), /^[A-Z]ä[a-z]{2}$/, ["ISO_IR 100"]],
    ["JIS", Buffer.from("Yamada=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "latin1"), /^[A-Z][a-z]{5}=亜亜\^亜亜$/, [
      ...["", "ISO 2022 IR 87"],
    ]],
    ["GB18030", Buffer.from([0xcd, 0xf5, 0x5e, 0xd0, 0xa1]), /^啊\^啊$/, ["GB18030"]],
  ];
  for (const [what, bytes, form, charset] of cases) {
    const after = masked(bytes);
    assert.equal(after.length, bytes.length, what);
    assert.match(readText(after, charset).text, form!, what);
  }
});

Deno.test("no word of four letters or digits is left, whatever the bytes are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.stringMatching(/^[A-Za-z0-9]{6,12}$/), (around, word) => {
      const bytes = Buffer.concat([around, Buffer.from(` ${word} `), around]);
      const after = masked(bytes);
      assert.equal(after.length, bytes.length);
      assert.ok(!after.toString("latin1").toUpperCase().includes(word.toUpperCase()), word);
    }),
    { numRuns: 500 },
  );
});
