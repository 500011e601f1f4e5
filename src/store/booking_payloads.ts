import type { Appointment } from "./appointment.ts";
import { isBoxMadePatientId, type Patient, type Source } from "./patients.ts";

type Payload = Record<string, unknown>;
/** Who registered a patient, by the id. */
type SourceOf = (patientId: string) => Source | undefined;

/** A walk-in as the clinic is told of it, which makes a patient and an appointment of it. */
export function bookingForClinic(booked: Appointment, sourceOf: SourceOf): Payload {
  const { id, doctor, department, date, time, accessionNumber } = booked;
  return {
    ...{ appointmentId: id, patient: patientForClinic(booked.patient, sourceOf) },
    ...{ doctor, department, date, time, accessionNumber },
  };
}

/** A walk-in's change as the clinic is told of it: what is other than before; undefined where nothing is that it has. */
export function changeForClinic(before: Appointment, after: Appointment, sourceOf: SourceOf): Payload | undefined {
  const theirs = ({ doctor, department, date, time, accessionNumber, status }: Appointment) => ({
    ...{ doctor, department, date, time, accessionNumber, cancelled: status === "cancelled" },
  });
  const changed = whatIsOther(theirs(before), theirs(after));
  const another = before.patient.id !== after.patient.id;
  const { phone: _, ...other } = whatIsOther(before.patient, after.patient);
  const patient = another ? patientForClinic(after.patient, sourceOf) : { ...other, id: after.patient.id };
  const isDescribedOtherwise = another || Object.keys(other).length > 0;
  if (Object.keys(changed).length === 0 && !isDescribedOtherwise) return undefined;
  return { appointmentId: after.id, changed, another, patient: isDescribedOtherwise ? patient : null };
}

function patientForClinic(patient: Patient, sourceOf: SourceOf): Payload {
  return { ...patient, source: sourceOf(patient.id), boxMade: isBoxMadePatientId(patient.id) };
}

/** Those fields whose value is another. */
function whatIsOther<Fields extends object>(before: Fields, after: Fields): Partial<Fields> {
  const was = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => was.get(name) !== value)) as Partial<
    Fields
  >;
}
