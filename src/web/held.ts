import { say, type Sentence, together } from "../sentences.ts";
import { inWords, type Reason } from "../store/attention.ts";
import type { Store } from "../store/store.ts";
import { mayReadImages } from "./authorisation.ts";
import { userOf, type WebContext } from "./context.ts";
import { conflict, Problem } from "./problem.ts";

/** What is asked for: its file, a picture, a report, a star. */
type Verb = "save" | "show" | "open" | "star";

/**
 * Refuses what an object that is kept here would leave the box with: its file, and to programs anything of it.
 *
 * @param verb what is asked for
 * @throws Problem 451 (RFC 7725) while a reason holds it, 409 until it has been looked through
 */
export function refuseHeld(store: Store, sopInstanceUid: string, verb: Verb): void {
  refuse(holding(store, sopInstanceUid), verb);
  if (store.attention.isUnscreened(sopInstanceUid)) {
    throw conflict(say(`held-${verb}`, { why: say("not-looked-through") }));
  }
}

/**
 * The same for pictures on the box's own pages. Doctors and admins see those of an object that is held: they took them,
 * and somebody must look in order to decide. Nobody else does, and no program. One that has just come, and was not
 * looked through yet, is shown to people: it is as any that a machine sends.
 *
 * @throws as `refuseHeld`
 */
export function refuseHeldPicture(store: Store, context: WebContext, sopInstanceUid: string): void {
  if (isProgram(context)) refuseHeld(store, sopInstanceUid, "show");
  else if (!mayReadImages(userOf(context).role)) refuse(holding(store, sopInstanceUid), "show");
}

/**
 * The same for the tree of a report: without what it states in codes it may be read, but where words hold it only by a
 * person who says that it is to decide, which is written down.
 *
 * @throws as `refuseHeld`
 */
export function refuseHeldReport(store: Store, context: WebContext, sopInstanceUid: string): void {
  const words = holding(store, sopInstanceUid).filter(({ code }) => code !== "fetal-sex-coded");
  if (words.length === 0) {
    if (store.attention.isUnscreened(sopInstanceUid)) refuseHeld(store, sopInstanceUid, "open");
    return;
  }
  if (isProgram(context) || context.req.query("toDecide") !== "true") refuse(words, "open");
  store.audit.add(userOf(context).username, "held report opened", sopInstanceUid);
}

function holding(store: Store, sopInstanceUid: string): Reason[] {
  return store.attention.ofInstance(sopInstanceUid).filter(({ holds }) => holds === "leaving");
}

function refuse(reasons: readonly Reason[], verb: Verb): void {
  if (reasons.length > 0) throw new Problem(451, "Held back", say(`held-${verb}`, { why: inOne(reasons) }));
}

function isProgram(context: WebContext): boolean {
  return context.get("signedIn")?.program !== undefined;
}

/** Reasons as one sentence; those about a fetus have codes among the sentences too. */
function inOne(reasons: readonly Reason[]): Sentence | string {
  const sentences = reasons.flatMap(({ code, parameters: { field = "" } }) =>
    code === "fetal-sex-coded" ? [say(code)] : code === "fetal-sex-words" ? [say(code, { field })] : []
  );
  return sentences.length < reasons.length ? inWords(reasons) : together(sentences);
}
