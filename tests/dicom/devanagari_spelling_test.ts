import assert from "node:assert/strict";
import { devanagariSpellings } from "../../src/dicom/devanagari_spelling.ts";
import { usualSpellings } from "../../src/dicom/devanagari_names.ts";

const offered = (name: string) => devanagariSpellings(name, 4);

Deno.test("Devanagari: names as people spell them, the usual spelling first", () => {
  for (
    const [latin, devanagari] of [
      ["Sharma", "शर्मा"],
      ["singh", "सिंह"],
      ["Priya", "प्रिया"],
      ["KHAN", "ख़ान"],
      ["Ram Kumar Sharma", "राम कुमार शर्मा"],
      ["Iyer", "अय्यर"],
      ["राम sharma", "राम शर्मा"],
    ]
  ) assert.equal(offered(latin!)[0], devanagari!.normalize("NFC"), latin);
});

Deno.test("Devanagari: a name that is in no list is offered by ear, with what the letters leave open", () => {
  for (
    const [latin, devanagari] of [
      ["Rajkumari", "राजकुमारी"],
      ["Lakshmibai", "लक्ष्मीबाई"],
      ["Meghna", "मेघना"],
      ["Vrinda", "वृंदा"],
      ["Rishabh", "ऋषभ"],
      ["Mahendra", "महेंद्र"],
      ["Dhanraj", "धनराज"],
      ["Kartik", "कार्तिक"],
      ["Yamini", "यामिनी"],
      ["Shraddha", "श्रद्धा"],
      ["Vaishnavi", "वैष्णवी"],
      ["Sunder", "सुंदर"],
      ["Aishwarya", "ऐश्वर्या"],
    ]
  ) assert.ok(offered(latin!).includes(devanagari!), `${latin}: ${offered(latin!).join(" ")}`);
});

Deno.test("Devanagari: what is no name in Latin letters has none, and no text takes long", () => {
  for (const text of ["", "  ", "शर्मा", "O'Connor", "Müller", "P-20417", "a1", "a ".repeat(40)]) {
    assert.deepEqual(offered(text), [], text);
  }
  const begun = performance.now();
  offered("r".repeat(60));
  offered("shraddha".repeat(3) + " " + "n".repeat(30));
  assert.ok(performance.now() - begun < 10_000);
  assert.deepEqual(usualSpellings("constructor"), []);
  // as people here write it goes first
  assert.deepEqual(devanagariSpellings("khan", 2, () => ["खाँन"]), ["खाँन", "ख़ान".normalize("NFC")]);
});
