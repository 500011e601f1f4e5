import { isVisible } from "../dicom/written_text.ts";
import type { Role } from "../store/users.ts";

/*
 * How the clinic's words become ours. Words are compared without regard to case, spaces around them, and `-` or `_`
 * for a space. What is not in a table is said in the comment above it.
 */

/** Gender words. One that is not here becomes "": the machine then shows no sex rather than a wrong one. */
const GENDERS: Record<string, readonly string[]> = {
  Female: ["f", "female", "woman", "girl", "w", "weiblich", "frau", "femme", "féminin", "femenino", "mujer", "feminino"]
    .concat("महिला", "स्त्री", "मादा", "মহিলা", "பெண்", "స్త్రీ", "女", "женский", "ж", "أنثى", "kvinna", "kadın"),
  Male: ["m", "male", "man", "boy", "männlich", "mann", "homme", "masculin", "masculino", "hombre"]
    .concat("पुरुष", "नर", "পুরুষ", "ஆண்", "పురుషుడు", "男", "мужской", "м", "ذكر", "erkek"),
  Other: [
    "o",
    "other",
    "others",
    "x",
    "d",
    "divers",
    "diverse",
    "transgender",
    "third gender",
    "non binary",
    "intersex",
  ]
    .concat("अन्य", "तृतीय लिंग"),
  "": ["", "u", "unknown", "n/a", "na", "none", "null", "not specified", "unspecified", "prefer not to say", "-"],
};

/** Status words of a booking that nobody comes for. Every other word, and none, is a booking that stands. */
const CANCELLED = ["cancelled", "canceled", "cancel", "deleted", "rejected", "declined", "void", "no show", "noshow"]
  .concat("missed", "रद्द", "annulé", "cancelado", "cancelada", "abgesagt", "storniert");

/** Role words. Somebody with another one is not let in, and is listed with the reason. */
const ROLES: Record<Role, readonly string[]> = {
  receptionist: [
    "receptionist",
    "reception",
    "front desk",
    "frontdesk",
    "desk",
    "staff",
    "clerk",
    "nurse",
    "assistant",
  ],
  doctor: ["doctor", "dr", "physician", "sonographer", "radiologist", "consultant", "technician"],
  admin: ["admin", "administrator", "superadmin", "super admin", "superuser", "owner", "manager"],
};

/** What a column that should be a boolean says. */
const YES = ["true", "t", "yes", "y", "on", "1", "active", "enabled"];
export const NO: readonly string[] = ["false", "f", "no", "n", "off", "0", "inactive", "disabled", "locked"];

/** Whether a word is a yes; undefined for one that is neither. */
export function isYes(word: string | null): boolean | undefined {
  const said = plain(word ?? "");
  return YES.includes(said) ? true : NO.includes(said) ? false : undefined;
}

export function genderOf(word: string | null): string {
  return wordIn(GENDERS, word ?? "") ?? "";
}

export function isCancelled(status: string | null): boolean {
  return CANCELLED.includes(plain(status ?? ""));
}

/** The role for the clinic's word; undefined when it is none of ours. */
export function roleOf(word: string | null): Role | undefined {
  return wordIn(ROLES, word ?? "");
}

/**
 * A text of the clinic as one line: Unicode composed (NFC), so that a letter is one letter; line breaks, control
 * characters and DICOM's own separators (`\`, and in names `^` and `=`) become spaces, which are never doubled.
 */
export function lineOf(text: string | null): string {
  return (text ?? "").normalize("NFC").replaceAll(/[\p{Cc}\u2028\u2029\\]+/gu, " ").replaceAll(/\s+/gu, " ").trim();
}

/** A part of a name, in whatever script it is written; marks that mean nothing in it go, and one that shows nothing. */
export function namePart(text: string | null): string {
  const part = lineOf((text ?? "").replaceAll(/[\^=\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu, " "));
  return isVisible(part) ? part : "";
}

function wordIn<Name extends string>(table: Record<Name, readonly string[]>, word: string): Name | undefined {
  const wanted = plain(word);
  return (Object.keys(table) as Name[]).find((name) => table[name].includes(wanted));
}

function plain(word: string): string {
  return word.normalize("NFC").trim().toLowerCase().replaceAll(/(?<=.)[\s_-]+(?=.)/gu, " ");
}
