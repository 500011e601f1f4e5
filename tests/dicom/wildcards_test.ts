import assert from "node:assert/strict";
import fc from "fast-check";
import { wildcardTest } from "../../src/dicom/wildcards.ts";

Deno.test("wildcards, property: they match what their definition says", () => {
  const pattern = fc.string({ unit: fc.constantFrom(..."ab*?😀"), maxLength: 8 });
  const held = fc.string({ unit: fc.constantFrom(..."ab*?😀"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, held, (key, value) => {
      assert.equal(wildcardTest(key)(value), byDefinition([...key], [...value]), `${key} against ${value}`);
    }),
    { numRuns: 3000 },
  );
});

/** PS3.4 C.2.2.2.4, word by word: slow, and plain to see. */
function byDefinition([first, ...rest]: string[], value: string[]): boolean {
  if (first === undefined) return value.length === 0;
  if (first === "*") return value.some((_, at) => byDefinition(rest, value.slice(at))) || byDefinition(rest, []);
  return value.length > 0 && (first === "?" || first === value[0]) && byDefinition(rest, value.slice(1));
}
