import { inEnglish } from "../../src/sentences.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag, type Vr } from "../../src/dicom/dictionary.ts";
import {
  askedDays,
  isUniversal,
  matcher,
  matchesPersonName,
  mismatch,
  UnusableIdentifier,
} from "../../src/dicom/matching.ts";

/** A step with these attributes, as a key or as a candidate. */
function step(elements: Partial<Record<keyof typeof STEP, string>>): Dataset {
  const item = new Dataset();
  for (const [keyword, value] of Object.entries(elements)) {
    item.setText(Tag[keyword as keyof typeof STEP], STEP[keyword as keyof typeof STEP], value);
  }
  return new Dataset().setItems(Tag.ScheduledProcedureStepSequence, [item]);
}

const STEP = {
  Modality: "CS",
  ScheduledStationAETitle: "AE",
  ScheduledProcedureStepStartDate: "DA",
  ScheduledProcedureStepStartTime: "TM",
} as const satisfies Record<string, Vr>;

const matches = (key: Dataset, candidate: Dataset) => mismatch(key, candidate) === undefined;
const text = (tag: number, vr: Vr, value: string) => new Dataset().setText(tag, vr, value);

Deno.test("matching: single values, wildcards and lists, each by its VR", () => {
  const cases: [tag: number, vr: Vr, key: string, held: string, expected: boolean][] = [
    [Tag.PatientID, "LO", "P1", "P1", true],
    [Tag.PatientID, "LO", "P1", "P10", false],
    [Tag.PatientID, "LO", "p1", "P1", false],
    [Tag.PatientID, "LO", "P*", "P10", true],
    [Tag.PatientID, "LO", "P?", "P10", false],
    [Tag.PatientID, "LO", "*0", "P10", true],
    [Tag.PatientID, "LO", "P-1*", "P-10", true],
    [Tag.PatientID, "LO", "P.1", "PX1", false],
    [Tag.PatientID, "LO", "P[1]", "P1", false],
    [Tag.PatientID, "LO", "", "P1", true],
    [Tag.PatientID, "LO", "**", "", true],
    [Tag.AccessionNumber, "SH", "A*", "", false],
    [Tag.StudyInstanceUID, "UI", "1.2\\1.3", "1.3", true],
    [Tag.StudyInstanceUID, "UI", "1.2\\1.3", "1.4", false],
    [Tag.StudyInstanceUID, "UI", "1.*", "1.4", false],
    [Tag.PatientBirthDate, "DA", "19900101-19901231", "19900517", true],
    [Tag.PatientBirthDate, "DA", "1990.05.17", "19900517", true],
    [Tag.PatientBirthDate, "DA", "-19891231", "19900517", false],
    [Tag.PatientBirthDate, "DA", "19900101-", "", false],
    [Tag.StudyInstanceUID, "UI", "*", "1.4", true],
    [Tag.PatientBirthDate, "DA", "*", "19900517", true],
    [Tag.PatientBirthDate, "DA", "*", "", true],
    [Tag.StudyTime, "TM", "*", "101237", true],
    [Tag.PatientID, "LO", "P2\\P1", "P1", true],
    [Tag.PatientName, "PN", "Nair\\Sharma^*", "Sharma^Priya", true],
  ];
  for (const [tag, vr, key, held, expected] of cases) {
    assert.equal(matches(text(tag, vr, key), text(tag, vr, held)), expected, `${key} against ${held}`);
  }
});

