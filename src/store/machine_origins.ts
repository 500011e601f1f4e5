import { type Database, timestamp } from "./database.ts";

/** From the strictest to the most open. */
export const ADMISSIONS = ["closed", "pairing", "open"] as const;
/** Which machines may connect: known ones only; known ones while others wait to be admitted; any. */
export type Admission = typeof ADMISSIONS[number];

/** What becomes of a machine that calls from elsewhere. */
export const ELSEWHERE = ["ask", "refuse"] as const;
/** What becomes of a call under a machine's AE title from where it is not known to be: it is refused, and an admin asked. */
export type Elsewhere = typeof ELSEWHERE[number];

/** Where calls come from: an IP address, or the subject of a certificate for DICOM over TLS. */
export interface Origin {
  /** Where from, or with which certificate. */
  kind: "address" | "certificate";
  /** IP address, or the certificate's subject. */
  value: string;
}

/** What is known of an origin under a machine's AE title. */
export interface MachineOrigin extends Origin {
  /** `asked`: an admin is asked about it, and it is refused until then. */
  state: "allowed" | "asked" | "refused";
  /** Since when it stands so, ISO 8601. */
  since: string;
  /** When the latest call came from there, ISO 8601. */
  calledAt: string | null;
}

/** Origins kept of a machine that are not allowed: who tries many addresses must not fill the table. */
const MOST_NOT_ALLOWED = 20;

/** Owner of the table `machine_origins`: from where each machine may call, and from where else its title was used. */
export class MachineOrigins {
  readonly #database: Database;

  /** @internal `Store` makes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  /** Those of one machine, the allowed first, then the latest. */
  of(machineId: string): MachineOrigin[] {
    return this.#database.all<MachineOrigin & Record<string, string | null>>(
      `SELECT kind, value, state, since, called_at AS calledAt FROM machine_origins WHERE machine_id = $id
       ORDER BY state = 'allowed' DESC, since DESC, value`,
      { $id: machineId },
    );
  }

  /** Whether a machine that was admitted may call from an address. */
  isAllowedAddress(address: string): boolean {
    return this.#database.get(
      `SELECT 1 FROM machine_origins JOIN machines ON machines.id = machine_id
       WHERE kind = 'address' AND value = $address AND state = 'allowed' AND admitted = 1`,
      { $address: address },
    ) !== undefined;
  }

  /**
   * A person has decided about an origin, or it has called.
   *
   * @param called whether a call has just come from there
   */
  set(machineId: string, { kind, value }: Origin, state: MachineOrigin["state"], called: boolean): void {
    this.#database.transaction(() => {
      this.#database.run(
        `INSERT INTO machine_origins (machine_id, kind, value, state, since, called_at)
         VALUES ($id, $kind, $value, $state, $now, $calledAt)
         ON CONFLICT DO UPDATE SET since = CASE state WHEN $state THEN since ELSE $now END, state = $state,
           called_at = coalesce($calledAt, called_at)`,
        {
          ...{ $id: machineId, $kind: kind, $value: value, $state: state, $now: timestamp() },
          $calledAt: called ? timestamp() : null,
        },
      );
      this.#database.run(
        `DELETE FROM machine_origins WHERE machine_id = $id AND (kind, value) IN (
           SELECT kind, value FROM machine_origins WHERE machine_id = $id AND state <> 'allowed'
           ORDER BY coalesce(called_at, since) DESC LIMIT -1 OFFSET $most)`,
        { $id: machineId, $most: MOST_NOT_ALLOWED },
      );
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }

  /** Forgets one, or all of a machine: it is learned anew. */
  remove(machineId: string, origin?: Origin): void {
    this.#database.transaction(() => {
      this.#database.run(
        `DELETE FROM machine_origins WHERE machine_id = $id
           AND ($kind IS NULL OR (kind = $kind AND value = $value))`,
        { $id: machineId, $kind: origin?.kind ?? null, $value: origin?.value ?? null },
      );
      this.#database.announce({ noun: "machine", id: machineId });
    });
  }
}
