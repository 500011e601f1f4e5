import type { WebContext } from "../context.ts";
import { OHIF_PATH, serveOhif } from "../ohif.ts";
import { notFound } from "../problem.ts";
import { say } from "../../sentences.ts";
import { file, route } from "../route.ts";
import { serveFile } from "../static_files.ts";

const page = {
  who: "anyone",
  summary: "A page, or a file of one",
  answer: file("*/*"),
  beforeSetup: true,
} as const;

const own = ({ context }: { context: WebContext }) => serveFile(context.req.path.slice(1), context.req.raw);
const named = (path: string) => ({ context }: { context: WebContext }) => serveFile(path, context.req.raw);

/** The pages and their files. */
export const pageRoutes = [
  route("GET /", page, named("kiosk/index.html")),
  route("GET /settings", page, named("settings/index.html")),
  route("GET /print", page, named("print/index.html")),
  route("GET /room/:room", page, named("rooms/index.html")),
  route("GET /kiosk/*", page, own),
  route("GET /settings/*", page, own),
  route("GET /print/*", page, own),
  route("GET /rooms/*", page, own),
  route("GET /shared/*", page, own),
  route("GET /vendor/*", page, own),
  route("GET /ohif/*", page, ({ context, ohif }) => {
    const path = context.req.path.slice(OHIF_PATH.length);
    if (ohif === undefined) throw notFound(say("no-such-file", { path: context.req.path }));
    return serveOhif(ohif, path, context.req.raw);
  }),
  route("GET /favicon.ico", page, named("shared/mark.svg")),
];
