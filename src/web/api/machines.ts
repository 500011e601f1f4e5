import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import { isKnownCharset } from "../../dicom/charset.ts";
import { readableDataset } from "../../dicom/dataset_json.ts";
import { type Machine, MACHINES } from "../../store/machines.ts";
import { choice, longString, trueOrFalse, wholeNumber } from "../fields.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import type {
  Machine as MachineAnswer,
  MachineOrigin,
  MachineRecord,
  Verification,
  WorklistPreview,
  WorklistQuery,
} from "../contract/machines.ts";

// AE: at most 16 characters of the default repertoire, not only spaces (PS3.5 6.2)
export const aeTitle = v.pipe(
  v.string(message("field-no-text")),
  v.trim(),
  v.regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, message("field-no-ae-title")),
);

export const address = v.pipe(
  v.string(message("field-no-text")),
  v.trim(),
  v.regex(/^([0-9a-z][0-9a-z.-]{0,252}|[0-9a-f:]{2,45})?$/i, message("field-no-address", { example: "192.168.1.20" })),
);

export const port = wholeNumber(1, 65_535);

export const modality = v.pipe(
  v.string(message("field-no-text")),
  v.regex(/^[A-Z0-9_ ]{1,16}$/, message("field-no-modality", { example: "US" })),
);

const characterSet = v.pipe(
  v.string(message("field-no-text")),
  v.check(
    (text) => text === "" || isKnownCharset(text.split("\\")),
    message("field-no-charset", { example: "ISO_IR 100, ISO_IR 192, \\ISO 2022 IR 87" }),
  ),
);

/** What a person may set of a machine. */
const fields = {
  ...{ aeTitle, name: longString, room: longString, address, port: v.nullable(port), modality, admitted: trueOrFalse },
  characterSet,
  unshowable: choice(["transliterate", "question mark"]),
  ownListOnly: trueOrFalse,
  dateWindow: v.nullable(wholeNumber(0, 365)),
  answerLimit: v.nullable(wholeNumber(1, 100_000)),
  fillsStation: trueOrFalse,
  ...{ tls: trueOrFalse, needsIdentity: trueOrFalse },
};

/** All but the title may be left out. */
const NewMachineBody = v.object({
  ...v.partial(v.object(fields)).entries,
  aeTitle,
  name: v.optional(fields.name, ""),
  port: v.nullish(port, null),
  admitted: v.optional(trueOrFalse, true),
});

/** What a person says of where a machine's title was used. */
const OriginBody = v.object({
  kind: choice(["address", "certificate"]),
  value: v.pipe(
    v.string(message("field-no-text")),
    v.minLength(1, message("field-empty")),
    v.maxLength(256, message("field-too-long", { most: 256 })),
  ),
  allow: choice(["also", "instead", "no"]),
});

/** Queries shown on a machine's page. */
const MOST_QUERIES = 100;

export const ChangedMachineBody = v.partial(v.object(fields));

/** One by its id. @throws Problem where there is none */
export function findMachine(store: Store, id: string): Machine {
  const machine = store.machines.find(id);
  if (!machine) throw notFound(say("no-machine"));
  return machine;
}