Deno.test("matching: person names as machines write them", () => {
  const cases: [key: string, held: string, expected: boolean][] = [
    ["SMITH*", "Smith^Ann", true],
    ["*SMITH*", "Blacksmith^Jo", true],
    ["smith^ann", "Smith^Ann", true],
    ["Smith", "Smith^Ann", false],
    ["Smith^", "Smith", true],
    ["Smith^Ann^^", "Smith^Ann", true],
    ["Smith Ann", "Smith^Ann", true],
    ["Smith^A?n", "Smith^Ann", true],
    ["山田*", "Yamada^Tarou=山田^太郎", true],
    ["=山田^太郎", "Yamada^Tarou=山田^太郎", true],
    ["Yamada*=鈴木*", "Yamada^Tarou=山田^太郎", false],
    ["GARCIA*", "García^José", false],
    ["García*", "Garci\u0301a^José", true], // one letter or two, it is the same name
    // names of one word, which have no delimiter
    ["SHARMA*^*", "Sharma", true],
    ["*^*", "Sharma", true],
    ["Smith^*", "Smith", true],
    ["Smith^*^*^*^*", "Smith^Ann", true],
    ["Smith^A*", "Smith", false],
    ["*^Ann", "Smith", false],
    ["^Ann", "Smith^Ann", false],
    ["Smith^Ann", "Smith^Ann^Mary", false],
    ["Smith^A*", "Smith^Ann^Mary", true],
    ["S*^M*", "Smith^Ann^Mary", true], // a star may reach over components
    // nothing but delimiters and stars asks for nobody in particular
    ["^", "Smith^Ann", true],
    ["^^^^", "", true],
    ["*^*=*", "Smith^Ann", true],
    ["Yamada*=*", "Yamada^Tarou", true],
    // as a machine was shown it that cannot show the letters, and without the title
    ["Sidorova^Anna", "Сидорова^Анна", true],
    ["SHARMA*", "शर्मा^प्रिया", true],
    ["Sidorov^Anna", "Сидорова^Анна", false],
    ["Lukasz*", "Łukasz^Jan", true],
    ["Rao*", "Dr. Rao^Meera", true],
    ["Rao", "Dr. Rao", true],
    ["Rao*", "Drao^Meera", false],
  ];
  for (const [key, held, expected] of cases) {
    assert.equal(matchesPersonName(key, held), expected, `${key} against ${held}`);
  }
  assert.equal(matchesPersonName("GARCIA*", "García^José", { fuzzyNames: true }), true);
});

Deno.test("matching: a date range with a time range is one interval, a single date with a time range is not", () => {
  const candidate = (date: string, time: string) =>
    step({ ScheduledProcedureStepStartDate: date, ScheduledProcedureStepStartTime: time });
  const both = step({
    ScheduledProcedureStepStartDate: "20260108-20260110",
    ScheduledProcedureStepStartTime: "101237-101237",
  });
  assert.equal(matches(both, candidate("20260108", "101236")), false);
  assert.equal(matches(both, candidate("20260108", "101237")), true);
  assert.equal(matches(both, candidate("20260109", "033000")), true, "inside the interval, outside the product");
  assert.equal(matches(both, candidate("20260110", "101237")), true);
  assert.equal(matches(both, candidate("20260110", "101238")), false);
  const single = step({ ScheduledProcedureStepStartDate: "20260109", ScheduledProcedureStepStartTime: "1012-" });
  assert.equal(matches(single, candidate("20260109", "101237")), true);
  assert.equal(matches(single, candidate("20260109", "101159")), false);
  const hour = step({ ScheduledProcedureStepStartTime: "10" });
  assert.equal(matches(hour, candidate("20260109", "105959")), true, "a time without minutes is that whole hour");
});

Deno.test("matching: sequences", () => {
  const candidate = step({ Modality: "US", ScheduledStationAETitle: "US1" });
  const empty = new Dataset().setItems(Tag.ScheduledProcedureStepSequence, []);
  const emptyItem = new Dataset().setItems(Tag.ScheduledProcedureStepSequence, [new Dataset()]);
  assert.equal(matches(empty, candidate), true);
  assert.equal(matches(emptyItem, candidate), true);
  assert.equal(matches(step({ Modality: "" }), candidate), true);
  assert.equal(matches(step({ Modality: "CT" }), candidate), false);
  assert.equal(matches(step({ ScheduledStationAETitle: "US2\\US1" }), candidate), true);
  const two = new Dataset().setItems(Tag.ScheduledProcedureStepSequence, [new Dataset(), new Dataset()]);
  assert.throws(() => mismatch(two, candidate), UnusableIdentifier);
});

