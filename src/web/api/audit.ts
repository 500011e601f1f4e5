import * as v from "valibot";
import { shape } from "../body.ts";
import { day, filledLine } from "../fields.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound } from "../problem.ts";
import { isUndoable, undo } from "../undo.ts";
import type { AuditPage } from "../contract/people.ts";

const number = v.pipe(
  v.string(),
  v.regex(/^[1-9]\d{0,14}$/, "must be a whole number above 0"),
  v.transform(Number),
);

export const AuditQuery = v.object({
  actor: v.optional(filledLine(100)),
  action: v.optional(filledLine(100)),
  date: v.optional(day),
  words: v.optional(filledLine(100)),
  before: v.optional(number),
});

/** Events on a page of the audit. */
const PAGE = 100;

/** Who did what, and taking back what can be. */
export function auditRoutes(parts: Parts): Routes<"GET /api/audit" | "POST /api/audit/:id/undo"> {
  const { store, events: live } = parts;
  return {
    "GET /api/audit": (context) => {
      const { before, ...filter } = shape(AuditQuery, context.req.query(), "query");
      const events = store.audit.list(filter, PAGE, before)
        .map((event) => ({ ...event, undoable: isUndoable(event) }));
      const more = events.length === PAGE ? { next: events.at(-1)!.id } : {};
      return context.json({ events, ...more, ...store.audit.known() } satisfies AuditPage, 200, {
        "cache-control": "no-store",
      });
    },

    "POST /api/audit/:id/undo": (context) => {
      const event = store.audit.find(Number(context.req.param("id")) || 0);
      if (!event) throw notFound("Cannot undo this: there is no such event");
      if (!isUndoable(event)) throw conflict("Cannot undo this: it cannot be taken back");
      const by = userOf(context).username;
      store.transaction(() => {
        undo(event, by, parts);
        store.audit.add(by, "undone", `event ${event.id}`, {
          action: event.action,
          subject: event.subject,
          before: event.detail.after ?? null,
          after: event.detail.before ?? null,
        });
      });
      live.recheck();
      return context.body(null, 204);
    },
  };
}
