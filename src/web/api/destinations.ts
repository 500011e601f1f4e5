import * as v from "valibot";
import { type Destination, DESTINATIONS } from "../../store/destinations.ts";
import { readJson } from "../body.ts";
import { filledLongString } from "../fields.ts";
import { type Routes, userOf, type WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import { address, aeTitle, flag, modality, port } from "./machines.ts";
import type { Destination as DestinationAnswer, QueuedObject, Verification } from "../contract/machines.ts";

/** Queued objects shown on a destination's page. */
const MOST_QUEUED = 200;
const MOST_RULES = 50;

const rules = v.pipe(
  v.array(
    v.strictObject({
      machine: v.optional(aeTitle),
      modality: v.optional(modality),
      sopClassUid: v.optional(
        v.pipe(v.string("must be text"), v.regex(/^[0-9][0-9.]{0,63}$/, "must be the UID of a SOP class")),
      ),
      matched: v.optional(flag),
    }, "may have machine, modality, sopClassUid and matched"),
    "must be a list of rules",
  ),
  v.maxLength(MOST_RULES, `must be at most ${MOST_RULES} rules`),
);

const filledAddress = v.pipe(address, v.nonEmpty("must not be empty"));
const fields = {
  ...{ name: filledLongString, aeTitle, address: filledAddress, port, tls: flag, enabled: flag, rules },
  asTheyCame: flag,
};

export const NewDestinationBody = v.object({
  ...fields,
  name: v.optional(filledLongString),
  tls: v.optional(flag, false),
  enabled: v.optional(flag, true),
  rules: v.optional(rules, []),
  asTheyCame: v.optional(flag, false),
});

export const ChangedDestinationBody = v.partial(v.object(fields));

const day = v.optional(v.pipe(v.string("must be text"), v.isoDate("must be a date such as 2026-11-22")));

export const OlderBody = v.object({ from: day, to: day });

export const ForwardBody = v.object({ destinationId: v.string("must be text") });

/** Where objects are forwarded to, and what waits to be sent there. */
export function destinationRoutes({ store, verifyDestination }: Parts): Routes<
  | "GET /api/destinations"
  | "POST /api/destinations"
  | "PATCH /api/destinations/:id"
  | "DELETE /api/destinations/:id"
  | "POST /api/destinations/:id/verify"
  | "GET /api/destinations/:id/queue"
  | "POST /api/destinations/:id/retry"
  | "POST /api/destinations/:id/older"
  | "POST /api/studies/:uid/forward"
> {
  function findDestination(context: WebContext): Destination {
    const destination = store.destinations.find(context.req.param("id") ?? "");
    if (!destination) throw notFound("Cannot find the destination: there is none with this id");
    return destination;
  }

  const shown = (destination: Destination): DestinationAnswer => ({
    ...destination,
    queue: store.destinations.queueLength(destination.id),
  });

  return {
    "GET /api/destinations": (context) =>
      context.json(store.destinations.all().map(shown), 200, { "cache-control": "no-store" }),

    "POST /api/destinations": async (context) => {
      const body = await readJson(context.req.raw, NewDestinationBody);
      const destination = store.transaction(() => {
        const added = store.destinations.add({ ...body, name: body.name ?? body.aeTitle });
        store.audit.add(userOf(context).username, "destination added", `destination ${added.id}`, {
          after: fieldsOf(added),
        });
        return added;
      });
      return context.json(shown(destination), 201, { location: `/api/destinations/${destination.id}` });
    },

    "PATCH /api/destinations/:id": async (context) => {
      const before = findDestination(context);
      const body = await readJson(context.req.raw, ChangedDestinationBody);
      const destination = store.transaction(() => {
        const after = store.destinations.change(before.id, body);
        if (!after) throw notFound("Cannot change the destination: somebody removed it");
        store.audit.add(userOf(context).username, "destination changed", `destination ${after.id}`, {
          before: fieldsOf(before),
          after: fieldsOf(after),
        });
        return after;
      });
      return context.json(shown(destination));
    },

    "DELETE /api/destinations/:id": (context) => {
      const before = findDestination(context);
      store.transaction(() => {
        store.destinations.remove(before.id);
        store.audit.add(userOf(context).username, "destination removed", `destination ${before.id}`, {
          before: fieldsOf(before),
        });
      });
      return context.body(null, 204);
    },

    "POST /api/destinations/:id/verify": async (context) =>
      context.json(await verifyDestination(findDestination(context)) satisfies Verification),

    "GET /api/destinations/:id/queue": (context) =>
      context.json(store.destinations.unsent(findDestination(context).id, MOST_QUEUED) satisfies QueuedObject[], 200, {
        "cache-control": "no-store",
      }),

    "POST /api/destinations/:id/retry": (context) => {
      const { id } = findDestination(context);
      store.transaction(() => {
        store.destinations.retry(id);
        store.audit.add(userOf(context).username, "forwarding retried", `destination ${id}`, {});
      });
      return context.json(shown(findDestination(context)));
    },

    "POST /api/destinations/:id/older": async (context) => {
      const { id } = findDestination(context);
      const days = await readJson(context.req.raw, OlderBody);
      const queued = store.transaction(() => {
        const queued = store.destinations.queueOlder(id, days);
        store.audit.add(userOf(context).username, "older studies queued", `destination ${id}`, { ...days, queued });
        return queued;
      });
      return context.json({ queued });
    },

    "POST /api/studies/:uid/forward": async (context) => {
      const uid = context.req.param("uid") ?? "";
      if (!store.studies.summary(uid)) {
        throw notFound("Cannot send the study: there is none with this Study Instance UID");
      }
      const { destinationId } = await readJson(context.req.raw, ForwardBody);
      if (!store.destinations.find(destinationId)) {
        throw notFound("Cannot send the study: there is no such destination, choose another");
      }
      const queued = store.transaction(() => {
        const queued = store.destinations.queueStudy(destinationId, uid);
        store.audit.add(userOf(context).username, "study queued", `study ${uid}`, { destinationId, queued });
        return queued;
      });
      return context.json({ queued });
    },
  };
}

/** What a person may set: what the audit keeps. */
export function fieldsOf(destination: Destination) {
  const { asTheyCame, ...fields } = DESTINATIONS.fieldsOf(destination);
  return { ...fields, ...(asTheyCame && { asTheyCame }) }; // as events of earlier versions have it
}
