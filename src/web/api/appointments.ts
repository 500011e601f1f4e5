import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { personNameOf } from "../../dicom/person_name.ts";
import type { Appointment } from "../../store/appointment.ts";
import { reasonAgainst } from "../../store/appointment_verbs.ts";
import { personOf } from "../../store/patients.ts";
import type { Store } from "../../store/store.ts";
import { readJson, shape } from "../body.ts";
import { timeNow, today } from "../calendar.ts";
import { day, filledLongString, idOf, line, longString, shortString, timeOfDay } from "../fields.ts";
import { withNameKey } from "../name_key.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, notFound, notUnderstood } from "../problem.ts";
import type { Appointment as AppointmentAnswer, AppointmentDetails } from "../contract/appointments.ts";

export const PatientBody = v.pipe(
  v.object(
    {
      id: v.nullish(idOf(64)),
      firstName: v.nullish(longString, ""),
      lastName: v.nullish(longString, ""),
      birthDate: v.nullish(
        v.pipe(day, v.check((date) => date <= today(), "must not be in the future")),
        null,
      ),
      gender: v.nullish(line(16), ""),
      phone: v.nullish(line(32), ""),
    },
    "must be an object with id, firstName, lastName, birthDate and gender",
  ),
  v.forward(v.check(({ firstName, lastName }) => firstName !== "" || lastName !== "", "must not be empty"), [
    "lastName",
  ]),
  // PN: 64 characters for the whole name, with the mark between its parts (PS3.5 6.2)
  v.forward(
    v.check(
      ({ firstName, lastName }) => [...personNameOf(lastName, firstName)].length <= 64,
      "and firstName must be at most 63 characters long together",
    ),
    ["lastName"],
  ),
);

export const NewAppointmentBody = v.object({
  id: v.optional(idOf(64)),
  patient: PatientBody,
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
export const SendBody = v.object({ machineId: v.optional(v.nullable(filledLongString)) });
export const DayQuery = v.object({ date: v.optional(day), from: v.optional(day), to: v.optional(day) });

/** Days between `from` and `to` at most: what a page shows at once. */
const MOST_DAYS = 31;

/** The day's appointments, and what reception does with them. */
export function appointmentRoutes({ store, box }: Parts): Routes<
  | "GET /api/appointments"
  | "POST /api/appointments"
  | "GET /api/appointments/:id"
  | "POST /api/appointments/:id/send"
  | "POST /api/appointments/:id/recall"
  | "POST /api/appointments/:id/complete"
> {
  return {
    "GET /api/appointments": (context) => {
      const { date = today(), from = date, to = date } = shape(DayQuery, context.req.query(), "query");
      if (Date.parse(to) - Date.parse(from) > MOST_DAYS * 86_400_000) {
        throw notUnderstood(`Cannot list the appointments: from and to are more than ${MOST_DAYS} days apart`);
      }
      // whoever is at a machine at midnight is there today too
      const isToday = from === to && to === today();
      const found = isToday ? store.appointments.onBoard(to) : store.appointments.onDays(from, to);
      return context.json(found.map(withNameKey) satisfies AppointmentAnswer[], 200, {
        "cache-control": "no-store",
      });
    },

    "POST /api/appointments": async (context) => {
      const body = await readJson(context.req.raw, NewAppointmentBody);
      const by = userOf(context).username;
      const { date = today(), time = timeNow() } = body;
      const appointment = store.transaction(() => {
        const known = body.patient.id ? store.patients.find(body.patient.id) : undefined;
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
      return context.json(withNameKey(appointment) satisfies AppointmentAnswer, 201, {
        location: `/api/appointments/${encodeURIComponent(appointment.id)}`,
      });
    },

    "GET /api/appointments/:id": (context) => {
      const appointment = findAppointment(store, context.req.param("id"));
      const steps = store.appointments.steps(appointment.id);
      const performed = store.procedureSteps.ofAppointment(appointment.id);
      const verbs = store.appointmentChanges.verbsOf(appointment);
      return context.json({ ...withNameKey(appointment), steps, performed, verbs } satisfies AppointmentDetails, 200, {
        "cache-control": "no-store",
      });
    },

    "POST /api/appointments/:id/send": async (context) => {
      const appointment = findAppointment(store, context.req.param("id"));
      const { machineId = appointment.plannedMachineId } = await readJson(context.req.raw, SendBody);
      const by = userOf(context).username;
      if (machineId !== null) {
        const machine = store.machines.find(machineId);
        if (!machine) throw notFound("Cannot send the patient: there is no such machine, choose another");
        if (!machine.admitted && box().admission !== "open") {
          throw conflict("Cannot send the patient: this machine waits to be admitted, admit it on the settings page");
        }
      }
      store.transaction(() => {
        store.worklistItems.send(appointment.id, machineId, by);
        store.audit.add(by, "appointment sent", `appointment ${appointment.id}`, { machineId });
      });
      return context.json(withNameKey(store.appointments.get(appointment.id)) satisfies AppointmentAnswer);
    },

    "POST /api/appointments/:id/recall": (context) => {
      const appointment = findAppointment(store, context.req.param("id"));
      const by = userOf(context).username;
      store.transaction(() => {
        store.worklistItems.recall(appointment.id, by);
        store.audit.add(by, "appointment recalled", `appointment ${appointment.id}`);
      });
      return context.json(withNameKey(store.appointments.get(appointment.id)) satisfies AppointmentAnswer);
    },

    "POST /api/appointments/:id/complete": (context) => {
      const { id } = findAppointment(store, context.req.param("id"));
      const by = userOf(context).username;
      store.transaction(() => {
        const { status } = store.appointments.get(id);
        const reason = reasonAgainst("complete", status);
        if (reason) throw conflict(`Cannot complete the appointment: ${reason}`);
        // somebody else, or the machine, was faster
        if (status === "completed") return;
        store.appointments.record(id, "completed", `completed by ${by}`);
        store.audit.add(by, "appointment completed", `appointment ${id}`);
      });
      return context.json(withNameKey(store.appointments.get(id)) satisfies AppointmentAnswer);
    },
  };
}

/** @throws Problem 404 */
export function findAppointment(store: Store, id: string | undefined): Appointment {
  const appointment = id === undefined ? undefined : store.appointments.find(id);
  if (!appointment) throw notFound("Cannot find the appointment: there is none with this id");
  return appointment;
}
