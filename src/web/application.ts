import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { isOutOfResources } from "../archive/out_of_resources.ts";
import { isLocked } from "../store/database.ts";
import { NotPossible } from "../store/not_possible.ts";
import { AppointmentTaken } from "../store/appointments.ts";
import { MachineTaken } from "../store/machines.ts";
import { appointmentRoutes } from "./api/appointments.ts";
import { appointmentChangeRoutes } from "./api/appointment_changes.ts";
import { roomRoutes } from "./api/rooms.ts";
import { draftRoutes } from "./api/drafts.ts";
import { searchRoutes } from "./api/search.ts";
import { maintenanceRoutes } from "./api/maintenance.ts";
import { setAsideRoutes } from "./api/set_aside.ts";
import { clinicRoutes } from "./api/clinic.ts";
import { boxRoutes } from "./api/box.ts";
import { computerRoutes } from "./api/computer.ts";
import { destinationRoutes } from "./api/destinations.ts";
import { dicomSecurityRoutes } from "./api/dicom_security.ts";
import { dicomWebQueryRoutes } from "./api/dicomweb_query.ts";
import { dicomWebRetrieveRoutes } from "./api/dicomweb_retrieve.ts";
import { dicomWebStoreRoutes } from "./api/dicomweb_store.ts";
import { eventRoutes } from "./api/events.ts";
import { healthRoutes } from "./api/health.ts";
import { instanceRoutes } from "./api/instances.ts";
import { machineRoutes } from "./api/machines.ts";
import { measurementRoutes } from "./api/measurements.ts";
import { metricsRoutes } from "./api/metrics.ts";
import { pageRoutes } from "./api/pages.ts";
import { pinHelps, sessionRoutes } from "./api/session.ts";
import { studyRoutes } from "./api/studies.ts";
import { attentionRoutes } from "./api/attention.ts";
import { auditRoutes } from "./api/audit.ts";
import { diagnosticsRoutes } from "./api/diagnostics.ts";
import { certificateRoutes } from "./api/certificate.ts";
import { logRoutes } from "./api/logs.ts";
import { openApiRoutes } from "./api/openapi.ts";
import { procedureStepRoutes } from "./api/procedure_steps.ts";
import { patientRoutes } from "./api/patients.ts";
import { settingRoutes } from "./api/settings.ts";
import { setupRoutes } from "./api/setup.ts";
import { tokenRoutes } from "./api/tokens.ts";
import { updateRoutes } from "./api/update.ts";
import { userRoutes } from "./api/users.ts";
import { crossOriginViewers } from "./dicomweb/cross_origin.ts";
import {
  ACCESS,
  type Access,
  BEFORE_SETUP,
  isForPurpose,
  NOT_FOR_PROGRAMS,
  OUT_OR_IN,
  type RouteName,
} from "./authorisation.ts";
import type { Handler, WebContext, WebEnv } from "./context.ts";
import type { Parts } from "./parts.ts";
import { PicturesBusy } from "./pictures.ts";
import { SettingFixed, UnusableSetting } from "../settings/effective_settings.ts";
import { ClinicFailure } from "../clinic/failure.ts";
import { conflict, notFound, notUnderstood, Problem } from "./problem.ts";
import { isFromThisBox, sameOriginWrites, securityHeaders } from "./security.ts";
import { confirmBySecondAdmin } from "./second_admin.ts";
import type { StreamLimits } from "./stream_limits.ts";
import { COOKIE } from "./sign_ins.ts";

/** The web application: every route of the table of authorisation, and refusals as problems. */
export function application(parts: Parts): Hono<WebEnv> {
  const handlers: Record<RouteName, Handler> = {
    ...pageRoutes(),
    ...boxRoutes(parts),
    ...healthRoutes(parts),
    ...metricsRoutes(parts),
    ...sessionRoutes(parts),
    ...eventRoutes(parts),
    ...appointmentRoutes(parts),
    ...appointmentChangeRoutes(parts),
    ...draftRoutes(parts),
    ...searchRoutes(parts),
    ...roomRoutes(parts),
    ...studyRoutes(parts),
    ...instanceRoutes(parts),
    ...measurementRoutes(parts),
    ...machineRoutes(parts),
    ...procedureStepRoutes(parts),
    ...destinationRoutes(parts),
    ...dicomSecurityRoutes(parts),
    ...dicomWebQueryRoutes(parts),
    ...dicomWebRetrieveRoutes(parts),
    ...dicomWebStoreRoutes(parts),
    ...userRoutes(parts),
    ...setupRoutes(parts),
    ...settingRoutes(parts),
    ...tokenRoutes(parts),
    ...auditRoutes(parts),
    ...diagnosticsRoutes(parts),
    ...maintenanceRoutes(parts),
    ...setAsideRoutes(parts),
    ...logRoutes(parts),
    ...updateRoutes(parts),
    ...computerRoutes(parts),
    ...certificateRoutes(parts),
    ...patientRoutes(parts),
    ...attentionRoutes(parts),
    ...clinicRoutes(parts),
    ...openApiRoutes(parts),
  };
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

  const methods = new Map<string, string[]>();
  for (const [name, handler] of Object.entries(handlers) as [RouteName, Handler][]) {
    const [method, path] = name.split(" ") as [string, string];
    methods.set(path, [...methods.get(path) ?? [], method]);
    app.on(method, path, async (context) => {
      if (parts.setup.needed && !BEFORE_SETUP.has(name)) throw notSetUp();
      admit(context, name, parts);
      if (OUT_OR_IN.has(name)) await confirmBySecondAdmin(context, name, parts);
      const limits = limitsOf(name, parts);
      if (method === "GET") {
        return limits === undefined ? handler(context) : limits.within(context, () => handler(context));
      }
      const answer = await handler(context);
      await parts.store.durable(); // what a page says is done is done, also when the power fails
      return answer;
    });
  }
  for (const [path, allowed] of methods) {
    app.all(path, (context) => {
      throw new Problem(
        405,
        "Method not allowed",
        `Cannot ${context.req.method} this address: it knows ${allowed.join(", ")}`,
        { headers: { allow: allowed.join(", ") } },
      );
    });
  }
  app.notFound(() => notFound("Cannot find this address: there is nothing here").response());
  app.onError((error, context) => asProblem(error, context, parts).response());
  return app;
}

