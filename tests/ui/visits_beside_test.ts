import assert from "node:assert/strict";
import type { Visit } from "../../src/web/contract/board.ts";
import type { MeasurementGroup, MeasurementLine } from "../../src/web/contract/studies.ts";
import { addressOfKeys, besideAtFirst, keysIn, measuredBeside, toggled } from "../../ui/kiosk/visits_beside.ts";

const line = (name: string, text: string, more: Partial<MeasurementLine> = {}) =>
  ({ name, text, code: "", detail: "", context: {}, ...more }) as MeasurementLine;
const group = (fetus: string, organ: string, side: string, lines: MeasurementLine[]): MeasurementGroup => ({
  ...{ fetus, organ, side, title: [fetus, side, organ].filter(Boolean).join(" "), lines },
});

Deno.test("Visits: the same measurement of two visits is one row, and never that of another side, fetus or method", () => {
  const first = [
    group("1", "Head", "", [
      line("BPD", "78 mm", { code: "LN:11820-8" }),
      line("BPD", "79 mm", { code: "LN:11820-8" }),
    ]),
    group("", "Ovary", "Left", [line("Length", "3 cm")]),
  ];
  const second = [
    group("", "Ovary", "Right", [line("Length", "4 cm")]),
    group("2", "Head", "", [line("BPD", "50 mm", { code: "LN:11820-8" })]),
    group("1", "Head", "", [
      line("Biparietal Diameter", "8.4 cm", { code: "LN:11820-8" }),
      line("BPD", "81 mm", { code: "LN:11820-8", detail: "Hadlock" }),
    ]),
  ];
  const told = measuredBeside([first, second]).map(({ title, rows }) => [
    title,
    ...rows.map(({ name, detail, cells }) =>
      [name, detail, ...cells.map((lines) => lines.map(({ text }) => text).join("/"))].join("|")
    ),
  ]);
  assert.deepEqual(told, [
    ["1 Head", "BPD||78 mm/79 mm|8.4 cm", "BPD|Hadlock||81 mm"],
    ["Left Ovary", "Length||3 cm|"],
    ["Right Ovary", "Length|||4 cm"],
    ["2 Head", "BPD|||50 mm"],
  ]);
});

Deno.test("Visits: the latest two that brought something are beside each other, until somebody chooses others", () => {
  const visit = (id: string, images: number, measurements = 0) =>
    ({ appointmentId: id, studies: [], images, measurements }) as unknown as Visit;
  const visits = [visit("coming", 0), visit("c", 4), visit("b", 0, 1), visit("a", 2)];
  assert.deepEqual(besideAtFirst(visits), ["c", "b"]);
  assert.deepEqual(toggled(["c", "b"], "a"), ["b", "a"]);
  assert.deepEqual(toggled(["c", "b"], "c"), ["b"]);
  const odd = ["a,b", "50% of it", "ü"];
  assert.deepEqual(keysIn(addressOfKeys(odd)), odd);
  assert.deepEqual(keysIn(""), []);
});
