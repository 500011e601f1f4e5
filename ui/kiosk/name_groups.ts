// The groups of a name (PS3.5 6.2.1) as reception types them and as a booking holds them: each part of the name in all of
// its groups with `=` between, or the further groups whole behind the first name.

/** A name as it is written, how it is read, and in Latin letters where it is written otherwise; these two family first. */
export interface NameFields {
  firstName: string;
  lastName: string;
  reading: string;
  latin: string;
}

/** Whether a name is one that has a reading: it is written in the letters of China, Japan or Korea. */
export function isRead({ firstName, lastName }: Pick<NameFields, "firstName" | "lastName">): boolean {
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(firstName + lastName);
}

/** What a booking holds as the fields of a form. */
export function fieldsOf({ firstName, lastName }: Pick<NameFields, "firstName" | "lastName">): NameFields {
  const [family, given] = [lastName.split("="), firstName.split("=")];
  const isWhole = family.length < 2 || given.length < 2;
  const [first = "", ...others] = given.length > 1 ? given : family;
  const [ideographs = "", reading = ""] = isWhole
    ? others
    : [1, 2].map((at) => `${family[at] ?? ""}^${given[at] ?? ""}`);
  const alphabetic = !isWhole
    ? [family[0], given[0]]
    : given.length > 1
    ? [lastName, first]
    : first.includes("^")
    ? first.split("^")
    : [first, firstName];
  const latin = alphabetic.map((part) => part?.trim() ?? "");
  const written = /[^^\s]/.test(ideographs) ? ideographs.split("^") : latin;
  return {
    ...{ lastName: written[0] ?? "", firstName: written.slice(1).join(" ") },
    reading: reading.split("^").join(" ").trim(),
    latin: written === latin ? "" : latin.join(" ").trim(),
  };
}

/** The fields of a form as a booking holds them. */
export function namesOf({ firstName, lastName, reading, latin }: NameFields): { firstName: string; lastName: string } {
  const [spoken, letters] = [parts(reading), parts(latin)];
  if (latin.trim() !== "" && isRead({ firstName, lastName })) {
    const groups = (at: 0 | 1, own: string) => [letters[at], own.trim(), spoken[at]].join("=").replace(/=+$/, "");
    return { lastName: groups(0, lastName), firstName: groups(1, firstName) };
  }
  return reading.trim() === ""
    ? { firstName, lastName }
    : { lastName, firstName: `${firstName.trim()}==${spoken.join("^")}` };
}

/** Family name, and the rest. */
function parts(text: string): [family: string, given: string] {
  const [family = "", ...given] = text.replaceAll(/[=^\\]/g, " ").trim().split(/\s+/);
  return [family, given.join(" ")];
}
