import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { say } from "../sentences.ts";
import { isSecret } from "../settings/config.ts";
import { UNDOABLE_CHANGES } from "../store/appointment_changes.ts";
import type { AuditEvent } from "../store/audit_events.ts";
import { type MachineFields, MACHINES } from "../store/machines.ts";
import type { User } from "../store/users.ts";
import type { DestinationFields } from "../store/destinations.ts";
import { fieldsOf as destinationFields, NewDestinationBody } from "./api/destinations.ts";
import { ChangedMachineBody } from "./api/machines.ts";
import { ChangedUserBody, shown } from "./api/users.ts";
import type { Parts } from "./parts.ts";
import { conflict } from "./problem.ts";

type Undoing = (event: AuditEvent, by: string, parts: Parts) => void;

/** What can be taken back, by the action in the audit: each only while things are still as that action left them. */
const UNDOING: Record<string, Undoing> = {
  "machine added": ({ subject, detail }, _by, { store }) => {
    const machine = store.machines.find(idIn(subject));
    if (!machine || !isDeepStrictEqual(MACHINES.fieldsOf(machine), detail.after)) throw changedSince();
    store.machines.remove(machine.id);
  },

  "machine changed": ({ subject, detail }, _by, { store }) => {
    const machine = store.machines.find(idIn(subject));
    if (!machine || !isDeepStrictEqual(MACHINES.fieldsOf(machine), detail.after)) throw changedSince();
    store.machines.change(machine.id, read(ChangedMachineBody, detail.before));
  },

  "machine removed": ({ subject, detail }, _by, { store }) => {
    if (store.machines.find(idIn(subject))) throw changedSince();
    const fields = read(ChangedMachineBody, detail.before) as MachineFields;
    store.machines.add(fields, idIn(subject));
  },

  // a person who was here stays in the audit: they are locked out, not gone
  "user added": ({ subject, detail }, _by, { store }) => {
    const user = store.users.find(idIn(subject));
    if (!user || !isDeepStrictEqual(shown(user), detail.after)) throw changedSince();
    store.users.change(user.id, { disabled: true });
    assertSomebodyIsAdmin(store);
    store.sessions.removeOfUser(user.id);
  },

  "user changed": ({ subject, detail }, _by, { store }) => {
    const user = store.users.find(idIn(subject));
    if (!user || user.source === "clinic" || !isDeepStrictEqual(shown(user), detail.after)) throw changedSince();
    store.users.change(user.id, read(ChangedUserBody, detail.before) as Partial<User>);
    assertSomebodyIsAdmin(store);
    store.sessions.removeOfUser(user.id);
  },

  "destination added": ({ subject, detail }, _by, { store }) => {
    const destination = store.destinations.find(idIn(subject));
    if (!destination || !isDeepStrictEqual(destinationFields(destination), detail.after)) throw changedSince();
    store.destinations.remove(destination.id);
  },

  "destination changed": ({ subject, detail }, _by, { store }) => {
    const destination = store.destinations.find(idIn(subject));
    if (!destination || !isDeepStrictEqual(destinationFields(destination), detail.after)) throw changedSince();
    store.destinations.change(destination.id, read(NewDestinationBody, detail.before));
  },

  // what waited for it is not queued again: its page has a button for that
  "destination removed": ({ subject, detail }, _by, { store }) => {
    if (store.destinations.find(idIn(subject))) throw changedSince();
    store.destinations.add(read(NewDestinationBody, detail.before) as DestinationFields, idIn(subject));
  },

  "token added": ({ subject }, _by, { store, events }) => {
    if (!store.apiTokens.remove(idIn(subject))) throw changedSince();
    events.recheck();
  },

  "DICOM account added": ({ subject }, _by, { store }) => {
    if (!store.dicomAccounts.find(idIn(subject))) throw changedSince();
    store.dicomAccounts.remove(idIn(subject));
  },

  "setting changed": ({ detail }, _by, { settings, store }) => {
    const before = detail.before as Record<string, string | null>;
    const after = detail.after as Record<string, string | null>;
    for (const [name, value] of Object.entries(after)) {
      if ((store.settings.get(name) ?? null) !== value) throw changedSince();
      settings.change(name, before[name] ?? null);
    }
  },

  ...Object.fromEntries(UNDOABLE_CHANGES.map((action): [string, Undoing] => [
    action,
    ({ subject, detail }, by, { store }) => store.appointmentChanges.undo(idIn(subject), detail, by),
  ])),

  "study matched": ({ subject, detail }, by, { store }) => {
    const uid = idIn(subject);
    store.decisions.undoMatch(uid, detail, by);
  },

  "match undone": ({ subject, detail }, by, { store }) => store.decisions.undoUnmatch(idIn(subject), detail, by),
  "objects moved": ({ subject, detail }, by, { store }) => store.decisions.undoMove(idIn(subject), detail, by),
  "study split": ({ subject, detail }, by, { store }) => store.decisions.undoMove(idIn(subject), detail, by),
  "patients merged": ({ subject, detail }, by, { store }) => store.personDecisions.undoMerge(idIn(subject), detail, by),
  "patient corrected": ({ subject, detail }, by, { store }) =>
    store.personDecisions.undoCorrection(idIn(subject), detail, by),
  "attention settled": ({ subject }, _by, { store }) => store.decisions.reopen(Number(idIn(subject))),
};

export function isUndoable(event: AuditEvent): boolean {
  // a new password is not in the audit, nor is the old one
  if (event.action === "user changed" && isDeepStrictEqual(event.detail.before, event.detail.after)) return false;
  // nor is a setting that is never shown
  const before = event.action === "setting changed" ? Object.keys(event.detail.before as object) : [];
  return before.every((name) => !isSecret(name)) && Object.hasOwn(UNDOING, event.action);
}

/**
 * Takes back what an event of the audit says was done. Part of the caller's transaction.
 *
 * @throws Problem 409 when things have changed since
 */
export function undo(event: AuditEvent, by: string, parts: Parts): void {
  UNDOING[event.action]!(event, by, parts);
}

/** @throws Problem 409, which takes the transaction back */
function assertSomebodyIsAdmin(store: Parts["store"]): void {
  if (!store.users.all().some(({ role, disabled }) => role === "admin" && !disabled)) {
    throw conflict(say("undo-no-admin"));
  }
}

/** "machine 5f0c…" → "5f0c…" */
function idIn(subject: string): string {
  return subject.slice(subject.indexOf(" ") + 1);
}

/** The fields as they were, as far as this version still knows them. */
function read<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (!result.success) throw conflict(say("undo-of-another-version"));
  return result.output;
}

function changedSince() {
  return conflict(say("undo-changed-since"));
}
