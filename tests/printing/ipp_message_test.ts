import assert from "node:assert/strict";
import { decodeAnswer, encodeRequest, Operation, Tag } from "../../src/printing/ipp_message.ts";

const bytesOf = (hex: string) => Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));

Deno.test("IPP: a request is written as RFC 8010 shows it", () => {
  // its A.1, without what this box does not send
  const request = encodeRequest([1, 1], Operation.PRINT_JOB, [
    [Tag.OPERATION, [
      [Tag.CHARSET, "attributes-charset", "utf-8"],
      [Tag.LANGUAGE, "attributes-natural-language", "en-us"],
    ]],
    [Tag.JOB, [[Tag.INTEGER, "copies", 20], [Tag.KEYWORD, "sides", "one-sided", "two-sided-long-edge"]]],
  ]);
  assert.deepEqual(
    request,
    bytesOf(`
      0101 0002 00000001
      01
      47 0012 617474726962757465732d63686172736574 0005 7574662d38
      48 001b 617474726962757465732d6e61747572616c2d6c616e6775616765 0005 656e2d7573
      02
      21 0006 636f70696573 0004 00000014
      44 0005 7369646573 0009 6f6e652d7369646564
      44 0000 0013 74776f2d73696465642d6c6f6e672d65646765
      03`),
  );
});

Deno.test("IPP: an answer is read; of a collection nothing, and what is cut off or endless is refused", () => {
  const answer = bytesOf(`
    0200 0000 00000001
    04
    23 000d 7072696e7465722d7374617465 0004 00000005
    44 0004 61616161 0006 6d656469612d
    44 0000 0003 626262
    34 0009 6d656469612d636f6c 0000
      4a 0000 0001 78
      21 0000 0004 00000007
    37 0000 0000
    32 0003 726573 0009 0000012c 0000012c 03
    32 0003 636d73 0009 00000076 00000076 04
    22 0002 6f6b 0001 00
    36 0001 6e 0009 0002 656e 0003 616263
    04
    23 000d 7072696e7465722d7374617465 0004 00000003
    03`);
  const { status, attributes } = decodeAnswer(answer);
  assert.equal(status, 0);
  assert.deepEqual(attributes.get("printer-state"), [5], "of the second printer nothing");
  assert.deepEqual(attributes.get("aaaa"), ["media-", "bbb"]);
  assert.equal(attributes.has("media-col"), false);
  assert.equal(attributes.has("x"), false);
  assert.deepEqual(attributes.get("res"), [{ across: 300, along: 300 }]);
  assert.deepEqual(attributes.get("cms"), [{ across: 300, along: 300 }]);
  assert.deepEqual(attributes.get("ok"), [false]);
  assert.deepEqual(attributes.get("n"), ["abc"]);
  for (let length = 0; length < answer.length; length++) {
    assert.throws(() => decodeAnswer(answer.subarray(0, length)), Error, String(length));
  }
  const endless = Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 1, 4, ...Array(6000).fill([0x44, 0, 0, 0, 0]).flat(), 3]);
  assert.throws(() => decodeAnswer(endless), /too many attributes/);
});
