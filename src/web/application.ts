import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { NotPossible } from "../store/worklist_items.ts";
import { AppointmentTaken } from "../store/appointments.ts";
import { MachineTaken } from "../store/machines.ts";
import { appointmentRoutes } from "./api/appointments.ts";
import { boxRoutes } from "./api/box.ts";
import { eventRoutes } from "./api/events.ts";
import { healthRoutes } from "./api/health.ts";
import { instanceRoutes } from "./api/instances.ts";
import { machineRoutes } from "./api/machines.ts";
import { metricsRoutes } from "./api/metrics.ts";
import { pageRoutes } from "./api/pages.ts";
import { sessionRoutes } from "./api/session.ts";
import { studyRoutes } from "./api/studies.ts";
import { userRoutes } from "./api/users.ts";
import { ACCESS, type Access, type RouteName } from "./authorisation.ts";
import type { Handler, Parts, WebContext, WebEnv } from "./parts.ts";
import { conflict, notFound, Problem } from "./problem.ts";
import { sameOriginWrites, securityHeaders } from "./security.ts";
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
    ...studyRoutes(parts),
    ...instanceRoutes(parts),
    ...machineRoutes(parts),
    ...userRoutes(parts),
  };
  const app = new Hono<WebEnv>();

  app.use(async (context, next) => {
    await next();
    parts.counts.answered(context.res.status);
  });
  app.use(securityHeaders);
  app.use(sameOriginWrites);
  app.use(async (context, next) => {
    context.set("signedIn", parts.signIns.find(getCookie(context, COOKIE)));
    await next();
  });

  const methods = new Map<string, string[]>();
  for (const [name, handler] of Object.entries(handlers) as [RouteName, Handler][]) {
    const [method, path] = name.split(" ") as [string, string];
    methods.set(path, [...methods.get(path) ?? [], method]);
    app.on(method, path, (context) => {
      admit(context, ACCESS[name]);
      return handler(context);
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

/** @throws Problem 401 without a login, 403 when the role does not allow it */
function admit(context: WebContext, access: Access): void {
  if (access === "anyone") return;
  const signedIn = context.get("signedIn");
  if (access === "signed in, or from this box") {
    if (signedIn || isLoopback(context.env.address)) return;
  } else if (signedIn) {
    if (access.includes(signedIn.user.role)) return;
    throw new Problem(403, "Not allowed", `Cannot do this as ${signedIn.user.role}: ask somebody who may`);
  }
  throw new Problem(401, "Sign in first", "Cannot answer without a login: sign in first");
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

function asProblem(error: Error, context: WebContext, parts: Parts): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NotPossible || error instanceof AppointmentTaken || error instanceof MachineTaken) {
    return conflict(error.message);
  }
  // the route as it is registered, not the address: an address may carry a patient's id
  parts.log.error("A request failed", {
    method: context.req.method,
    route: context.req.routePath,
    error: error.stack ?? String(error),
  });
  return new Problem(500, "The box failed", "Cannot answer: the box made an error, which is in its log. Try again");
}
