import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, encodeText, isKnownCharset } from "../../src/dicom/charset.ts";
import { showable } from "../../src/dicom/character_repertoire.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { romanized } from "../../src/dicom/romanization.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { withinLength } from "../../src/dicom/value_length.ts";
import { encodeAnswer } from "../../src/services/worklist_cache.ts";
import { peerTest, run, utf8 } from "../support/peers.ts";
import { atLeast, readObject } from "../support/samples.ts";

/** A name in each character set that a machine may have, in letters only that set's script has. */
const NAMES: readonly (readonly [charset: string, name: string])[] = [
  ["ISO_IR 6", "Smith^Ann"],
  ["ISO_IR 100", "Äneas^Rüdiger"],
  ["ISO_IR 101", "Wałęsa^Łucja"],
  ["ISO_IR 109", "Ġorġ^Ħamrun"],
  ["ISO_IR 110", "Bērziņš^Ģirts"],
  ["ISO_IR 144", "Люкceмбypг"],
  ["ISO_IR 127", "قباني^لنزار"],
  ["ISO_IR 126", "Διονυσιος"],
  ["ISO_IR 138", "שרון^דבורה"],
  ["ISO_IR 148", "Çavuşoğlu^İrem"],
  ["ISO_IR 166", "สมชาย^ใจดี"],
  ["ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"],
  ["ISO_IR 192", "शर्मा^प्रिया=王^小东"],
  ["GB18030", "Wang^XiaoDong=王^小东"],
  ["GBK", "Wang^XiaoDong=王^小东"],
  ["\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"],
  ["ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"],
  ["\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"],
  ["\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东"],
];

Deno.test("character sets: each one writes what it reads", () => {
  for (const [charset, name] of NAMES) {
    const bytes = encodeText(name, charset);
    assert.ok(bytes, `${charset} lacks a letter of ${name}`);
    assert.equal(decodeText(bytes, charset.split("\\")), name, charset);
    assert.ok(isKnownCharset(charset.split("\\")), charset);
  }
});

