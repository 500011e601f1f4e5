import * as v from "valibot";
import { isKnownCharset } from "../../dicom/charset.ts";
import { readableDataset } from "../../dicom/dataset_json.ts";
import { refusalOf } from "../../services/worklist.ts";
import { type Machine, MACHINES } from "../../store/machines.ts";
import { readJson } from "../body.ts";
import { longString } from "../fields.ts";
import { type Routes, userOf, type WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
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
  v.string("must be text"),
  v.trim(),
  v.regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, "must be 1 to 16 Latin letters, digits or signs, without a backslash"),
);

export const address = v.pipe(
  v.string("must be text"),
  v.trim(),
  v.regex(/^([0-9a-z][0-9a-z.-]{0,252}|[0-9a-f:]{2,45})?$/i, "must be an address such as 192.168.1.20, or a host name"),
);

export const port = v.pipe(
  v.number("must be a number from 1 to 65535"),
  v.integer("must be a number from 1 to 65535"),
  v.minValue(1, "must be a number from 1 to 65535"),
  v.maxValue(65535, "must be a number from 1 to 65535"),
);

export const modality = v.pipe(
  v.string("must be text"),
  v.regex(/^[A-Z0-9_ ]{1,16}$/, "must be a DICOM modality such as US"),
);

export const flag = v.boolean("must be true or false");

const characterSet = v.pipe(
  v.string("must be text"),
  v.check(
    (text) => text === "" || isKnownCharset(text.split("\\")),
    "must be a DICOM character set such as ISO_IR 100, ISO_IR 192 or \\\\ISO 2022 IR 87, or empty",
  ),
);

const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number(`must be a number from ${least} to ${most}`),
    v.integer(`must be a number from ${least} to ${most}`),
    v.minValue(least, `must be a number from ${least} to ${most}`),
    v.maxValue(most, `must be a number from ${least} to ${most}`),
  );

/** What a person may set of a machine. */
const fields = {
  ...{ aeTitle, name: longString, room: longString, address, port: v.nullable(port), modality, admitted: flag },
  characterSet,
  unshowable: v.picklist(["transliterate", "question mark"], "must be transliterate or question mark"),
  ownListOnly: flag,
  dateWindow: v.nullable(wholeNumber(0, 365)),
  answerLimit: v.nullable(wholeNumber(1, 100_000)),
  fillsStation: flag,
  ...{ tls: flag, needsIdentity: flag },
};

/** All but the title may be left out. */
export const NewMachineBody = v.object({
  ...v.partial(v.object(fields)).entries,
  aeTitle,
  name: v.optional(fields.name, ""),
  port: v.nullish(port, null),
  admitted: v.optional(flag, true),
});

/** What a person says of where a machine's title was used. */
export const OriginBody = v.object({
  kind: v.picklist(["address", "certificate"], "must be address or certificate"),
  value: v.pipe(v.string("must be text"), v.minLength(1, "must not be empty"), v.maxLength(256, "is too long")),
  allow: v.picklist(["also", "instead", "no"], "must be also, instead or no"),
});

/** Queries shown on a machine's page. */
const MOST_QUERIES = 100;

export const ChangedMachineBody = v.partial(v.object(fields));

/** The ultrasound machines: who may connect, and where they stand. */
export function machineRoutes({ store, verifyMachine, previewWorklist }: Parts): Routes<
  | "GET /api/machines"
  | "POST /api/machines"
  | "PATCH /api/machines/:id"
  | "DELETE /api/machines/:id"
  | "POST /api/machines/:id/origins"
  | "POST /api/machines/:id/verify"
  | "GET /api/machines/:id/queries"
  | "GET /api/machines/:id/preview"
> {
  function findMachine(context: WebContext): Machine {
    const machine = store.machines.find(context.req.param("id") ?? "");
    if (!machine) throw notFound("Cannot find the machine: there is none with this id");
    return machine;
  }

  return {
    "GET /api/machines": (context) => {
      const commitments = store.commitments.latest();
      const machines = store.machines.all().map((machine) => ({
        ...machine,
        origins: store.machineOrigins.of(machine.id),
        lastCommitment: commitments.get(machine.aeTitle) ?? null,
        lastStepAt: store.procedureSteps.lastOf(machine.aeTitle) ?? null,
      }));
      return context.json(machines satisfies MachineAnswer[], 200, { "cache-control": "no-store" });
    },

    "POST /api/machines": async (context) => {
      const body = await readJson(context.req.raw, NewMachineBody);
      const by = userOf(context).username;
      const machine = store.transaction(() => {
        const added = store.machines.add({ ...body, name: body.name || body.aeTitle });
        store.audit.add(by, "machine added", `machine ${added.id}`, { after: MACHINES.fieldsOf(added) });
        return added;
      });
      return context.json(machine satisfies MachineRecord, 201, { location: `/api/machines/${machine.id}` });
    },

    "PATCH /api/machines/:id": async (context) => {
      const before = findMachine(context);
      const body = await readJson(context.req.raw, ChangedMachineBody);
      const by = userOf(context).username;
      const machine = store.transaction(() => {
        const after = store.machines.change(before.id, body.name === "" ? { ...body, name: before.aeTitle } : body);
        if (!after) throw notFound("Cannot change the machine: somebody removed it");
        store.audit.add(by, "machine changed", `machine ${after.id}`, {
          before: MACHINES.fieldsOf(before),
          after: MACHINES.fieldsOf(after),
        });
        return after;
      });
      return context.json(machine satisfies MachineRecord);
    },

    "DELETE /api/machines/:id": (context) => {
      const before = findMachine(context);
      store.transaction(() => {
        store.machines.remove(before.id);
        store.audit.add(userOf(context).username, "machine removed", `machine ${before.id}`, {
          before: MACHINES.fieldsOf(before),
        });
      });
      return context.body(null, 204);
    },

    "POST /api/machines/:id/origins": async (context) => {
      const machine = findMachine(context);
      const { allow, ...origin } = await readJson(context.req.raw, OriginBody);
      const by = userOf(context).username;
      const origins = store.transaction(() => {
        const before = store.machineOrigins.of(machine.id);
        if (!before.some(({ kind, value }) => kind === origin.kind && value === origin.value)) {
          throw notFound("Cannot change where the machine may call from: it has not called from there");
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
      return context.json(origins satisfies MachineOrigin[]);
    },

    "POST /api/machines/:id/verify": async (context) =>
      context.json(await verifyMachine(findMachine(context)) satisfies Verification),

    "GET /api/machines/:id/queries": (context) => {
      const queries = store.worklistQueries.latest(findMachine(context).aeTitle, MOST_QUERIES);
      const shown = queries.map((query) => ({ ...query, refusal: refusalOf(query.outcome) }));
      return context.json(shown satisfies WorklistQuery[], 200, { "cache-control": "no-store" });
    },

    "GET /api/machines/:id/preview": (context) => {
      const { keys, answers, refused } = previewWorklist(findMachine(context));
      return context.json({ keys, answers: answers.map(readableDataset), refused } satisfies WorklistPreview, 200, {
        "cache-control": "no-store",
      });
    },
  };
}
