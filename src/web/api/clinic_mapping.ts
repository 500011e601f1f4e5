import * as v from "valibot";
import { message } from "../messages.ts";
import { readAddress } from "../../clinic/address.ts";
import { installSql } from "../../clinic/mapping/install_sql.ts";
import {
  DEFAULT_MAPPING,
  forgetMapping,
  type Mapping,
  takeMapping,
  takenMapping,
  TEXT_DATES,
} from "../../clinic/mapping/mapping.ts";
import type { Store } from "../../store/store.ts";
import { notUnderstood } from "../problem.ts";
import { json, route } from "../route.ts";
import type { ClinicMapping, TablesPreview, TablesProposal } from "../contract/box.ts";

/** A name or a value of the clinic's as it stands in SQL; two dollars would end what it stands in. */
const word = (most: number) =>
  v.pipe(
    v.string(message("field-no-text")),
    v.maxLength(most, message("field-too-long", { most })),
    v.check((text) => !/\$.*\$|\0/s.test(text), message("field-characters")),
  );
const column = v.pipe(word(63), v.nonEmpty(message("field-empty")));
const value = word(200);
const table = v.object({ schema: v.nullable(column), name: column });
const looked = v.object({
  column,
  table: v.nullable(table),
  key: word(63),
  names: v.pipe(v.array(column), v.maxLength(4)),
});
const deleted = v.object({ column, means: v.picklist(["set", "true", "false"]) });
const textDate = v.nullable(v.picklist(TEXT_DATES));
const clock = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, message("field-no-time", { example: "09:30" })));
const fill = v.record(column, value);

const MappingBody: v.GenericSchema<Mapping> = v.object({
  patients: v.object({
    table,
    key: column,
    patientId: column,
    name: v.variant("kind", [
      v.object({ kind: v.literal("parts"), first: column, middle: v.nullable(column), last: column }),
      v.object({
        kind: v.literal("whole"),
        column,
        order: v.picklist(["given first", "family first", "not divided"]),
      }),
    ]),
    birth: v.variant("kind", [
      v.object({ kind: v.literal("date"), column, text: textDate }),
      v.object({ kind: v.literal("age"), column }),
      v.object({ kind: v.literal("none") }),
    ]),
    gender: v.nullable(v.object({ column, values: v.record(value, v.picklist(["Female", "Male", "Other", ""])) })),
    phone: v.nullable(column),
    deleted: v.nullable(deleted),
    fill,
  }),
  appointments: v.object({
    table,
    key: column,
    patient: column,
    when: v.variant("kind", [
      v.object({ kind: v.literal("one"), column, text: textDate }),
      v.object({
        kind: v.literal("two"),
        date: column,
        text: textDate,
        time: v.variant("kind", [
          v.object({ kind: v.literal("clock"), column }),
          v.object({
            kind: v.literal("slots"),
            column,
            prefix: word(8),
            first: clock,
            minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(240)),
          }),
          v.object({ kind: v.literal("none"), first: clock }),
        ]),
      }),
    ]),
    zone: v.nullable(word(60)),
    doctor: v.nullable(looked),
    service: v.nullable(looked),
    status: v.nullable(v.object({
      column,
      cancelled: v.nullable(v.pipe(v.array(value), v.maxLength(200))),
      open: v.nullable(value),
      cancel: v.nullable(value),
    })),
    branch: v.nullable(looked),
    deleted: v.nullable(deleted),
    mark: v.nullable(column),
    accession: v.nullable(column),
    fill,
  }),
  staff: v.nullable(v.object({
    table,
    username: column,
    password: column,
    role: v.nullable(looked),
    roles: v.record(value, v.picklist(["receptionist", "doctor", "admin", ""])),
    disabled: v.nullable(deleted),
  })),
});

const address = v.optional(v.pipe(
  v.string(message("field-no-text")),
  v.trim(),
  v.maxLength(2000, message("field-too-long", { most: 2000 })),
));
const branches = v.pipe(v.array(value), v.maxLength(100));

function mappingNow(store: Store): ClinicMapping {
  return { taken: takenMapping(store) ?? null };
}

/** How the clinic's tables are read and written: proposed, looked at, and taken. */
export const clinicMappingRoutes = [
  route("GET /api/clinic/mapping", {
    who: "admin",
    summary: "How the clinic's tables are read, where a person has mapped them",
    answer: json<ClinicMapping>(),
  }, ({ store }) => mappingNow(store)),

  route("POST /api/clinic/mapping/proposal", {
    who: "admin",
    summary:
      "What the clinic's tables are, and how they might be read; values are looked at only where it is asked for",
    body: v.object({
      url: address,
      samples: v.boolean(),
      patients: v.optional(table),
      appointments: v.optional(table),
    }),
    answer: json<TablesProposal>(),
    outOrIn: true,
  }, async ({ clinic, body: { url, samples, patients, appointments } }) => {
    ensureAddress(url);
    return await clinic.tables.propose({ url: url || undefined, samples, chosen: { patients, appointments } });
  }),

  route("POST /api/clinic/mapping/preview", {
    who: "admin",
    summary: "Ten bookings as they would stand on the board, and the counts; changes nothing",
    body: v.object({ url: address, mapping: MappingBody, branches }),
    answer: json<TablesPreview>(),
    outOrIn: true,
  }, async ({ clinic, body: { url, mapping, branches } }) => {
    ensureAddress(url);
    return await clinic.tables.preview(mapping, branches, url || undefined);
  }),

  route("POST /api/clinic/mapping/sql", {
    who: "admin",
    summary: "The SQL that a mapping becomes, for the owner of the database to run",
    body: v.object({ mapping: MappingBody }),
    answer: json<{ sql: string }>(),
  }, ({ body: { mapping } }) => ({ sql: installSql({ mapping, at: new Date().toISOString() }) })),

  route("PUT /api/clinic/mapping", {
    who: "admin",
    summary:
      "Take a mapping, after its SQL has run where that is asked for; null reads the tables as they are expected",
    body: v.object({ url: address, mapping: v.nullable(MappingBody), branches, run: v.boolean() }),
    answer: json<ClinicMapping>(),
    outOrIn: true,
  }, async ({ store, clinic, body: { url, mapping, branches, run }, by }) => {
    ensureAddress(url);
    const at = new Date().toISOString();
    if (run) await clinic.install(url || undefined, mapping && { mapping, at });
    store.transaction(() => {
      if (mapping === null) forgetMapping(store);
      else takeMapping(store, mapping, branches, at);
      const { patients, appointments } = mapping ?? DEFAULT_MAPPING;
      const tables = [patients.table, appointments.table].map(({ schema, name }) =>
        schema ? `${schema}.${name}` : name
      );
      store.audit.add(by, "clinic tables mapped", "clinic database", { tables, branches, run });
    });
    return mappingNow(store);
  }),
];

/** @throws Problem 400 */
function ensureAddress(url: string | undefined): void {
  if (!url) return;
  try {
    readAddress(url);
  } catch (error) {
    throw notUnderstood((error as Error).message);
  }
}
