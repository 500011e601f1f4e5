import { differencesOf, type Identity } from "../dicom/identity.ts";
import type { Appointment } from "./appointment.ts";
import type { Appointments } from "./appointments.ts";
import { type Database, type Row } from "./database.ts";
import {
  type Bookings,
  type FilingReason,
  isOfPerson,
  type KnownStudy,
  type Match,
  matchStudy,
  parametersOf,
  type Person,
  type Statement,
  UNMATCHED,
} from "./filing.ts";
import { type Patients, personOf } from "./patients.ts";
import { STUDY_SUMMARY, type StudySummary } from "./study_summary.ts";
import type { StudyClaims } from "./study_claims.ts";

/** What is known that an object or a study may belong to, as `filing.ts` weighs it. */
export class FilingEvidence {
  readonly #database: Database;
  readonly #appointments: Appointments;
  readonly #patients: Patients;
  readonly #claims: StudyClaims;

  constructor(database: Database, appointments: Appointments, patients: Patients, claims: StudyClaims) {
    this.#database = database;
    this.#appointments = appointments;
    this.#patients = patients;
    this.#claims = claims;
  }

  /** The studies that keep what came under a Study Instance UID. */
  knownUnder(claimedUid: string): KnownStudy[] {
    const rows = this.#database.all<StudySummary & { claim: string } & Row>(
      `SELECT json_array(c.patient_id, c.patient_name, c.patient_birth_date, c.patient_sex, json(c.notices)) AS claim, s.*
       FROM study_claims AS c JOIN (${STUDY_SUMMARY}) AS s ON s.studyInstanceUid = c.study_instance_uid
       WHERE c.claimed_study_uid = $uid`,
      { $uid: claimedUid },
    );
    const studies = [...Map.groupBy(rows, ({ studyInstanceUid }) => studyInstanceUid).values()];
    const rank = (row: StudySummary) => (row.studyInstanceUid === claimedUid ? 0 : row.decidedBy !== "" ? 1 : 2);
    return studies.sort(([a], [b]) => rank(a!) - rank(b!)).map((same) => {
      const study = same[0]!;
      const person = () => this.personOf(study);
      return {
        studyInstanceUid: study.studyInstanceUid,
        claims: same.map(({ claim }) => {
          const [patientId, patientName, patientBirthDate, patientSex, notices] = JSON.parse(claim) as [
            ...[string, string, string, string],
            FilingReason[],
          ];
          return { patientId, patientName, patientBirthDate, patientSex, notices };
        }),
        get person() {
          return person();
        },
        appointmentId: study.appointmentId,
        decided: study.decidedPatientId !== null,
        confirmed: study.decidedBy !== "",
      };
    });
  }

  /** Whose a study is: by decision, else by its appointment, else by what its first object said. */
  personOf(study: StudySummary): Person {
    // who only looked at one of its objects has not said whose the study is
    const patient = study.decidedPatientId === null && study.appointmentId !== null
      ? this.#appointments.patientOf(study.appointmentId)
      : undefined;
    const identity = patient ? personOf(patient) : study;
    return this.withHistory(identity);
  }

  /** A person with the ids and descriptions that they had. */
  withHistory(identity: Identity): Person {
    const { patientId } = identity;
    return {
      ...identity,
      otherIds: this.#patients.otherIdsOf(patientId),
      formerly: this.#patients.formerly(patientId),
    };
  }

  /** The appointments that fit what an object says. */
  bookings(statement: Statement): Bookings {
    const bookingOf = (appointment: Appointment) => ({
      id: appointment.id,
      person: this.withHistory(personOf(appointment.patient)),
      sent: appointment.sentAt !== null,
    });
    const byNumber = (number: string) => number === "" ? undefined : this.#appointments.findByAccessionNumber(number);
    const byUid = this.#appointments.findByStudyInstanceUid(statement.studyInstanceUid);
    const byAccession = byNumber(statement.accessionNumber);
    // a worklist item's step and procedure have its accession number for an id
    const requested = new Map(statement.requestIds.flatMap((id) => byNumber(id) ?? []).map((one) => [one.id, one]));
    const ids = statement.patientId === ""
      ? []
      : [statement.patientId, ...this.#patients.otherIdsOf(statement.patientId)];
    const ofDay = statement.studyDate === ""
      ? []
      : ids.flatMap((id) => this.#appointments.ofPatientOn(id, statement.studyDate));
    return {
      byStudyUid: byUid && bookingOf(byUid),
      byAccessionNumber: byAccession && bookingOf(byAccession),
      byRequest: [...requested.values()].map(bookingOf),
      ofDay: ofDay.map(bookingOf),
      givenAway: this.#appointments.isRetired(statement.studyInstanceUid, statement.accessionNumber),
    };
  }

  /** The appointments that a study belongs to, by what it and all of its objects say. */
  match(study: StudySummary): Match {
    const statement = { ...study, requestIds: [] };
    const match = matchStudy(statement, this.bookings(statement));
    const patient = match.appointmentId === null ? undefined : this.#appointments.patientOf(match.appointmentId);
    if (patient === undefined) return match;
    // its first object fits: the others must too
    const person = this.withHistory(personOf(patient));
    const other = this.#claims.wordsOf(study.studyInstanceUid)
      .find((claim) => !isOfPerson(claim, person, match.matchedBy !== "patient id and date"));
    if (other === undefined) return match;
    const [difference] = differencesOf(other, person, person.otherIds);
    const parameters = { by: match.matchedBy, ...parametersOf(difference!) };
    const reasons: FilingReason[] = [{ code: "patient-differs", parameters }];
    return { ...UNMATCHED, suggestedAppointmentId: match.appointmentId, reasons };
  }
}
