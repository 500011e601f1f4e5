import assert from "node:assert/strict";
import { personNameOf } from "../../src/dicom/person_name.ts";
import { fieldsOf, type NameFields, namesOf } from "../../ui/kiosk/name_groups.ts";

const fields = (lastName: string, firstName: string, reading = "", latin = ""): NameFields => ({
  ...{ lastName, firstName, reading, latin },
});

const NAMES: [fields: NameFields, personName: string][] = [
  [fields("山田", "太郎", "やまだ たろう", "Yamada Tarou"), "Yamada^Tarou=山田^太郎=やまだ^たろう"],
  [fields("山田", "太郎", "", "Yamada Tarou"), "Yamada^Tarou=山田^太郎"],
  [fields("山田", "太郎", "やまだ たろう"), "山田^太郎==やまだ^たろう"],
  [fields("홍", "길동", "", "Hong Gildong"), "Hong^Gildong=홍^길동"],
  [fields("山田", "", "やまだ", "Yamada"), "Yamada=山田=やまだ"],
  [fields("Yamada", "Tarou", "やまだ たろう"), "Yamada^Tarou==やまだ^たろう"],
  [fields("Rao", "Asha"), "Rao^Asha"],
  [fields("शर्मा", "प्रिया"), "शर्मा^प्रिया"],
];

Deno.test("a name's reading and Latin letters: what reception types is booked in three groups, and can be put right", () => {
  for (const [typed, personName] of NAMES) {
    const names = namesOf(typed);
    assert.equal(personNameOf(names.lastName, names.firstName), personName);
    assert.deepEqual(fieldsOf(names), typed, personName);
  }
});

Deno.test("a name's reading: what the clinic has booked in groups, in whichever way, is shown in the fields", () => {
  const yamada = fields("山田", "太郎", "やまだ たろう", "Yamada Tarou");
  for (
    const names of [
      { lastName: "Yamada=山田=やまだ", firstName: "Tarou=太郎=たろう" },
      { lastName: "Yamada", firstName: "Tarou=山田^太郎=やまだ^たろう" },
      { lastName: "Yamada^Tarou=山田^太郎=やまだ^たろう", firstName: "" },
    ]
  ) assert.deepEqual(fieldsOf(names), yamada, names.lastName);
  assert.deepEqual(fieldsOf({ lastName: "", firstName: "" }), fields("", ""));
  const odd = namesOf(fields("山田", "太郎", "a=b^c\\d", "x=y"));
  assert.equal(personNameOf(odd.lastName, odd.firstName), "x^y=山田^太郎=a^b c d");
});
