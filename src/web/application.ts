import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { say, type Sentence } from "../sentences.ts";
import { isOutOfResources } from "../archive/out_of_resources.ts";
import { isLocked } from "../store/database.ts";
import { NotPossible } from "../store/not_possible.ts";
import { AppointmentTaken } from "../store/appointments.ts";
import { MachineTaken } from "../store/machines.ts";
import { pinHelps } from "./api/session.ts";
import { crossOriginViewers } from "./dicomweb/cross_origin.ts";
import { isForPurpose, rolesOf } from "./authorisation.ts";
import { compressedTexts } from "./compression.ts";
import type { WebContext, WebEnv } from "./context.ts";
import type { Parts } from "./parts.ts";
import { PicturesBusy } from "./pictures.ts";
import { SettingFixed, UnusableSetting } from "../settings/effective_settings.ts";
import { ClinicFailure } from "../clinic/failure.ts";
import { conflict, notFound, notUnderstood, Problem } from "./problem.ts";
import { isForPeople, type Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { isFromThisBox, sameOriginWrites, securityHeaders } from "./security.ts";
import { confirmBySecondAdmin } from "./second_admin.ts";
import type { StreamLimits } from "./stream_limits.ts";
import { COOKIE } from "./sign_ins.ts";

const SET_UP = say("already-set-up");

/** The web application: every route that is declared, and refusals as problems. */
export function application(parts: Parts): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.use(async (context, next) => {
    const started = performance.now();
    const requestId = crypto.randomUUID().slice(0, 8);
    context.set("requestId", requestId);
    await next();
    parts.counts.answered(context.res.status);
    context.res.headers.set("x-request-id", requestId);
    // the route as it is registered, not the address: an address may carry a patient's id
    parts.log.debug?.("request {requestId}: {method} {route}, {status} in {milliseconds} ms", {
      requestId,
      method: context.req.method,
      route: context.req.routePath,
      status: context.res.status,
      milliseconds: Math.round(performance.now() - started),
    });
  });
  app.use("/dicom-web/*", crossOriginViewers(parts.settings));
  app.use("/dicom-web/*", compressedTexts);
  app.use(securityHeaders);
  app.use(sameOriginWrites);
  app.use(async (context, next) => {
    const authorization = context.req.header("authorization");
    const cookie = getCookie(context, COOKIE);
    context.set(
      "signedIn",
      authorization === undefined
        ? parts.signIns.find(cookie)
        : parts.signIns.findProgram(authorization, context.env.address),
    );
    context.set("locked", authorization === undefined ? parts.signIns.findLocked(cookie) : undefined);
    await next();
  });

  const routes: readonly Route[] = ROUTES;
  for (const route of routes) {
    app.on(route.method, route.path, async (context) => {
      if (parts.setup.needed && !route.beforeSetup) throw notSetUp();
      if (!parts.setup.needed && route.beforeSetup === "only") throw conflict(SET_UP);
      admit(context, route, parts);
      if (route.outOrIn) await confirmBySecondAdmin(context, route.name, parts);
      const limits = limitsOf(route, parts);
      const answer = limits === undefined
        ? await route.handle(context, parts)
        : await limits.within(context, () => route.handle(context, parts));
      if (route.method !== "GET") await parts.store.durable(); // what a page says is done is done, also when the power fails
      return answer;
    });
  }
  for (const [path, declared] of Map.groupBy(routes, ({ path }) => path)) {
    const allowed = declared.map(({ method }) => method).join(", ");
    app.all(path, (context) => {
      throw new Problem(
        405,
        "Method not allowed",
        say("method-unknown", { method: context.req.method, allowed }),
        { headers: { allow: allowed } },
      );
    });
  }
  app.notFound(() => notFound(say("no-such-address")).response());
  app.onError((error, context) => asProblem(error, context, parts).response());
  return app;
}

/** What counts the answers of a route while they are being sent; undefined where they are short. */
function limitsOf({ streams }: Route, { downloads, shownPictures }: Parts): StreamLimits | undefined {
  if (streams === undefined) return undefined;
  return streams === "pictures" ? shownPictures : downloads;
}

/** @throws Problem 401 without a login, 403 when the role does not allow it */
function admit(context: WebContext, route: Route, { settings }: Parts): void {
  const roles = rolesOf(route.who);
  if (roles === undefined) return;
  const signedIn = context.get("signedIn");
  if (signedIn?.program) {
    if (isForPeople(route)) throw notAllowed(say("token-is-for-people"));
    if (signedIn.program.readOnly && route.method !== "GET") throw notAllowed(say("token-only-reads"));
    if (!isForPurpose(route, signedIn.program)) {
      throw notAllowed(say("token-of-another-purpose", { purpose: say(signedIn.program.purpose || "reading") }));
    }
  }
  if (signedIn) {
    if (roles.includes(signedIn.user.role)) return;
    throw notAllowed(say("role-may-not", { role: say(signedIn.user.role) }));
  }
  if (route.who === "signed in, or from this box" && isFromThisBox(context)) return;
  const locked = context.get("locked")?.user;
  if (locked) {
    const pin = locked.pinHash !== null && pinHelps(context, settings);
    throw new Problem(401, "Locked", say("locked"), {
      more: { locked: true, displayName: locked.displayName || locked.username, pin },
    });
  }
  // programs show a token (RFC 6750 3); pages have a form for it
  const wrong = context.req.header("authorization") === undefined ? "" : ', error="invalid_token"';
  throw new Problem(401, "Sign in first", say("no-login"), {
    headers: { "www-authenticate": `Bearer realm="sonodesk"${wrong}` },
  });
}

function notAllowed(detail: Sentence): Problem {
  return new Problem(403, "Not allowed", detail);
}

function notSetUp(): Problem {
  return new Problem(503, "Not set up", say("not-set-up"), {
    more: { setup: true },
  });
}

function asProblem(error: Error, context: WebContext, parts: Parts): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnusableSetting) return notUnderstood(error.told);
  if (error instanceof SettingFixed) return conflict(error.told);
  if (error instanceof NotPossible || error instanceof AppointmentTaken || error instanceof MachineTaken) {
    return conflict(error.told);
  }
  if (error instanceof ClinicFailure) return conflict(error.told);
  if (error instanceof PicturesBusy) {
    return new Problem(503, "Busy", error.told, { headers: { "retry-after": "2" } });
  }
  parts.log.error("A request failed", {
    requestId: context.get("requestId"),
    method: context.req.method,
    route: context.req.routePath,
    error: error.stack ?? String(error),
  });
  if (isLocked(error)) {
    const detail = say("store-busy");
    return new Problem(503, "Busy", detail, { headers: { "retry-after": "2" } });
  }
  if (isOutOfResources(error)) {
    const detail = say("nothing-can-be-kept");
    return new Problem(507, "Nothing can be kept", detail);
  }
  return new Problem(500, "The box failed", say("box-failed"));
}
