import assert from "node:assert/strict";
import { type Code, ENGLISH, inEnglish, isKnown, say } from "../../src/sentences.ts";
import { HINDI } from "../../ui/shared/sentences_by_code.hi.ts";
import { sentenceIn } from "../../ui/shared/translate.ts";

const parametersOf = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

Deno.test("Sentences: both languages have every code, and use every parameter", () => {
  assert.deepEqual(Object.keys(HINDI).sort(), Object.keys(ENGLISH).sort());
  for (const [code, english] of Object.entries(ENGLISH)) {
    assert.deepEqual(parametersOf(HINDI[code as keyof typeof ENGLISH]), parametersOf(english), code);
  }
});

Deno.test("Sentences: no Hindi one holds English words, but names of things", () => {
  for (const [code, hindi] of Object.entries(HINDI)) {
    const words = hindi.replaceAll(/\{\w+\}/g, "").replaceAll(/DICOM|AE|SSH|KiB|C-ECHO/g, "");
    assert.equal(/[A-Za-z]/.test(words), false, code);
  }
});

Deno.test("Sentences: every code is said somewhere", () => {
  const source = [...sources(new URL("../../src/", import.meta.url).pathname)].join("\n");
  const unsaid = Object.keys(ENGLISH).filter((code) => !new RegExp(`["'\`]${code}["'\`]`).test(source));
  assert.deepEqual(unsaid.filter((code) => !BY_NAME.some((pattern) => pattern.test(code))), []);
});

/** Codes that are made of what they are about. */
const BY_NAME = [/^held-/, /^too-many-pages-of-/, /^several$/, /^awaited-/];

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts") && !folder.endsWith("contract/") && name !== "sentences.ts") {
      yield Deno.readTextFileSync(folder + name);
    }
  }
}

Deno.test("Sentences: what stands in one stays, and a sentence in it is in the same language", () => {
  const refusal = say("being-scanned", { cannot: say("cannot-send") });
  assert.equal(
    inEnglish(refusal),
    "Cannot send this patient to a machine: the machine is scanning this patient now",
  );
  assert.equal(
    sentenceIn(HINDI[refusal.code], refusal.parameters, HINDI),
    "मरीज़ मशीन को नहीं भेजा गया: मशीन अभी इसी मरीज़ की जाँच कर रही है",
  );
});

Deno.test("Sentences: one that another version has kept is not said by its code", () => {
  const cannot = { code: "of-a-later-version" as Code, parameters: {} };
  assert.ok(isKnown(say("being-scanned", { cannot: say("cannot-send") })));
  assert.equal(isKnown(cannot), false);
  assert.equal(isKnown(say("being-scanned", { cannot })), false);
});
