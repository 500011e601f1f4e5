import { say } from "../sentences.ts";
import type { Store } from "../store/store.ts";
import { conflict } from "./problem.ts";

/** What is asked for of an object. */
type Verb = "send" | "play" | "save";

/** What is added to an address to have a damaged file all the same. */
const ADDITION = "?damaged=1";

/**
 * Refuses an object whose file is known not to be as it came.
 *
 * @throws Problem 409
 */
export function refuseDamaged(store: Store, sopInstanceUid: string, verb: Verb): void {
  const damage = store.instanceFiles.damageOf(sopInstanceUid);
  if (damage === undefined) return;
  if (verb === "save") throw conflict(say("damaged-save", { damage, addition: ADDITION }));
  throw conflict(say(verb === "send" ? "damaged-send" : "damaged-play", { damage }));
}
