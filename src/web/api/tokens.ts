import { isIP } from "node:net";
import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import { PURPOSES } from "../../store/api_tokens.ts";
import { type Role, ROLES } from "../../store/users.ts";
import { choice, day, filledLine, trueOrFalse } from "../fields.ts";
import { notFound } from "../problem.ts";
import { newApiToken } from "../sign_ins.ts";
import { json, route } from "../route.ts";
import type { ApiToken } from "../contract/people.ts";

const NewTokenBody = v.object({
  name: filledLine(64),
  role: choice(ROLES),
  readOnly: v.optional(trueOrFalse, true),
  /** What it is for; where not given, reading, or what its role works with. */
  purpose: v.optional(choice(PURPOSES)),
  /** The only IP address it may be used from; any where it is empty. */
  address: v.optional(
    v.pipe(
      v.string(message("field-no-text")),
      v.trim(),
      v.check((text) => text === "" || isIP(text) > 0, message("field-no-ip")),
    ),
    "",
  ),
  /** The last day it is good for; without one until it is revoked. */
  lastDay: v.nullish(day, null),
});

/** What a token that writes is for, where nobody has said it. */
const WORK = { receptionist: "bookings", doctor: "images", admin: "fleet" } as const satisfies Record<Role, string>;

/** Tokens for programs: shown once when they are made, kept as hashes, revoked by a tap. */
export const tokenRoutes = [
  route(
    "GET /api/tokens",
    { who: "admin", summary: "Tokens of programs", answer: json<ApiToken[]>() },
    ({ store }) => store.apiTokens.all(),
  ),

  route("POST /api/tokens", {
    who: "admin",
    summary: "Make a token; it is shown in this answer only",
    body: NewTokenBody,
    answer: json<ApiToken & { token: string }>(),
    status: 201,
    outOrIn: true,
  }, ({ store, body: { lastDay, ...given }, by }) => {
    const body = { ...given, purpose: given.purpose ?? (given.readOnly ? "reading" as const : WORK[given.role]) };
    const { token, tokenHash } = newApiToken();
    const expiresAt = lastDay === null ? null : new Date(`${lastDay}T23:59:59.999`).toISOString();
    const added = store.transaction(() => {
      const added = store.apiTokens.add({ ...body, createdBy: by, expiresAt }, tokenHash);
      store.audit.add(by, "token added", `token ${added.id}`, { after: { ...body, expiresAt } });
      return added;
    });
    return { ...added, token };
  }),

  route(
    "DELETE /api/tokens/:id",
    { who: "admin", summary: "Revoke a token", peopleOnly: true },
    ({ store, events, params, by }) => {
      const token = store.apiTokens.find(params.id);
      if (!token) throw notFound(say("no-token"));
      store.transaction(() => {
        store.apiTokens.remove(token.id);
        const { name, role, readOnly, purpose, address } = token;
        store.audit.add(by, "token revoked", `token ${token.id}`, {
          before: { name, role, readOnly, purpose, address },
        });
      });
      events.recheck();
    },
  ),
];
