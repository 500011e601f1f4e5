import assert from "node:assert/strict";
import { clinicEnglish } from "../../ui/settings/clinic_text.en.ts";
import { clinicHindi } from "../../ui/settings/clinic_text.hi.ts";
import { touchEnglish } from "../../ui/settings/touch_text.en.ts";
import { touchHindi } from "../../ui/settings/touch_text.hi.ts";
import { english as pages } from "../../ui/shared/text.en.ts";
import { hindi as pagesInHindi } from "../../ui/shared/text.hi.ts";

const english = { ...pages, ...clinicEnglish, touch: touchEnglish };
const hindi = { ...pagesInHindi, ...clinicHindi, touch: touchHindi };

/** The names of every sentence, with how many things it is told. */
function names(value: unknown, path = ""): string[] {
  if (typeof value === "function") return [`${path}(${value.length})`];
  if (typeof value === "string") return [path];
  // words for what others wrote, such as the clinic's word for a sex: each language has those it needs
  if (path.endsWith(".genders")) return [path];
  return Object.entries(value as object).flatMap(([name, inner]) => names(inner, `${path}.${name}`));
}

Deno.test("Text: Hindi has every sentence that English has, and no other", () => {
  assert.deepEqual(names(hindi).sort(), names(english).sort());
});

Deno.test("Text: no sentence of the Hindi pages was left in English", () => {
  const spoken = (value: unknown): string[] =>
    typeof value === "function"
      ? [String(value(3, 4, 5))]
      : typeof value === "string"
      ? [value]
      : Object.values(value as object).flatMap(spoken);
  const latin = spoken({ ...hindi, locale: "" }).filter((sentence) => /[A-Za-z]/.test(sentence))
    .map((sentence) => sentence.replaceAll(/DICOM|AE|SSH|\b104\b|\b(?:RI|PI|PSV|EDV|TAMAX|S\/D)\b/g, "")).filter((
      sentence,
    ) => /[A-Za-z]/.test(sentence));
  assert.deepEqual(latin, []);
});
