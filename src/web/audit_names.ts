import { readableName } from "../dicom/identity.ts";
import type { AuditEvent } from "../store/audit_events.ts";
import type { Store } from "../store/store.ts";
import type { Named, NamedKind } from "./contract/people.ts";

type Found = Omit<Named, "kind"> | undefined;

/** What people call something, by its id; undefined where it is gone. */
const FIND: Record<NamedKind, (store: Store, id: string) => Found> = {
  machine: ({ machines }, id) => named(machines.find(id)?.name),
  destination: ({ destinations }, id) => named(destinations.find(id)?.name),
  user: ({ users }, id) => {
    const user = users.find(id) ?? users.findByUsername(id);
    return named(user?.displayName || user?.username);
  },
  token: ({ apiTokens }, id) => named(apiTokens.find(id)?.name),
  account: ({ dicomAccounts }, id) => named(dicomAccounts.find(id)?.username),
  patient: ({ patients }, id) => {
    const patient = patients.find(id);
    return named(patient && nameOf(patient));
  },
  appointment: ({ appointments }, id) => {
    const appointment = appointments.find(id);
    if (appointment === undefined) return undefined;
    const { patient, date, time } = appointment;
    return { name: nameOf(patient), day: date, time: time.slice(0, 5) };
  },
  // whose it is: by decision, else by its appointment, else by what its first object says
  study: (store, uid) => {
    const study = store.studies.summary(uid);
    if (study === undefined) return undefined;
    const { appointmentId, decidedPatientId, patientName, studyDate } = study;
    const whose = decidedPatientId !== null
      ? store.patients.find(decidedPatientId)
      : appointmentId !== null
      ? store.appointments.patientOf(appointmentId)
      : undefined;
    return { name: whose ? nameOf(whose) : readableName(patientName), ...(studyDate && { day: studyDate }) };
  },
  object: (store, uid) => {
    const instance = store.instances.find(uid);
    return instance && FIND.study(store, instance.studyInstanceUid);
  },
};

/** People of a name that are looked for at most. */
const MOST_PEOPLE = 20;

/** The subjects that events have of what goes by a name: of a patient also the bookings and studies. */
export function subjectsNamed(store: Store, words: string): string[] {
  const isMeant = (...names: string[]) => names.some((name) => name.toLowerCase().includes(words.toLowerCase()));
  const patients = store.personSearch.find(words, MOST_PEOPLE).filter(({ by }) => by !== "sound")
    .map(({ person }) => person);
  const ids = patients.map(({ id }) => id);
  return [
    ...store.machines.all().filter(({ name }) => isMeant(name)).map(({ id }) => `machine ${id}`),
    ...store.destinations.all().filter(({ name }) => isMeant(name)).map(({ id }) => `destination ${id}`),
    ...store.users.all().filter(({ username, displayName }) => isMeant(username, displayName))
      .flatMap(({ id, username }) => [`user ${id}`, username]),
    ...ids.map((id) => `patient ${id}`),
    ...store.appointments.ofPatient(ids).map(({ id }) => `appointment ${id}`),
    ...patients.flatMap((patient) => store.personStudies.ofPerson(patient))
      .map(({ studyInstanceUid }) => `study ${studyInstanceUid}`),
  ];
}

/** What an event's details name by an id, by the field that has it. */
const FIELDS: Record<string, NamedKind> = {
  machineId: "machine",
  plannedMachineId: "machine",
  destinationId: "destination",
  appointmentId: "appointment",
  patientId: "patient",
  into: "patient",
  to: "study",
  studyInstanceUid: "study",
  sopInstanceUid: "object",
};

/** Actions whose subject is a user's name alone. */
const OF_A_USER = new Set([
  ...["signed in", "signed out", "unlocked", "login refused", "PIN refused", "PIN set", "PIN removed", "user locked"],
  "password changed",
  ,
]);

/** Says by name what events name by ids, each looked up once. */
export class AuditNames {
  readonly #store: Store;
  readonly #found = new Map<string, Named | undefined>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What an event is about; undefined where it has no name but its subject. */
  about(event: Pick<AuditEvent, "subject" | "action" | "detail">): Named | undefined {
    const { subject, action, detail } = event;
    if (subject.startsWith("event ")) {
      const { action: undone, subject: of } = detail;
      return typeof of === "string"
        ? this.about({ subject: of, action: String(undone), detail: swapped(detail) })
        : undefined;
    }
    if (OF_A_USER.has(action) || action.startsWith("user ")) {
      return this.#find("user", subject.replace(/^user /, "")) ?? lastName("user", detail);
    }
    const [, kind = "", id = ""] = /^(\w+)[ :](.+)$/s.exec(subject) ?? [];
    if (isKind(kind)) return this.#find(kind, id) ?? lastName(kind, detail);
    if (kind === "attention") return this.#ofFields(detail);
    return /^[\d.]+$/.test(subject) ? this.#find("object", subject) : undefined;
  }

  /** Names of what an event's details name by ids, by the ids. */
  within({ detail }: Pick<AuditEvent, "detail">): Record<string, string> {
    const names: Record<string, string> = {};
    for (const fields of [detail, detail.before, detail.after]) {
      if (!isFields(fields)) continue;
      for (const [field, id] of Object.entries(fields)) {
        const kind = FIELDS[field];
        const name = kind && typeof id === "string" ? this.#find(kind, id)?.name : undefined;
        if (name) names[String(id)] = name;
      }
    }
    return names;
  }

  #ofFields(detail: Record<string, unknown>): Named | undefined {
    for (const field of ["appointmentId", "studyInstanceUid", "sopInstanceUid"]) {
      const id = detail[field];
      const found = typeof id === "string" ? this.#find(FIELDS[field]!, id) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  #find(kind: NamedKind, id: string): Named | undefined {
    const key = `${kind} ${id}`;
    if (!this.#found.has(key)) {
      const found = FIND[kind](this.#store, id);
      this.#found.set(key, found && found.name !== "" ? { kind, ...found } : undefined);
    }
    return this.#found.get(key);
  }
}

/** What something was called when it was removed, or last known. */
function lastName(kind: NamedKind, { before, after }: Record<string, unknown>): Named | undefined {
  for (const fields of [after, before]) {
    if (!isFields(fields)) continue;
    const name = fields.displayName || fields.name || fields.username || fields.aeTitle;
    if (typeof name === "string" && name !== "") return { kind, name };
  }
  return undefined;
}

/** What was undone has its before and after the other way round. */
function swapped({ before, after }: Record<string, unknown>): Record<string, unknown> {
  return { before: after, after: before };
}

function named(name: string | undefined): Found {
  return name ? { name } : undefined;
}

function nameOf({ firstName, lastName }: { firstName: string; lastName: string }): string {
  return [firstName, lastName].filter(Boolean).join(" ");
}

function isKind(word: string): word is NamedKind {
  return Object.hasOwn(FIND, word);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
