import * as v from "valibot";
import { isUid } from "../../dicom/uid.ts";
import type { Instance } from "../../store/instances.ts";
import { shape } from "../body.ts";
import { type Parts, type Routes, userOf, type WebContext } from "../parts.ts";
import type { Picture } from "../pictures.ts";
import { notFound } from "../problem.ts";
import { isFresh } from "../static_files.ts";

const FrameQuery = v.object({
  size: v.optional(v.pipe(
    v.string(),
    v.regex(/^[1-9]\d{1,3}$/, "must be a number of pixels from 10 to 9999"),
    v.transform(Number),
  )),
});

/** Single objects: pictures of them, and their files as they came. */
export function instanceRoutes({ store, pictures, archive }: Parts): Routes<
  "GET /api/instances/:uid/thumbnail" | "GET /api/instances/:uid/frames/:n" | "GET /api/instances/:uid/file"
> {
  function findInstance(context: WebContext): Instance {
    const uid = context.req.param("uid") ?? "";
    const instance = isUid(uid) ? store.instances.find(uid) : undefined;
    if (!instance) throw notFound("Cannot find the object: there is none with this SOP Instance UID");
    return instance;
  }

  return {
    "GET /api/instances/:uid/thumbnail": async (context) => {
      const instance = findInstance(context);
      const picture = instance.frames > 0 ? await pictures.thumbnail(instance.sopInstanceUid) : undefined;
      if (!picture) throw notFound("Cannot show a thumbnail: there is no picture of this object");
      return pictureResponse(picture, context);
    },

    "GET /api/instances/:uid/frames/:n": async (context) => {
      const instance = findInstance(context);
      const n = context.req.param("n") ?? "";
      if (!/^[1-9]\d{0,8}$/.test(n) || Number(n) > instance.frames) {
        throw notFound(
          instance.frames === 0
            ? "Cannot show a frame: this object is no image"
            : `Cannot show the frame: this object has frames 1 to ${instance.frames}`,
        );
      }
      const { size } = shape(FrameQuery, context.req.query(), "query");
      const type = /\bimage\/webp\b/.test(context.req.header("accept") ?? "") ? "image/webp" : "image/jpeg";
      const picture = await pictures.frame(instance.sopInstanceUid, Number(n), { size, type });
      if (!picture) throw notFound("Cannot show the frame: its pixel data cannot be read, the file itself is kept");
      return pictureResponse(picture, context);
    },

    "GET /api/instances/:uid/file": async (context) => {
      const instance = findInstance(context);
      const stream = await archive.open(instance.path);
      store.audit.add(userOf(context).username, "instance downloaded", instance.sopInstanceUid);
      return context.body(stream, 200, {
        "content-type": "application/dicom",
        "content-length": String(instance.size),
        "content-disposition": `attachment; filename="${instance.sopInstanceUid}.dcm"`,
        "cache-control": "no-store, no-transform",
      });
    },
  };
}

function pictureResponse(picture: Picture, context: WebContext): Response {
  const headers = {
    "content-type": picture.contentType,
    "cache-control": "private, no-cache",
    vary: "accept",
    etag: picture.etag,
    // why a placeholder stands for the picture, for who asks; header values are ASCII
    ...(picture.placeholder && { "x-placeholder": picture.placeholder.replaceAll(/[^\x20-\x7e]/g, "?") }),
  };
  if (isFresh(context.req.raw, picture.etag)) return context.body(null, 304, headers);
  return context.body(picture.bytes, 200, headers);
}
