import { isIP } from "node:net";
import * as v from "valibot";
import { PURPOSES } from "../../store/api_tokens.ts";
import { type Role, ROLES } from "../../store/users.ts";
import { readJson } from "../body.ts";
import { day, filledLine } from "../fields.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import { newApiToken } from "../sign_ins.ts";
import type { ApiToken } from "../contract/people.ts";

export const NewTokenBody = v.object({
  name: filledLine(64),
  role: v.picklist(ROLES, `must be one of ${ROLES.join(", ")}`),
  readOnly: v.optional(v.boolean("must be true or false"), true),
  /** What it is for; where not given, reading, or what its role works with. */
  purpose: v.optional(v.picklist(PURPOSES, `must be one of ${PURPOSES.join(", ")}`)),
  /** The only IP address it may be used from; any where it is empty. */
  address: v.optional(
    v.pipe(
      v.string("must be text"),
      v.trim(),
      v.check((text) => text === "" || isIP(text) > 0, "must be an IP address"),
    ),
    "",
  ),
  /** The last day it is good for; without one until it is revoked. */
  lastDay: v.nullish(day, null),
});

/** What a token that writes is for, where nobody has said it. */
const WORK = { receptionist: "bookings", doctor: "images", admin: "fleet" } as const satisfies Record<Role, string>;

/** Tokens for programs: shown once when they are made, kept as hashes, revoked by a tap. */
export function tokenRoutes(
  { store, events }: Parts,
): Routes<"GET /api/tokens" | "POST /api/tokens" | "DELETE /api/tokens/:id"> {
  return {
    "GET /api/tokens": (context) =>
      context.json(store.apiTokens.all() satisfies ApiToken[], 200, { "cache-control": "no-store" }),

    "POST /api/tokens": async (context) => {
      const { lastDay, ...given } = await readJson(context.req.raw, NewTokenBody);
      const body = { ...given, purpose: given.purpose ?? (given.readOnly ? "reading" as const : WORK[given.role]) };
      const by = userOf(context).username;
      const { token, tokenHash } = newApiToken();
      const expiresAt = lastDay === null ? null : new Date(`${lastDay}T23:59:59.999`).toISOString();
      const added = store.transaction(() => {
        const added = store.apiTokens.add({ ...body, createdBy: by, expiresAt }, tokenHash);
        store.audit.add(by, "token added", `token ${added.id}`, { after: { ...body, expiresAt } });
        return added;
      });
      return context.json({ ...added, token } satisfies ApiToken & { token: string }, 201, {
        "cache-control": "no-store",
      });
    },

    "DELETE /api/tokens/:id": (context) => {
      const token = store.apiTokens.find(context.req.param("id") ?? "");
      if (!token) throw notFound("Cannot revoke the token: there is none with this id");
      store.transaction(() => {
        store.apiTokens.remove(token.id);
        const { name, role, readOnly, purpose, address } = token;
        store.audit.add(userOf(context).username, "token revoked", `token ${token.id}`, {
          before: { name, role, readOnly, purpose, address },
        });
      });
      events.recheck();
      return context.body(null, 204);
    },
  };
}
