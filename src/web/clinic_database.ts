import type { Told } from "../sentences.ts";
import type { ClinicAddress } from "../clinic/address.ts";
import type { ClinicQueue, ClinicStatus } from "../clinic/link_status.ts";
import type { Missing } from "../clinic/contract.ts";
import type { ClinicTables } from "../clinic/mapping/clinic_tables.ts";
import type { SharedMapping } from "../clinic/mapping/shared_mapping.ts";
import type { ShownCertificate } from "../clinic/session.ts";
import type { Patient } from "../store/patients.ts";

/** The link to the clinic's database as the web needs it. */
export interface ClinicDatabase {
  /** Who says where the database is; the environment goes before what is stored. */
  readonly addressFrom: "environment" | "stored" | "nobody";
  /** How the link is now. */
  status(): ClinicStatus;
  /** What is on the way. */
  queue(): ClinicQueue;
  /** Tries an aggregate again that is parked. Returns whether there was one. */
  retry(aggregate: string): boolean;
  /** Compares what the database has with what it was told, soon, and tells it again what it lacks. */
  compare(): void;
  /** Tells the database again of all that came since a day, YYYY-MM-DD. Returns of how many studies. */
  tellAgain(since: string): Promise<number>;
  /**
   * What the database lacks.
   *
   * @throws ClinicFailure when there is no address or the database cannot be asked
   */
  missing(): Promise<Missing[]>;
  /** Tries an address out, the one that is set when none is given. `detail` is a sentence for who entered it. */
  test(url?: string): Promise<{ ok: boolean; missing: Missing[] } & Told>;
  /**
   * Where the database is called: at this address, or at the one that is set.
   *
   * @throws ClinicFailure when there is none
   * @throws Refused when the address is none
   */
  addressToTry(url?: string): ClinicAddress;
  /**
   * How the server at an address proves who it is: by an authority that the box trusts, or by this certificate, which a
   * person can confirm; `plain` where it speaks in the clear only.
   *
   * @throws ClinicFailure when it does not answer
   */
  proof(url: string): Promise<"trusted" | "plain" | ShownCertificate>;
  /** People of the clinic's whole table by the beginnings of words; nobody where it does not answer within a moment. */
  findPeople(words: string, most: number): Promise<Patient[]>;
  /** What its tables are, and how they might be read. */
  readonly tables: Pick<ClinicTables, "propose" | "preview">;
  /**
   * Runs the SQL, at the address that is set when none is given.
   *
   * @param shared a mapping that is about to be taken, null for the expected tables; else what holds now
   * @throws ClinicFailure, the database then is as it was
   * @throws Error when the address is none
   */
  install(url?: string, shared?: SharedMapping | null): Promise<void>;
}
