import type { Context } from "hono";
import type { User } from "../store/users.ts";
import type { SignedIn } from "./sign_ins.ts";

/** What is known of a request beside itself. */
export interface WebEnv {
  /** Where it comes from, and whether it is encrypted. */
  Bindings: { address: string; secure: boolean };
  /** `requestId` names the request in the log; `locked` is whose session this browser has, while it waits to be unlocked. */
  Variables: {
    requestId: string;
    signedIn: SignedIn | undefined;
    locked: SignedIn | undefined;
    /** A viewer of another host that the settings let in, with a token. */
    trustedOrigin: boolean | undefined;
  };
}

/** A request with its answer, as Hono has them. */
export type WebContext = Context<WebEnv>;
/** Who is asking, on a route that needs a login: its declaration has already seen to it that there is somebody. */
export function userOf(context: WebContext): User {
  const signedIn = context.get("signedIn");
  if (!signedIn) throw new Error(`Cannot tell who asks for ${context.req.routePath}: the route needs no login`);
  return signedIn.user;
}
