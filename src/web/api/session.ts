import { deleteCookie, setCookie } from "hono/cookie";
import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { User } from "../../store/users.ts";
import { permissionsOf } from "../authorisation.ts";
import type { WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import { hashPassword, verifyPassword } from "../password.ts";
import { ensureStrong } from "../password_strength.ts";
import { conflict, notUnderstood, Problem, wrongField } from "../problem.ts";
import { isFromThisBox } from "../security.ts";
import { COOKIE } from "../sign_ins.ts";
import { type Asked, json, route } from "../route.ts";
import type { Session } from "../contract/people.ts";
import { password as newPassword } from "./users.ts";

export const givenPassword = v.pipe(
  v.string(message("field-no-text")),
  v.nonEmpty(message("field-empty")),
  v.maxLength(1000, message("field-too-long", { most: 1000 })),
);

const Login = v.object({
  username: v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.nonEmpty(message("field-empty")),
    v.maxLength(100, message("field-too-long", { most: 100 })),
  ),
  password: givenPassword,
});

const UnlockBody = v.object({
  pin: v.pipe(v.string(message("field-no-text")), v.regex(/^\d{1,8}$/, message("field-no-digits"))),
});

const PinBody = v.object({
  pin: v.pipe(v.string(message("field-no-text")), v.regex(/^\d{4,8}$/, message("field-no-pin"))),
  password: givenPassword,
});

const OwnPasswordBody = v.object({ password: givenPassword, newPassword });

/** Wrong PINs after which only the full login helps. */
const MOST_PIN_TRIES = 5;

function refuse({ context, store, counts }: Asked, username: string): never {
  counts.loginRefused();
  store.audit.add("box", "login refused", username, { address: context.env.address });
  throw new Problem(401, "Not signed in", say("wrong-login"));
}

