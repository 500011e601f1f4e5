import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { address, aeTitle, modality, port } from "../../src/web/api/machines.ts";
import { AE_TITLE, HOST, MODALITY, PORT } from "../../ui/shared/shapes.ts";

/** As a browser holds a value to the pattern of its field. */
const fits = (pattern: string, text: string) => new RegExp(`^(?:${pattern})$`, "v").test(text);

Deno.test("Shapes: the pages call odd what the box refuses, and nothing else", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(..."AZaz09_-. :\\[]^é"), maxLength: 18 }),
    fc.nat({ max: 99_999 }).map(String),
  ).map((text) => text.trim()).filter((text) => text !== "");
  fc.assert(fc.property(texts, (text) => {
    assert.equal(fits(AE_TITLE.pattern, text), v.safeParse(aeTitle, text).success, `AE title ${text}`);
    assert.equal(fits(HOST.pattern, text), v.safeParse(address, text).success, `address ${text}`);
    assert.equal(fits(MODALITY.pattern, text), v.safeParse(modality, text).success, `modality ${text}`);
    const isNumber = /^[1-9][0-9]*$/.test(text);
    assert.equal(fits(PORT.pattern, text), isNumber && v.safeParse(port, Number(text)).success, `port ${text}`);
  }));
  assert.equal(fits(AE_TITLE.pattern, "   "), false, "only spaces");
});
