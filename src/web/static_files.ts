import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip as gzipWithCallback } from "node:zlib";
import { say } from "../sentences.ts";
import { browserModule } from "./browser_module.ts";
import { withPreloads } from "./page_modules.ts";
import { notFound } from "./problem.ts";

const gzip = promisify<Uint8Array, Uint8Array>(gzipWithCallback);

const UI = new URL("../../ui/", import.meta.url);

const CONTENT_TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  ts: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  json: "application/json",
};

/** What is text, and smaller when compressed. */
const COMPRESSED = new Set(["html", "ts", "css", "svg", "json"].map((ending) => CONTENT_TYPES[ending]!));

/** The pages' libraries, served as their packages have them, but for the names they import each other by. */
const VENDOR: Record<string, { module: string; imports?: Record<string, string> }> = {
  "preact.ts": { module: "preact" },
  "hooks.ts": { module: "preact/hooks", imports: { preact: "/vendor/preact.ts" } },
  "htm.ts": { module: "htm" },
};

/**
 * A file of the pages, by its path below `/`: `kiosk/main.ts`, `vendor/preact.ts`. Answers 304 to who has it already.
 * A module in TypeScript goes out without its types and comments, its lines where they were.
 *
 * Every part of the path must be a plain name, so none leads out of the folder. In the compiled program the files
 * are read from what is embedded in it, where the build has taken the types out (`appliance/tree.ts`).
 *
 * @throws Problem 404
 */
export async function serveFile(path: string, request: Request): Promise<Response> {
  const name = path.split("/").at(-1) ?? "";
  const contentType = CONTENT_TYPES[name.split(".").at(-1) ?? ""];
  const plain = path.split("/").every((part) => /^[a-z0-9_][a-z0-9_.-]*$/i.test(part));
  if (!plain || contentType === undefined) throw missing(path);
  const bytes = name.endsWith(".html") ? await withPreloads(await readOwn(path), read) : await read(path);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  const headers = { "content-type": contentType, "cache-control": "no-cache", vary: "accept-encoding", etag };
  if (isFresh(request, etag)) return new Response(null, { status: 304, headers });
  const takesGzip = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  if (!takesGzip || !COMPRESSED.has(contentType)) return new Response(bytes, { headers });
  return new Response(await zipped(bytes, etag), { headers: { ...headers, "content-encoding": "gzip" } });
}

/** The pages' files compressed, by etag: a handful, and others when the program is updated while it runs. */
const zippedFiles = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
const MOST_ZIPPED = 200;

function zipped(bytes: Uint8Array<ArrayBuffer>, etag: string): Promise<Uint8Array<ArrayBuffer>> {
  let made = zippedFiles.get(etag);
  if (made === undefined) {
    if (zippedFiles.size >= MOST_ZIPPED) zippedFiles.clear();
    made = gzip(bytes).then((compressed) => new Uint8Array(compressed));
    zippedFiles.set(etag, made);
  }
  return made;
}

/** Whether the browser's copy, named in If-None-Match, is the one with this `etag`. */
export function isFresh(request: Request, etag: string): boolean {
  const held = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return held.includes(etag);
}

function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return path.startsWith("vendor/") ? readVendor(path) : readOwn(path);
}

async function readOwn(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = await Deno.readFile(new URL(path, UI));
    return path.endsWith(".ts") && !Deno.build.standalone ? withoutTypes(bytes) : bytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) throw missing(path);
    throw error;
  }
}

/** The pages' modules without their types, by the hash of their source. */
const strippedModules = new Map<string, Uint8Array<ArrayBuffer>>();
const MOST_STRIPPED = 500;

function withoutTypes(source: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const hash = createHash("sha256").update(source).digest("base64url");
  let stripped = strippedModules.get(hash);
  if (stripped === undefined) {
    if (strippedModules.size >= MOST_STRIPPED) strippedModules.clear();
    stripped = new TextEncoder().encode(browserModule(new TextDecoder().decode(source)));
    strippedModules.set(hash, stripped);
  }
  return stripped;
}

async function readVendor(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = path.slice("vendor/".length);
  const entry = Object.hasOwn(VENDOR, name) ? VENDOR[name] : undefined;
  if (!entry) throw missing(path);
  let text = await Deno.readTextFile(new URL(import.meta.resolve(entry.module)));
  for (const [specifier, address] of Object.entries(entry.imports ?? {})) {
    if (!text.includes(`from"${specifier}"`)) {
      throw new Error(`Cannot serve ${path}: it does not import "${specifier}" in the way known here, see VENDOR`);
    }
    text = text.replaceAll(`from"${specifier}"`, `from"${address}"`);
  }
  return new TextEncoder().encode(text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, "\n"));
}

function missing(path: string) {
  return notFound(say("no-such-file", { path: `/${path}` }));
}
