import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import { type Destination, DESTINATIONS } from "../../store/destinations.ts";
import { day, filledLongString, trueOrFalse } from "../fields.ts";
import { notFound } from "../problem.ts";
import { address, aeTitle, modality, port } from "./machines.ts";
import { json, route } from "../route.ts";
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
        v.pipe(v.string(message("field-no-text")), v.regex(/^[0-9][0-9.]{0,63}$/, message("field-no-uid"))),
      ),
      matched: v.optional(trueOrFalse),
    }, message("field-no-rule", { fields: "machine, modality, sopClassUid, matched" })),
    message("field-list", { most: MOST_RULES }),
  ),
  v.maxLength(MOST_RULES, message("field-list", { most: MOST_RULES })),
);

const filledAddress = v.pipe(address, v.nonEmpty(message("field-empty")));
const fields = {
  ...{ name: filledLongString, aeTitle, address: filledAddress, port, tls: trueOrFalse, enabled: trueOrFalse, rules },
  asTheyCame: trueOrFalse,
};

export const NewDestinationBody = v.object({
  ...fields,
  name: v.optional(filledLongString),
  tls: v.optional(trueOrFalse, false),
  enabled: v.optional(trueOrFalse, true),
  rules: v.optional(rules, []),
  asTheyCame: v.optional(trueOrFalse, false),
});

export const ChangedDestinationBody = v.partial(v.object(fields));

const OlderBody = v.object({ from: v.optional(day), to: v.optional(day) });

const ForwardBody = v.object({ destinationId: v.string(message("field-no-text")) });

function findDestination(store: Store, id: string): Destination {
  const destination = store.destinations.find(id);
  if (!destination) throw notFound(say("no-destination"));
  return destination;
}

function shown(store: Store, destination: Destination): DestinationAnswer {
  return { ...destination, queue: store.destinations.queueLength(destination.id) };
}

/** Where objects are forwarded to, and what waits to be sent there. */
export const destinationRoutes = [
  route("GET /api/destinations", {
    who: "admin",
    summary: "Where objects are forwarded to, with the length of each queue",
    answer: json<DestinationAnswer[]>(),
    programs: ["fleet"],
  }, ({ store }) => store.destinations.all().map((one) => shown(store, one))),

  route("POST /api/destinations", {
    who: "admin",
    summary: "Add a destination",
    body: NewDestinationBody,
    answer: json<DestinationAnswer>(),
    status: 201,
    outOrIn: true,
  }, ({ context, store, body, by }) => {
    const destination = store.transaction(() => {
      const added = store.destinations.add({ ...body, name: body.name ?? body.aeTitle });
      store.audit.add(by, "destination added", `destination ${added.id}`, {
        after: fieldsOf(added),
      });
      return added;
    });
    context.header("location", `/api/destinations/${destination.id}`);
    return shown(store, destination);
  }),

  route("PATCH /api/destinations/:id", {
    who: "admin",
    summary: "Change a destination",
    body: ChangedDestinationBody,
    answer: json<DestinationAnswer>(),
    outOrIn: true,
  }, ({ store, params, body, by }) => {
    const before = findDestination(store, params.id);
    const destination = store.transaction(() => {
      const after = store.destinations.change(before.id, body);
      if (!after) throw notFound(say("destination-removed"));
      store.audit.add(by, "destination changed", `destination ${after.id}`, {
        before: fieldsOf(before),
        after: fieldsOf(after),
      });
      return after;
    });
    return shown(store, destination);
  }),

  route("DELETE /api/destinations/:id", {
    who: "admin",
    summary: "Remove a destination, with its queue",
    peopleOnly: true,
  }, ({ store, params, by }) => {
    const before = findDestination(store, params.id);
    store.transaction(() => {
      store.destinations.remove(before.id);
      store.audit.add(by, "destination removed", `destination ${before.id}`, {
        before: fieldsOf(before),
      });
    });
  }),

  route("POST /api/destinations/:id/verify", {
    who: "admin",
    summary: "Call the destination (C-ECHO)",
    answer: json<Verification>(),
    programs: ["fleet"],
  }, async ({ store, verifyDestination, params }) => await verifyDestination(findDestination(store, params.id))),

  route("GET /api/destinations/:id/queue", {
    who: "admin",
    summary: "What has not been sent, with the reason",
    answer: json<QueuedObject[]>(),
    programs: ["fleet"],
  }, ({ store, params }) => store.destinations.unsent(findDestination(store, params.id).id, MOST_QUEUED)),

  route("POST /api/destinations/:id/retry", {
    who: "admin",
    summary: "Try everything again now, what was parked too",
    answer: json<DestinationAnswer>(),
    programs: ["fleet"],
  }, ({ store, params, by }) => {
    const { id } = findDestination(store, params.id);
    store.transaction(() => {
      store.destinations.retry(id);
      store.audit.add(by, "forwarding retried", `destination ${id}`, {});
    });
    return shown(store, findDestination(store, params.id));
  }),

  route("POST /api/destinations/:id/older", {
    who: "admin",
    summary: "Queue what came before, by its rules",
    body: OlderBody,
    answer: json<{ queued: number }>(),
    outOrIn: true,
  }, ({ store, params, body: days, by }) => {
    const { id } = findDestination(store, params.id);
    const queued = store.transaction(() => {
      const queued = store.destinations.queueOlder(id, days);
      store.audit.add(by, "older studies queued", `destination ${id}`, { ...days, queued });
      return queued;
    });
    return { queued };
  }),

  route("POST /api/studies/:uid/forward", {
    who: "admin",
    summary: "Send a study to a destination",
    body: ForwardBody,
    answer: json<{ queued: number }>(),
    outOrIn: true,
  }, ({ store, params: { uid }, body: { destinationId }, by }) => {
    if (!store.studies.summary(uid)) {
      throw notFound(say("forward-no-study"));
    }
    if (!store.destinations.find(destinationId)) {
      throw notFound(say("forward-no-destination"));
    }
    const queued = store.transaction(() => {
      const queued = store.destinations.queueStudy(destinationId, uid);
      store.audit.add(by, "study queued", `study ${uid}`, { destinationId, queued });
      return queued;
    });
    return { queued };
  }),
];

/** What a person may set: what the audit keeps. */
export function fieldsOf(destination: Destination) {
  const { asTheyCame, ...fields } = DESTINATIONS.fieldsOf(destination);
  return { ...fields, ...(asTheyCame && { asTheyCame }) }; // as events of earlier versions have it
}
