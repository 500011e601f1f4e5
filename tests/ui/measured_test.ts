import assert from "node:assert/strict";
import type { ObstetricLine } from "../../src/web/contract/studies.ts";
import { factDetail, qualifiersInWords } from "../../ui/shared/measured.ts";

Deno.test("Measured: a fact of a pregnancy says why a person should look at it, as every value does", () => {
  const line = { name: "EFW", detail: "Hadlock", note: "Without a unit" } as ObstetricLine;
  assert.equal(qualifiersInWords(line), "Hadlock · Without a unit");
  assert.equal(factDetail(line), "EFW, Hadlock · Without a unit");
  assert.equal(qualifiersInWords({ ...line, detail: "", note: "" }), "");
});
