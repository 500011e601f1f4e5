import assert from "node:assert/strict";
import { mayTellFetalSex, namesFetalSex, type TextContext } from "../../src/dicom/fetal_sex_words.ts";

/** A doctor can read and add to this table: what a text in a report or beside an image tells, and where it stands. */
const HELD: readonly (string | readonly [string, TextContext])[] = [
  // English
  "Fetal sex: male",
  "FETAL SEX - FEMALE",
  "Foetal gender F",
  "Sex of the baby: M",
  "Baby's gender is known",
  "FetalSex",
  "fetalsex=1",
  "baby_gender",
  "Male fetus seen",
  "Single live female foetus of 19 weeks",
  "Fetus A: M",
  "Baby = F",
  "Twin 1 male, twin 2 female",
  "Baby boy",
  "BABY-BOY",
  "babygirl",
  "It is a girl",
  "It's a b o y",
  "B.O.Y",
  "g-i-r-l",
  "Two boys",
  "It will be a son",
  "a daughter is expected",
  "Male child",
  "Fetus ♂",
  "Fetal scrotum normal",
  "Fetal genitalia normal",
  "Hamburger sign present",
  "46,XY",
  "karyotype 46 XX",
  "NIPT: XY",
  "Y chromosome detected",
  "Previous boy 3 years, fetus is a girl",
  "Ｂａｂｙ ｂｏｙ",
  "gírl",
  "bOY",
  // English, where a report's structure says of what
  ["Sex: M", { fetal: true }],
  ["gender = F", { fetal: true }],
  ["Male", { fetal: true }],
  ["female", { fetal: true }],
  ["Sex: M", { obstetric: true }],
  ["Looks male to me", { obstetric: true }],
  // Hindi in Latin letters
  "ladka",
  "LADKI hai",
  "larki",
  "beti",
  "ling ki jaanch: purush",
  "bhrun ka ling",
  "mulgi",
  "putra",
  // Hindi
  "लड़का",
  "लडका", // without its dot
  "लड\u093cकी", // the dot by itself
  "लड\u200dकी",
  "लड़कियाँ",
  "बेटा",
  "बेटी है",
  "पुत्र प्राप्ति",
  "पुत्री",
  "भ्रूण का लिंग पुरुष",
  "नर भ्रूण",
  "शिशु: मादा",
  "कन्या",
  "लिङ्ग",
  // said in other words
  "Jai Mata Di",
  "Jai Shri Krishna",
  "जय माता दी",
  "laddu",
  "barfi",
  "baby pink",
  "blue",
  "pink",
  // a declaration does not cover what stands beside it
  "Sex of the fetus is not male",
  "Fetal sex not told. Boy.",
];

const PASSES: readonly (string | readonly [string, TextContext])[] = [
  // the mother, and others who are born
  "Patient's Sex: F",
  "Sex: F",
  ["Sex: F", { obstetric: true }],
  ["Female patient, 36 y", { obstetric: true }],
  "36 y female with single live intrauterine fetus",
  "36Y/F with twins",
  "Female patient with a single live fetus",
  "Male partner",
  "Male factor infertility, embryo transfer planned",
  "Male, 45 y, abdomen",
  "7 year old boy with abdominal pain",
  "Living children: 1 boy, 1 girl",
  "Previous girl child, LSCS",
  "Female pelvis",
  "Scrotal ultrasound, both testes normal",
  // a hormone, and words that only look alike
  "beta-hCG",
  "Beta hCG 1200 mIU/ml",
  "beta",
  "β-hCG",
  "Boyden",
  "girlfriend present",
  "Sex cord stromal tumour",
  "sex-linked disease",
  "XX",
  "XY plane",
  "Color flow: blue away, red towards",
  "pink tissue",
  "Malevolent", // no word in it
  "lingual",
  "Fetal Heart Rate",
  "Fetal Biometry",
  "Gestational Age",
  "Twin pregnancy, dichorionic",
  "BPD HC AC FL",
  ["BPD 4.74 cm, HC 17.6 cm", { fetal: true, obstetric: true }],
  ["Cleft lip: labial contour normal", { fetal: true, obstetric: true }],
  // what every report in India declares
  "Sex of fetus will not be disclosed",
  "Sex of the foetus not determined.",
  "Ultrasound is not performed to determine the sex of the fetus except for sex-linked diseases.",
  "I have neither detected nor disclosed the sex of the foetus of the pregnant woman to anybody in any manner",
  "Fetal sex determination is a crime under the PCPNDT Act",
  ["Sex determination is not done here", { fetal: true, obstetric: true }],
  "भ्रूण के लिंग की जाँच नहीं की गई।",
  "लिंग परीक्षण कानूनन अपराध है",
  "Beti Bachao, Beti Padhao",
  "बेटी बचाओ बेटी पढ़ाओ",
  // Hindi that tells nothing
  "बीटा एचसीजी",
  "गर्भवती महिला",
  "सीता पुत्री श्री राम",
  "भ्रूण की धड़कन सामान्य",
  "",
];

const TABLE = [...HELD.map((row) => [row, true] as const), ...PASSES.map((row) => [row, false] as const)];

for (const [row, held] of TABLE) {
  const [text, context] = typeof row === "string" ? [row, {}] as const : row;
  const where = Object.keys(context).join(", ");
  Deno.test(`Fetal sex: ${JSON.stringify(text)}${where && ` (${where})`} ${held ? "is held" : "passes"}`, () => {
    assert.equal(mayTellFetalSex(text, context), held);
  });
}

Deno.test("Fetal sex: a name is that of a fetus's sex where it says whose sex, or stands in what is said of a fetus", () => {
  for (const name of ["Fetal Sex", "FETUS GENDER", "Baby Sex", "FetusASex", "Sex of fetus"]) {
    assert.equal(namesFetalSex(name, false), true, name);
  }
  for (const name of ["Sex", "Gender", "Subject Sex", "Patient's Sex"]) {
    assert.equal(namesFetalSex(name, false), false, name);
    assert.equal(namesFetalSex(name, true), true, name);
  }
  for (const name of ["Fetal Heart Rate", "Fetus ID", "Finding Site", "Fetal genitalia"]) {
    assert.equal(namesFetalSex(name, false), false, name);
  }
});

Deno.test("Fetal sex: a long text is looked through in no time", () => {
  const text = "fetus and the sex of the measured biparietal diameter, not male nor female, 1 boy ".repeat(12_000);
  const begun = performance.now();
  assert.equal(mayTellFetalSex("fetal heart ".repeat(80_000)), false);
  assert.equal(mayTellFetalSex(text), true);
  assert.ok(performance.now() - begun < 20_000, `${performance.now() - begun} ms`);
});
