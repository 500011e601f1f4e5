import { romanized } from "./romanization.ts";

/** Who a data set or a booking says the patient is. `patientName` is a DICOM person name, `^` between its components. */
export interface Identity {
  /** Patient ID (0010,0020). */
  patientId: string;
  /** Patient's Name (0010,0010), components with ^. */
  patientName: string;
  /** YYYY-MM-DD; "" or left out where it is not told. */
  patientBirthDate?: string;
  /** Patient's Sex (0010,0040): M, F or O; "" or left out where it is not told. */
  patientSex?: string;
}

/** What differs between two descriptions of a person, or that there is nothing to compare. */
export interface Difference {
  /** Which of it differs; "no-patient": nothing is there to be compared. */
  what: "patient-id" | "patient-name" | "birth-date" | "sex" | "no-patient";
  /** As the object says it. */
  received: string;
  /** As it should be. */
  expected: string;
}

/**
 * Everything in which two descriptions of a person differ; nothing when they can be taken for one person.
 *
 * Ids must be equal where both have one. Names may be cut, reordered, written without accents or in Latin letters
 * by a machine: it is enough that every word of the shorter one stands in the longer. A name that cannot be read, of
 * question marks or in letters that a wrong character set made, says nothing. Birth date and sex count where both have
 * them, sex only between male and female.
 *
 * @param otherIds ids of the expected person that were merged into theirs
 */
export function differencesOf(received: Identity, expected: Identity, otherIds: readonly string[] = []): Difference[] {
  const found: Difference[] = [];
  const add = (what: Difference["what"], one: string, other: string) =>
    found.push({ what, received: one, expected: other });
  const ids = received.patientId !== "" && expected.patientId !== "";
  if (ids && received.patientId !== expected.patientId && !otherIds.includes(received.patientId)) {
    add("patient-id", received.patientId, expected.patientId);
  }
  const names = compareNames(received.patientName, expected.patientName);
  if (names === "different") {
    add("patient-name", readableName(received.patientName), readableName(expected.patientName));
  }
  if (names === "unknown" && !ids) add("no-patient", "", "");
  const [born, expectedBorn] = [received.patientBirthDate ?? "", expected.patientBirthDate ?? ""];
  if (born !== "" && expectedBorn !== "" && born !== expectedBorn) add("birth-date", born, expectedBorn);
  const [sex, expectedSex] = [received.patientSex ?? "", expected.patientSex ?? ""];
  if (sex !== expectedSex && [sex, expectedSex].every((one) => one === "M" || one === "F")) {
    add("sex", sex, expectedSex);
  }
  return found;
}

/** The first of what differs by which two descriptions are of two people; undefined when they can be one. */
export function identityConflict(received: Identity, expected: Identity): Difference | undefined {
  return differencesOf(received, expected)[0];
}

/** Whether a name can be read: not empty, not question marks, no letters that a wrong character set made. */
function isReadableName(personName: string): boolean {
  return nameWords(personName).length > 0 && !/[\ufffd\u0080-\u009f?]/u.test(personName);
}

/** A person name as a person reads it: its first component group, components separated by spaces. */
export function readableName(personName: string): string {
  return (personName.split("=")[0] ?? "").split("^").filter((component) => component !== "").join(" ");
}

/** Whether two names have a word in common. */
export function sharesWord(one: string, other: string): boolean {
  const words = nameWords(other);
  return nameWords(one).some((word) => words.includes(word));
}

/** The same for all ways to write the words of a name, whatever their order; "" for a name without any. */
export function nameKey(personName: string): string {
  return nameWords(personName).sort().join(" ");
}

/** Names are the same where one of their groups is: a machine sends back the one that it was shown. */
function compareNames(received: string, expected: string): "same" | "different" | "unknown" {
  if (!isReadableName(received) || !isReadableName(expected)) return "unknown";
  const [all, others] = [groupsOf(received), groupsOf(expected)];
  return all.some((words) => others.some((other) => fits(words, other))) ? "same" : "different";
}

/** The words of each group of a name that has any. */
function groupsOf(personName: string): string[][] {
  return personName.split("=").map(nameWords).filter((words) => words.length > 0);
}

/** Whether every word of the shorter is in the longer. */
function fits(one: readonly string[], other: readonly string[]): boolean {
  const [few, many] = one.length <= other.length ? [one, other] : [other, one];
  return few.every((word) => many.includes(word));
}

/** The words of a part of a name, in plain small Latin letters; in their order. */
export function namePartsOf(part: string): string[] {
  return nameWords(part.replaceAll("=", " "));
}

/** The words of a name in plain small Latin letters, without what joins letters or stands between them. */
export function nameWords(personName: string): string[] {
  // a joiner within a word would make two runs of its letters
  return (personName.split("=")[0] ?? "").replaceAll(/\p{Cf}/gu, "").split(/[\^\s.,-]+/)
    .map((word) => romanized(word).toLowerCase().replaceAll(/[^a-z0-9]/g, "")).filter((word) => word !== "");
}
