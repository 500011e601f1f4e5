import * as v from "valibot";
import { message } from "../messages.ts";
import { choice } from "../fields.ts";
import { shape } from "../body.ts";
import type { Draft, DraftName } from "../contract/board.ts";
import { json, route } from "../route.ts";

/** What a form's fields hold, by their names; none for no draft. */
const DraftBody = v.object({
  values: v.nullable(
    v.pipe(
      v.record(v.pipe(v.string(), v.maxLength(40)), v.pipe(v.string(), v.maxLength(1000))),
      v.check((values) => Object.keys(values).length <= 40, message("field-list", { most: 40 })),
    ),
  ),
});

const NAMES = ["walk-in", "edit", "move", "note", "correct"] as const satisfies DraftName[];

const NAME = v.object({ name: choice(NAMES) });

/** What somebody has typed and not yet sent, which outlives the lock, their session, a reload and an update. */
export const draftRoutes = [
  route("GET /api/drafts/:name", {
    who: "signed in",
    summary: "What one has typed and not yet sent",
    answer: json<Draft>(),
  }, ({ store, params, user }) => {
    const found = store.drafts.find(user.id, shape(NAME, params, "path").name);
    return { values: found === undefined ? null : JSON.parse(found) };
  }),

  route("PUT /api/drafts/:name", {
    who: "signed in",
    summary: "Keep what one has typed and not yet sent",
    body: DraftBody,
    answer: json<Draft>(),
    peopleOnly: true,
  }, ({ store, params, body: { values }, user }) => {
    const { name } = shape(NAME, params, "path");
    if (values === null) store.drafts.remove(user.id, name);
    else store.drafts.put(user.id, name, JSON.stringify(values));
    return { values };
  }),
];