Deno.test("matching: what is refused is refused whoever is there to be found, and whether the box knows the key or not", () => {
  const item = new Dataset();
  const long = "A".repeat(2000);
  const refused: [Dataset, RegExp][] = [
    [new Dataset().setItems(Tag.ScheduledProcedureStepSequence, [item, item]), /Sequence has 2 items, a query may/],
    [new Dataset().setItems(0x00401234, [item, item]), /^\(0040,1234\) has 2 items/],
    [
      new Dataset().setItems(Tag.ScheduledProcedureStepSequence, [
        new Dataset().setItems(Tag.ScheduledProtocolCodeSequence, [item, item]),
      ]),
      /^ScheduledProtocolCodeSequence has 2 items/,
    ],
    [step({ ScheduledProcedureStepStartTime: "noon" }), /^ScheduledProcedureStepStartTime is no value or range/],
    [text(Tag.PatientID, "LO", long), /^PatientID is asked for with 2000 characters, at most 1024/],
    [text(Tag.PatientName, "PN", `${long}*`), /^PatientName is asked for with 2001 characters/],
    [text(Tag.PatientID, "LO", "A\\".repeat(300)), /^PatientID is asked for with 301 values, at most 256/],
  ];
  for (const [identifier, why] of refused) {
    assert.throws(
      () => matcher(identifier),
      (error) => error instanceof UnusableIdentifier && why.test(error.message) && identifierHas(identifier, error.tag),
    );
  }
  // a list of UIDs may be long: Query/Retrieve asks so
  assert.doesNotThrow(() => matcher(text(Tag.StudyInstanceUID, "UI", "1.2\\".repeat(5000))));
});

function identifierHas(identifier: Dataset, tag: number): boolean {
  return [...identifier].some((one) =>
    one.tag === tag || (Array.isArray(one.value) && one.value.some((item) => identifierHas(item, tag)))
  );
}

Deno.test("matching: a key of many wildcards takes no longer than others", async () => {
  // where it does, nothing on this thread would ever end the test
  const worker = new Worker(new URL("wildcards_worker.ts", import.meta.url), { type: "module" });
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    const answer = await Promise.race([
      new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data)),
      new Promise((resolve) => worker.onerror = ({ message }) => resolve(message)),
      new Promise((resolve) => limit = setTimeout(() => resolve("still at it after a minute"), 60_000)),
    ]);
    assert.deepEqual(answer, { matches: false, names: false });
  } finally {
    clearTimeout(limit);
    worker.terminate();
  }
});

Deno.test("matching: a reason holds no more of a value than a person reads", () => {
  const reason = inEnglish(
    mismatch(text(Tag.PatientID, "LO", "A".repeat(1000)), text(Tag.PatientID, "LO", "B".repeat(1000)))!,
  );
  assert.ok(reason.length < 300, reason);
});

Deno.test("matching: universal keys, as machines write them", () => {
  for (const value of ["", " ", "*", "**", " * "]) {
    for (
      const [tag, vr] of [[Tag.PatientID, "LO"], [Tag.PatientBirthDate, "DA"], [Tag.StudyInstanceUID, "UI"]] as const
    ) {
      assert.ok(isUniversal({ tag, vr, value }), `${vr} "${value}"`);
      assert.deepEqual(askedDays(text(tag, vr, value), tag), { from: undefined, to: undefined });
    }
  }
  const openRange = { tag: Tag.PatientBirthDate, vr: "DA", value: "-" } as const;
  assert.ok(isUniversal(openRange), "a range without ends, as other servers take it");
  assert.equal(isUniversal({ tag: Tag.PatientID, vr: "LO", value: "-" }), false);
  assert.equal(isUniversal({ tag: Tag.PatientID, vr: "LO", value: "^" }), false);
  assert.equal(isUniversal({ tag: Tag.PatientName, vr: "PN", value: "^?" }), false);
});

Deno.test("matching: keys that are none, and keys that are not known, do not exclude", () => {
  const candidate = text(Tag.PatientID, "LO", "P1");
  const query = text(Tag.PatientID, "LO", "P1")
    .setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 100")
    .add({ tag: 0x00100000, vr: "UL", value: new Uint8Array([4, 0, 0, 0]) })
    .setText(0x00091001, "LO", "something private");
  assert.equal(matches(query, candidate), true);
});

