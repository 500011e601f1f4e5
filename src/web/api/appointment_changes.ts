import * as v from "valibot";
import { say } from "../../sentences.ts";
import type { AppointmentChanges } from "../../store/appointment_changes.ts";
import { shape } from "../body.ts";
import type { Appointment } from "../contract/appointments.ts";
import { choice, day, idOf, line, longString, timeOfDay } from "../fields.ts";
import { withNameKey } from "../name_key.ts";
import { notFound } from "../problem.ts";
import { type Asked, json, route } from "../route.ts";
import { findAppointment, NamedPatient, nameToBe } from "./appointments.ts";
import { PersonCorrection } from "./patients.ts";

const EditBody = v.object({
  patient: v.optional(PersonCorrection),
  patientId: v.optional(idOf(64)),
  person: v.optional(choice(["same", "another"])),
  patientWas: v.optional(idOf(64)),
  doctor: v.optional(longString),
  department: v.optional(longString),
  description: v.optional(longString),
});

const MoveBody = v.object({
  date: v.optional(day),
  time: v.optional(timeOfDay),
  machineId: v.optional(v.nullable(idOf(64))),
});

const NoteBody = v.object({ note: line(200) });

/** Each change is for reception, and answered with the appointment as it is then. */
const CHANGE = { who: "signed in", answer: json<Appointment>(), programs: ["bookings"] } as const;

/** A handler that changes an appointment. */
function changing<Body = undefined>(
  change: (changes: AppointmentChanges, id: string, asked: Asked<"/:id", undefined, Body>) => void,
): (asked: Asked<"/:id", undefined, Body>) => Appointment {
  return (asked) => {
    const { store, params } = asked;
    const { id } = findAppointment(store, params.id);
    change(store.appointmentChanges, id, asked);
    return withNameKey(store.appointments.get(id));
  };
}

const now = () => new Date().toISOString();

/**
 * What is changed about an appointment that is there. Each is done twice like once; what is set with PUT is taken back
 * with DELETE.
 */
export const appointmentChangeRoutes = [
  route(
    "PATCH /api/appointments/:id",
    { ...CHANGE, summary: "Put a booking right", body: EditBody },
    changing((changes, id, { store, body, by }) => {
      const name = nameToBe(store.appointments.get(id).patient, body.patient);
      if (name !== undefined) shape(NamedPatient, { patient: name }, "body");
      changes.edit(id, body, by);
    }),
  ),

  route(
    "POST /api/appointments/:id/move",
    { ...CHANGE, summary: "To another day, time or machine", body: MoveBody },
    changing((changes, id, { store, body, by }) => {
      if (typeof body.machineId === "string" && !store.machines.find(body.machineId)) {
        throw notFound(say("move-no-machine"));
      }
      changes.move(id, body, by);
    }),
  ),

  route(
    "PUT /api/appointments/:id/cancelled",
    { ...CHANGE, summary: "Cancel a booking" },
    changing((changes, id, { by }) => changes.cancel(id, by)),
  ),

  route(
    "DELETE /api/appointments/:id/cancelled",
    { ...CHANGE, summary: "Book it again" },
    changing((changes, id, { by }) => changes.reinstate(id, by)),
  ),

  route(
    "DELETE /api/appointments/:id/completed",
    { ...CHANGE, summary: "It is not done, after all" },
    changing((changes, id, { by }) => changes.reopen(id, by)),
  ),

  route(
    "PUT /api/appointments/:id/no-show",
    { ...CHANGE, summary: "The patient did not come" },
    changing((changes, id, { by }) => changes.markNoShow(id, true, by)),
  ),

  route(
    "DELETE /api/appointments/:id/no-show",
    { ...CHANGE, summary: "They came after all" },
    changing((changes, id, { by }) => changes.markNoShow(id, false, by)),
  ),

  route(
    "PUT /api/appointments/:id/arrived",
    { ...CHANGE, summary: "The patient is here" },
    changing((changes, id, { by }) => changes.markArrived(id, now(), by)),
  ),

  route(
    "DELETE /api/appointments/:id/arrived",
    { ...CHANGE, summary: "They are not, after all" },
    changing((changes, id, { by }) => changes.markArrived(id, null, by)),
  ),

  route(
    "PUT /api/appointments/:id/urgent",
    { ...CHANGE, summary: "Urgent: the worklist says so" },
    changing((changes, id, { by }) => changes.markUrgent(id, true, by)),
  ),

  route(
    "DELETE /api/appointments/:id/urgent",
    { ...CHANGE, summary: "Not urgent" },
    changing((changes, id, { by }) => changes.markUrgent(id, false, by)),
  ),

  route(
    "PUT /api/appointments/:id/note",
    { ...CHANGE, summary: "A note for whoever scans: the worklist has it", body: NoteBody },
    changing((changes, id, { body, by }) => changes.note(id, body.note, by)),
  ),

  route(
    "DELETE /api/appointments/:id/note",
    { ...CHANGE, summary: "No note" },
    changing((changes, id, { by }) => changes.note(id, "", by)),
  ),
];
