import { setCookie } from "hono/cookie";
import * as v from "valibot";
import type { InstallState } from "../../host/installer.ts";
import { say } from "../../sentences.ts";
import { SETTINGS } from "../../settings/config.ts";
import { filledLine, line, longString } from "../fields.ts";
import { hashPassword } from "../password.ts";
import { ensureStrong } from "../password_strength.ts";
import { conflict, notFound, Problem, wrongField } from "../problem.ts";
import { COOKIE } from "../sign_ins.ts";
import { RESCUE_COOKIE } from "../rescue_pages.ts";
import { pinHelps, sessionOf } from "./session.ts";
import { password } from "./users.ts";
import { type Asked, json, route } from "../route.ts";
import type { Session } from "../contract/people.ts";

const SetupBody = v.object({
  code: filledLine(20),
  username: filledLine(64),
  displayName: v.optional(longString, ""),
  password,
  clinicName: v.optional(longString, ""),
  timeZone: v.optional(line(64), ""),
  country: v.optional(line(2), ""),
  language: v.optional(line(8), ""),
});

/** Whose tries are counted at the first start: nobody has a name yet. */
const NOBODY = "first start";

/** The first start: with the code from the box's own screen, the first admin and what the clinic is called. */
export const setupRoutes = [
  route("POST /api/setup", {
    who: "anyone",
    summary: "First start: with the setup code, the first admin",
    body: SetupBody,
    answer: json<Session>(),
    status: 201,
    beforeSetup: "only",
  }, async (asked) => {
    const { context, store, settings, setup, signIns, body } = asked;
    const { address, secure } = context.env;
    ensureCode(asked);
    await ensureStrong(body.password, [body.username, body.displayName, body.clinicName, settings.current.name]);
    const passwordHash = await hashPassword(body.password);
    const user = store.transaction(() => {
      if (!setup.needed) throw conflict(say("just-set-up"));
      const chosen = {
        [SETTINGS.name.name]: body.clinicName,
        [SETTINGS.timeZone.name]: body.timeZone,
        [SETTINGS.country.name]: body.country,
        [SETTINGS.language.name]: body.language,
      };
      const fixed = new Set(
        settings.list().filter(({ source }) => source === "environment").map(({ name }) => name),
      );
      for (const [name, value] of Object.entries(chosen)) {
        if (value !== "" && !fixed.has(name)) settings.change(name, value);
      }
      const { username, displayName } = body;
      const added = store.users.add({ username, displayName, role: "admin", passwordHash });
      store.audit.add(username, "box set up", `user ${added.id}`, { after: chosen, address });
      return added;
    });
    const { token, maxAge } = signIns.begin(user);
    setCookie(context, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/", secure, maxAge });
    return sessionOf(user, pinHelps(context, settings));
  }),

  route("POST /api/setup/restore", {
    who: "anyone",
    summary: "First start: with the setup code, to the pages that bring the box back from a backup",
    body: v.object({ code: filledLine(20) }),
    beforeSetup: "only",
  }, (asked) => {
    const { context, setup, beginRestore } = asked;
    if (beginRestore === undefined) throw notFound(say("no-such-address"));
    ensureCode(asked);
    if (!setup.needed) throw conflict(say("just-set-up"));
    const { secure } = context.env;
    setCookie(context, RESCUE_COOKIE, beginRestore(), { httpOnly: true, sameSite: "Strict", path: "/", secure });
  }),

  route("GET /api/setup/installation", {
    who: "anyone",
    summary:
      "First start: the disks inside the computer, where the box runs from a stick, and how installing it stands",
    answer: json<InstallState>(),
    beforeSetup: "only",
  }, ({ computer }) => computer?.installation() ?? NOT_INSTALLABLE),

  route("POST /api/setup/installation", {
    who: "anyone",
    summary: "First start: with the setup code, the box copied from its stick to a disk; everything on that is erased",
    body: v.object({ code: filledLine(20), disk: filledLine(64) }),
    answer: json<Record<never, never>>(),
    status: 202,
    beforeSetup: "only",
  }, async (asked) => {
    const { computer, setup, body: { disk }, log } = asked;
    ensureCode(asked);
    if (!setup.needed) throw conflict(say("just-set-up"));
    const { state, disks } = computer?.installation() ?? NOT_INSTALLABLE;
    if (state === "installing" || state === "done") throw conflict(say("install-under-way"));
    if (!disks.some(({ id }) => id === disk)) throw notFound(say("install-no-disk"));
    log.warn("the box is installed on the disk {disk}, as asked", { disk });
    await computer!.installOn(disk);
    return {};
  }),
];

/** Of a computer that is not the box's own. */
const NOT_INSTALLABLE: InstallState = { state: "none", percent: 0, why: "", disks: [] };

/** Lets on who has the code from the box's own screen, and slows down who guesses it. @throws Problem */
function ensureCode({ context, setup, limits, counts, body }: Asked & { body: { code: string } }): void {
  const { address } = context.env;
  const wait = limits.begin(NOBODY, address);
  if (wait > 0) {
    counts.loginRefused();
    throw new Problem(429, "Too many tries", say("too-many-setup-codes", { wait }), {
      headers: { "retry-after": String(wait) },
      more: { retryAfter: wait },
    });
  }
  if (!setup.fits(body.code)) {
    counts.loginRefused();
    throw new Problem(403, "Wrong code", say("wrong-setup-code"), {
      more: { fields: [wrongField("code", "is not the one on the box's screen")] },
    });
  }
  limits.succeeded(NOBODY, address);
}
