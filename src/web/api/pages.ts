import type { Routes } from "../context.ts";
import { serveFile } from "../static_files.ts";

/** The pages and their files. */
export function pageRoutes(): Routes<
  | "GET /"
  | "GET /settings"
  | "GET /print"
  | "GET /kiosk/*"
  | "GET /settings/*"
  | "GET /print/*"
  | "GET /shared/*"
  | "GET /vendor/*"
  | "GET /favicon.ico"
> {
  const own = (context: { req: { path: string; raw: Request } }) =>
    serveFile(context.req.path.slice(1), context.req.raw);
  return {
    "GET /": (context) => serveFile("kiosk/index.html", context.req.raw),
    "GET /settings": (context) => serveFile("settings/index.html", context.req.raw),
    "GET /print": (context) => serveFile("print/index.html", context.req.raw),
    "GET /kiosk/*": own,
    "GET /settings/*": own,
    "GET /print/*": own,
    "GET /shared/*": own,
    "GET /vendor/*": own,
    "GET /favicon.ico": (context) => serveFile("shared/mark.svg", context.req.raw),
  };
}
