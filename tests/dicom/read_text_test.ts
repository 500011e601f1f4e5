import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { decodeText, encodeText, knownCharsets } from "../../src/dicom/charset.ts";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { bytesSource } from "../../src/dicom/byte_source.ts";
import { readHeader } from "../../src/dicom/object_header.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { charsetTerms, isUnreadable, readText } from "../../src/dicom/read_text.ts";
import { EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { readObject } from "../support/samples.ts";

const FIELD_CASES = new URL("../../../shared/field-cases/", import.meta.url).pathname;

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Sets of one byte a letter, as a machine may declare them. */
const SINGLE_BYTE = knownCharsets().filter((term) => /^ISO_IR (?!192|6$)/.test(term));

/** Words as names are: a capital where the script has them, at least three letters. */
function wordsOf(alphabet: string, fewest = 3): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), minLength: fewest, maxLength: 12 })
    .map((word) => word[0]!.toUpperCase() + word.slice(1));
}

const ALPHABETS = {
  "Latin, accented": "aeimnrsäöüßéèñçøåłśžčřőğışāēīū",
  "Cyrillic": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
  "Greek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ",
  "Devanagari": "अआइकखगचजटडतदनपबमयरलवशसहािीुेो",
  "Chinese": "王李张刘陈杨黄赵吴周小东明华",
  "Hangul": "김이박최정강조윤장임길동",
  "Arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
  "Hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
  "Thai": "กขคงจชซญดตถทนบปผพมยรลวศสหอะาำเแโใไ",
} as const;

Deno.test("text, property: what is no UTF-8 is read in the set that is declared, as it always was", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."Aa1^= éßŁćńőжЮНθאกสﾅｱ山王홍镕प्रिया€"), maxLength: 20 });
  const sets = [...knownCharsets(), "\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO 2022 IR 13\\ISO 2022 IR 87"];
  fc.assert(
    fc.property(fc.constantFrom(...sets), letters, (charset, text) => {
      const bytes = encodeText(text, charset);
      if (bytes === undefined) return;
      // by either of its names: in Latin-9 ß€ are the bytes of a letter of N'Ko, and no word
      const isSingleByte = SINGLE_BYTE.includes(charset.replace("ISO 2022 IR", "ISO_IR"));
      const isOthers = isSingleByte && decodeText(bytes, []) !== latin1(bytes);
      fc.pre(!isOthers);
      assert.deepEqual(readText(bytes, charset.split("\\")), { text, readAs: "declared" }, charset);
    }),
    { numRuns: 2000, examples: [["ISO 2022 IR 203", "ß€"]] },
  );
});

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

Deno.test("text, property: UTF-8 under the name of a set of single bytes is read as what it is", () => {
  for (const [script, alphabet] of Object.entries(ALPHABETS)) {
    const names = fc.array(wordsOf(alphabet), { minLength: 1, maxLength: 3 }).map((words) => words.join("^"));
    fc.assert(
      fc.property(fc.constantFrom(...SINGLE_BYTE), names, (charset, name) => {
        const bytes = utf8(name);
        fc.pre(bytes.some((byte) => byte >= 0x80));
        assert.deepEqual(readText(bytes, [charset]), { text: name, readAs: "bytes" }, `${script} as ${charset}`);
      }),
    );
  }
});

Deno.test("text: short words of Cyrillic, Thai and katakana stay what they are declared to be, though they are UTF-8 too", () => {
  const words = [["ISO_IR 144", "ЮН"], ["ISO_IR 144", "ТЕ^ШО"], ["ISO_IR 13", "ﾅｶ"], ["ISO_IR 166", "รก"], [
    "ISO_IR 101",
    "Úžas",
  ]];
  for (const [charset, word] of words as [string, string][]) {
    const bytes = encodeText(word, charset)!;
    assert.notEqual(decodeText(bytes, []), latin1(bytes), `${word} is no UTF-8, and proves nothing`);
    assert.deepEqual(readText(bytes, [charset]), { text: word, readAs: "declared" });
  }
});

Deno.test("text: names of machines that declare another set than they write", () => {
  assert.deepEqual(readText(utf8("Üaßa"), ["ISO_IR 13"]), { text: "Üaßa", readAs: "bytes" }, "Shift JIS has it");
  for (const name of ["MÜLLER^JÖRG", "José", "Король^Юрий", "शर्मा^प्रिया", "王^小东", "Længenmaß 20 °C", "5 µm"]) {
    assert.deepEqual(readText(utf8(name), ["ISO_IR 100"]), { text: name, readAs: "bytes" });
  }
});

