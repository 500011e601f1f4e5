import * as v from "valibot";
import { choice, only, trueOrFalse } from "../fields.ts";
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
      message("field-no-bundle", { address: "https://", file: "/media/stick/new.raucb" }),
    ),
  ),
  install: v.optional(trueOrFalse, false),
  older: v.optional(trueOrFalse, false),
});

/** Installed at once only where it is said, and then an older version than the one that runs only where that is said. */
const HowQuery = v.object({
  install: only("yes"),
  older: only("yes"),
});

const OfferBody = v.object({
  id: v.pipe(v.string(message("field-no-text")), v.maxLength(100, message("field-too-long", { most: 100 }))),
});

const BackBody = v.object({ loses: choice(["nothing", "store"]) });

function own({ updates }: Pick<Parts, "updates">): Updates {
  if (updates) return updates;
  throw conflict(say("update-is-a-package"));
}

/** @throws Problem 409 where it cannot be now */
async function orConflict<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NoUpdateNow) throw conflict(error.told);
    throw error;
  }
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
    return { version, possible: updates !== undefined, ...state, ...(updates && { versions: updates.versions() }) };
  }),

  route("PUT /api/update", {
    who: "admin",
    summary: "Update the appliance's image: the bundle, as it is; it says what it is and is then agreed to",
    query: HowQuery,
    body: "application/octet-stream",
    answer: json<{ state: "checking" | "installing" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ context, store, query, by, ...parts }) => {
    const updates = own(parts);
    const { body } = context.req.raw;
    const [atOnce, older] = [query.install === "yes", query.older === "yes"];
    const bytes = Number(context.req.header("content-length") ?? 0);
    if (!body || !(bytes > 0)) {
      throw new Problem(411, "No length", say("update-without-length"));
    }
    if (bytes > LARGEST_BUNDLE) {
      throw new Problem(413, "Too large", say("update-too-large"));
    }
    await orConflict(updates.take(body, bytes, { atOnce, older }));
    store.audit.add(by, "update taken", "box", { after: { bytes, ...(atOnce && { atOnce, older }) } });
    return { state: atOnce ? "installing" as const : "checking" as const };
  }),

  route("POST /api/update", {
    who: "admin",
    summary: "Update the appliance's image by a bundle on a disk that is plugged in, or at an address",
    body: FetchBody,
    answer: json<{ state: "fetching" }>(),
    status: 202,
    peopleOnly: true,
  }, ({ store, body: { from, install, older }, by, ...parts }) => {
    const updates = own(parts);
    try {
      updates.fetch(from, { atOnce: install, older });
    } catch (error) {
      if (error instanceof NoUpdateNow) throw conflict(error.told);
      throw error;
    }
    store.audit.add(by, "update taken", "box", { after: { from, ...(install && { install, older }) } });
    return { state: "fetching" as const };
  }),

  route("POST /api/update/install", {
    who: "admin",
    summary: "Install the update that is offered, by the id of its offer",
    body: OfferBody,
    answer: json<{ state: "installing" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, body: { id }, by, ...parts }) => {
    const updates = own(parts);
    const { offer } = updates.state();
    await orConflict(updates.agree(id));
    store.audit.add(by, "update installed", "box", { after: { version: offer?.version, signer: offer?.signer } });
    return { state: "installing" as const };
  }),

  route("DELETE /api/update", {
    who: "admin",
    summary: "Throw away the update that is offered",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, by, ...parts }) => {
    const updates = own(parts);
    const { offer } = updates.state();
    await orConflict(updates.discard());
    store.audit.add(by, "update discarded", "box", { before: { version: offer?.version } });
    return {};
  }),

  route("POST /api/update/keep", {
    who: "admin",
    summary: "Keep the update that has proved good",
    answer: json<Record<never, never>>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, box, by, ...parts }) => {
    const updates = own(parts);
    await orConflict(updates.keep(by));
    store.audit.add(by, "update kept", "box", { after: { version: box().version } });
    return {};
  }),

  route("POST /api/update/back", {
    who: "admin",
    summary: "Go back to the version before the update; said with it is what that may lose",
    body: BackBody,
    answer: json<{ state: "restarting" }>(),
    status: 202,
    peopleOnly: true,
  }, async ({ store, box, log, body: { loses }, by, ...parts }) => {
    const updates = own(parts);
    const { before, storeFrom } = updates.versions();
    await orConflict(updates.goBack(loses, by));
    const after = { version: before, ...(loses === "store" && { storeFrom }) };
    store.audit.add(by, "update gone back from", "box", { before: { version: box().version }, after });
    log.warn("the box goes back to version {before}, as asked", { before });
    return { state: "restarting" as const };
  }),
];

function isPlace(from: string): boolean {
  return /^\/media\/[\w-]+\/[^/\p{Cc}]+\.raucb$/u.test(from) || URL.parse(from)?.protocol === "https:";
}
