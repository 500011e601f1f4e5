import type { Appointment, Patient } from "../../src/web/contract/appointments.ts";
import { searchable } from "../shared/format.ts";

/** What reception knows of an appointment, to search in. */
interface Searched extends Pick<Appointment, "doctor" | "description" | "department" | "accessionNumber"> {
  patient: Pick<Patient, "firstName" | "lastName" | "id" | "phone">;
}

/** Whether every word typed is somewhere in what reception knows of the appointment. */
export function matches(appointment: Searched, words: string): boolean {
  const { patient } = appointment;
  const known = searchable(
    [
      patient.firstName,
      patient.lastName,
      patient.id,
      patient.phone,
      appointment.doctor,
      appointment.description,
      appointment.department,
      appointment.accessionNumber,
    ].join(" "),
  );
  return searchable(words).split(/\s+/).every((word) => known.includes(word));
}
