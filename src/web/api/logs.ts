import * as v from "valibot";
import { shape } from "../body.ts";
import { day, filledLine } from "../fields.ts";
import type { Routes } from "../context.ts";
import type { Parts } from "../parts.ts";
import type { AssociationPage, LogLine } from "../contract/box.ts";

const number = v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/, "must be a whole number above 0"), v.transform(Number));

export const AssociationQuery = v.object({
  aeTitle: v.optional(filledLine(16)),
  outcome: v.optional(v.picklist(["broken"], "must be broken, or left out")),
  date: v.optional(day),
  words: v.optional(filledLine(100)),
  before: v.optional(number),
});

export const LogQuery = v.object({
  level: v.optional(v.picklist(["trouble"], "must be trouble, or left out")),
  words: v.optional(filledLine(100)),
});

/** Associations on a page of the journal, and lines of the log in an answer. */
const PAGE = 100;
const MOST_LINES = 300;

/** What happened on the wire, and what the box has said: without any patient. */
export function logRoutes({ store, recentLines }: Parts): Routes<"GET /api/associations" | "GET /api/log"> {
  return {
    "GET /api/associations": (context) => {
      const { before, outcome, ...filter } = shape(AssociationQuery, context.req.query(), "query");
      const associations = store.associations.list({ ...filter, broken: outcome === "broken" }, PAGE, before);
      const more = associations.length === PAGE ? { next: associations.at(-1)!.id } : {};
      const answer: AssociationPage = { associations, ...more, callers: store.associations.callers() };
      return context.json(answer, 200, { "cache-control": "no-store" });
    },

    "GET /api/log": (context) => {
      const { level, words } = shape(LogQuery, context.req.query(), "query");
      const wanted = words?.toLowerCase();
      const lines = (recentLines?.() ?? [])
        .filter((line) => level === undefined || !["debug", "info"].includes(line.level))
        .filter((line) => wanted === undefined || `${line.message} ${line.from}`.toLowerCase().includes(wanted));
      return context.json(lines.slice(0, MOST_LINES) satisfies LogLine[], 200, { "cache-control": "no-store" });
    },
  };
}
