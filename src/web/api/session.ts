import { deleteCookie, setCookie } from "hono/cookie";
import * as v from "valibot";
import type { User } from "../../store/users.ts";
import { permissionsOf } from "../authorisation.ts";
import { readJson } from "../body.ts";
import { type Parts, type Routes, userOf, type WebContext } from "../parts.ts";
import { verifyNobody, verifyPassword } from "../password.ts";
import { Problem } from "../problem.ts";
import { COOKIE } from "../sign_ins.ts";

const Login = v.object({
  username: v.pipe(
    v.string("must be text"),
    v.trim(),
    v.nonEmpty("must not be empty"),
    v.maxLength(100, "must be at most 100 characters long"),
  ),
  password: v.pipe(
    v.string("must be text"),
    v.nonEmpty("must not be empty"),
    v.maxLength(1000, "must be at most 1000 characters long"),
  ),
});

/** Passwords being checked at once: each takes 32 MiB and a quarter of a second of a core. */
const MOST_CHECKS = 4;

/** Signing in and out. */
export function sessionRoutes(
  { store, signIns, limits, events, counts }: Parts,
): Routes<"GET /api/session" | "POST /api/session" | "DELETE /api/session"> {
  let checks = 0;

  /** The user with this name and password; a name that does not exist takes as long to refuse. */
  async function check(username: string, password: string): Promise<User | undefined> {
    if (checks >= MOST_CHECKS) {
      throw new Problem(503, "Busy", "Cannot check the password now: many people are signing in, try again", {
        headers: { "retry-after": "2" },
      });
    }
    checks += 1;
    try {
      const user = store.users.findByUsername(username);
      const fits = user && !user.disabled
        ? await verifyPassword(password, user.passwordHash)
        : await verifyNobody(password);
      return fits ? user : undefined;
    } finally {
      checks -= 1;
    }
  }

  function refuse(username: string, context: WebContext): never {
    counts.loginRefused();
    store.audit.add("box", "login refused", username, { address: context.env.address });
    throw new Problem(401, "Not signed in", "Cannot sign in: the user name or the password is wrong");
  }

  return {
    "GET /api/session": (context) => context.json(sessionOf(userOf(context)), 200, { "cache-control": "no-store" }),

    "POST /api/session": async (context) => {
      const { username, password } = await readJson(context.req.raw, Login);
      const { address, secure } = context.env;
      const wait = limits.begin(username, address);
      if (wait > 0) {
        counts.loginRefused();
        throw new Problem(
          429,
          "Too many tries",
          `Cannot sign in: too many wrong passwords, try again in ${wait} ${wait === 1 ? "second" : "seconds"}`,
          { headers: { "retry-after": String(wait) }, more: { retryAfter: wait } },
        );
      }
      const user = await check(username, password) ?? refuse(username, context);
      limits.succeeded(username, address);
      // a login begins a new session; the old one must not live on under a token that others may have seen
      const before = context.get("signedIn");
      if (before) signIns.end(before.tokenHash);
      const { token, maxAge } = signIns.begin(user);
      store.audit.add(user.username, "signed in", user.username, { address });
      events.recheck();
      setCookie(context, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/", secure, maxAge });
      return context.json(sessionOf(user), 200, { "cache-control": "no-store" });
    },

    "DELETE /api/session": (context) => {
      const signedIn = context.get("signedIn");
      if (signedIn) {
        signIns.end(signedIn.tokenHash);
        store.audit.add(signedIn.user.username, "signed out", signedIn.user.username);
        events.recheck();
      }
      deleteCookie(context, COOKIE, { path: "/", secure: context.env.secure, httpOnly: true, sameSite: "Strict" });
      return context.body(null, 204);
    },
  };
}

function sessionOf(user: User) {
  return {
    username: user.username,
    displayName: user.displayName,
    role: user.role,
    permissions: permissionsOf(user.role),
  };
}