/** What counts the answers of a route while they are being sent; undefined where they are short. */
function limitsOf(name: RouteName, { downloads, shownPictures }: Parts): StreamLimits | undefined {
  if (/^GET .*\/(thumbnail|rendered|frames\/:n)$/.test(name)) return shownPictures;
  const isDownload = name.startsWith("GET /dicom-web/studies/:study") || /^GET .*\/(file|video)$/.test(name);
  return isDownload ? downloads : undefined;
}

/** @throws Problem 401 without a login, 403 when the role does not allow it */
function admit(context: WebContext, name: RouteName, { settings }: Parts): void {
  const access: Access = ACCESS[name];
  if (access === "anyone") return;
  const signedIn = context.get("signedIn");
  if (signedIn?.program) {
    if (NOT_FOR_PROGRAMS.has(name)) throw notAllowed("Cannot do this with a token: it is for people");
    if (signedIn.program.readOnly && !name.startsWith("GET ")) throw notAllowed("Cannot write: this token only reads");
    if (!isForPurpose(name, signedIn.program)) {
      throw notAllowed(`Cannot do this with a token for ${signedIn.program.purpose}: make one for what it is to do`);
    }
  }
  if (access === "signed in, or from this box") {
    if (signedIn || isFromThisBox(context)) return;
  } else if (signedIn) {
    if (access.includes(signedIn.user.role)) return;
    throw notAllowed(`Cannot do this as ${signedIn.user.role}: ask somebody who may`);
  }
  const locked = context.get("locked")?.user;
  if (locked) {
    const pin = locked.pinHash !== null && pinHelps(context, settings);
    throw new Problem(401, "Locked", "Cannot answer while the page is locked: unlock it, or sign in", {
      more: { locked: true, displayName: locked.displayName || locked.username, pin },
    });
  }
  throw new Problem(401, "Sign in first", "Cannot answer without a login: sign in first");
}

function notAllowed(detail: string): Problem {
  return new Problem(403, "Not allowed", detail);
}

function notSetUp(): Problem {
  return new Problem(503, "Not set up", "Cannot answer before the first start is done: open the page and follow it", {
    more: { setup: true },
  });
}

function asProblem(error: Error, context: WebContext, parts: Parts): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnusableSetting) return notUnderstood(error.message);
  if (error instanceof SettingFixed) return conflict(error.message);
  if (error instanceof NotPossible && error.code !== undefined) {
    return new Problem(409, "Not possible now", error.message, { more: { code: error.code } });
  }
  if (error instanceof NotPossible || error instanceof AppointmentTaken || error instanceof MachineTaken) {
    return conflict(error.message);
  }
  if (error instanceof ClinicFailure) return conflict(error.message);
  if (error instanceof PicturesBusy) {
    return new Problem(503, "Busy", error.message, { headers: { "retry-after": "2" } });
  }
  parts.log.error("A request failed", {
    requestId: context.get("requestId"),
    method: context.req.method,
    route: context.req.routePath,
    error: error.stack ?? String(error),
  });
  if (isLocked(error)) {
    const detail = "Cannot do this now: another program holds the box's store, try again in a moment";
    return new Problem(503, "Busy", detail, { headers: { "retry-after": "2" } });
  }
  if (isOutOfResources(error)) {
    const detail = "Cannot do this: the box can write nothing down, free some space on its disk or see to the disk";
    return new Problem(507, "Nothing can be kept", detail);
  }
  return new Problem(500, "The box failed", "Cannot answer: the box made an error, which is in its log. Try again");
}
