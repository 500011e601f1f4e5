/** Alphabetic, ideographic and phonetic (PS3.5 6.2.1). */
const MOST_GROUPS = 3;

/**
 * A DICOM person name from the parts a booking has (PS3.5 6.2, VR PN). The characters that separate components and values
 * cannot stand in a part and become spaces.
 *
 * A name may be booked in up to three component groups, with `=` between them, as machines in Japan and Korea show them:
 * each part in all of its groups (`YAMADA=山田=やまだ`, `TAROU=太郎=たろう`), or the further groups whole, with `^`
 * between their components, at the end of the given name (`Tarou=山田^太郎=やまだ^たろう`).
 */
export function personNameOf(lastName: string, firstName: string): string {
  const [family, given] = [lastName.split("="), firstName.split("=")];
  if (family.length > 1 && given.length > 1) {
    const count = Math.min(MOST_GROUPS, Math.max(family.length, given.length));
    return groups(Array.from({ length: count }, (_, at) => component(part(family[at] ?? ""), part(given[at] ?? ""))));
  }
  const [first, ...others] = family.length > 1 ? family : given;
  const alphabetic = family.length > 1
    ? component(...(first!.includes("^") ? split(first!) : [part(first!), part(firstName)] as const))
    : component(part(lastName), part(first!));
  return groups([alphabetic, ...others.slice(0, MOST_GROUPS - 1).map((group) => component(...split(group)))]);
}

/** A part without what separates components, groups and values. */
function part(text: string): string {
  return text.replaceAll(/[\\^=\p{Cc}]+/gu, " ").trim();
}

function component(family: string, given: string): string {
  return given === "" ? family : `${family}^${given}`;
}

/** Family name and the rest of a group that is given whole. */
function split(group: string): [family: string, given: string] {
  const [family = "", ...given] = group.split("^");
  return [part(family), given.map(part).filter((one) => one !== "").join("^")];
}

/** Without empty ones at the end. */
function groups(all: readonly string[]): string {
  return all.join("=").replace(/=+$/, "");
}
