import { say } from "../sentences.ts";
import { type Difference, differencesOf, type Identity, identityConflict } from "../dicom/identity.ts";
import { sexOf } from "../dicom/patient_sex.ts";
import { personNameOf } from "../dicom/person_name.ts";
import { isSomebodyElse, type Patient, personOf } from "../store/patients.ts";
import { ClinicFailure } from "./failure.ts";
import { dayOf } from "./schedule_row.ts";
import type { Sql } from "./session.ts";
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

/** @throws ClinicFailure where a walk-in's id that reception typed may be somebody else's of the clinic's */
export async function refuseIdsOfOthers(sql: Sql, boxId: string, typed: readonly Patient[]): Promise<void> {
  if (typed.length === 0) return;
  const wanted = JSON.stringify(typed.map(({ id }, place) => ({ place, id })));
  // one that was booked under the id before is theirs
  const found = await sql<(ClinicPatient & { place: number })[]>`
    SELECT e.place::int AS place, coalesce(p.first_name, '') AS "firstName", coalesce(p.last_name, '') AS "lastName",
      to_jsonb(p) ->> 'birth_date' AS "birthDate", to_jsonb(p) ->> 'gender' AS gender
    FROM jsonb_to_recordset(${wanted}::text::jsonb) AS e (place int, id text)
      CROSS JOIN LATERAL sonodesk.find_patient(${boxId}, e.id, false) p
    WHERE NOT EXISTS (SELECT 1 FROM sonodesk.find_patient(${boxId}, e.id, true))`;
  const other = found.find((theirs) => mayBeAnotherInClinic(typed[theirs.place]!, theirs));
  if (other === undefined) return;
  const { id } = typed[other.place]!;
  throw new ClinicFailure("patient", say("walk-in-of-another", { id }));
}

/**
 * Whether an id that reception typed for a walk-in may be somebody else's of the clinic's: the name is another, and no
 * birth date says that it is one person, who has another surname since.
 */
function mayBeAnotherInClinic(walkIn: Patient, patient: ClinicPatient): boolean {
  const [one, other] = [{ ...personOf(walkIn), patientId: "" }, identityInClinic(patient, undefined)];
  const isBornOnOneDay = one.patientBirthDate !== "" && one.patientBirthDate === other.patientBirthDate;
  return !isBornOnOneDay && differencesOf(one, other).some(({ what }) => what === "patient-name");
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
