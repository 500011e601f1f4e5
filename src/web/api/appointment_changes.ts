import * as v from "valibot";
import type { AppointmentChanges } from "../../store/appointment_changes.ts";
import { readJson, shape } from "../body.ts";
import { today } from "../calendar.ts";
import type { Appointment } from "../contract/appointments.ts";
import { type Handler, type Routes, userOf } from "../context.ts";
import { day, idOf, line, longString, timeOfDay } from "../fields.ts";
import { withNameKey } from "../name_key.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import { findAppointment, PatientBody } from "./appointments.ts";

export const EditBody = v.object({
  patient: v.optional(v.object({
    firstName: v.optional(longString),
    lastName: v.optional(longString),
    birthDate: v.optional(v.nullable(v.pipe(day, v.check((date) => date <= today(), "must not be in the future")))),
    gender: v.optional(line(16)),
    phone: v.optional(line(32)),
  })),
  patientId: v.optional(idOf(64)),
  person: v.optional(v.picklist(["same", "another"], "must be same or another")),
  doctor: v.optional(longString),
  department: v.optional(longString),
  description: v.optional(longString),
});

const EditedName = v.object({ patient: PatientBody });

export const ChangedDayBody = v.object({
  date: v.optional(day),
  time: v.optional(timeOfDay),
  machineId: v.optional(v.nullable(idOf(64))),
});

export const NoteBody = v.object({ note: line(200) });

/**
 * What is changed about an appointment that is there. Each is done twice like once, and answered with the appointment as
 * it is then; what is set with PUT is taken back with DELETE.
 */
export function appointmentChangeRoutes({ store }: Parts): Routes<
  | "PATCH /api/appointments/:id"
  | "POST /api/appointments/:id/move"
  | "PUT /api/appointments/:id/cancelled"
  | "DELETE /api/appointments/:id/cancelled"
  | "DELETE /api/appointments/:id/completed"
  | "PUT /api/appointments/:id/no-show"
  | "DELETE /api/appointments/:id/no-show"
  | "PUT /api/appointments/:id/arrived"
  | "DELETE /api/appointments/:id/arrived"
  | "PUT /api/appointments/:id/urgent"
  | "DELETE /api/appointments/:id/urgent"
  | "PUT /api/appointments/:id/note"
  | "DELETE /api/appointments/:id/note"
> {
  function changing<Body extends v.GenericSchema = v.GenericSchema<unknown, undefined>>(
    change: (changes: AppointmentChanges, id: string, by: string, body: v.InferOutput<Body>) => void,
    body?: Body,
  ): Handler {
    return async (context) => {
      const { id } = findAppointment(store, context.req.param("id"));
      const told = body === undefined ? undefined : await readJson(context.req.raw, body);
      change(store.appointmentChanges, id, userOf(context).username, told as v.InferOutput<Body>);
      return context.json(withNameKey(store.appointments.get(id)) satisfies Appointment);
    };
  }

  const now = () => new Date().toISOString();
  return {
    "PATCH /api/appointments/:id": changing((changes, id, by, edit) => {
      // the name as it is then, of which only a part may be told
      const { firstName, lastName } = store.appointments.get(id).patient;
      const { patient } = edit;
      if (patient !== undefined) shape(EditedName, { patient: { firstName, lastName, ...patient } }, "body");
      changes.edit(id, edit, by);
    }, EditBody),
    "POST /api/appointments/:id/move": changing((changes, id, by, move) => {
      if (typeof move.machineId === "string" && !store.machines.find(move.machineId)) {
        throw notFound("Cannot move the booking: there is no such machine, choose another");
      }
      changes.move(id, move, by);
    }, ChangedDayBody),
    "PUT /api/appointments/:id/cancelled": changing((changes, id, by) => changes.cancel(id, by)),
    "DELETE /api/appointments/:id/cancelled": changing((changes, id, by) => changes.reinstate(id, by)),
    "DELETE /api/appointments/:id/completed": changing((changes, id, by) => changes.reopen(id, by)),
    "PUT /api/appointments/:id/no-show": changing((changes, id, by) => changes.markNoShow(id, true, by)),
    "DELETE /api/appointments/:id/no-show": changing((changes, id, by) => changes.markNoShow(id, false, by)),
    "PUT /api/appointments/:id/arrived": changing((changes, id, by) => changes.markArrived(id, now(), by)),
    "DELETE /api/appointments/:id/arrived": changing((changes, id, by) => changes.markArrived(id, null, by)),
    "PUT /api/appointments/:id/urgent": changing((changes, id, by) => changes.markUrgent(id, true, by)),
    "DELETE /api/appointments/:id/urgent": changing((changes, id, by) => changes.markUrgent(id, false, by)),
    "PUT /api/appointments/:id/note": changing((changes, id, by, { note }) => changes.note(id, note, by), NoteBody),
    "DELETE /api/appointments/:id/note": changing((changes, id, by) => changes.note(id, "", by)),
  };
}
