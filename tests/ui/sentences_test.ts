import assert from "node:assert/strict";
import { type Code, ENGLISH, inEnglish, isKnown, say } from "../../src/sentences.ts";
import { HINDI } from "../../ui/shared/sentences_by_code.hi.ts";
import { sentenceIn } from "../../ui/shared/translate.ts";

const SOURCE = new URL("../../src/", import.meta.url).pathname;

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

/** What the appliance's image says of an update. */
const SCRIPTS = ["install-update", "trial", "reachable"].map((name) =>
  Deno.readTextFileSync(new URL(`../../appliance/image/root/usr/lib/sonodesk/${name}`, import.meta.url))
).join("\n");

Deno.test("Sentences: every code is said somewhere", () => {
  const source = [...pathsIn(SOURCE)].filter((path) => !/\/contract\/|\/sentences\.ts$/.test(path))
    .map((path) => Deno.readTextFileSync(path)).join("\n");
  const unsaid = Object.keys(ENGLISH).filter((code) =>
    !new RegExp(`["'\`]${code}["'\`]`).test(source) && !new RegExp(`( |\\\\n)${code}( |'|$)`, "m").test(SCRIPTS)
  );
  assert.deepEqual(unsaid.filter((code) => !BY_NAME.some((pattern) => pattern.test(code))), []);
});

Deno.test("Sentences: what the image says of an update that did not go well is known by its code, with its parameters", () => {
  const said = [...SCRIPTS.matchAll(/(?: |\\n)(update-[a-z-]+)((?:(?: \\\n)? +\w+ "[^"]*")*)(?= \\?|'|$)/gm)]
    .map(([, code = "", values = ""]) =>
      [code, [...values.matchAll(/(\w+) "/g)].map(([, name]) => name!).sort()] as const
    );
  assert.ok(said.length >= 15, String(said));
  for (const [code, names] of said) {
    assert.deepEqual(parametersOf(ENGLISH[code as Code] ?? "no such code {}"), names, code);
  }
  const withoutCode = SCRIPTS.match(/^.*(?:\brefuse|say-update" (?:failed|refused)) "[^"]*"$/gm);
  assert.equal(withoutCode, null);
});

Deno.test("Sentences: why an update was gone back from is the same sentence in the image's script and here", () => {
  const pairs = [
    ...SCRIPTS.matchAll(
      /(?:not_reached|note_why|went-wrong|failed) "([^"]+)"(?: \\\n)? +(?:why |code )?(update-[a-z-]+)/g,
    ),
    ...SCRIPTS.matchAll(/\$'([^'\\]+)\\n(update-[a-z-]+)'/g),
  ];
  assert.ok(pairs.length >= 10, String(pairs.length));
  for (const [, sentence = "", code = ""] of pairs) {
    const [parameter] = parametersOf(ENGLISH[code as Code]);
    assert.equal(sentence.replace(/\$\{[^}]*\}/, `{${parameter}}`), ENGLISH[code as Code]);
  }
});

/** Codes that are made of what they are about. */
const BY_NAME = [/^held-/, /^too-many-pages-of-/, /^several$/, /^awaited-/];

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

/** What people are refused by, with a sentence where a code should be. */
const WITHOUT_CODE =
  /(?:new (?:Refused|Problem|NotPossible|UnusableSetting|SettingFixed|ClinicFailure|NoPicture|UnusableRow|StoreUnusable|NoUpdateNow|RequestFailed)|notFound|conflict|notUnderstood|told)\((?:[^()]*, )?["'`](?:Cannot|There|The|Only|No|it|the) [^"'`]*/g;

Deno.test("Sentences: nobody is refused in English alone, but programs by DICOMweb", () => {
  const found = [...pathsIn(SOURCE)].filter((path) => !/\/(dicomweb|contract)/.test(path))
    .flatMap((path) => [...Deno.readTextFileSync(path).matchAll(WITHOUT_CODE)].map(([text]) => `${path}: ${text}`))
    // a problem's title is no sentence, and no page shows it
    .filter((text) => !/Problem\(\d+, "[^"]*"?$/.test(text));
  assert.deepEqual(found, []);
});

function* pathsIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* pathsIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}