/** The ultrasound machines: who may connect, and where they stand. */
export const machineRoutes = [
  route("GET /api/machines", {
    who: "signed in",
    summary: "The machines",
    answer: json<MachineAnswer[]>(),
    programs: ["bookings", "fleet"],
  }, ({ store }) => {
    const commitments = store.commitments.latest();
    return store.machines.all().map((machine) => ({
      ...machine,
      origins: store.machineOrigins.of(machine.id),
      lastCommitment: commitments.get(machine.aeTitle) ?? null,
      lastStepAt: store.procedureSteps.lastOf(machine.aeTitle) ?? null,
    }));
  }),

  route("POST /api/machines", {
    who: "admin",
    summary: "Add a machine",
    body: NewMachineBody,
    answer: json<MachineRecord>(),
    status: 201,
    outOrIn: true,
  }, ({ context, store, body, by }) => {
    const machine = store.transaction(() => {
      const added = store.machines.add({ ...body, name: body.name || body.aeTitle });
      store.audit.add(by, "machine added", `machine ${added.id}`, { after: MACHINES.fieldsOf(added) });
      return added;
    });
    context.header("location", `/api/machines/${machine.id}`);
    return machine;
  }),

  route("PATCH /api/machines/:id", {
    who: "admin",
    summary: "Change or admit a machine",
    body: ChangedMachineBody,
    answer: json<MachineRecord>(),
    outOrIn: true,
  }, ({ store, params, body, by }) => {
    const before = findMachine(store, params.id);
    return store.transaction(() => {
      const after = store.machines.change(before.id, body.name === "" ? { ...body, name: before.aeTitle } : body);
      if (!after) throw notFound(say("machine-removed"));
      store.audit.add(by, "machine changed", `machine ${after.id}`, {
        before: MACHINES.fieldsOf(before),
        after: MACHINES.fieldsOf(after),
      });
      return after;
    });
  }),

  route(
    "DELETE /api/machines/:id",
    { who: "admin", summary: "Remove a machine", peopleOnly: true },
    ({ store, params, by }) => {
      const before = findMachine(store, params.id);
      store.transaction(() => {
        store.machines.remove(before.id);
        store.audit.add(by, "machine removed", `machine ${before.id}`, {
          before: MACHINES.fieldsOf(before),
        });
      });
    },
  ),

  route("POST /api/machines/:id/origins", {
    who: "admin",
    summary: "Say whether a machine may call from an address",
    body: OriginBody,
    answer: json<MachineOrigin[]>(),
    outOrIn: true,
  }, ({ store, params, body: { allow, ...origin }, by }) => {
    const machine = findMachine(store, params.id);
    return store.transaction(() => {
      const before = store.machineOrigins.of(machine.id);
      if (!before.some(({ kind, value }) => kind === origin.kind && value === origin.value)) {
        throw notFound(say("origin-unknown"));
      }
      store.machineOrigins.set(machine.id, origin, allow === "no" ? "refused" : "allowed", false);
      if (allow === "instead") {
        const replaced = before.filter(({ kind, value, state }) =>
          kind === origin.kind && value !== origin.value && state === "allowed"
        );
        for (const one of replaced) store.machineOrigins.remove(machine.id, one);
        // what is called there is called at its new address from now on
        if (origin.kind === "address" && replaced.some(({ value }) => value === machine.address)) {
          store.machines.change(machine.id, { address: origin.value });
        }
      }
      const after = store.machineOrigins.of(machine.id);
      const shown = (all: typeof before) => all.map(({ kind, value, state }) => ({ kind, value, state }));
      store.audit.add(by, "machine origin changed", `machine ${machine.id}`, {
        before: { origins: shown(before) },
        after: { origins: shown(after) },
      });
      return after;
    });
  }),

  route("POST /api/machines/:id/verify", {
    who: "admin",
    summary: "Call the machine (C-ECHO)",
    answer: json<Verification>(),
    programs: ["fleet"],
  }, async ({ store, verifyMachine, params }) => await verifyMachine(findMachine(store, params.id))),

  route("GET /api/machines/:id/queries", {
    who: "admin",
    summary: "Its latest queries, with what was not answered and why",
    answer: json<WorklistQuery[]>(),
    programs: ["fleet"],
  }, ({ store, params }) => {
    return store.worklistQueries.latest(findMachine(store, params.id).aeTitle, MOST_QUERIES);
  }),

  route("GET /api/machines/:id/preview", {
    who: "admin",
    summary: "What it would get now",
    answer: json<WorklistPreview>(),
    programs: ["fleet"],
  }, ({ store, previewWorklist, params }) => {
    const { keys, answers, refused } = previewWorklist(findMachine(store, params.id));
    return { keys, answers: answers.map(readableDataset), refused: refused?.detail, coded: refused?.coded };
  }),
];
