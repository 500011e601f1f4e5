import assert from "node:assert/strict";
import { readConfig } from "../../src/settings/config.ts";
import { countries } from "../../ui/shared/countries.ts";

Deno.test("Countries: today's, each by a code that the box takes, in the pages' language", () => {
  const english = new Map(countries("en"));
  assert.equal(english.get("IN"), "India");
  assert.equal(new Map(countries("hi")).get("IN"), "भारत");
  assert.ok(english.size > 240 && english.size < 255, String(english.size));
  for (const former of ["BU", "DD", "SU", "YU", "ZZ", "EU", "UK"]) assert.equal(english.has(former), false, former);
  for (const code of english.keys()) assert.equal(readConfig({ SONODESK_COUNTRY: code }).country, code);
  assert.equal(readConfig({ SONODESK_COUNTRY: "in" }).country, "IN");
  for (const wrong of ["India", "I", "ZZ", "X1", "91"]) {
    assert.throws(() => readConfig({ SONODESK_COUNTRY: wrong }), /two letters of a country/, wrong);
  }
});
