import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import type { SetAside } from "../contract/studies.ts";

/** Objects that ended the program that draws, again and again: the box leaves them until a person says otherwise. */
export function setAsideRoutes({ store }: Parts): Routes<
  "GET /api/set-aside" | "POST /api/set-aside/:uid/try-again"
> {
  return {
    "GET /api/set-aside": (context) =>
      context.json(store.drawingAttempts.setAside() satisfies SetAside[], 200, { "cache-control": "no-store" }),

    "POST /api/set-aside/:uid/try-again": (context) => {
      const uid = context.req.param("uid") ?? "";
      if (!store.drawingAttempts.forget(uid)) {
        throw notFound("Cannot try the object again: the box has not set it aside");
      }
      store.audit.add(userOf(context).username, "object tried again", uid);
      return context.body(null, 204);
    },
  };
}
