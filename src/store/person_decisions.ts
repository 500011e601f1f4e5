import { isDeepStrictEqual } from "node:util";
import { say, type Sentence } from "../sentences.ts";
import type { Appointments } from "./appointments.ts";
import type { AuditEvents } from "./audit_events.ts";
import type { ClinicBookings } from "./clinic_bookings.ts";
import { type Database } from "./database.ts";
import type { Cause } from "./decisions.ts";
import { changedSince, NotPossible } from "./not_possible.ts";
import type { Patient, Patients } from "./patients.ts";
import type { PersonStudies } from "./person_studies.ts";
import type { Studies } from "./studies.ts";
import { type Decided, decidedOf } from "./study_summary.ts";
import type { WorklistItems } from "./worklist_items.ts";

/** What a person can be corrected in. */
export type PatientFields = Omit<Patient, "id">;

interface Nouns {
  patients: Patients;
  appointments: Appointments;
  clinicBookings: ClinicBookings;
  worklistItems: WorklistItems;
  studies: Studies;
  personStudies: PersonStudies;
  audit: AuditEvents;
}

/** What people decide about patients, as `Decisions` does about studies: that two are one, or that one is described wrongly. */
export class PersonDecisions {
  readonly #database: Database;
  readonly #store: Nouns;

  /** @internal `Store` makes it. */
  constructor(database: Database, store: Nouns) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * Two patients are one person: what is of `gone` is of `kept`.
   *
   * @throws NotPossible when one is not known, was merged before, or both are the same
   */
  merge(gone: string, kept: string, { by, reason }: Cause): void {
    this.#database.transaction(() => {
      const { patients, appointments, studies, audit } = this.#store;
      const [one, other] = [patients.find(gone), patients.find(kept)];
      if (!one || !other) throw new NotPossible(say("merge-unknown-patient"));
      if (gone === kept || patients.otherIdsOf(gone).includes(kept)) {
        throw new NotPossible(say("merge-one-already"));
      }
      if (patients.mergedInto(gone) !== null || patients.mergedInto(kept) !== null) {
        throw new NotPossible(say("merge-merged-before"));
      }
      const before = this.#store.personStudies.ofPerson(one).map(decidedOf);
      const booked = appointments.ofPatient([gone]).map(({ id }) => id);
      patients.merge(gone, kept);
      const moved = appointments.repoint(gone, kept);
      for (const { studyInstanceUid } of before) studies.belongTo(studyInstanceUid, other, by);
      audit.add(by, "patients merged", `patient ${gone}`, {
        ...{ into: kept, booked, appointments: moved, studies: before, reason },
      });
    });
  }

  /**
   * A person's name, birth date, gender or phone is corrected, with all that is theirs.
   *
   * @throws NotPossible for one whom the clinic's database has: it is corrected there
   */
  correct(patientId: string, fields: Partial<PatientFields>, { by, reason }: Cause): Patient {
    return this.#database.transaction(() => {
      const { patients, appointments, audit } = this.#store;
      const before = patients.find(patientId);
      if (before === undefined) throw new NotPossible(say("correct-no-patient"));
      if (appointments.isTheClinics(patientId)) {
        throw new NotPossible(say("correct-in-clinic"));
      }
      const after = { ...before, ...fields };
      if (isDeepStrictEqual(before, after)) return before;
      appointments.correctPatient(after, "box", true);
      const corrected = patients.find(patientId)!;
      this.#store.personStudies.followPerson(corrected, by);
      audit.add(by, "patient corrected", `patient ${patientId}`, { before, after: corrected, reason });
      return corrected;
    });
  }

  /** Takes back what the audit has as a merge. */
  undoMerge(gone: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const { patients, appointments, studies } = this.#store;
      const kept = detail.into as string;
      if (patients.mergedInto(gone) !== kept) throw changedSince();
      const moved = detail.appointments as string[];
      const booked = (detail.booked ?? []) as string[];
      // the clinic itself has given one to the other since, understood as one person's: only a person can tell now
      const isGiven = (id: string) => !moved.includes(id) && appointments.find(id)?.patient.id === kept;
      if (booked.some(isGiven)) throw changedSince();
      patients.unmerge(gone);
      appointments.repoint(kept, gone, moved);
      this.#unsendOf(gone, moved, say("merge-undone-by", { who: by }));
      const patient = patients.find(gone)!;
      // what was filed under their appointments meanwhile follows these
      for (const { studyInstanceUid, appointmentId, decidedPatientId } of studies.ofPatient([gone])) {
        if (decidedPatientId !== kept || appointmentId === null || !moved.includes(appointmentId)) continue;
        studies.belongTo(studyInstanceUid, patient, by);
      }
      for (const { studyInstanceUid, decidedPatientId } of detail.studies as Decided[]) {
        if (studies.summary(studyInstanceUid)?.decidedPatientId !== kept) continue;
        studies.belongTo(
          studyInstanceUid,
          decidedPatientId === gone ? patient : null,
          decidedPatientId === gone ? by : "",
        );
      }
      // those that were matched by hand too: what came to them meanwhile nobody has looked at
      for (const { studyInstanceUid } of studies.ofPatient([gone, kept])) {
        this.#store.personStudies.tellOthersApart(studyInstanceUid);
      }
    });
  }

  /** Takes back what the audit has as a correction. */
  undoCorrection(patientId: string, detail: Record<string, unknown>, by: string): void {
    this.#database.transaction(() => {
      const { patients, appointments } = this.#store;
      if (!isDeepStrictEqual({ ...patients.find(patientId) }, detail.after)) throw changedSince();
      appointments.correctPatient(detail.before as Patient, "box", true);
      this.#store.personStudies.followPerson(patients.find(patientId)!, by);
    });
  }

  /**
   * A machine may hold these as the other's, with whom they were merged by mistake: what it has seen is not used for
   * anybody else. What was scanned already keeps its images, and leaves the list.
   */
  #unsendOf(patientId: string, which: readonly string[], cause: Sentence): void {
    const { appointments, worklistItems } = this.#store;
    for (const id of which) {
      const appointment = appointments.find(id);
      if (appointment?.patient.id !== patientId) continue;
      const isScanned = appointment.status === "images received" || appointment.status === "completed";
      if (isScanned) worklistItems.remove(id);
      else if (this.#store.clinicBookings.giveToAnother(id, cause)) worklistItems.follow(id);
    }
  }
}
