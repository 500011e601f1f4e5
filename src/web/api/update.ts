import * as v from "valibot";
import { readJson } from "../body.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, Problem } from "../problem.ts";
import { LARGEST_BUNDLE, NoUpdateNow, type Updates } from "../../host/updates.ts";
import type { Update } from "../contract/box.ts";

/** Where a bundle is: on a disk that is plugged in, or at an address. */
export const FetchBody = v.object({
  from: v.pipe(
    v.string("must be text"),
    v.trim(),
    v.maxLength(2000, "must be at most 2000 characters long"),
    v.check(
      isPlace,
      "must be an address that begins with https://, or a file on a disk such as /media/stick/new.raucb",
    ),
  ),
  older: v.optional(v.boolean("must be true or false"), false),
});

/** New versions of the whole appliance. */
export function updateRoutes({ store, box, updates }: Parts): Routes<
  "GET /api/update" | "PUT /api/update" | "POST /api/update"
> {
  function own(): Updates {
    if (updates) return updates;
    throw conflict("Cannot take an update: this box is a package of its operating system, update it there");
  }

  return {
    "GET /api/update": (context) => {
      const { version } = box();
      const state = updates ? updates.state() : { state: "none" as const, detail: "" };
      return context.json({ version, possible: updates !== undefined, ...state } satisfies Update, 200, {
        "cache-control": "no-store",
      });
    },

    "PUT /api/update": async (context) => {
      const updates = own();
      const { body } = context.req.raw;
      const older = context.req.query("older") === "yes";
      const bytes = Number(context.req.header("content-length") ?? 0);
      if (!body || !(bytes > 0)) {
        throw new Problem(411, "No length", "Cannot take the update: send the whole file, with its length");
      }
      if (bytes > LARGEST_BUNDLE) {
        throw new Problem(413, "Too large", "Cannot take the update: no bundle is larger than 1 GiB");
      }
      try {
        await updates.take(body, bytes, older);
      } catch (error) {
        if (error instanceof NoUpdateNow) throw conflict(error.message);
        throw error;
      }
      store.audit.add(userOf(context).username, "update taken", "box", { after: { bytes, ...(older && { older }) } });
      return context.json({ state: "installing" }, 202);
    },

    "POST /api/update": async (context) => {
      const { from, older } = await readJson(context.req.raw, FetchBody);
      const updates = own();
      try {
        updates.fetch(from, older);
      } catch (error) {
        if (error instanceof NoUpdateNow) throw conflict(error.message);
        throw error;
      }
      store.audit.add(userOf(context).username, "update taken", "box", { after: { from, ...(older && { older }) } });
      return context.json({ state: "fetching" }, 202);
    },
  };
}

function isPlace(from: string): boolean {
  return /^\/media\/[\w-]+\/[^/\p{Cc}]+\.raucb$/u.test(from) || URL.parse(from)?.protocol === "https:";
}
