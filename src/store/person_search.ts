import type { Patient, Patients } from "./patients.ts";

/** By what somebody was found. */
export type FoundBy = "accession" | "id" | "phone" | "name" | "sound";

/** Finds people by what reception knows of them. */
export class PersonSearch {
  readonly #patients: Patients;

  constructor(patients: Patients) {
    this.#patients = patients;
  }

  find(text: string, most: number): { person: Patient; by: FoundBy }[] {
    return this.#patients.search(text.split(/\s+/), most).map((person) => ({ person, by: "name" }));
  }
}
