import * as v from "valibot";
import { readJson, shape } from "../body.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";

/** What a form's fields hold, by their names; none for no draft. */
export const DraftBody = v.object({
  values: v.nullable(
    v.pipe(
      v.record(v.pipe(v.string(), v.maxLength(40)), v.pipe(v.string(), v.maxLength(1000))),
      v.check((values) => Object.keys(values).length <= 40, "must have at most 40 fields"),
    ),
  ),
});

const NAME = v.object({ name: v.picklist(["walk-in"], "must be walk-in") });

/** What somebody has typed and not yet sent, which outlives the lock, their session, a reload and an update. */
export function draftRoutes({ store }: Parts): Routes<"GET /api/drafts/:name" | "PUT /api/drafts/:name"> {
  return {
    "GET /api/drafts/:name": (context) => {
      const { name } = shape(NAME, context.req.param(), "path");
      const found = store.drafts.find(userOf(context).id, name);
      const answer: v.InferOutput<typeof DraftBody> = { values: found === undefined ? null : JSON.parse(found) };
      return context.json(answer, 200, { "cache-control": "no-store" });
    },

    "PUT /api/drafts/:name": async (context) => {
      const { name } = shape(NAME, context.req.param(), "path");
      const { values } = await readJson(context.req.raw, DraftBody);
      const { id } = userOf(context);
      if (values === null) store.drafts.remove(id, name);
      else store.drafts.put(id, name, JSON.stringify(values));
      return context.json({ values });
    },
  };
}