Deno.test("text: as declared, else as the machine's record has it, else as its bytes show", () => {
  const russian = "Король^Юрий";
  const bytes = encodeText(russian, "ISO_IR 144")!;
  const ukrainian = ["ISO_IR 144"];
  assert.deepEqual(readText(bytes, ["ISO_IR 144"], ["ISO_IR 100"]), { text: russian, readAs: "declared" });
  for (const declared of [[], [""], ["ISO_IR 6"], ["ISO 8859-5"], ["ISO_IR 192"]]) {
    assert.deepEqual(readText(bytes, declared, ukrainian), { text: russian, readAs: "machine" }, String(declared));
    assert.equal(readText(bytes, declared).readAs, "bytes", String(declared));
  }
  // a machine on record with one set that begins to write UTF-8 is still read
  assert.deepEqual(readText(utf8("Łukasz"), [], ["ISO_IR 100"]), { text: "Łukasz", readAs: "bytes" });
  assert.deepEqual(readText(utf8("Łukasz"), [], []), { text: "Łukasz", readAs: "bytes" });
  const kanji = "Yamada^Tarou=山田^太郎";
  const escaped = encodeText(kanji, "\\ISO 2022 IR 87")!;
  assert.deepEqual(readText(escaped, [], charsetTerms("\\ISO 2022 IR 87")), { text: kanji, readAs: "machine" });
  assert.deepEqual(readText(escaped, []), { text: kanji, readAs: "bytes" });
  assert.deepEqual(readText(utf8("Sharma"), [], ukrainian), { text: "Sharma", readAs: "declared" });
});

Deno.test("text: declared UTF-8 that is none is the machine's set or Latin-1; one that was cut in a letter is UTF-8", () => {
  const latin = encodeText("Müller^José", "ISO_IR 100")!;
  assert.deepEqual(readText(latin, ["ISO_IR 192"]), { text: "Müller^José", readAs: "bytes" });
  assert.deepEqual(readText(latin, ["ISO_IR 192"], ["ISO_IR 148"]), { text: "Müller^José", readAs: "machine" });
  assert.deepEqual(readText(encodeText("José", "ISO_IR 100")!, ["ISO_IR 192"]), { text: "José", readAs: "bytes" });
  for (const padding of ["", " "]) {
    const cut = utf8("शर्मा^प्रिया").slice(0, 17);
    const bytes = new Uint8Array([...cut, ...utf8(padding)]);
    assert.deepEqual(readText(bytes, ["ISO_IR 192"]), { text: "शर्मा^\ufffd", readAs: "declared" });
  }
});

Deno.test("text: a name that nobody can read is known", () => {
  for (const name of ["M\ufffdLLER", "????^????", "?", "M\u0085ller", "a\u0007"]) assert.ok(isUnreadable(name), name);
  for (const name of ["", "Müller^Jörg", "Mar?a", "ЮН", "山田^太郎=やまだ^たろう", "^"]) {
    assert.ok(!isUnreadable(name), name);
  }
});

Deno.test("text: a data set is read as certainly as its least certain value, in its items too", () => {
  const cyrillic = { vr: "PN", value: encodeText("Юрий", "ISO_IR 144")! } as const;
  const item = new Dataset().add({ tag: Tag.PatientName, ...cyrillic });
  const within = new Dataset().setText(Tag.PatientID, "LO", "P1").setItems(Tag.RequestAttributesSequence, [item]);
  const without = new Dataset().setText(Tag.PatientName, "PN", "Sharma^Priya");
  for (const syntax of [IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN]) {
    const bytes = writeDataset(within, syntax);
    assert.equal(readDataset(bytes, syntax).dataset.textReadAs, "bytes");
    const { dataset } = readDataset(bytes, syntax, { machineCharset: ["ISO_IR 144"] });
    assert.equal(dataset.textReadAs, "machine");
    assert.equal(dataset.items("RequestAttributesSequence")[0]!.text("PatientName"), "Юрий");
    assert.equal(readDataset(writeDataset(without, syntax), syntax).dataset.textReadAs, "declared");
  }
});

Deno.test("text: an object with a long private value is read in the machine's set as any other", () => {
  const dataset = new Dataset()
    .add({ tag: Tag.PatientName, vr: "PN", value: encodeText("Юрий", "ISO_IR 144")! })
    .add({ tag: 0x00291010, vr: "OB", value: new Uint8Array(2 * 1024 * 1024) });
  const source = bytesSource(writeDataset(dataset, EXPLICIT_LITTLE_ENDIAN));
  const read = readHeader(source, EXPLICIT_LITTLE_ENDIAN, { machineCharset: ["ISO_IR 144"] }).dataset;
  assert.deepEqual([read.text("PatientName"), read.textReadAs], ["Юрий", "machine"]);
});

Deno.test("text: the field's report with UTF-8 under ISO_IR 100 names its patient", () => {
  const path = `${FIELD_CASES}sr_utf8_under_iso_ir_100.dcm`;
  if (!existsSync(path)) return;
  const { dataset } = readDataset(readObject(path).data, EXPLICIT_LITTLE_ENDIAN);
  assert.deepEqual([dataset.text("PatientName"), dataset.textReadAs], ["MÜLLER^JÖRG", "bytes"]);
});
