import type { MiddlewareHandler } from "hono";
import { say } from "../sentences.ts";
import { OHIF_PATH } from "./ohif.ts";
import { Problem } from "./problem.ts";
import type { WebContext, WebEnv } from "./context.ts";

/** What a page may load and do: only what this box serves, no inline script, no inline style, in no other's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The OHIF viewer besides: its codecs are WebAssembly, in workers; its pictures and clips are blobs; it styles inline. */
const OHIF_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self' data:",
  "connect-src 'self' blob: data:",
  "object-src 'self' blob:",
  "frame-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Its decoders, which are loaded as workers and see pixels alone, make functions of texts; no page may. */
const OHIF_WORKER_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self' blob: data:";

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** How long a browser comes by HTTPS only after it last did, seconds: a month, should HTTPS be switched off. */
const HTTPS_ONLY_FOR = 30 * 86_400;

/** Whether this is an address of the box itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}

/** What a proxy adds. */
const PASSED_ON = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/**
 * Whether a request comes from the box itself: the kiosk's browser, or a watchdog. Not so what a proxy on the box
 * passes on, nor a stranger's page whose name was made to point here.
 */
export function isFromThisBox(context: WebContext): boolean {
  const { address } = context.env;
  if (!isLoopback(address) || PASSED_ON.some((name) => context.req.header(name) !== undefined)) return false;
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(new URL(context.req.url).hostname);
}

/** Headers for every answer, refusals included. */
export const securityHeaders: MiddlewareHandler<WebEnv> = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
  if (context.req.path.startsWith(OHIF_PATH)) {
    const isScript = context.req.path.endsWith(".js");
    context.res.headers.set("content-security-policy", isScript ? OHIF_WORKER_POLICY : OHIF_POLICY);
    context.res.headers.set("cross-origin-embedder-policy", "require-corp"); // shares memory with its workers
  }
  // who has come by HTTPS once, and so trusts the box's certificate, is not led back to plain HTTP by anybody
  if (context.env.secure) context.res.headers.set("strict-transport-security", `max-age=${HTTPS_ONLY_FOR}`);
};

/**
 * Refuses writes that another site's page makes with a visitor's browser. Programs that are no browser send neither
 * header and pass; they have no cookie that a stranger could borrow.
 */
export const sameOriginWrites: MiddlewareHandler<WebEnv> = async (context, next) => {
  if (!["GET", "HEAD", "OPTIONS"].includes(context.req.method) && !context.get("trustedOrigin")) {
    const origin = context.req.header("origin");
    // not the header: HTTP/2 has none, the address is right for both
    const foreign = origin !== undefined && hostOf(origin) !== new URL(context.req.url).host;
    if (foreign || context.req.header("sec-fetch-site") === "cross-site") {
      throw new Problem(403, "Another site", say("another-site"));
    }
  }
  await next();
};

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    // "null" and anything else that is no address: never the box's own page
    return undefined;
  }
}