peerTest("character sets: DCMTK reads each one as it was written", ["dcmdump"], async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-charset-" });
  try {
    for (const [charset, name] of NAMES) {
      if (charset.includes("IR 87")) continue; // not in the C library that DCMTK converts with; see the next tests
      const identity = { sopClassUid: "1.2", sopInstanceUid: "1.3", transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN.uid };
      const dataset = new Dataset().setText(Tag.PatientName, "PN", name);
      const meta = writeFileMeta({ ...identity, sourceAeTitle: "" });
      const data = encodeAnswer(dataset, EXPLICIT_LITTLE_ENDIAN, { charset, unshowable: "question mark" }, []);
      await Deno.writeFile(`${folder}/name.dcm`, new Uint8Array([...meta, ...data]));
      const { text } = await run("dcmdump", ["+U8", "+P", "PatientName", `${folder}/name.dcm`]);
      const printed = utf8(text);
      assert.equal(/\[(.*?)\s*\]/.exec(printed)?.[1], name, `${charset}: ${printed}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

peerTest("character sets: kanji are read by the C library's ISO-2022-JP as they were written", ["iconv"], async () => {
  const name = "Yamada^Tarou=山田^太郎=やまだ^たろう";
  const file = await Deno.makeTempFile({ prefix: "sonodesk-charset-" });
  try {
    for (const charset of ["\\ISO 2022 IR 87", "ISO 2022 IR 6\\ISO 2022 IR 87"]) {
      await Deno.writeFile(file, encodeText(name, charset)!);
      assert.equal(utf8((await run("iconv", ["-f", "ISO-2022-JP", "-t", "UTF-8", file])).text), name, charset);
    }
  } finally {
    await Deno.remove(file);
  }
});

peerTest(
  "character sets: the examples of PS3.5 H, I and K are written as the standard's bytes",
  ["dcmdump"],
  async () => {
    for (const { name, path } of atLeast(15, "charset")) {
      const { text } = await run("dcmdump", ["+P", "SpecificCharacterSet", "+P", "PatientName", path]);
      const [charset, written] = [/\(0008,0005\) CS \[(.*?)\s*\]/, /\(0010,0010\) PN \[(.*?)\s*\]/]
        .map((pattern) => pattern.exec(text)?.[1]);
      if (charset === undefined || written === undefined || !/^chr[HIX]/.test(name)) continue;
      const bytes = Uint8Array.from(written, (character) => character.charCodeAt(0));
      assert.deepEqual(new Uint8Array(encodeText(decodeText(bytes, charset.split("\\")), charset)!), bytes, name);
    }
  },
);

peerTest("character sets: the sample of each is read as DCMTK reads it", ["dcmdump"], async () => {
  for (const { name, path } of atLeast(15, "charset")) {
    const { text } = await run("dcmdump", ["+U8", "+P", "PatientName", path]);
    const printed = utf8(text);
    const theirs = /\[(.*?)\s*\]/.exec(printed)?.[1];
    if (theirs === undefined) continue; // no patient name in it, or one that DCMTK cannot convert
    const { data } = readObject(path);
    const { dataset } = readDataset(data, EXPLICIT_LITTLE_ENDIAN, { until: Tag.PixelData });
    assert.equal(dataset.text("PatientName"), theirs, name);
  }
});

Deno.test("character sets: a letter outside the named set is said to be lacking, not written as another's bytes", () => {
  const lacking = [
    ["\\ISO 2022 IR 87", "ｱ"], // half-width katakana: JIS X 0201, not 0208
    ["\\ISO 2022 IR 149", "똠"], // Windows' addition to KS X 1001
    ["\\ISO 2022 IR 58", "镕"], // GBK's addition to GB 2312
    ["ISO_IR 100", "€"],
    ["ISO_IR 109", "\ufffd"], // what stands for a letter that could not be read is at the set's empty places
    ["\\ISO 2022 IR 109", "\ufffd"],
  ] as const;
  for (const [charset, letter] of lacking) assert.equal(encodeText(letter, charset), undefined, `${charset} ${letter}`);
});

Deno.test("character sets, property: what is encoded comes back, or is said to lack a letter", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."Aa1^= éßŁжαאกｱ山王홍똠镕प्रिया€"), maxLength: 20 });
  fc.assert(fc.property(fc.constantFrom(...NAMES.map(([charset]) => charset)), letters, (charset, name) => {
    const bytes = encodeText(name, charset);
    if (bytes !== undefined) assert.equal(decodeText(bytes, charset.split("\\")), name);
  }));
});

Deno.test("character sets, property: a machine can always show what it is given, and keeps what it has", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."Aa1^= éßŁжαא山प्रिया"), maxLength: 20 });
  fc.assert(fc.property(fc.constantFrom(...NAMES.map(([charset]) => charset)), letters, (charset, name) => {
    for (const unshowable of ["transliterate", "question mark"] as const) {
      const shown = showable(name, charset, unshowable);
      assert.ok(encodeText(shown, charset), `${charset} cannot show ${shown}`);
      if (encodeText(name, charset)) assert.equal(shown, name);
    }
  }));
});

Deno.test("character sets: every character of Unicode's first plane, and a stray half of a pair, can be shown in each set", () => {
  const sets = [
    ...NAMES.map(([charset]) => charset),
    "\\ISO 2022 IR 159",
    "ISO_IR 203",
    "ISO 2022 IR 6\\ISO 2022 IR 100",
  ];
  for (let first = 0x80; first <= 0xffff; first += 128) {
    const text = Array.from({ length: 128 }, (_, index) => String.fromCharCode(first + index)).join(" ");
    for (const charset of sets) {
      for (const unshowable of ["transliterate", "question mark"] as const) {
        const shown = showable(text, charset, unshowable);
        const why = `${charset}, ${unshowable}, from U+${first.toString(16)}: ${shown}`;
        assert.ok(encodeText(shown, charset), why);
        // delimiters that were not there would part the value
        assert.ok(!/[\\^=]/u.test(shown), why);
      }
    }
  }
});

Deno.test("character sets: spaces of Unicode are spaces, in the sets that lack them", () => {
  for (const space of "\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff") {
    for (const charset of ["ISO_IR 6", "ISO_IR 100", "ISO_IR 166", "ISO_IR 13"]) {
      for (const unshowable of ["transliterate", "question mark"] as const) {
        assert.equal(showable(`Sharma${space}Priya`, charset, unshowable), "Sharma Priya", charset);
      }
    }
  }
  assert.equal(showable("Sharma\u00a0Priya", "ISO_IR 6", "question mark"), "Sharma Priya");
  assert.equal(showable("Sharma\u00a0Priya", "ISO_IR 100", "question mark"), "Sharma\u00a0Priya", "a letter it has");
  assert.equal(showable("山田\u3000太郎", "\\ISO 2022 IR 87", "question mark"), "山田\u3000太郎");
});

Deno.test("character sets: what goes together and what does not", () => {
  const known = ["", "ISO_IR 6", "ISO 2022 IR 6\\ISO 2022 IR 87", "\\ISO 2022 IR 87\\ISO 2022 IR 159", "ISO_IR 13"];
  for (const value of known) assert.ok(isKnownCharset(value.split("\\")), value);
  // UTF-8 and the Chinese sets stand alone (PS3.3 C.12.1.1.2)
  const unknown = ["ISO_IR 192\\ISO 2022 IR 87", "GBK\\ISO 2022 IR 58", "\\ISO_IR 100", "latin1", "ISO_IR 100\\"];
  for (const value of unknown) assert.equal(isKnownCharset(value.split("\\")), false, value);
});

Deno.test("character sets, property: no bytes make reading throw", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES.map(([charset]) => charset), "NONSENSE"),
      fc.uint8Array(),
      (charset, bytes) => {
        assert.equal(typeof decodeText(bytes, charset.split("\\")), "string");
      },
    ),
  );
});

Deno.test("names of India are written as people spell them", () => {
  const spelt = [
    ["प्रिया", "Priya"],
    ["शर्मा", "Sharma"],
    ["राम", "Ram"],
    ["लक्ष्मी", "Lakshmi"],
    ["श्रीवास्तव", "Shrivastav"],
    ["ज़ाकिर", "Zakir"],
    ["फ़ातिमा", "Fatima"],
    ["ज्ञान", "Gyan"],
    ["Łukasz", "Lukasz"],
  ];
  for (const [name, latin] of spelt) assert.equal(romanized(name!), latin);
  assert.equal(showable("शर्मा^प्रिया", "ISO_IR 100", "transliterate"), "Sharma^Priya");
  assert.equal(showable("García^José", "ISO_IR 6", "transliterate"), "Garcia^Jose");
  assert.equal(showable("García^José", "ISO_IR 6", "question mark"), "Garc?a^Jos?");
});

Deno.test("values that are too long are cut by the rule of their VR", () => {
  assert.equal(withinLength("A".repeat(70), "LO"), "A".repeat(64));
  assert.equal(withinLength("A".repeat(20), "SH"), "A".repeat(16));
  assert.equal(withinLength(`${"F".repeat(60)}^Given`, "PN"), `${"F".repeat(60)}^Giv`);
  assert.equal(withinLength(`${"F".repeat(63)}^Given`, "PN"), "F".repeat(63));
  assert.equal([...withinLength("😀".repeat(70), "LO")].length, 64);
  assert.equal(withinLength("A".repeat(70), "AE"), "", "a title that is cut is another machine's");
});
