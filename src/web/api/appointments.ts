import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import { personNameOf } from "../../dicom/person_name.ts";
import type { Appointment } from "../../store/appointment.ts";
import { reasonAgainst } from "../../store/appointment_verbs.ts";
import { type Patient, personOf } from "../../store/patients.ts";
import type { Store } from "../../store/store.ts";
import { timeNow, today } from "../calendar.ts";
import { day, dayOfBirth, filledLongString, idOf, line, longString, shortString, timeOfDay } from "../fields.ts";
import { shape } from "../body.ts";
import { withNameKey } from "../name_key.ts";
import { conflict, notFound, notUnderstood } from "../problem.ts";
import { json, route } from "../route.ts";
import type { Appointment as AppointmentAnswer, AppointmentDetails } from "../contract/appointments.ts";

const PatientFields = v.pipe(
  v.object({
    id: v.nullish(idOf(64)),
    firstName: v.nullish(longString, ""),
    lastName: v.nullish(longString, ""),
    birthDate: v.nullish(dayOfBirth, null),
    gender: v.nullish(line(16), ""),
    phone: v.nullish(line(32), ""),
  }),
  v.forward(v.check(({ firstName, lastName }) => firstName !== "" || lastName !== "", message("field-empty")), [
    "lastName",
  ]),
);

export const PatientBody = v.pipe(
  PatientFields,
  // PN: 64 characters for each of its groups, with the mark between its parts (PS3.5 6.2)
  v.forward(
    v.check(
      ({ firstName, lastName }) =>
        personNameOf(lastName, firstName).split("=").every((group) => [...group].length <= 64),
      message("field-name-too-long", { most: 63 }),
    ),
    ["lastName"],
  ),
);

/**
 * A name as it will be where a part of it is told: it must be one that machines take. Of a clinic's own, which may be
 * longer, all else may be put right.
 *
 * @returns undefined where none is told
 */
export function nameToBe(now: Patient, told: Partial<Pick<Patient, "firstName" | "lastName">> = {}) {
  const { firstName = now.firstName, lastName = now.lastName } = told;
  return told.firstName === undefined && told.lastName === undefined ? undefined : { firstName, lastName };
}

/** Of a booking, with what is wrong with it named by its field. */
export const NamedPatient = v.object({ patient: PatientBody });

const NewAppointmentBody = v.object({
  id: v.optional(idOf(64)),
  patient: PatientFields,
  doctor: v.nullish(longString, ""),
  department: v.nullish(longString, ""),
  description: v.nullish(longString),
  study: v.nullish(longString),
  /** The box's own day and time where it is left out: a page's clock may be wrong. */
  date: v.optional(day),
  time: v.optional(timeOfDay),
  accessionNumber: v.nullish(shortString),
});

/** Without a machine it goes to the one that it is meant for; null is any. */
const SendBody = v.object({ machineId: v.optional(v.nullable(filledLongString)) });
const DayQuery = v.object({ date: v.optional(day), from: v.optional(day), to: v.optional(day) });

/** Days between `from` and `to` at most: what a page shows at once. */
const MOST_DAYS = 31;

