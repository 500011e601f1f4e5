import * as v from "valibot";
import type { Patient } from "../../store/patients.ts";
import { readJson, shape } from "../body.ts";
import { today } from "../calendar.ts";
import { day, filledLine, idOf, line, longString } from "../fields.ts";
import { nameKeyOf } from "../name_key.ts";
import { type Routes, userOf, type WebContext } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import type { FoundPatient, Person } from "../contract/appointments.ts";

export const PatientQuery = v.object({ search: filledLine(100) });

export const CorrectionBody = v.object({
  firstName: v.optional(longString),
  lastName: v.optional(longString),
  birthDate: v.optional(v.nullable(v.pipe(day, v.check((date) => date <= today(), "must not be in the future")))),
  gender: v.optional(line(16)),
  phone: v.optional(line(32)),
  reason: filledLine(200),
});

export const MergeBody = v.object({ into: idOf(64), reason: filledLine(200) });

/** People offered at most while a name is typed. */
const MOST = 6;

/** People who were here before, and what is decided about who they are. */
export function patientRoutes({ store }: Parts): Routes<
  "GET /api/patients" | "GET /api/patients/:id" | "PATCH /api/patients/:id" | "POST /api/patients/:id/merge"
> {
  function findPatient(context: WebContext): Patient {
    const patient = store.patients.find(context.req.param("id") ?? "");
    if (!patient) throw notFound("Cannot find the patient: there is none with this id");
    return patient;
  }

  /** With what one must know before one changes who somebody is: their other ids, bookings and studies. */
  function shown(patient: Patient): Person {
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

  return {
    "GET /api/patients": (context) => {
      const { search } = shape(PatientQuery, context.req.query(), "query");
      return context.json(withNameAlerts(store.personSearch.find(search, MOST).map(({ person }) => person)), 200, {
        "cache-control": "no-store",
      });
    },

    "GET /api/patients/:id": (context) =>
      context.json(shown(findPatient(context)), 200, { "cache-control": "no-store" }),

    "PATCH /api/patients/:id": async (context) => {
      const { id } = findPatient(context);
      const { reason, ...fields } = await readJson(context.req.raw, CorrectionBody);
      const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
      store.personDecisions.correct(id, given, { by: userOf(context).username, reason });
      return context.json(shown(store.patients.find(id)!));
    },

    "POST /api/patients/:id/merge": async (context) => {
      const { id } = findPatient(context);
      const { into, reason } = await readJson(context.req.raw, MergeBody);
      store.personDecisions.merge(id, into, { by: userOf(context).username, reason });
      return context.json(shown(store.patients.find(into)!));
    },
  };
}

/** Each patient with whether another of the list has the same name. */
export function withNameAlerts(patients: readonly Patient[]): FoundPatient[] {
  const keys = patients.map(nameKeyOf);
  return patients.map((patient, at) => ({
    ...patient,
    nameAlert: keys.some((key, other) => other !== at && key === keys[at]),
  }));
}
