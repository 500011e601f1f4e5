import type { AppointmentStatus } from "../store/appointment_status.ts";
import type { OutboxEvent } from "../store/outbox.ts";
import type { Patient } from "../store/patients.ts";
import { type Box, json, last, type Payload, rows } from "./event_rows.ts";
import { refuseIdsOfOthers } from "./patient_conflict.ts";
import type { Sql } from "./session.ts";

/**
 * A walk-in becomes a patient, unless the clinic has them, and an appointment. Studies that were written before, under
 * the box's own id of it, have the clinic's from then on. They are described as they are known now: reception may have
 * corrected them while the box was alone.
 */
export async function book(sql: Sql, events: readonly OutboxEvent[], { store, boxId }: Box): Promise<void> {
  const walkIns = events.map(({ payload }) => {
    const { patient: booked, appointmentId, ...appointment } = payload as Payload & {
      patient: Patient & { source: string; boxMade: boolean };
    };
    const patient = { ...booked, ...store.patients.find(booked.id) };
    return { patient, isKnown: patient.source === "clinic", appointment: { ...appointment, id: appointmentId } };
  });
  const typed = walkIns.filter(({ isKnown, patient }) => !isKnown && !patient.boxMade);
  await refuseIdsOfOthers(sql, boxId, typed.map(({ patient }) => patient));
  await sql`
    SELECT sonodesk.add_appointment(${boxId}, e.appointment,
      CASE WHEN e."isKnown" THEN e.patient ->> 'id' ELSE sonodesk.add_patient(${boxId}, e.patient) END)
    FROM jsonb_to_recordset(${json(walkIns)}::text::jsonb)
      AS e (patient jsonb, "isKnown" boolean, appointment jsonb)`;
  const booked = json(walkIns.map(({ appointment }) => appointment.id));
  await sql`
    UPDATE dicom_studies SET appointment_id = sonodesk.clinic_appointment(${boxId}, appointment_id), updated_at = now()
    WHERE appointment_id IN (SELECT jsonb_array_elements_text(${booked}::text::jsonb))`;
}

/** A walk-in that the clinic has by now was changed at the box: what of it is other than before, in its order. */
export async function changeBookings(sql: Sql, events: readonly OutboxEvent[], { boxId }: Box): Promise<void> {
  const changes = events.map(({ payload }, place) => {
    const { appointmentId, changed, patient, another } = payload as Payload & {
      changed: Payload;
      /** Whole where it is another, else what of them is other. */
      patient: Patient & { source: string; boxMade: boolean } | null;
      another: boolean;
    };
    return {
      place,
      appointment: { ...changed, id: appointmentId },
      patient,
      another,
      isKnown: patient?.source === "clinic",
    };
  });
  const typed = changes.flatMap(({ another, isKnown, patient }) =>
    another && patient !== null && !isKnown && !patient.boxMade ? [patient] : []
  );
  await refuseIdsOfOthers(sql, boxId, typed);
  await sql`
    SELECT CASE WHEN NOT e.another AND e.patient IS NOT NULL THEN sonodesk.change_patient(${boxId}, e.patient)::text END,
      sonodesk.change_appointment(${boxId}, e.appointment, CASE WHEN NOT e.another THEN NULL
        WHEN e."isKnown" THEN e.patient ->> 'id' ELSE sonodesk.add_patient(${boxId}, e.patient) END)
    FROM jsonb_to_recordset(${json(changes)}::text::jsonb)
      AS e (place int, appointment jsonb, patient jsonb, another boolean, "isKnown" boolean)
    ORDER BY e.place`;
}

/** What `mwl_sent` says of an appointment by its status; undefined where that stays what it was. */
export function sentIn(status: AppointmentStatus): boolean | undefined {
  if (status === "sent") return true;
  return ["scheduled", "cancelled", "no show"].includes(status) ? false : undefined;
}

/** What happened to bookings, in its order. */
export async function recordSteps(sql: Sql, events: readonly OutboxEvent[], { boxId }: Box): Promise<void> {
  await sql`
    INSERT INTO sonodesk.appointment_steps (event_id, box_id, appointment_id, status, at, cause)
    SELECT e."eventId", ${boxId}, sonodesk.clinic_appointment(${boxId}, e."appointmentId"), e.status, e.at, e.cause
    FROM jsonb_to_recordset(${rows(events)}::text::jsonb)
      AS e ("place" int, "eventId" uuid, "appointmentId" text, status text, at timestamptz, cause text)
    ORDER BY e.place`;
  // where the clinic looks whether a machine has it: only what a machine's list says
  const listed = last(
    events.filter(({ payload }) => sentIn(payload.status as AppointmentStatus) !== undefined),
    ({ payload }) => payload.appointmentId as string,
  );
  if (listed.length === 0) return;
  await sql`
    SELECT sonodesk.mark_sent(${boxId}, e."appointmentId", e.status = 'sent', e."accessionNumber")
    FROM jsonb_to_recordset(${rows(listed)}::text::jsonb)
      AS e ("appointmentId" text, status text, "accessionNumber" text)`;
}