/** The day's appointments, and what reception does with them. */
export const appointmentRoutes = [
  route("GET /api/appointments", {
    who: "signed in",
    summary: "A day's appointments, today's by default, or those from one day to another",
    query: DayQuery,
    answer: json<AppointmentAnswer[]>(),
    programs: ["bookings"],
  }, ({ store, query: { date = today(), from = date, to = date } }) => {
    if (Date.parse(to) - Date.parse(from) > MOST_DAYS * 86_400_000) {
      throw notUnderstood(say("too-many-days", { days: MOST_DAYS }));
    }
    // whoever is at a machine at midnight is there today too
    const isToday = from === to && to === today();
    const found = isToday ? store.appointments.onBoard(to) : store.appointments.onDays(from, to);
    return found.map(withNameKey);
  }),

  route("POST /api/appointments", {
    who: "signed in",
    summary: "Book an appointment",
    body: NewAppointmentBody,
    answer: json<AppointmentAnswer>(),
    status: 201,
    programs: ["bookings"],
  }, ({ context, store, body, by }) => {
    const { date = today(), time = timeNow() } = body;
    const appointment = store.transaction(() => {
      const known = body.patient.id ? store.patients.find(body.patient.id) : undefined;
      const { firstName, lastName } = body.patient;
      // a clinic's own name may be longer than one that is typed: who returns with it is not kept out for that
      if (known?.firstName !== firstName || known.lastName !== lastName) {
        shape(NamedPatient, { patient: body.patient }, "body");
      }
      const added = store.appointments.add({
        id: body.id,
        patient: { ...body.patient, id: body.patient.id ?? store.patients.newId(date) },
        doctor: body.doctor,
        department: body.department,
        description: body.description ?? body.study ?? "",
        date,
        time,
        accessionNumber: body.accessionNumber ?? undefined,
      }, "box");
      store.studyFiling.rematch(added);
      if (known !== undefined && !isDeepStrictEqual(personOf(known), personOf(added.patient))) {
        store.personStudies.followPerson(added.patient, by);
      }
      store.audit.add(by, "appointment added", `appointment ${added.id}`, { date: added.date, time: added.time });
      return added;
    });
    context.header("location", `/api/appointments/${encodeURIComponent(appointment.id)}`);
    return withNameKey(appointment);
  }),

  route("GET /api/appointments/:id", {
    who: "signed in",
    summary: "One appointment, with its history",
    answer: json<AppointmentDetails>(),
    programs: ["bookings"],
  }, ({ store, params }) => {
    const appointment = findAppointment(store, params.id);
    const steps = store.appointments.steps(appointment.id);
    const performed = store.procedureSteps.ofAppointment(appointment.id);
    const verbs = store.appointmentChanges.verbsOf(appointment);
    return { ...withNameKey(appointment), steps, performed, verbs };
  }),

  route("POST /api/appointments/:id/send", {
    who: "signed in",
    summary: "Send to a machine, or to any",
    body: SendBody,
    answer: json<AppointmentAnswer>(),
    programs: ["bookings"],
  }, ({ store, box, params, body, by }) => {
    const appointment = findAppointment(store, params.id);
    const { machineId = appointment.plannedMachineId } = body;
    if (machineId !== null) {
      const machine = store.machines.find(machineId);
      if (!machine) throw notFound(say("send-no-machine"));
      if (!machine.admitted && box().admission !== "open") {
        throw conflict(say("send-machine-waits"));
      }
    }
    store.transaction(() => {
      store.worklistItems.send(appointment.id, machineId, by);
      store.audit.add(by, "appointment sent", `appointment ${appointment.id}`, { machineId });
    });
    return withNameKey(store.appointments.get(appointment.id));
  }),

  route("POST /api/appointments/:id/recall", {
    who: "signed in",
    summary: "Take off the worklist",
    answer: json<AppointmentAnswer>(),
    programs: ["bookings"],
  }, ({ store, params, by }) => {
    const appointment = findAppointment(store, params.id);
    store.transaction(() => {
      store.worklistItems.recall(appointment.id, by);
      store.audit.add(by, "appointment recalled", `appointment ${appointment.id}`);
    });
    return withNameKey(store.appointments.get(appointment.id));
  }),

  route("POST /api/appointments/:id/complete", {
    who: "signed in",
    summary: "Say that a scan is done, for machines that never do",
    answer: json<AppointmentAnswer>(),
    programs: ["bookings"],
  }, ({ store, params, by }) => {
    const { id } = findAppointment(store, params.id);
    store.transaction(() => {
      const { status } = store.appointments.get(id);
      const refusal = reasonAgainst("complete", status);
      if (refusal) throw conflict(refusal);
      // somebody else, or the machine, was faster
      if (status === "completed") return;
      store.appointments.record(id, "completed", say("completed-by", { who: by }));
      store.audit.add(by, "appointment completed", `appointment ${id}`);
    });
    return withNameKey(store.appointments.get(id));
  }),
];

/** @throws Problem 404 */
export function findAppointment(store: Store, id: string): Appointment {
  const appointment = store.appointments.find(id);
  if (!appointment) throw notFound(say("no-appointment"));
  return appointment;
}
