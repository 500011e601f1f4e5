import { askWorker } from "../ask_worker.ts";
import { say } from "../sentences.ts";
import { oneAfterAnother } from "../timing/turns.ts";
import { notUnderstood, wrongField } from "./problem.ts";

/** What is looked at of a password: what comes after it makes it no weaker. */
const MOST_CHARACTERS = 100;

/** What the worker is asked: a password, and names that whoever guesses it knows. */
export interface Guessed {
  password: string;
  names: string[];
}

/** Why a password is easily guessed; null where it is not. */
export type Weakness = "password-common" | "password-of-names" | "password-pattern" | "password-guessable" | null;

/** Each takes some 80 MB while it is looked at. */
const alone = oneAfterAnother();

/**
 * Refuses a password that is guessed in less than 100 million tries, when somebody chooses it. Those that exist stay.
 *
 * @param names of the person and the clinic, which are tried first
 * @param field that it was given in
 * @throws Problem 400 with the reason and what to choose instead
 */
export async function ensureStrong(password: string, names: readonly string[], field = "password"): Promise<void> {
  const weakness = await weaknessOf(password, names);
  if (weakness === null) return;
  throw notUnderstood(say("weak-password", { why: say(weakness) }), {
    fields: [wrongField(field, say("field-password-weak"))],
  });
}

/**
 * Why a password is easily guessed, by zxcvbn with its lists of words.
 *
 * It is looked at on a thread of its own: the lists take a part of a second to be read, and memory that the box has a
 * better use for afterwards.
 */
export async function weaknessOf(password: string, names: readonly string[]): Promise<Weakness> {
  const asked: Guessed = {
    password: password.normalize("NFC").slice(0, MOST_CHARACTERS),
    names: ["Sonodesk", ...names].flatMap(waysToWrite),
  };
  return await alone(() => askWorker(new URL("./password_strength_worker.ts", import.meta.url), asked));
}

/** A name whole, without its spaces, and each of its words. */
function waysToWrite(name: string): string[] {
  const words = name.normalize("NFC").split(/[\s.,@_-]+/).filter((word) => word.length > 2);
  return [...new Set([name.trim(), words.join(""), ...words])].filter((word) => word.length > 2);
}
