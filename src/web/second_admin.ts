import * as v from "valibot";
import { say, type Sentence } from "../sentences.ts";
import { userOf, type WebContext } from "./context.ts";
import type { Parts } from "./parts.ts";
import { notUnderstood, Problem } from "./problem.ts";

/** The header in which a second admin confirms: base64 of JSON in UTF-8, with `username` and `password`. */
const CONFIRMED_BY = "x-confirmed-by";

const Confirmation = v.object({ username: v.string(), password: v.string() });

/**
 * Where the settings ask for one, lets on only what a second admin has confirmed with their own password.
 *
 * @param what the route or the setting, for the audit
 * @throws Problem 403 while nobody has confirmed it, or who has is no other admin
 */
export async function confirmBySecondAdmin(
  context: WebContext,
  what: string,
  { settings, passwords, store }: Pick<Parts, "settings" | "passwords" | "store">,
): Promise<void> {
  if (settings.current.secondAdmin !== "on") return;
  const header = context.req.header(CONFIRMED_BY);
  if (header === undefined) throw refused(say("second-admin"));
  const { username, password } = read(header);
  const second = await passwords.find(username, password, context);
  if (second?.role !== "admin" || second.id === userOf(context).id) {
    throw refused(say("second-admin-wrong"));
  }
  store.audit.add(second.username, "second admin confirmed", what, { for: userOf(context).username });
}

function read(header: string): v.InferOutput<typeof Confirmation> {
  try {
    const bytes = Uint8Array.from(atob(header), (character) => character.charCodeAt(0));
    return v.parse(Confirmation, JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw notUnderstood(say("confirmation-malformed", { header: CONFIRMED_BY }));
  }
}

function refused(detail: Sentence): Problem {
  return new Problem(403, "Second admin", detail, { more: { secondAdmin: true } });
}
