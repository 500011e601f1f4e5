import { type Difference, type Identity, identityConflict } from "../dicom/identity.ts";
import { sexOf } from "../dicom/patient_sex.ts";
import { personNameOf } from "../dicom/person_name.ts";
import { isSomebodyElse, type Patient, personOf } from "../store/patients.ts";
import { dayOf } from "./schedule_row.ts";
import { genderOf } from "./words.ts";

/** What a study, or one of its objects, says of its patient. */
export type Said = Readonly<Partial<Record<"patientName" | "patientBirthDate" | "patientSex", unknown>>>;

/** A patient as the clinic has them; birth date and gender are null where an older install.sql does not tell them. */
export interface ClinicPatient {
  firstName: string;
  lastName: string;
  birthDate: string | null;
  gender: string | null;
}

/**
 * What differs between the patient of a study and the clinic's of the same id; what else the box knows of them counts.
 *
 * @param known the patient as the box has them
 */
export function conflictWith(
  said: Said,
  patient: ClinicPatient,
  known: Patient | undefined,
): Difference["what"] | undefined {
  return identityConflict(identityOf(said), identityInClinic(patient, known))?.what;
}

/** Whether the id that a person decided on describes somebody else in the clinic's database by now. */
export function isAnotherInClinic(said: Said, patient: ClinicPatient): boolean {
  return isSomebodyElse(identityOf(said), identityInClinic(patient, undefined));
}

function identityOf({ patientName, patientBirthDate, patientSex }: Said): Identity {
  return {
    patientId: "",
    patientName: patientName as string,
    patientBirthDate: patientBirthDate as string,
    patientSex: patientSex as string,
  };
}

function identityInClinic(
  { firstName, lastName, birthDate, gender }: ClinicPatient,
  known: Patient | undefined,
): Identity {
  const { patientBirthDate = "", patientSex = "" } = known === undefined ? {} : personOf(known);
  return {
    patientId: "",
    patientName: personNameOf(lastName, firstName),
    patientBirthDate: dayOf(birthDate) ?? patientBirthDate,
    patientSex: sexOf(genderOf(gender)) || patientSex,
  };
}
