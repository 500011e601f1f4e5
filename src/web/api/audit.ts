import * as v from "valibot";
import { say } from "../../sentences.ts";
import { AuditNames, subjectsNamed } from "../audit_names.ts";
import { day, filledLine, ordinal } from "../fields.ts";
import { conflict, notFound } from "../problem.ts";
import { isUndoable, undo } from "../undo.ts";
import { json, route } from "../route.ts";
import type { AuditPage } from "../contract/people.ts";

const AuditQuery = v.object({
  actor: v.optional(filledLine(100)),
  action: v.optional(filledLine(100)),
  date: v.optional(day),
  words: v.optional(filledLine(100)),
  before: v.optional(ordinal),
});

/** Events on a page of the audit. */
const PAGE = 100;

/** Who did what, and taking back what can be. */
export const auditRoutes = [
  route("GET /api/audit", {
    who: "admin",
    summary: "Who did what, newest first",
    query: AuditQuery,
    answer: json<AuditPage>(),
    programs: ["fleet"],
  }, ({ context, store, query: { before, ...filter } }) => {
    const names = new AuditNames(store);
    const isProgram = context.get("signedIn")?.program !== undefined;
    const subjects = filter.words === undefined || isProgram ? [] : subjectsNamed(store, filter.words);
    const events = store.audit.list({ ...filter, subjects }, PAGE, before).map((event) => ({
      ...event,
      undoable: isUndoable(event),
      ...(!isProgram && { about: names.about(event), names: names.within(event) }),
    }));
    const more = events.length === PAGE ? { next: events.at(-1)!.id } : {};
    const people = store.users.all().filter(({ displayName }) => displayName !== "")
      .map(({ username, displayName }) => [username, displayName]);
    return { events, ...more, ...store.audit.known(), people: isProgram ? {} : Object.fromEntries(people) };
  }),

  route(
    "POST /api/audit/:id/undo",
    { who: "admin", summary: "Take back what an event says was done", outOrIn: true },
    (asked) => {
      const { store, events, params, by } = asked;
      const event = store.audit.find(Number(params.id) || 0);
      if (!event) throw notFound(say("undo-no-event"));
      if (!isUndoable(event)) throw conflict(say("undo-impossible"));
      store.transaction(() => {
        undo(event, by, asked);
        store.audit.add(by, "undone", `event ${event.id}`, {
          action: event.action,
          subject: event.subject,
          before: event.detail.after ?? null,
          after: event.detail.before ?? null,
        });
      });
      events.recheck();
    },
  ),
];
