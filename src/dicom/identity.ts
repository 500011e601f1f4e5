import { romanized } from "./romanization.ts";

/** Who a data set or a booking says the patient is. `name` is a DICOM person name, `^` between its components. */
export interface Identity {
  patientId: string;
  patientName: string;
}

/**
 * Why two identities cannot be taken for one person, in words; undefined when they can.
 *
 * Ids must be equal where both have one. Names may be cut, reordered, written without accents or in Latin letters
 * by a machine: it is enough that every word of the shorter one stands in the longer. A name of question marks is
 * what a machine shows for letters it does not have, and says nothing.
 */
export function identityConflict(received: Identity, expected: Identity): string | undefined {
  const ids = received.patientId !== "" && expected.patientId !== "";
  if (ids && received.patientId !== expected.patientId) {
    return `the images say patient id ${received.patientId}, the appointment says ${expected.patientId}`;
  }
  const receivedWords = nameWords(received.patientName);
  const expectedWords = nameWords(expected.patientName);
  if (receivedWords.length === 0 || expectedWords.length === 0) {
    return ids ? undefined : "the images name no patient that could be compared with the appointment's";
  }
  const [few, many] = receivedWords.length <= expectedWords.length
    ? [receivedWords, expectedWords]
    : [expectedWords, receivedWords];
  if (few.every((word) => many.includes(word))) return undefined;
  return `the images say ${readableName(received.patientName)}, the appointment says ${
    readableName(expected.patientName)
  }`;
}

/** A person name as a person reads it: its first component group, components separated by spaces. */
export function readableName(personName: string): string {
  return (personName.split("=")[0] ?? "").split("^").filter((component) => component !== "").join(" ");
}

function nameWords(personName: string): string[] {
  return (personName.split("=")[0] ?? "").split(/[\^\s.,-]+/)
    .map((word) => romanized(word).toLowerCase().replaceAll(/[^a-z0-9]/g, "")).filter((word) => word !== "");
}
