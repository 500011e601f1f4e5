import { say, type Sentence, type Told, told } from "../sentences.ts";

/** One thing that was looked at. `detail` says how it is and, where something is wrong, what to do. */
export interface Finding extends Told {
  /** What was looked at. */
  what: Told;
  /** `warning` is for a person to know, `failed` to put right. */
  how: "ok" | "warning" | "failed";
}

/** It is as it should be. */
export function ok(what: Sentence, detail: Sentence | string): Finding {
  return finding("ok", what, detail);
}

/** A person should know of it. */
export function warning(what: Sentence, detail: Sentence | string): Finding {
  return finding("warning", what, detail);
}

/** It is to be put right. */
export function failed(what: Sentence, detail: Sentence | string): Finding {
  return finding("failed", what, detail);
}

function finding(how: Finding["how"], what: Sentence, detail: Sentence | string): Finding {
  return { what: told(what), how, ...told(detail) };
}

/** Something of the system's own words within what is found. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What the parts of health are called. */
export const PART_NAMES: Readonly<Record<string, Sentence>> = {
  store: say("check-store"),
  ports: say("check-ports"),
  writing: say("check-writing"),
  disk: say("check-disk"),
  drives: say("check-drives"),
  files: say("check-files"),
  backup: say("check-backup"),
  audit: say("check-audit"),
  clock: say("check-clock"),
  certificates: say("check-certificates"),
  clinic: say("check-clinic"),
};
