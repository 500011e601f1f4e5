import { nameKey } from "../dicom/identity.ts";
import { personNameOf } from "../dicom/person_name.ts";
import type { Patient } from "../store/patients.ts";

/** An appointment with what its patient's name is compared by: the same for all who share the words of a name. */
export function withNameKey<Booked extends { patient: Patient }>(booked: Booked): Booked & { nameKey: string } {
  return { ...booked, nameKey: nameKeyOf(booked.patient) };
}

/** The words of a patient's name, whatever their order, case or script; "" without any. */
export function nameKeyOf({ lastName, firstName }: Pick<Patient, "lastName" | "firstName">): string {
  return nameKey(personNameOf(lastName, firstName));
}
