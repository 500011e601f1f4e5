/**
 * Why a person should look at an object, a study or a booking: the codes, and for each the sentence a program or a log
 * reads. Pages have sentences of their own by the same codes.
 */
import { inEnglish, say } from "../sentences.ts";

/** What a reason names: short texts, by name. */
export type ReasonParameters = Readonly<Record<string, string>>;

/** What an object is kept from until the reason is settled: nothing, other archives, or every way out of the box. */
export type Holding = "" | "forwarding" | "leaving";

interface ReasonKind {
  /** 1 is looked at first: it may be another person's. */
  rank: 1 | 2 | 3;
  holds: Holding;
  /** Ends by itself when the study is filed anew; others end only when a person settles them. */
  ofFiling: boolean;
  sentence: (parameters: ReasonParameters) => string;
}

const kind = (rank: 1 | 2 | 3, holds: Holding, sentence: ReasonKind["sentence"]): ReasonKind => ({
  ...{ rank, holds, sentence },
  ofFiling: false,
});
const filing = (rank: 1 | 2 | 3, sentence: ReasonKind["sentence"]): ReasonKind => ({
  ...{ rank, sentence },
  holds: "",
  ofFiling: true,
});

/** What differs between two descriptions of a person, in words. */
const DIFFERENCES: Readonly<Record<string, (received: string, expected: string, whose: string) => string>> = {
  "patient-id": (received, expected, whose) => `the images say patient id ${received}, ${whose} says ${expected}`,
  "patient-name": (received, expected, whose) => `the images say ${received}, ${whose} says ${expected}`,
  "birth-date": (received, expected, whose) => `the images say born ${received}, ${whose} says ${expected}`,
  sex: (received, expected, whose) => `the images say sex ${received}, ${whose} says ${expected}`,
  "no-patient": (_received, _expected, whose) =>
    `the images name no patient that could be compared with ${
      whose === "the study" ? "the study's" : "the appointment's"
    }`,
};

function difference({ what = "", received = "", expected = "" }: ReasonParameters, whose: string): string {
  return DIFFERENCES[what]?.(received, expected, whose) ?? "";
}

export const REASONS = {
  /** An object of somebody else came under a study's UID; it is kept apart. */
  "another-patient": kind(
    1,
    "forwarding",
    (said) => `An image in this study is of another patient and is kept apart: ${difference(said, "the study")}`,
  ),
  /** An object is in a study of somebody else: a decision that put it there was taken back. */
  "names-another-patient": kind(
    1,
    "forwarding",
    (said) => `An image in this study names another patient: ${difference(said, "the study")}`,
  ),
  /** An object of somebody else came under the SOP Instance UID of an object that is here. */
  "uid-used-again": kind(
    1,
    "forwarding",
    () => "A machine has used the UID of another patient's image again for this one: it is kept apart",
  ),
  /** Its UID came again with an image of somebody else. */
  "uid-used-by-another": kind(
    2,
    "",
    () => "A machine has used the UID of this image again for another patient's: see that this is the right one",
  ),
  /** The same object came again as one of another study. */
  "came-again-elsewhere": kind(
    1,
    "",
    () => "An image of another study has come again as one of this study: see whose it is",
  ),
  "left-the-study": kind(
    1,
    "",
    () => "An image of this study has come again as one of another study: see whose it is",
  ),
  /** A booking was given to somebody else after a machine had it. */
  "given-to-another": kind(
    1,
    "",
    () => "This booking was given to another patient after a machine had it: send it again, and check on the machine",
  ),
  /** The clinic's record under the patient's id describes somebody else since. */
  "id-of-another-now": kind(
    1,
    "",
    ({ patientId = "" }) =>
      `The clinic's record of patient id ${patientId} describes somebody else since these images came: see whose they are`,
  ),
  "name-unreadable": kind(
    2,
    "",
    ({ received = "", expected = "" }) =>
      `The name reads ${received} and the appointment says ${expected}: patient id and study agree, look at the picture`,
  ),
  "birth-date-differs": kind(
    2,
    "",
    (said) => `The birth date differs: ${difference({ ...said, what: "birth-date" }, "the appointment")}`,
  ),
  "sex-differs": kind(
    2,
    "",
    (said) => `The sex differs: ${difference({ ...said, what: "sex" }, "the appointment")}`,
  ),
  /** Coded content that names a fetus's sex. */
  "fetal-sex-coded": kind(
    1,
    "leaving",
    () => inEnglish(say("fetal-sex-coded")),
  ),
  /** Words that may name a fetus's sex. */
  "fetal-sex-words": kind(
    1,
    "leaving",
    ({ field = "" }) => inEnglish(say("fetal-sex-words", { field })),
  ),
  /** A booking that fits by number is of somebody else. */
  "patient-differs": filing(
    1,
    (said) => `The patient differs from the appointment's (same ${said.by}): ${difference(said, "the appointment")}`,
  ),
  "taken-from-appointment": filing(
    2,
    ({ by = "" }) => `${by} took these images from an appointment: choose the one they belong to`,
  ),
  "split-from-study": filing(
    2,
    ({ by = "" }) => `${by} took these images out of a study: choose the appointment or patient they belong to`,
  ),
  "appointment-given-away": filing(
    2,
    () =>
      "The booking of these images was given to another patient: they stay with the first, choose where they belong",
  ),
  "several-appointments": filing(
    2,
    ({ count = "" }) => `This patient has ${count} appointments that day: choose the one these images belong to`,
  ),
  "no-appointment": filing(3, () => "No appointment has this study, accession number, or patient and date"),
  /** Written down before reasons had codes. */
  noted: kind(2, "", ({ text = "" }) => text),
} as const satisfies Record<string, ReasonKind>;

/** Why a person should look. */
export type ReasonCode = keyof typeof REASONS;

export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}

/** A reason in English. */
export function reasonInWords({ code, parameters }: { code: ReasonCode; parameters: ReasonParameters }): string {
  return REASONS[code].sentence(parameters);
}
