import type { MiddlewareHandler } from "hono";
import { Pace } from "../timing/turns.ts";
import type { WebEnv } from "./context.ts";

/** What is text: half of it and more goes. Pictures and objects are compressed as they are, or must stay as they are. */
const TEXTS: ReadonlySet<string> = new Set([
  ...["application/dicom+json", "application/json", "application/vnd.sun.wadl+xml", "text/csv", "text/html"],
]);
/** What fits into one packet is as quick as it is, bytes. */
const WORTH = 1400;
/** Compressed at once, bytes: a millisecond or so. */
const PIECE = 64 * 1024;

/** Compresses answers that are text for who takes gzip (RFC 9110 8.4 and 12.5.3), as they are sent. */
export const compressedTexts: MiddlewareHandler<WebEnv> = async (context, next) => {
  await next();
  const { headers } = context.res;
  const type = headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  if (!TEXTS.has(type) || headers.has("content-encoding") || headers.has("content-range")) return;
  headers.append("vary", "accept-encoding");
  if (context.res.body === null || context.req.method === "HEAD" || !takesGzip(context.req.header("accept-encoding"))) {
    return;
  }
  const { isLong, whole } = await begun(context.res.body);
  const { status } = context.res;
  if (!isLong) {
    context.res = new Response(whole, { status, headers });
    return;
  }
  const changed = new Headers(headers);
  changed.set("content-encoding", "gzip");
  changed.delete("content-length");
  const etag = changed.get("etag");
  if (etag !== null && !etag.startsWith("W/")) changed.set("etag", `W/${etag}`); // other bytes, and the same content
  const gzip = new CompressionStream("gzip") as unknown as TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>;
  context.res = undefined; // or its headers would be merged into those of the next
  context.res = new Response(whole.pipeThrough(gzip), { status, headers: changed });
};

function takesGzip(header: string | undefined): boolean {
  return (header ?? "").split(",").some((coding) => {
    const [name, ...parameters] = coding.split(";").map((part) => part.trim().toLowerCase());
    return (name === "gzip" || name === "*") && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

/** A body of which so much has come that one can say whether it is worth compressing, in pieces that are not too long. */
async function begun(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  const first: Uint8Array[] = [];
  let [length, isDone] = [0, false];
  while (!isDone && length < WORTH) {
    const next = await reader.read();
    isDone = next.done;
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const pieces = async function* () {
    const pace = new Pace();
    const cut = async function* (bytes: Uint8Array) {
      for (let at = 0; at < bytes.length; at += PIECE) {
        yield bytes.slice(at, at + PIECE);
        await pace.next();
      }
    };
    try {
      for (const bytes of first) yield* cut(bytes);
      while (!isDone) {
        const next = await reader.read();
        if (next.done) break;
        yield* cut(next.value);
      }
    } finally {
      await reader.cancel(); // nothing is left of it, or who asked is gone
    }
  };
  return { isLong: length >= WORTH, whole: ReadableStream.from(pieces()) };
}