Deno.test("matching: what does not match says why, in words", () => {
  assert.equal(
    inEnglish(mismatch(text(Tag.PatientID, "LO", "P1"), text(Tag.PatientID, "LO", "P2"))!),
    "PatientID is P2 here, the machine asks for P1",
  );
  assert.equal(
    inEnglish(
      mismatch(
        step({ ScheduledProcedureStepStartDate: "20261121" }),
        step({ ScheduledProcedureStepStartDate: "20261122" }),
      )!,
    ),
    "ScheduledProcedureStepStartDate is 20261122 here, the machine asks for 20261121",
  );
});

Deno.test("matching: a date that is none is refused, not taken for everything", () => {
  const candidate = step({ ScheduledProcedureStepStartDate: "20261122" });
  for (const date of ["today", "2026", "20261122-20261123-20261124"]) {
    assert.throws(() => mismatch(step({ ScheduledProcedureStepStartDate: date }), candidate), UnusableIdentifier, date);
  }
});

const someText = fc.string({ unit: fc.constantFrom(..."ABab^* ?-.\\éप"), maxLength: 12 });

Deno.test("matching, property: every value matches itself, the empty key and a star", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."ABab12-.é"), minLength: 1, maxLength: 12 }), (value) => {
    const held = text(Tag.PatientID, "LO", value);
    assert.ok(matches(held, held));
    assert.ok(matches(text(Tag.PatientID, "LO", ""), held));
    assert.ok(matches(text(Tag.PatientID, "LO", "*"), held));
  }));
});

Deno.test("matching, property: no key makes it throw anything but a refusal", () => {
  const vrs = [[Tag.PatientName, "PN"], [Tag.PatientID, "LO"], [Tag.PatientBirthDate, "DA"], [
    Tag.StudyTime,
    "TM",
  ]] as const;
  fc.assert(fc.property(fc.constantFrom(...vrs), someText, someText, ([tag, vr], key, held) => {
    try {
      mismatch(text(tag, vr, key), text(tag, vr, held));
    } catch (error) {
      assert.ok(error instanceof UnusableIdentifier, String(error));
    }
  }));
});

Deno.test("matching, property: a closed range of days holds exactly the days between its ends", () => {
  const day = fc.date({ min: new Date("2020-01-01"), max: new Date("2030-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10).replaceAll("-", ""));
  fc.assert(fc.property(day, day, day, (one, other, held) => {
    const [from, to] = one <= other ? [one, other] : [other, one];
    const expected = held >= from && held <= to;
    const key = text(Tag.PatientBirthDate, "DA", `${from}-${to}`);
    assert.equal(matches(key, text(Tag.PatientBirthDate, "DA", held)), expected);
    assert.deepEqual(askedDays(key, Tag.PatientBirthDate), { from, to });
  }));
});

Deno.test("matching: a value that is empty beside others finds nobody by itself; where all are empty nothing is asked", () => {
  const finds = (tag: number, vr: Vr, asked: string, held: string) =>
    mismatch(new Dataset().setText(tag, vr, asked), new Dataset().setText(tag, vr, held)) === undefined;
  // Rao and nobody else, whatever a machine writes behind it
  assert.ok(finds(Tag.PatientName, "PN", "RAO*\\", "Rao^Asha"));
  assert.ok(!finds(Tag.PatientName, "PN", "RAO*\\", "Sharma^Priya"));
  assert.ok(!finds(Tag.PatientName, "PN", "\\RAO*", "Sharma^Priya"));
  assert.ok(!finds(Tag.PatientID, "LO", "P1\\", "P2"));
  assert.ok(!finds(Tag.PatientID, "LO", "P1\\", ""));
  for (const [tag, vr] of [[Tag.PatientName, "PN"], [Tag.PatientID, "LO"], [Tag.StudyInstanceUID, "UI"]] as const) {
    assert.ok(isUniversal({ tag, vr, value: "\\\\" }), vr);
    assert.ok(finds(tag, vr, "\\\\", "P2"), vr);
  }
  assert.ok(!isUniversal({ tag: Tag.PatientComments, vr: "LT", value: "\\" }), "a sign of a text of one value");
});
