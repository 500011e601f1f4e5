import assert from "node:assert/strict";
import { type ReasonCode, reasonInWords as inEnglish, REASONS } from "../../src/store/attention_reasons.ts";
import { reasonInWords } from "../../ui/shared/attention.ts";
import { english } from "../../ui/shared/text.en.ts";
import { hindi } from "../../ui/shared/text.hi.ts";

const CODES = Object.keys(REASONS) as ReasonCode[];
const LANGUAGES = { english, hindi };

/** The parameters that the sentence of a code asks for, each with a value that is found again in it. */
function parametersOf(code: ReasonCode): Record<string, string> {
  const asked: Record<string, string> = {};
  const note = (_: unknown, name: string) => asked[name] = name === "what" ? "patient-id" : `<${name}>`;
  const parameters = new Proxy({}, { get: note }) as Record<string, string>;
  // a sentence that hands its parameters on spreads them: all that a difference has is there
  const spread = { ...{ what: "patient-id", received: "<received>", expected: "<expected>" } };
  const words = (given: Record<string, string>) => inEnglish({ code, parameters: given });
  words(parameters);
  if (words(spread).includes("<received>")) Object.assign(asked, spread);
  return asked;
}

Deno.test("Attention: each language has a sentence for every code, and no other", () => {
  for (const [name, { attention }] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(attention.reasons).sort(), [...CODES].sort(), name);
  }
});

Deno.test("Attention: a page's sentence has everything that the box's own sentence has", () => {
  let values = 0;
  for (const code of CODES) {
    const parameters = parametersOf(code);
    const sentence = inEnglish({ code, parameters });
    const expected = Object.values(parameters).filter((value) => value.startsWith("<") && sentence.includes(value));
    values += expected.length;
    for (const language of Object.values(LANGUAGES)) {
      const shown = reasonInWords({ code, parameters, sentence: "not by its code" }, language);
      for (const value of expected) assert.ok(shown.includes(value), `${code}: ${value} is not in "${shown}"`);
    }
  }
  assert.ok(values >= 14, `only ${values} values were looked for`);
});

Deno.test("Attention: both languages word every difference that is told", () => {
  for (const { attention } of Object.values(LANGUAGES)) {
    for (const what of ["patient-id", "patient-name", "birth-date", "sex"] as const) {
      const words = attention.differences[what]("<received>", "<expected>", "<whose>");
      for (const part of ["<received>", "<expected>", "<whose>"]) assert.ok(words.includes(part), words);
    }
    assert.ok(attention.differences["no-patient"]("", "", "<whose>").includes("<whose>"));
    const ways = ["study instance uid", "accession number", "request", "patient id and date"];
    assert.deepEqual(Object.keys(attention.matchedBy).sort(), ways.sort());
  }
});

Deno.test("Attention: dates and sexes are written as people do; an unknown code keeps the box's sentence", () => {
  const reason = (code: string, parameters: Record<string, string>) =>
    reasonInWords({ code, parameters, sentence: "The box's own words" });
  assert.equal(
    reason("birth-date-differs", { received: "1990-05-17", expected: "1991-05-17" }),
    "The birth date differs: born 17 May 1990 in the images, 17 May 1991 in the appointment",
  );
  assert.equal(
    reason("sex-differs", { received: "F", expected: "M" }),
    "The sex differs: sex Female in the images, Male in the appointment",
  );
  assert.equal(
    reason("patient-differs", { by: "study instance uid", what: "patient-name", received: "A B", expected: "C D" }),
    "The patient differs from the appointment’s (same study number): A B in the images, C D in the appointment",
  );
  assert.equal(reason("taken-from-appointment", { by: "asha" }).startsWith("asha took"), true);
  assert.equal(reason("from-a-newer-box", {}), "The box's own words");
});
