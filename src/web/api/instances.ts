import * as v from "valibot";
import { message } from "../messages.ts";
import { choice } from "../fields.ts";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import { MalformedDataset } from "../../dicom/malformed_dataset.ts";
import type { Instance } from "../../store/instance.ts";
import { refuseDamaged } from "../damaged.ts";
import { refuseHeld, refuseHeldPicture } from "../held.ts";
import type { WebContext } from "../context.ts";
import type { Picture } from "../pictures.ts";
import { conflict, notFound } from "../problem.ts";
import { isFresh } from "../static_files.ts";
import { file, json, route } from "../route.ts";
import { videoResponse } from "../video_response.ts";
import type { Description, Star } from "../contract/studies.ts";

const FrameQuery = v.object({
  size: v.optional(v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{1,3}$/, message("field-whole-number", { least: 10, most: 9999 })),
    v.transform(Number),
  )),
});

/**
 * `corrected=1` for the object as it leaves the box; without it the file is the one that came, byte for byte.
 * `damaged=1` for one that is known not to be as it came.
 */
const YesOrNo = v.optional(choice(["0", "1"]));
const FileQuery = v.object({ corrected: YesOrNo, damaged: YesOrNo });

const COUNTS = message("field-counts-from", { least: 1 });
const StarBody = v.object({
  frame: v.optional(v.pipe(v.number(COUNTS), v.integer(COUNTS), v.minValue(1, COUNTS)), 1),
});

function findInstance(store: Store, uid: string): Instance {
  const instance = store.instances.find(uid);
  if (!instance) throw notFound(say("no-object"));
  return instance;
}

/** One whose pictures this person may see now. */
function findPicture(store: Store, context: WebContext): Instance {
  const instance = findInstance(store, context.req.param("uid") ?? "");
  refuseHeldPicture(store, context, instance.sopInstanceUid);
  return instance;
}

/** Single objects: what they are, pictures of them, their files as they came, and the stars people give them. */
export const instanceRoutes = [
  route("GET /api/instances/:uid/description", {
    who: "reads images",
    summary: "What is known of a picture: frames, regions, timing",
    answer: json<Description>(),
    programs: ["images"],
  }, async ({ context, store, pictures }) => {
    const instance = findPicture(store, context);
    const description = await pictures.describe(instance.sopInstanceUid);
    if (!description) throw notFound(say("describe-no-file"));
    context.header("cache-control", "private, no-cache");
    return description;
  }),

  route("GET /api/instances/:uid/thumbnail", {
    who: "signed in",
    summary: "A small picture",
    answer: file("image/*"),
    programs: ["images"],
    streams: "pictures",
  }, async ({ context, store, pictures }) => {
    const instance = findPicture(store, context);
    const picture = instance.frames > 0 ? await pictures.thumbnail(instance.sopInstanceUid) : undefined;
    if (!picture) throw notFound(say("no-thumbnail"));
    return pictureResponse(picture, context);
  }),

  route("GET /api/instances/:uid/frames/:n", {
    who: "reads images",
    summary: "One frame, from 1; `size` in pixels",
    query: FrameQuery,
    answer: file("image/*"),
    programs: ["images"],
    streams: "pictures",
  }, async ({ context, store, pictures, params: { n }, query: { size } }) => {
    const instance = findPicture(store, context);
    if (!/^[1-9]\d{0,8}$/.test(n) || Number(n) > instance.frames) {
      throw notFound(
        instance.frames === 0 ? say("no-image") : say("no-frame", { frames: instance.frames }),
      );
    }
    const type = /\bimage\/webp\b/.test(context.req.header("accept") ?? "") ? "image/webp" : "image/jpeg";
    const picture = await pictures.frame(instance.sopInstanceUid, Number(n), { size, type });
    if (!picture) throw notFound(say("frame-unreadable"));
    return pictureResponse(picture, context);
  }),

  route("GET /api/instances/:uid/video", {
    who: "reads images",
    summary: "A video as it came or, of a bare stream, in a container that browsers play; by ranges",
    answer: file("video/mp4"),
    programs: ["images"],
    streams: "downloads",
  }, async ({ context, store, pictures }) => {
    const instance = findPicture(store, context);
    refuseDamaged(store, instance.sopInstanceUid, "play");
    const video = instance.frames > 0 ? await pictures.video(instance.sopInstanceUid) : undefined;
    if (!video) throw notFound(say("no-video"));
    return videoResponse(context, video, `${instance.sopInstanceUid}.${video.extension}`);
  }),

  route("GET /api/instances/:uid/file", {
    who: "reads images",
    summary: "The object as it came, or with ?corrected=1 as it is sent on",
    query: FileQuery,
    answer: file("application/dicom"),
    programs: ["images"],
    streams: "downloads",
  }, async ({ context, store, archive, objects, params, query: { corrected, damaged }, by }) => {
    const instance = findInstance(store, params.uid);
    refuseHeld(store, instance.sopInstanceUid, "save");
    if (damaged !== "1") refuseDamaged(store, instance.sopInstanceUid, "save");
    const opening = corrected === "1" ? objects.file(instance) : archive.open(instance.path);
    const stream = await opening.catch((error) => {
      if (error instanceof MalformedDataset) {
        throw conflict(say("correct-malformed", { why: error.message }));
      }
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw notFound(say("file-gone"));
    });
    store.audit.add(by, "instance downloaded", instance.sopInstanceUid);
    return context.body(stream, 200, {
      "content-type": "application/dicom",
      // what is corrected, or damaged, has a length of its own
      ...(corrected !== "1" && damaged !== "1" && { "content-length": String(instance.size) }),
      "content-disposition": `attachment; filename="${instance.sopInstanceUid}.dcm"`,
      "cache-control": "no-store, no-transform",
    });
  }),

  route("PUT /api/instances/:uid/star", {
    who: "reads images",
    summary: "Choose an image for the print",
    body: StarBody,
    answer: json<Star>(),
    programs: ["images"],
  }, ({ store, params, body: { frame }, by }) => {
    const { sopInstanceUid, frames } = findInstance(store, params.uid);
    refuseHeld(store, sopInstanceUid, "star");
    if (frame > frames) {
      throw notFound(
        frames === 0 ? say("star-no-image") : say("star-no-frame", { frames }),
      );
    }
    store.stars.put({ sopInstanceUid, frame }, by);
    return { sopInstanceUid, frame };
  }),

  route(
    "DELETE /api/instances/:uid/star",
    { who: "reads images", summary: "Take the choice back" },
    ({ store, params }) => {
      store.stars.remove(findInstance(store, params.uid).sopInstanceUid);
    },
  ),
];

function pictureResponse(picture: Picture, context: WebContext): Response {
  const headers = {
    "content-type": picture.contentType,
    "content-length": String(picture.bytes.length),
    "cache-control": "private, no-cache",
    vary: "accept",
    etag: picture.etag,
    // why a placeholder stands for the picture, for who asks, and by its code; header values are ASCII
    ...(picture.placeholder && { "x-placeholder": picture.placeholder.replaceAll(/[^\x20-\x7e]/g, "?") }),
    ...(picture.coded && { "x-placeholder-coded": encodeURIComponent(JSON.stringify(picture.coded)) }),
  };
  if (isFresh(context.req.raw, picture.etag)) return context.body(null, 304, headers);
  return context.body(picture.bytes, 200, headers);
}
