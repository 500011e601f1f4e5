import type { VerbRefusal } from "../../store/appointment_verbs.ts";
import type { PartHealth, ShownCertificate } from "./box.ts";

/** A refusal as the API words it (RFC 9457), with what some of them say besides. */
export interface ProblemDetails {
  title?: string;
  /** A sentence for a person, with what to do. */
  detail?: string;
  /**
   * Which refusal it is, where a page does something about it: `wrong-fields` is told whole by `fields`; of an edit
   * somebody must say whether it is the same person (`same-or-another`); the clinic's program does it (`clinic-owns`);
   * an appointment's status forbids it; too many pages of a user, an address or all listen (`too-many-pages`).
   */
  code?: "wrong-fields" | "same-or-another" | "clinic-owns" | "too-many-pages" | VerbRefusal;
  /** Of `too-many-pages`: whose they are. */
  whose?: "user" | "address" | "all";
  /** What of the request was wrong, by the names of its fields. */
  fields?: { field: string; problem: string }[];
  /** A second admin must confirm it. */
  secondAdmin?: boolean;
  /** Nobody has set the box up. */
  setup?: boolean;
  /** The box cannot work with its data. */
  rescue?: boolean;
  /** This browser's session waits to be unlocked: whose it is, and whether by a PIN. */
  locked?: boolean;
  displayName?: string;
  pin?: boolean;
  /** Wrong PINs that may still be typed. */
  triesLeft?: number;
  /** The clinic's database shows it: to be confirmed. */
  certificate?: ShownCertificate;
  /** How the box is, where it is failing. */
  checks?: PartHealth[];
}
