import { existsSync } from "node:fs";
import { join } from "node:path";
import { say } from "../sentences.ts";
import { notFound } from "./problem.ts";

/** Below it the OHIF viewer is served, with a policy of its own. */
export const OHIF_PATH = "/ohif/";

const CONTENT_TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  wasm: "application/wasm",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  woff2: "font/woff2",
};

/** Whether a folder has what `deno task ohif` makes. */
export function hasOhif(folder: string): boolean {
  return existsSync(join(folder, "ohif.json"));
}

/**
 * A file of the OHIF viewer, or its page for each address that is none: the viewer reads the rest of it itself.
 *
 * @param folder as `deno task ohif` makes it: texts are compressed
 * @param path below `/ohif/`
 * @throws Problem 404
 */
export async function serveOhif(folder: string, path: string, request: Request): Promise<Response> {
  const isFile = /\.\w+$/.test(path);
  const name = isFile ? path : "index.html";
  const contentType = CONTENT_TYPES[name.split(".").at(-1)!];
  const plain = name.split("/").every((part) => /^[a-z0-9_][a-z0-9_.-]*$/i.test(part));
  if (!plain || contentType === undefined) throw missing(path);
  const { file, isCompressed } = await open(join(folder, name), path);
  const headers: Record<string, string> = {
    "content-type": contentType,
    // its bundles have their contents' hash in their names
    "cache-control": /[.]?[0-9a-f]{16}\./.test(name) ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
  };
  if (!isCompressed) return new Response(file.readable, { headers });
  const takesGzip = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  return takesGzip
    ? new Response(file.readable, { headers: { ...headers, "content-encoding": "gzip" } })
    : new Response(file.readable.pipeThrough(new DecompressionStream("gzip")), { headers });
}

async function open(path: string, asked: string): Promise<{ file: Deno.FsFile; isCompressed: boolean }> {
  for (const [ending, isCompressed] of [[".gz", true], ["", false]] as const) {
    try {
      const file = await Deno.open(path + ending);
      if ((await file.stat()).isFile) return { file, isCompressed };
      file.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
  throw missing(asked);
}

function missing(path: string) {
  return notFound(say("no-such-file", { path: `${OHIF_PATH}${path}` }));
}
