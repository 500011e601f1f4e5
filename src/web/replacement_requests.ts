import * as v from "valibot";
import { type ReplacementState, TOKEN_HEADER } from "../backup/box_target.ts";
import type { Replacement } from "../rescue/replacement.ts";
import { say } from "../sentences.ts";
import type { WebContext } from "./context.ts";
import { filledLine } from "./fields.ts";
import { notFound, Problem } from "./problem.ts";

export const PairBody = v.object({ proof: filledLine(100) });

/** Lets on the box that replaces this one, by its token. @throws Problem 404: there is nothing here for anybody else */
export function admitNewBox(context: WebContext, replacement: Replacement | undefined): Replacement {
  if (!replacement?.admits(context.req.header(TOKEN_HEADER))) throw notFound(say("replacement-unknown"));
  return replacement;
}

export function stateOf(replacement: Replacement): ReplacementState {
  return { state: replacement.state ?? "copying" };
}

/** A file of what is shown. @throws Problem 404 */
export async function fileOf(replacement: Replacement, path: string): Promise<Response> {
  try {
    const headers = { "content-type": "application/octet-stream", "cache-control": "no-store" };
    return new Response(await replacement.read(path), { headers });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw notFound(say("no-such-file", { path }));
    throw error;
  }
}

/** The box serves, so nobody has taken its place. */
export function servesAgain(): Problem {
  return new Problem(409, "It serves", say("replacement-serves-again"));
}
