import { say } from "../sentences.ts";
import { byteRange } from "./byte_range.ts";
import type { WebContext } from "./context.ts";
import type { Video } from "./pictures.ts";
import { Problem } from "./problem.ts";
import { isFresh } from "./static_files.ts";

/**
 * A video, whole or the part of it that a Range header asks for.
 *
 * @param name of its file, for what is saved
 * @throws Problem 416
 */
export function videoResponse(context: WebContext, video: Video, name: string): Response {
  const headers = {
    "content-type": video.contentType,
    // what a browser cannot play it is not to try
    "content-disposition": `${video.playable ? "inline" : "attachment"}; filename="${name}"`,
    "cache-control": "private, no-cache, no-transform",
    "accept-ranges": "bytes",
    etag: video.etag,
  };
  if (isFresh(context.req.raw, video.etag)) return context.body(null, 304, headers);
  const ifRange = context.req.header("if-range");
  const range = ifRange === undefined || ifRange === video.etag
    ? byteRange(context.req.header("range"), video.size)
    : undefined;
  if (range === "not satisfiable") {
    throw new Problem(416, "No such part", say("no-part-of-video", { bytes: video.size }), {
      headers: { "content-range": `bytes */${video.size}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: video.size };
  return context.body(video.read(start, end), range ? 206 : 200, {
    ...headers,
    "content-length": String(end - start),
    ...(range && { "content-range": `bytes ${start}-${end - 1}/${video.size}` }),
  });
}
