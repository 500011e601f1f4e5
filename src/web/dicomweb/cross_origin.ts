import type { MiddlewareHandler } from "hono";
import type { SettingsInForce } from "../../settings/effective_settings.ts";
import type { WebEnv } from "../context.ts";

/** How long a browser may keep the answer to a preflight, seconds. */
const KEPT = 600;

/**
 * Lets web viewers of other hosts, such as OHIF, use DICOMweb: those that the settings name, and with a token only, so
 * that no visitor's cookie is ever worth anything to them (Fetch standard, 3.2).
 */
export function crossOriginViewers(settings: SettingsInForce): MiddlewareHandler<WebEnv> {
  return async (context, next) => {
    const origin = context.req.header("origin");
    const allowed = settings.current.dicomWebOrigins?.split(", ") ?? [];
    if (origin === undefined || !allowed.includes(origin)) return await next();
    const headers = { "access-control-allow-origin": origin, vary: "origin" };
    const isPreflight = context.req.method === "OPTIONS" &&
      context.req.header("access-control-request-method") !== undefined;
    if (isPreflight) {
      return context.body(null, 204, {
        ...headers,
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "accept, authorization, content-type, if-none-match, if-range, range",
        "access-control-max-age": String(KEPT),
      });
    }
    if (context.req.header("authorization") !== undefined) context.set("trustedOrigin", true);
    await next();
    context.res.headers.set("access-control-allow-origin", origin);
    context.res.headers.append("vary", "origin");
    context.res.headers.set(
      "access-control-expose-headers",
      "accept-ranges, content-length, content-range, etag, location, warning",
    );
    context.res.headers.set("cross-origin-resource-policy", "cross-origin");
  };
}
