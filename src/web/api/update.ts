import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { Parts } from "../parts.ts";
import { conflict, Problem } from "../problem.ts";
import { LARGEST_BUNDLE, NoUpdateNow, type Updates } from "../../host/updates.ts";
import { json, route } from "../route.ts";
import type { Update } from "../contract/box.ts";

/** Where a bundle is: on a disk that is plugged in, or at an address. */
const FetchBody = v.object({
  from: v.pipe(
    v.string(message("field-no-text")),
    v.trim(),
    v.maxLength(2000, message("field-too-long", { most: 2000 })),
    v.check(
      isPlace,
      "must be an address that begins with https://, or a file on a disk such as /media/stick/new.raucb",
    ),
  ),
  older: v.optional(v.boolean("must be true or false"), false),
});

/** An older version than the one that runs is taken only where it is said. */
const OlderQuery = v.object({ older: v.optional(v.picklist(["yes"], "must be yes, or left out")) });

function own({ updates }: Pick<Parts, "updates">): Updates {
  if (updates) return updates;
  throw conflict(say("update-is-a-package"));
}

/** New versions of the whole appliance. */
export const updateRoutes = [
  route("GET /api/update", {
    who: "admin",
    summary: "The version, and what became of the last update of the appliance's image",
    answer: json<Update>(),
    programs: ["fleet"],
  }, ({ box, updates }) => {
    const { version } = box();
    const state = updates ? updates.state() : { state: "none" as const, detail: "" };
    return { version, possible: updates !== undefined, ...state };
  }),

  route("PUT /api/update", {
    who: "admin",
    summary: "Update the appliance's image: the bundle, as it is",
    query: OlderQuery,
    body: "application/octet-stream",
    answer: json<{ state: "installing" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ context, store, query, by, ...parts }) => {
    const updates = own(parts);
    const { body } = context.req.raw;
    const older = query.older === "yes";
    const bytes = Number(context.req.header("content-length") ?? 0);
    if (!body || !(bytes > 0)) {
      throw new Problem(411, "No length", say("update-without-length"));
    }
    if (bytes > LARGEST_BUNDLE) {
      throw new Problem(413, "Too large", say("update-too-large"));
    }
    try {
      await updates.take(body, bytes, older);
    } catch (error) {
      if (error instanceof NoUpdateNow) throw conflict(error.told);
      throw error;
    }
    store.audit.add(by, "update taken", "box", { after: { bytes, ...(older && { older }) } });
    return { state: "installing" as const };
  }),

  route("POST /api/update", {
    who: "admin",
    summary: "Update the appliance's image by a bundle on a disk that is plugged in, or at an address",
    body: FetchBody,
    answer: json<{ state: "fetching" }>(),
    status: 202,
    peopleOnly: true,
  }, ({ store, body: { from, older }, by, ...parts }) => {
    const updates = own(parts);
    try {
      updates.fetch(from, older);
    } catch (error) {
      if (error instanceof NoUpdateNow) throw conflict(error.told);
      throw error;
    }
    store.audit.add(by, "update taken", "box", { after: { from, ...(older && { older }) } });
    return { state: "fetching" as const };
  }),
];

function isPlace(from: string): boolean {
  return /^\/media\/[\w-]+\/[^/\p{Cc}]+\.raucb$/u.test(from) || URL.parse(from)?.protocol === "https:";
}
