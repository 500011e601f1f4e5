import * as v from "valibot";
import { message } from "../messages.ts";
import { day, filledLine, only, ordinal } from "../fields.ts";
import { json, route } from "../route.ts";
import type { AssociationPage, LogLine } from "../contract/box.ts";

/** Associations on a page of the journal: unless told otherwise, and at most. Lines of the log in an answer. */
const PAGE = 100;
const MOST_ASSOCIATIONS = 1000;
const MOST_LINES = 300;

const AssociationQuery = v.object({
  aeTitle: v.optional(filledLine(16)),
  outcome: only("broken"),
  date: v.optional(day),
  words: v.optional(filledLine(100)),
  before: v.optional(ordinal),
  limit: v.optional(
    v.pipe(
      ordinal,
      v.maxValue(MOST_ASSOCIATIONS, message("field-whole-number", { least: 1, most: MOST_ASSOCIATIONS })),
    ),
  ),
});

const LogQuery = v.object({
  level: only("trouble"),
  words: v.optional(filledLine(100)),
});

/** What happened on the wire, and what the box has said: without any patient. */
export const logRoutes = [
  route("GET /api/associations", {
    who: "admin",
    summary: "Associations that ended, newest first",
    query: AssociationQuery,
    answer: json<AssociationPage>(),
    programs: ["fleet"],
  }, ({ store, query: { before, outcome, limit = PAGE, ...filter } }) => {
    const associations = store.associations.list({ ...filter, broken: outcome === "broken" }, limit, before);
    const more = associations.length === limit ? { next: associations.at(-1)!.id } : {};
    return { associations, ...more, callers: store.associations.callers() };
  }),

  route("GET /api/log", {
    who: "admin",
    summary: "What the box has logged lately, newest first",
    query: LogQuery,
    answer: json<LogLine[]>(),
    programs: ["fleet"],
  }, ({ recentLines, query: { level, words } }) => {
    const wanted = words?.toLowerCase();
    const lines = (recentLines?.() ?? [])
      .filter((line) => level === undefined || !["debug", "info"].includes(line.level))
      .filter((line) => wanted === undefined || `${line.message} ${line.from}`.toLowerCase().includes(wanted));
    return lines.slice(0, MOST_LINES);
  }),
];
