import { inWords, type Reason } from "../store/attention.ts";
import type { Store } from "../store/store.ts";
import { mayReadImages } from "./authorisation.ts";
import { userOf, type WebContext } from "./context.ts";
import { Problem } from "./problem.ts";

/**
 * Refuses what an object that is kept here would leave the box with: its file, and to programs anything of it.
 *
 * @param verb what is asked for, such as "save the file"
 * @throws Problem 451 (RFC 7725) while a reason holds it, 409 until it has been looked through
 */
export function refuseHeld(store: Store, sopInstanceUid: string, verb: string): void {
  refuse(holding(store, sopInstanceUid), verb);
  if (store.attention.isUnscreened(sopInstanceUid)) {
    throw new Problem(409, "Not possible now", `Cannot ${verb}: the box has not looked through it yet, try again soon`);
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
  if (isProgram(context)) refuseHeld(store, sopInstanceUid, "show the object");
  else if (!mayReadImages(userOf(context).role)) refuse(holding(store, sopInstanceUid), "show the object");
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
    if (store.attention.isUnscreened(sopInstanceUid)) refuseHeld(store, sopInstanceUid, "open the report");
    return;
  }
  if (isProgram(context) || context.req.query("toDecide") !== "true") refuse(words, "open the report");
  store.audit.add(userOf(context).username, "held report opened", sopInstanceUid);
}

function holding(store: Store, sopInstanceUid: string): Reason[] {
  return store.attention.ofInstance(sopInstanceUid).filter(({ holds }) => holds === "leaving");
}

function refuse(reasons: readonly Reason[], verb: string): void {
  if (reasons.length > 0) throw new Problem(451, "Held back", `Cannot ${verb}: ${inWords(reasons)}`);
}

function isProgram(context: WebContext): boolean {
  return context.get("signedIn")?.program !== undefined;
}
