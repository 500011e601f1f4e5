import type { Code, Sentence } from "./sentences.ts";
import type { PartHealth, ShownCertificate } from "./box.ts";

/** What is wrong with a field: in English, and by its code, which says less where nothing else has one. */
export interface WrongField extends Sentence {
  /** Path in the request, such as `patient.birthDate`. */
  field: string;
  /** In English, to be read after the field's name. */
  problem: string;
}

/** A refusal as the API words it (RFC 9457), with what some of them say besides. */
export interface ProblemDetails {
  /** Of HTTP. */
  status?: number;
  /** Of its kind, in English. */
  title?: string;
  /** A sentence for a person, with what to do. */
  detail?: string;
  /** Which refusal it is, and what stands in its sentence; what only programs hear has none. */
  code?: Code;
  /** What stands in the sentence. */
  parameters?: Sentence["parameters"];
  /** The same as a URI. */
  type?: string;
  /** What of the request was wrong, by the names of its fields. */
  fields?: WrongField[];
  /** A second admin must confirm it. */
  secondAdmin?: boolean;
  /** Nobody has set the box up. */
  setup?: boolean;
  /** The box cannot work with its data. */
  rescue?: boolean;
  /** This browser's session waits to be unlocked: whose it is, and whether by a PIN. */
  locked?: boolean;
  /** Of who has locked the page. */
  displayName?: string;
  /** Whether they have a PIN. */
  pin?: boolean;
  /** When it may be tried again, seconds. */
  retryAfter?: number;
  /** The setting that a program may not change. */
  name?: string;
  /** Wrong PINs that may still be typed. */
  triesLeft?: number;
  /** The clinic's database shows it: to be confirmed. */
  certificate?: ShownCertificate;
  /** How the box is, where it is failing. */
  checks?: PartHealth[];
}