function giveCookie(context: WebContext, { token, maxAge }: { token: string; maxAge: number }): void {
  const { secure } = context.env;
  setCookie(context, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/", secure, maxAge });
}

/** Signing in and out; locking a page that is left alone, and opening it again by PIN. */
export const sessionRoutes = [
  route("GET /api/session", {
    who: "signed in",
    summary: "Who is signed in",
    answer: json<Session>(),
    programs: ["bookings", "images", "fleet"],
  }, ({ context, settings, user }) => sessionOf(user, pinHelps(context, settings))),

  route("POST /api/session", {
    who: "anyone",
    summary: "Sign in; the answer sets a cookie",
    body: Login,
    answer: json<Session>(),
  }, async (asked) => {
    const { context, store, settings, signIns, passwords, events, body: { username, password } } = asked;
    const { address } = context.env;
    const user = await passwords.find(username, password, context) ?? refuse(asked, username);
    // a login begins a new session; the old one must not live on under a token that others may have seen
    const before = context.get("signedIn") ?? context.get("locked");
    if (before && !before.program) signIns.end(before.tokenHash);
    giveCookie(context, signIns.begin(user));
    store.audit.add(user.username, "signed in", user.username, { address });
    events.recheck();
    return sessionOf(user, pinHelps(context, settings));
  }),

  route("DELETE /api/session", { who: "anyone", summary: "Sign out" }, ({ context, store, signIns, events }) => {
    const signedIn = context.get("signedIn") ?? context.get("locked");
    if (signedIn && !signedIn.program) {
      signIns.end(signedIn.tokenHash);
      store.audit.add(signedIn.user.username, "signed out", signedIn.user.username);
      events.recheck();
    }
    deleteCookie(context, COOKIE, { path: "/", secure: context.env.secure, httpOnly: true, sameSite: "Strict" });
  }),

  route(
    "POST /api/session/lock",
    { who: "signed in", summary: "Lock this browser's session", peopleOnly: true },
    ({ context, signIns, events }) => {
      signIns.lock(context.get("signedIn")!.tokenHash);
      events.recheck();
    },
  ),

  // only the browser in which somebody signed in has the cookie of the locked session, so only there a PIN helps
  route("POST /api/session/unlock", {
    who: "anyone",
    summary: "Unlock this browser's session by PIN",
    body: UnlockBody,
    answer: json<Session>(),
  }, async ({ context, store, settings, signIns, passwords, counts, body: { pin } }) => {
    const locked = context.get("locked");
    if (!locked || locked.user.pinHash === null || !pinHelps(context, settings)) {
      throw new Problem(401, "Sign in first", say("no-pin-here"));
    }
    const { user, tokenHash } = locked;
    const fits = await passwords.inTurn(async () => {
      // counted before it is checked, so that many at once do not get more tries than five
      const tries = store.sessions.countPinTry(tokenHash);
      if (tries <= MOST_PIN_TRIES && await verifyPassword(pin, user.pinHash!)) return true;
      counts.loginRefused();
      if (tries >= MOST_PIN_TRIES) signIns.end(tokenHash);
      store.audit.add("box", "PIN refused", user.username, { address: context.env.address, tries });
      const left = Math.max(0, MOST_PIN_TRIES - tries);
      const what = left > 0 ? say("pin-again") : say("pin-gone");
      throw new Problem(401, "Wrong PIN", say("wrong-pin", { what }), {
        more: { locked: left > 0, triesLeft: left },
      });
    });
    if (fits) giveCookie(context, signIns.unlock(tokenHash));
    store.audit.add(user.username, "unlocked", user.username, { address: context.env.address });
    return sessionOf(user, pinHelps(context, settings));
  }),

  route("PUT /api/session/password", {
    who: "signed in",
    summary: "Change one's own password, which ends one's other sessions",
    body: OwnPasswordBody,
    answer: json<Session>(),
    peopleOnly: true,
  }, async ({ context, store, settings, passwords, events, body, user }) => {
    if (user.source === "clinic") throw conflict(say("own-password-of-the-clinic"));
    await passwords.again(context, body.password, say("own-password-wrong"));
    await ensureStrong(body.newPassword, [user.username, user.displayName, settings.current.name], "newPassword");
    const passwordHash = await passwords.inTurn(() => hashPassword(body.newPassword));
    store.transaction(() => {
      store.users.setPasswordHash(user.id, passwordHash);
      store.sessions.removeOfUser(user.id, context.get("signedIn")!.tokenHash);
      store.audit.add(user.username, "password changed", `user ${user.id}`);
    });
    events.recheck();
    return sessionOf({ ...user, passwordHash }, pinHelps(context, settings));
  }),

  route("PUT /api/session/pin", {
    who: "signed in",
    summary: "Set one's own PIN",
    body: PinBody,
    answer: json<Session>(),
    peopleOnly: true,
  }, async ({ context, store, settings, passwords, body: { pin, password }, user }) => {
    if (isObvious(pin)) {
      throw notUnderstood(say("obvious-pin"), {
        fields: [wrongField("pin", say("field-obvious-pin"))],
      });
    }
    await passwords.again(context, password, say("pin-wrong-password"));
    const pinHash = await passwords.inTurn(() => hashPassword(pin));
    store.transaction(() => {
      store.users.setPinHash(user.id, pinHash);
      store.audit.add(user.username, "PIN set", `user ${user.id}`);
    });
    return sessionOf({ ...user, pinHash }, pinHelps(context, settings));
  }),

  route("DELETE /api/session/pin", {
    who: "signed in",
    summary: "Remove one's own PIN",
    answer: json<Session>(),
    peopleOnly: true,
  }, ({ context, store, settings, user }) => {
    store.transaction(() => {
      store.users.setPinHash(user.id, null);
      store.audit.add(user.username, "PIN removed", `user ${user.id}`);
    });
    return sessionOf({ ...user, pinHash: null }, pinHelps(context, settings));
  }),
];

/** Whether a PIN opens a locked page where this request comes from: the kiosk, unless it is set to be anywhere. */
export function pinHelps(context: WebContext, settings: Parts["settings"]): boolean {
  return settings.current.pinUnlock === "anywhere" || isFromThisBox(context);
}

/** Who is signed in, as the pages know them. */
export function sessionOf(user: User, pinHelps: boolean): Session {
  return {
    username: user.username,
    displayName: user.displayName,
    role: user.role,
    permissions: permissionsOf(user.role),
    source: user.source,
    pin: user.pinHash !== null,
    unlocksByPin: pinHelps && user.pinHash !== null,
  };
}

/** 1111, 1234, 8765: what is tried first. */
function isObvious(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, n) => Number(digit) - Number(pin[n]));
  return steps.every((step) => step === steps[0]) && Math.abs(steps[0]!) <= 1;
}
