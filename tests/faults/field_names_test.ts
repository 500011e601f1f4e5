import assert from "node:assert/strict";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { differencesOf } from "../../src/dicom/identity.ts";
import { showableName } from "../../src/dicom/character_repertoire.ts";
import { personNameOf } from "../../src/dicom/person_name.ts";
import { APPOINTMENT, Box } from "../support/box.ts";
import { answersTo } from "../support/worklist_client.ts";

const YAMADA = "Yamada^Tarou=山田^太郎=やまだ^たろう";

Deno.test("a name is booked in three groups, part by part or the further ones whole, and in one as before", () => {
  assert.equal(personNameOf("Yamada=山田=やまだ", "Tarou=太郎=たろう"), YAMADA);
  assert.equal(personNameOf("Yamada", "Tarou=山田^太郎=やまだ^たろう"), YAMADA);
  assert.equal(personNameOf("Yamada^Tarou=山田^太郎=やまだ^たろう", ""), YAMADA);
  assert.equal(personNameOf("Yamada=山田", "Tarou"), "Yamada^Tarou=山田");
  assert.equal(personNameOf("Yamada", "Tarou==やまだ^たろう"), "Yamada^Tarou==やまだ^たろう");
  assert.equal(personNameOf("Rao", "Asha"), "Rao^Asha");
  assert.equal(personNameOf("Rao^Dr", "Asha\\B"), "Rao Dr^Asha B");
  assert.equal(personNameOf("Rao", "Asha=="), "Rao^Asha");
  assert.equal(personNameOf("a=b=c=d", "e=f=g=h"), "a^e=b^f=c^g", "three, and no more");
});

Deno.test("a name in three groups is answered in them where the machine has the letters, else in the first alone", async () => {
  await using box = await Box.start({ admission: "open" });
  await box.send({
    patient: { ...APPOINTMENT.patient, id: "P1", firstName: "Tarou=山田^太郎=やまだ^たろう", lastName: "Yamada" },
  });
  const identifier = (charset: string) =>
    new Dataset().setText(Tag.SpecificCharacterSet, "CS", ...charset.split("\\")).setText(Tag.PatientName, "PN", "")
      .setText(Tag.PatientID, "LO", "");
  const nameIn = async (charset: string) => {
    const { answers } = await answersTo(box, "US1", identifier(charset));
    return answers[0]?.text("PatientName");
  };
  assert.equal(await nameIn("\\ISO 2022 IR 87"), YAMADA);
  assert.equal(await nameIn("ISO_IR 192"), YAMADA);
  assert.equal(await nameIn("ISO_IR 100"), "Yamada^Tarou");
  const { answers } = await answersTo(
    box,
    "US1",
    new Dataset().setText(Tag.SpecificCharacterSet, "CS", "ISO_IR 192").setText(Tag.PatientName, "PN", "山田*"),
  );
  assert.equal(answers.length, 1, "found by its ideographs");
});

Deno.test("what a machine sends back of such a name, in one group or all, is the same person", () => {
  const expected = { patientId: "P1", patientName: YAMADA };
  for (const patientName of [YAMADA, "YAMADA^TAROU", "Yamada^Tarou=山田^太郎"]) {
    assert.deepEqual(differencesOf({ patientId: "P1", patientName }, expected), [], patientName);
  }
  assert.equal(differencesOf({ patientId: "P1", patientName: "SUZUKI^HANAKO=鈴木^花子" }, expected).length, 1);
});

Deno.test("ideographs with a reading and without Latin letters: a machine that has none shows the reading, and sends it back", async () => {
  await using box = await Box.start({ admission: "open" });
  box.send({ patient: { ...APPOINTMENT.patient, id: "P1", firstName: "太郎==やまだ^たろう", lastName: "山田" } });
  const identifier = (charset: string, name = "") =>
    new Dataset().setText(Tag.SpecificCharacterSet, "CS", ...charset.split("\\")).setText(Tag.PatientName, "PN", name)
      .setText(Tag.PatientID, "LO", "");
  const nameIn = async (charset: string, name = "") =>
    (await answersTo(box, "US1", identifier(charset, name))).answers[0]?.text("PatientName");
  assert.equal(await nameIn("ISO_IR 192"), "山田^太郎==やまだ^たろう");
  assert.equal(await nameIn("ISO_IR 100"), "Yamada^Tarou");
  assert.equal(await nameIn("ISO_IR 100", "YAMADA^T*"), "Yamada^Tarou", "found as it is shown");
  assert.equal(await nameIn("ISO_IR 192", "やまだ*"), "山田^太郎==やまだ^たろう");
  assert.equal(showableName("山田^太郎", "ISO_IR 100", "transliterate").includes("Yamada"), false);
  const expected = { patientId: "P1", patientName: "山田^太郎==やまだ^たろう" };
  for (const patientName of ["YAMADA^TAROU", "山田^太郎", "Yamada^Tarou=山田^太郎"]) {
    assert.deepEqual(differencesOf({ patientId: "P1", patientName }, expected), [], patientName);
  }
  assert.equal(differencesOf({ patientId: "P1", patientName: "Suzuki^Tarou" }, expected).length, 1);
});
