import * as v from "valibot";
import { say } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import type { Patient } from "../../store/patients.ts";
import { shape } from "../body.ts";
import { dayOfBirth, filledLine, idOf, line, longString } from "../fields.ts";
import { nameKeyOf } from "../name_key.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import { nameToBe, PatientBody } from "./appointments.ts";
import type { FoundPatient, Person } from "../contract/appointments.ts";

const PatientQuery = v.object({ search: filledLine(100) });

/** What is put right about a person; what is left out stays. */
export const PersonCorrection = v.object({
  firstName: v.optional(longString),
  lastName: v.optional(longString),
  birthDate: v.optional(v.nullable(dayOfBirth)),
  gender: v.optional(line(16)),
  phone: v.optional(line(32)),
});

const CorrectionBody = v.object({ ...PersonCorrection.entries, reason: filledLine(200) });

const MergeBody = v.object({ into: idOf(64), reason: filledLine(200) });

/** People offered at most while a name is typed. */
const MOST = 6;

/** @throws Problem 404 */
export function findPatient(store: Store, id: string): Patient {
  const patient = store.patients.find(id);
  if (!patient) throw notFound(say("no-patient"));
  return patient;
}

/** With what one must know before one changes who somebody is: their other ids, bookings and studies. */
function shown(store: Store, patient: Patient): Person {
  const ids = [patient.id, ...store.patients.otherIdsOf(patient.id)];
  return {
    ...patient,
    otherIds: ids.slice(1),
    mergedInto: store.patients.mergedInto(patient.id),
    correctedHere: !store.appointments.isTheClinics(patient.id),
    appointments: store.appointments.ofPatient(ids),
    studies: store.studies.ofPatient(ids),
  };
}

/** People who were here before, and what is decided about who they are. */
export const patientRoutes = [
  route("GET /api/patients", {
    who: "signed in",
    summary: "People who were here before, and those whom the clinic has",
    query: PatientQuery,
    answer: json<FoundPatient[]>(),
    programs: ["bookings", "images"],
  }, async ({ store, clinic, query: { search } }) => {
    const { patients, personSearch } = store;
    const here = personSearch.find(search, MOST).map(({ person }) => person);
    // what leaves no room for others is answered at once
    const others = here.length < MOST ? await clinic.findPeople(search, MOST) : [];
    const known = new Set(here.flatMap(({ id }) => [id, ...patients.otherIdsOf(id)]));
    // of whom the box knows, it knows more: what was put right here, and a second id
    const theirs = others.filter(({ id }) => !known.has(id) && patients.mergedInto(id) === null)
      .map((person) => patients.find(person.id) ?? person);
    return withNameAlerts([...here, ...theirs].slice(0, MOST));
  }),

  route("GET /api/patients/:id", {
    who: "reads images",
    summary: "One person, with other ids, bookings and studies",
    answer: json<Person>(),
    programs: ["images"],
  }, ({ store, params }) => shown(store, findPatient(store, params.id))),

  route("PATCH /api/patients/:id", {
    who: "reads images",
    summary: "Correct a person whom the clinic's database does not have",
    body: CorrectionBody,
    answer: json<Person>(),
  }, ({ store, params, body: { reason, ...fields }, by }) => {
    const before = findPatient(store, params.id);
    const { id } = before;
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const name = nameToBe(before, given);
    if (name !== undefined) shape(PatientBody, name, "body");
    store.personDecisions.correct(id, given, { by, reason });
    return shown(store, store.patients.find(id)!);
  }),

  route("POST /api/patients/:id/merge", {
    who: "reads images",
    summary: "Two ids are one person's",
    body: MergeBody,
    answer: json<Person>(),
  }, ({ store, params, body: { into, reason }, by }) => {
    const { id } = findPatient(store, params.id);
    store.personDecisions.merge(id, into, { by, reason });
    return shown(store, store.patients.find(into)!);
  }),
];

/** Each patient with whether another of the list has the same name. */
export function withNameAlerts(patients: readonly Patient[]): FoundPatient[] {
  const keys = patients.map(nameKeyOf);
  return patients.map((patient, at) => ({
    ...patient,
    nameAlert: keys.some((key, other) => other !== at && key === keys[at]),
  }));
}
