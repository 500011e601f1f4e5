import assert from "node:assert/strict";
import { compile, translateBy } from "../../ui/shared/sentence_patterns.ts";
import { SAID_IN_HINDI } from "../../ui/shared/sentences.hi.ts";

const known = compile(SAID_IN_HINDI);
const inHindi = (sentence: string) => translateBy(known, sentence);

/** Files whose every sentence for a person can be said in each language of the pages. */
const SAYING = [
  "src/clinic/address.ts",
  "src/clinic/failure.ts",
  "src/clinic/schedule.ts",
  "src/clinic/schedule_row.ts",
  "src/clinic/session.ts",
  "src/clinic/staff.ts",
  "src/settings/config.ts",
  "src/settings/effective_settings.ts",
  "src/dimse/requestor.ts",
  "src/operations/health.ts",
  "src/host/image_computer.ts",
  "src/web/rescue_pages.ts",
  "src/rescue/ways_back.ts",
  "src/host/image_updates.ts",
  "src/store/decisions.ts",
  "src/store/person_decisions.ts",
  "src/store/worklist_items.ts",
  "src/store/appointment_changes.ts",
  "src/store/appointment_verbs.ts",
  "src/web/application.ts",
  "src/web/body.ts",
  "src/web/held.ts",
  "src/web/password_checks.ts",
  "src/web/security.ts",
  "src/web/undo.ts",
  ...[
    "appointments",
    "appointment_changes",
    "attention",
    "audit",
    "clinic",
    "computer",
    "destinations",
    "dicom_security",
    "events",
    "instances",
    "machines",
    "maintenance",
    "measurements",
    "patients",
    "rooms",
    "search",
    "session",
    "settings",
    "setup",
  ]
    .concat("studies", "tokens", "users").map((noun) => `src/web/api/${noun}.ts`),
];

/** What a file says, with 7 for whatever is filled in. */
function sentencesIn(path: string): string[] {
  const source = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)).replaceAll(
    /^\s*(\/?\*|\/\/).*$|summary:\s*"[^"]*"/gm,
    "",
  );
  const literals = [...source.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map((found) =>
    found[1] ?? found[2]!
  );
  return literals
    .filter((text) =>
      /^(Cannot|An? (image|picture|RLE|video)|The|This|There|Frame|Drawing|No|Only|it (is|does not|names)|the (machine|images)) .{8}/
        .test(text)
    )
    .filter((text) => !/INSERT|SELECT|Cannot (tell who|match study|file study)|Cannot \$\{/.test(text))
    .filter((text) => text.split(" ").length > 3) // a title, which no page shows
    .map((text) => text.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "7"));
}

Deno.test("Said: every sentence with which the box answers is known in Hindi", () => {
  const unknown = SAYING.flatMap((path) =>
    sentencesIn(path).filter((sentence) => inHindi(sentence) === undefined).map((sentence) => `${path}: ${sentence}`)
  );
  assert.deepEqual(unknown, []);
  assert.ok(SAYING.flatMap(sentencesIn).length > 10, "the sentences are found at all");
});

Deno.test("Said: what stands in a sentence stays, and a reason in it is said in Hindi too", () => {
  assert.equal(inHindi("it names no user"), "उसमें उपयोगकर्ता का नाम नहीं है");
  assert.equal(inHindi("A sentence that nobody knows"), undefined);
});

Deno.test("Said: no words of another are lost, and no Hindi sentence holds English ones", () => {
  for (const [english, hindi] of SAID_IN_HINDI) {
    assert.equal(/[A-Za-z]/.test(hindi.replaceAll(/DICOM|AE|SSH/g, "")), false, hindi);
    const [given, used] = [english, hindi].map((text) => text.split(/\{\d?\}/).length - 1) as [number, number];
    assert.ok(used <= given, english);
  }
});
