import { type Parts, type Routes, userOf } from "../parts.ts";
import { conflict, Problem } from "../problem.ts";
import { NoUpdateNow } from "../updates.ts";

/** The largest bundle that is taken, bytes: the roots of the image have this size. */
const LARGEST = 1024 ** 3;

/** New versions of the whole appliance. */
export function updateRoutes({ store, box, updates }: Parts): Routes<"GET /api/update" | "PUT /api/update"> {
  return {
    "GET /api/update": (context) => {
      const { version } = box();
      const state = updates ? updates.state() : { state: "none", detail: "" };
      return context.json({ version, possible: updates !== undefined, ...state }, 200, { "cache-control": "no-store" });
    },

    "PUT /api/update": async (context) => {
      if (updates === undefined) {
        throw conflict("Cannot take an update: this box is a package of its operating system, update it there");
      }
      const { body } = context.req.raw;
      const bytes = Number(context.req.header("content-length") ?? 0);
      if (!body || !(bytes > 0)) {
        throw new Problem(411, "No length", "Cannot take the update: send the whole file, with its length");
      }
      if (bytes > LARGEST) {
        throw new Problem(413, "Too large", "Cannot take the update: no bundle is larger than 1 GiB");
      }
      try {
        await updates.take(body, bytes);
      } catch (error) {
        if (error instanceof NoUpdateNow) throw conflict(error.message);
        throw error;
      }
      store.audit.add(userOf(context).username, "update taken", "box", { after: { bytes } });
      return context.json({ state: "installing" }, 202);
    },
  };
}
