import assert from "node:assert/strict";
import { byteRange } from "../../src/web/byte_range.ts";

Deno.test("byteRange: one range of RFC 9110, the whole for what is not understood", () => {
  const cases: [header: string | undefined, expected: unknown][] = [
    [undefined, undefined],
    ["bytes=0-", { start: 0, end: 1000 }],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=990-2000", { start: 990, end: 1000 }],
    ["bytes=-10", { start: 990, end: 1000 }],
    ["bytes=-5000", { start: 0, end: 1000 }],
    ["bytes=1000-", "not satisfiable"],
    ["bytes=-0", "not satisfiable"],
    ["bytes=20-10", undefined],
    ["bytes=0-1,5-6", undefined],
    ["bytes=-", undefined],
    ["bytes=a-b", undefined],
    ["items=0-1", undefined],
  ];
  for (const [header, expected] of cases) assert.deepEqual(byteRange(header, 1000), expected, String(header));
  assert.equal(byteRange("bytes=0-", 0), "not satisfiable");
});
